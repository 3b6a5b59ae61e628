"""The port behind the questions: what an engine that holds the events has to answer.

Two engines answer: DuckDB over Parquet files, and ClickHouse. One contract suite, ``tests/contracts/event_store.py``,
proves that their answers are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

import pyarrow as pa

from backline.analytics.calendar_days import Offsets
from backline.analytics.types import BotReason, Dimension, Scope, Totals, ValueTotals
from backline.core.registry import Registry


class LakeEngine(Protocol):
    """Answers about events. People's events make the metrics; bots are only ever in ``Totals.bots``.

    A day is counted from 1970-01-01 in the time zone that ``offsets`` describes. Links are named by their id as text,
    the hub by an empty text.
    """

    def totals(self, scope: Scope) -> Totals:
        """Return the metrics of the scope."""
        ...

    def by_link(self, scope: Scope) -> Mapping[str, Totals]:
        """Return the metrics of every link with an event."""
        ...

    def by_day(self, scope: Scope, offsets: Offsets) -> Mapping[int, Totals]:
        """Return the metrics of every day with an event."""
        ...

    def by_link_and_day(
        self, scope: Scope, offsets: Offsets, links: Sequence[UUID]
    ) -> Mapping[tuple[str, int], Totals]:
        """Return the metrics of every day with an event of each of the links."""
        ...

    def by_values(
        self, scope: Scope, dimensions: Sequence[Dimension], limit: int
    ) -> Mapping[Dimension, Sequence[ValueTotals]]:
        """Return of each dimension the metrics of the values with most views, then most clicks, then by name."""
        ...

    def by_hour(self, scope: Scope, offsets: Offsets) -> Mapping[int, Totals]:
        """Return the metrics of every hour of the week with an event: 0 is Monday's first hour, 167 Sunday's last."""
        ...

    def rows(self, scope: Scope, *, with_bots: bool) -> Iterator[pa.RecordBatch]:
        """Yield what is counted as rows, in no order and in bounded memory; columns: :mod:`rows`.

        Raises :class:`~backline.analytics.types.FiguresAwayError`, also in the middle.
        """
        ...

    def bot_reasons(self, scope: Scope) -> Mapping[BotReason, int]:
        """Return how many hits were set aside, by reason."""
        ...

    def last_event_at(self, scope: Scope) -> datetime | None:
        """Return when the last event of a person was, or None."""
        ...


ENGINES: Registry[LakeEngine] = Registry("event engine")
_IN_USE = "in use"


def use(engine: LakeEngine) -> None:
    """Make an engine the one that questions are put to."""
    ENGINES.register(_IN_USE, engine)


def using(engine: LakeEngine) -> AbstractContextManager[None]:
    """Put questions to an engine for the length of a ``with`` block (tests)."""
    return ENGINES.holding(**{_IN_USE: engine})


def in_use() -> LakeEngine:
    """Return the engine that questions are put to: the one that ``EVENTS_URL`` names unless told otherwise."""
    if _IN_USE not in ENGINES:
        # Only here, so that a process that uses one engine never loads the other.
        from backline.settings import environment  # noqa: PLC0415

        settings = environment.current()
        if settings.events_url:
            from backline.analytics.clickhouse.connection import connecting_to  # noqa: PLC0415
            from backline.analytics.clickhouse.engine import ClickHouseEngine  # noqa: PLC0415

            use(ClickHouseEngine(connecting_to(settings.events_url)))
        else:
            from backline.analytics.parquet.engine import DuckDbEngine  # noqa: PLC0415

            use(DuckDbEngine(settings.lake_folder))
    return ENGINES.get(_IN_USE)
