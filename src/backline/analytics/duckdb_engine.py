"""Answers questions with DuckDB, straight from the lake's Parquet files.

There is one database per process, in memory, and one cursor per thread: DuckDB's own file would allow one process
only, and the Parquet files never change, so any number of processes may read them.
"""

# ruff: noqa: S608 - texts of questions are made of our own names only; every value is a parameter

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import duckdb
from django.db.models import Max

from backline.analytics import lake
from backline.analytics.calendar_days import DAY_MS, Offsets
from backline.analytics.metrics import KINDS
from backline.analytics.models import LakeFile
from backline.analytics.types import BotReason, Dimension, FiguresAwayError, Scope, Totals, ValueTotals

_LISTINGS = 3
"""How often the files are listed again when one has vanished: each means a compaction and ten minutes in between."""
_MEMORY = "1GB"

_LAST_EVENT_STRETCHES = (timedelta(days=2), timedelta(days=30), timedelta(days=36_500))
"""How far back the last event is looked for, in steps: most artists had one today."""


def _counts() -> str:
    """Return the columns of a row of totals, in the order of :class:`Totals`."""

    def listed(kinds: Sequence[str]) -> str:
        return ", ".join(f"'{kind}'" for kind in kinds)

    people = [
        f"count(*) FILTER (WHERE bot_reason = '' AND kind IN ({listed(kinds)})) AS {key}"
        for key, kinds in KINDS.items()
    ]
    everything = listed([kind for kinds in KINDS.values() for kind in kinds])
    return ", ".join([*people, f"count(*) FILTER (WHERE bot_reason <> '' AND kind IN ({everything})) AS bots"])


_COUNTS = _counts()
_EVERY_KIND = ", ".join(f"'{kind}'" for kinds in KINDS.values() for kind in kinds)


class ListFiles(Protocol):
    """Names the files that can hold events of a stretch of time; :func:`lake.live_paths` asks the manifest."""

    def __call__(self, folder: Path, *, since: datetime, until: datetime) -> list[str]:
        """Return their full paths."""
        ...


