"""The port behind the shipper: where judged events are kept, and what is done to them afterwards.

Two stores fulfil it: Parquet files on this machine, and ClickHouse. Questions go through :mod:`engine`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from backline.analytics.judging.pipeline import Draft
from backline.analytics.parquet.lake import Origin
from backline.analytics.types import Erasure, ManifestReport, RejudgeReport
from backline.core.registry import Registry
from backline.settings import environment
from backline.settings.environment import Environment


def _go_on() -> None:
    """Do nothing: the hook of a caller that watches nothing."""


class EventStore(Protocol):
    """Where judged events are kept. Every verb may be repeated: the second time changes nothing.

    Raises :class:`OSError` when the store is away or full; nothing is lost, the events wait in their spool.
    """

    def add(
        self,
        drafts: Sequence[Draft],
        *,
        origin: Origin,
        is_repeat: bool = False,
        on_written: Callable[[], None] = _go_on,
    ) -> int:
        """Keep a range of a spool, within the shipper's transaction; returns how many files or blocks it made.

        When it returns, the events survive a power cut. ``origin`` names the range. ``is_repeat`` says that the same
        range was tried before and may be here already: it counts once. ``on_written`` is told after each file or block
        (tests).
        """
        ...

    def erase(self, what: Erasure) -> int:
        """Remove the events of an artist, a link, visitors or clicks; returns how many went."""
        ...

    def delete_before(self, day: date) -> int:
        """Remove whole files or partitions of events before ``day`` (UTC); returns how many events went.

        Events of the months or days that the store cannot remove whole stay until it can.
        """
        ...

    def rejudge(self, *, since: datetime, until: datetime) -> RejudgeReport:
        """Judge the events of a stretch by the present rules about bots; returns what changed."""
        ...

    def check(self) -> ManifestReport:
        """Return whether what is listed is there, and whole."""
        ...


STORES: Registry[EventStore] = Registry("event store")
_IN_USE = "in use"


def using(store: EventStore) -> AbstractContextManager[None]:
    """Keep events in a store for the length of a ``with`` block (tests)."""
    return STORES.holding(**{_IN_USE: store})


def in_use(settings: Environment | None = None) -> EventStore:
    """Return the store that the settings name (those of this process unless others are given)."""
    if _IN_USE in STORES:
        return STORES.get(_IN_USE)
    return _of(settings or environment.current())


@functools.cache
def _of(settings: Environment) -> EventStore:
    # Only here, so that a process that uses one store never loads the other.
    if settings.events_url:
        from backline.analytics.clickhouse.store import ClickHouseStore  # noqa: PLC0415

        return ClickHouseStore.of(settings)
    from backline.analytics.parquet.store import LakeStore  # noqa: PLC0415

    return LakeStore(settings)
