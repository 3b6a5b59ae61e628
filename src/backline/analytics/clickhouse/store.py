"""Keeps events in ClickHouse: a range of a spool counts once, however often and however late it is shipped again.

Three things see to it. The shipper repeats a range exactly, so that its block bears the same deduplication token.
ClickHouse remembers the tokens of its newest blocks, which also stops a shipper that stood still and wakes. And the
events of a range that was tried before are looked up first, so that it counts once when its token is long forgotten.
"""

# ruff: noqa: S608 - texts of statements are made of our own names only; every value is a parameter

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from backline.analytics import tombstones
from backline.analytics.clickhouse import judging, schema
from backline.analytics.clickhouse.connection import (
    ASK_SECONDS,
    MAINTAIN_SECONDS,
    SHIP_SECONDS,
    ClickHouse,
    Connect,
    connecting_to,
)
from backline.analytics.clickhouse.engine import BETWEEN, milliseconds
from backline.analytics.judging.pipeline import Draft
from backline.analytics.parquet import lake
from backline.analytics.parquet.lake import Origin
from backline.analytics.parquet.replacing import adding, alone
from backline.analytics.shipping import copies
from backline.analytics.types import Erasure, ManifestReport, RejudgeReport
from backline.settings.environment import Environment

_LOOKED_UP_AT_ONCE = 1_000
_AT_ONCE: dict[str, Any] = {"mutations_sync": 2}
"""Wait until a change has been made on every replica."""


class ClickHouseStore:
    """An :class:`~backline.analytics.store.EventStore` in the table ``events``."""

    def __init__(self, settings: Environment, connect: Connect) -> None:
        self._settings = settings
        self._asking = ClickHouse(connect, seconds=ASK_SECONDS)
        self._shipping = ClickHouse(connect, seconds=SHIP_SECONDS)
        self._maintaining = ClickHouse(connect, seconds=MAINTAIN_SECONDS)
        self._is_up_to_date = False

    @classmethod
    def of(cls, settings: Environment) -> ClickHouseStore:
        """Return the store that ``EVENTS_URL`` names; nothing is connected to yet."""
        return cls(settings, connecting_to(settings.events_url))

    def about(self) -> tuple[str, int]:
        """Return the version of ClickHouse and how many events it holds. Raises ``EventsAwayError`` soon."""
        ((version, rows),) = self._asking.rows(
            "SELECT version(), (SELECT sum(rows) FROM system.parts "
            "WHERE database = currentDatabase() AND table = 'events' AND active)"
        )
        return str(version), int(rows or 0)

    def migrate(self) -> tuple[str, ...]:
        """Bring the tables up to date; returns the names of the migrations that ran. One process does it at a time."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('backline.clickhouse'))")
            ran = schema.migrate(self._shipping)
        self._is_up_to_date = True
        return ran

    def add(
        self,
        drafts: Sequence[Draft],
        *,
        origin: Origin,
        is_repeat: bool = False,
        on_written: Callable[[], None] = lambda: None,
    ) -> int:
        """Insert a range as one block. What was erased stays out."""
        adding()
        if not self._is_up_to_date:
            self.migrate()
        wanted: Sequence[Draft] = tombstones.present().without(drafts)
        if is_repeat:
            wanted = self._missing(wanted)
        if not wanted:
            return 0
        token = f"{origin.spool_id}:{origin.first_seq}-{origin.last_seq}"
        self._shipping.insert("events", lake.table_of(wanted), token=token)
        on_written()
        return 1

    def _missing(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Return the drafts that are not among the events yet."""
        # In the table's order, so that each look-up reads a few neighbouring granules.
        ordered = sorted(drafts, key=lambda draft: (draft.artist_id, draft.link_id, draft.at_ms))
        missing: list[Draft] = []
        for first in range(0, len(ordered), _LOOKED_UP_AT_ONCE):
            part = ordered[first : first + _LOOKED_UP_AT_ONCE]
            times = [draft.at_ms for draft in part]
            found = self._shipping.rows(
                "SELECT id FROM events WHERE artist_id BETWEEN {first:String} AND {last:String} "
                f"AND {BETWEEN} AND id IN {{ids:Array(UUID)}}",
                first=part[0].artist_id,
                last=part[-1].artist_id,
                since=min(times),
                until=max(times) + 1,
                ids=[str(UUID(bytes=draft.id)) for draft in part],
            )
            there = {found_id.bytes for (found_id,) in found}
            missing += [draft for draft in part if draft.id not in there]
        return missing

    def erase(self, what: Erasure) -> int:
        """Rewrite the parts that hold what has to go; what it names stays out for good. Call it in no transaction."""
        erased = tombstones.record(self._settings, what)
        conditions: list[str] = []
        parameters: dict[str, Any] = {}
        if what.artist_id is not None:
            conditions.append("artist_id = {artist:String}")
            parameters["artist"] = str(what.artist_id)
        if what.link_id is not None:
            conditions.append("link_id = {link:String}")
            parameters["link"] = str(what.link_id)
        if what.visitors or what.click_ids:
            conditions.append(
                "(visitor IN {visitors:Array(String)} OR arrayExists(found -> has({clicks:Array(String)}, found.2), "
                "JSONExtractKeysAndValues(click_ids, 'String')))"
            )
            parameters["visitors"], parameters["clicks"] = sorted(what.visitors), sorted(what.click_ids)
        where = " AND ".join(conditions)
        with alone():
            copies.erase(self._settings, erased)
            ((gone,),) = self._maintaining.rows(f"SELECT count() FROM events WHERE {where}", **parameters)
            if gone:
                self._maintaining.run(f"ALTER TABLE events DELETE WHERE {where}", settings=_AT_ONCE, **parameters)
        return int(gone)

    def delete_before(self, day: date) -> int:
        """Drop the months whose events are all older."""
        edge = milliseconds(datetime.combine(day, time(), tzinfo=UTC))
        gone = 0
        with alone():
            for month, rows in self._maintaining.rows(
                "SELECT toYYYYMM(at) AS month, count() FROM events GROUP BY month "
                "HAVING max(at) < fromUnixTimestamp64Milli({edge:Int64}, 'UTC') ORDER BY month",
                edge=edge,
            ):
                self._maintaining.run(f"ALTER TABLE events DROP PARTITION ID '{month}'", settings=_AT_ONCE)
                gone += rows
        return gone

    def rejudge(self, *, since: datetime, until: datetime) -> RejudgeReport:
        """Judge the events of a stretch again, and rewrite the verdicts that change."""
        with alone():
            return judging.rejudge(self._maintaining, since=since, until=until)

    def check(self) -> ManifestReport:
        """Compare every part with its checksums, and look for event ids that are there twice, a day at a time."""
        rows = self._maintaining.rows
        ((files, events, size),) = rows(
            "SELECT count(), sum(rows), sum(bytes_on_disk) FROM system.parts "
            "WHERE database = currentDatabase() AND table = 'events' AND active"
        )
        doubled = 0
        for (day,) in rows("SELECT DISTINCT toDate(at) AS day FROM events ORDER BY day"):
            ((found,),) = rows("SELECT count() - uniqExact(id) FROM events WHERE toDate(at) = {day:Date}", day=day)
            doubled += found
        ((oldest_ms,),) = rows("SELECT toUnixTimestamp64Milli(min(at)) FROM events")
        return ManifestReport(
            files,
            events,
            size,
            unreadable=self._maintaining.damaged_parts("events"),
            doubled=doubled,
            oldest_at=datetime.fromtimestamp(oldest_ms / 1000, tz=UTC) if files else None,
            is_deep=True,
        )