class DuckDbEngine:
    """A :class:`~backline.analytics.engine.LakeEngine` over the files that the manifest lists."""

    def __init__(self, folder: Path, *, list_files: ListFiles = lake.live_paths) -> None:
        self._folder = folder
        self._list_files = list_files
        self._making = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._local = threading.local()

    def totals(self, scope: Scope) -> Totals:
        """Return the metrics of the scope."""
        rows = self._ask(scope, f"SELECT {_COUNTS} FROM events")
        return Totals(*rows[0]) if rows else Totals()

    def by_link(self, scope: Scope) -> Mapping[str, Totals]:
        """Return the metrics of every link with an event."""
        rows = self._ask(scope, f"SELECT link_id, {_COUNTS} FROM events GROUP BY ALL")
        return {link: Totals(*counts) for link, *counts in rows}

    def by_day(self, scope: Scope, offsets: Offsets) -> Mapping[int, Totals]:
        """Return the metrics of every day with an event."""
        rows = self._ask(scope, f"SELECT {_day(offsets)} AS day, {_COUNTS} FROM events GROUP BY ALL")
        return {day: Totals(*counts) for day, *counts in rows}

    def by_link_and_day(
        self, scope: Scope, offsets: Offsets, links: Sequence[UUID]
    ) -> Mapping[tuple[str, int], Totals]:
        """Return the metrics of every day with an event of each of the links."""
        rows = self._ask(
            scope,
            f"SELECT link_id, {_day(offsets)} AS day, {_COUNTS} FROM events "
            "WHERE list_contains($links, link_id) GROUP BY ALL",
            links=[str(link) for link in links],
        )
        return {(link, day): Totals(*counts) for link, day, *counts in rows}

    def by_value(self, scope: Scope, dimension: Dimension, limit: int) -> Sequence[ValueTotals]:
        """Return the metrics of the values with most views, then most clicks, then by name."""
        rows = self._ask(
            scope,
            f"SELECT {_COUNTS}, {dimension.value} AS value FROM events GROUP BY ALL "
            "HAVING views + service_clicks + share_clicks + saves + video_plays > 0 "
            "ORDER BY views DESC, service_clicks DESC, value LIMIT $limit",
            limit=limit,
        )
        return tuple(ValueTotals(*row) for row in rows)

    def bot_reasons(self, scope: Scope) -> Mapping[BotReason, int]:
        """Return how many hits were set aside, by reason."""
        rows = self._ask(
            scope,
            f"SELECT bot_reason, count(*) AS hits FROM events WHERE bot_reason <> '' AND kind IN ({_EVERY_KIND}) "
            "GROUP BY ALL ORDER BY hits DESC, bot_reason",
        )
        return {BotReason(reason): hits for reason, hits in rows}

    def last_event_at(self, scope: Scope) -> datetime | None:
        """Return when the last event of a person was, or None."""
        newest = LakeFile.objects.filter(replaced_at=None).aggregate(newest=Max("max_at"))["newest"]
        if newest is None:
            return None
        until = min(scope.until, newest + timedelta(milliseconds=1))
        for stretch in _LAST_EVENT_STRETCHES:
            since = max(scope.since, scope.until - stretch)
            part = Scope(scope.artist_id, since, until, scope.link_id)
            rows = self._ask(
                part,
                f"""SELECT epoch_ms(max("at")) FROM events WHERE bot_reason = '' AND kind IN ({_EVERY_KIND})""",
            )
            if rows and rows[0][0] is not None:
                return datetime.fromtimestamp(rows[0][0] / 1000, tz=UTC)
            until = min(until, since)
            if since <= scope.since:
                return None
        return None

    def _ask(self, scope: Scope, question: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Put a question about ``events``, the scope's events; no rows when no file can hold any of them.

        Raises :class:`FiguresAwayError` when the lake cannot be read.
        """
        of_link = "" if scope.link_id is None else " AND link_id = $link"
        parameters |= {"artist": str(scope.artist_id), "since": scope.since, "until": scope.until}
        if scope.link_id is not None:
            parameters["link"] = str(scope.link_id)
        source = (
            f"WITH events AS (SELECT * FROM {lake.source_sql()} "
            f'WHERE artist_id = $artist AND "at" >= $since AND "at" < $until{of_link}) '
        )
        for listing in range(_LISTINGS):
            files = self._list_files(self._folder, since=scope.since, until=scope.until)
            if not files:
                return []
            try:
                return self._cursor().execute(source + question, parameters | {"files": files}).fetchall()
            except duckdb.IOException as error:
                # A file can vanish between the listing and the reading, when compaction has replaced it.
                if listing == _LISTINGS - 1:
                    raise FiguresAwayError from error
            except duckdb.Error as error:
                raise FiguresAwayError from error
        return []

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            with self._making:
                if self._database is None:
                    self._database = _open(self._folder)
                cursor = self._local.cursor = self._database.cursor()
        return cursor


def _open(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that can read the lake and nothing else."""
    database = duckdb.connect(":memory:", config={"memory_limit": _MEMORY, "autoinstall_known_extensions": "false"})
    place = str(folder).replace("'", "''")
    database.execute(f"SET allowed_directories = ['{place}/']")
    database.execute("SET parquet_metadata_cache = true")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


def _day(offsets: Offsets) -> str:
    """Return the expression of an event's day number; the offsets are numbers of our own, so they stand in the text."""
    instant = 'epoch_ms("at")'
    expression = str(offsets[-1][1])
    for number in range(len(offsets) - 2, -1, -1):
        expression = f"CASE WHEN {instant} < {offsets[number + 1][0]} THEN {offsets[number][1]} ELSE {expression} END"
    return f"({instant} + {expression}) // {DAY_MS}"
