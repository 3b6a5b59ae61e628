"""Answers questions with DuckDB, straight from the lake's Parquet files.

There is one database per process, in memory, and one cursor per thread: DuckDB's own file would allow one process
only, and the Parquet files never change, so any number of processes may read them.
"""

# ruff: noqa: S608 - texts of questions are made of our own names only; every value is a parameter

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import duckdb
import pyarrow as pa

from backline.analytics import rows as exported
from backline.analytics.calendar_days import DAY_MS, HOUR_MS, MONDAY_HOURS, WEEK_HOURS, Offsets
from backline.analytics.metrics import KINDS
from backline.analytics.models import LakeFile
from backline.analytics.parquet import lake, replacing, rollups
from backline.analytics.types import BotReason, Dimension, FiguresAwayError, Scope, Totals, ValueTotals

_LISTINGS = 3
"""How often the files are listed again when one has vanished: each means a compaction and ten minutes in between."""
_MEMORY = "1GB"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_LAST_EVENT_STRETCHES = (timedelta(days=2), timedelta(days=30), timedelta(days=36_500))
"""How far back the last event is looked for, in steps: most artists had one today."""


_MINUTE = 'epoch_ms("at") // 60000 * 60'
_SUMS = ", ".join(f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in rollups.COUNTS)
_OF_PEOPLE = " + ".join(KINDS)


class Listed(NamedTuple):
    """A file of the lake: its full path, when its first and its last event were, and of which schema it is."""

    path: str
    min_at: datetime
    max_at: datetime
    schema_version: int = lake.SCHEMA_VERSION


class ListFiles(Protocol):
    """Names the files that can hold events of a scope; :func:`listed_files` asks the manifest."""

    def __call__(self, folder: Path, scope: Scope) -> Sequence[Listed]:
        """Return them, as they count at one moment."""
        ...


def listed_files(folder: Path, scope: Scope) -> Sequence[Listed]:
    """Return the listed files that can hold events of a scope, in one consistent reading."""
    artist = str(scope.artist_id)
    found = LakeFile.objects.filter(
        replaced_at=None,
        max_at__gte=scope.since,
        min_at__lt=scope.until,
        min_artist__lte=artist,
        max_artist__gte=artist,
    )
    rows = found.order_by("day", "id").values_list("path", "min_at", "max_at", "schema_version")
    return [Listed(str(folder / path), first, last, schema) for path, first, last, schema in rows]


class DuckDbEngine:
    """A :class:`~backline.analytics.engine.LakeEngine` over the files that the manifest lists."""

    def __init__(self, folder: Path, *, list_files: ListFiles = listed_files) -> None:
        self._folder = folder
        self._list_files = list_files
        self._making = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._local = threading.local()

    def totals(self, scope: Scope) -> Totals:
        """Return the metrics of the scope."""
        rows = self._ask(scope, _whole(scope), f"SELECT {_SUMS} FROM counts")
        return Totals(*rows[0]) if rows else Totals()

    def by_link(self, scope: Scope) -> Mapping[str, Totals]:
        """Return the metrics of every link with an event."""
        rows = self._ask(scope, rollups.LINK, f"SELECT link_id, {_SUMS} FROM counts GROUP BY ALL")
        return {link: Totals(*counts) for link, *counts in rows}

    def by_day(self, scope: Scope, offsets: Offsets) -> Mapping[int, Totals]:
        """Return the metrics of every day with an event."""
        question = f"SELECT {_day(offsets)} AS day, {_SUMS} FROM counts GROUP BY ALL"
        rows = self._ask(scope, _whole(scope), question, offsets=offsets)
        return {day: Totals(*counts) for day, *counts in rows}

    def by_link_and_day(
        self, scope: Scope, offsets: Offsets, links: Sequence[UUID]
    ) -> Mapping[tuple[str, int], Totals]:
        """Return the metrics of every day with an event of each of the links."""
        question = (
            f"SELECT link_id, {_day(offsets)} AS day, {_SUMS} FROM counts "
            "WHERE list_contains($links, link_id) GROUP BY ALL"
        )
        rows = self._ask(scope, rollups.LINK, question, offsets=offsets, links=[str(link) for link in links])
        return {(link, day): Totals(*counts) for link, day, *counts in rows}

    def by_values(
        self, scope: Scope, dimensions: Sequence[Dimension], limit: int
    ) -> Mapping[Dimension, Sequence[ValueTotals]]:
        """Return of each dimension the metrics of the values with most views, then most clicks, then by name."""
        question = (
            f"FROM (SELECT dimension, {_SUMS}, value FROM counts GROUP BY ALL HAVING sum({_OF_PEOPLE}) > 0) "
            "QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY views DESC, service_clicks DESC, value) "
            "<= $limit ORDER BY dimension, views DESC, service_clicks DESC, value"
        )
        names = [dimension.value for dimension in dimensions]
        found: dict[Dimension, list[ValueTotals]] = {}
        for name, *row in self._ask(scope, names, question, limit=limit):
            found.setdefault(Dimension(name), []).append(ValueTotals(*row))
        return found

    def by_hour(self, scope: Scope, offsets: Offsets) -> Mapping[int, Totals]:
        """Return the metrics of every hour of the week with an event."""
        hour = f"(({_local(offsets)}) // {HOUR_MS} + {MONDAY_HOURS}) % {WEEK_HOURS}"
        question = f"SELECT {hour} AS hour, {_SUMS} FROM counts GROUP BY ALL"
        rows = self._ask(scope, _whole(scope), question, offsets=offsets)
        return {found: Totals(*counts) for found, *counts in rows}

    def rows(self, scope: Scope, *, with_bots: bool) -> Iterator[pa.RecordBatch]:
        """Yield what is counted as rows. Merging of files waits meanwhile, so that none goes before it is read."""
        with replacing.files_stay():
            files = self._list_files(self._folder, scope)
            if not files:
                return
            values: dict[str, Any] = {
                "artist": str(scope.artist_id),
                "since": scope.since,
                "until": scope.until,
                "files": [file.path for file in files],
            }
            is_mixed = any(file.schema_version < lake.SCHEMA_VERSION for file in files)
            question = (
                f"SELECT {exported.columns(_MINUTE)} "
                f"FROM {lake.source_sql(is_mixed=is_mixed)} "
                f'WHERE artist_id = $artist AND "at" >= $since AND "at" < $until AND {exported.counted(with_bots)}'
            )
            if scope.link_id is not None:
                values["link"] = str(scope.link_id)
                question += " AND link_id = $link"
            try:
                # A cursor of its own: the thread's other questions would end this answer.
                with self._cursor().cursor() as cursor:
                    for batch in cursor.sql(question, params=values).to_arrow_reader(exported.BATCH):
                        yield exported.shaped(batch.columns)
            except duckdb.Error as error:
                raise FiguresAwayError from error

    def bot_reasons(self, scope: Scope) -> Mapping[BotReason, int]:
        """Return how many hits were set aside, by reason."""
        question = (
            "SELECT value, sum(bots)::BIGINT AS hits FROM counts GROUP BY ALL HAVING hits > 0 ORDER BY hits DESC, value"
        )
        return {BotReason(reason): hits for reason, hits in self._ask(scope, rollups.BOT_REASON, question)}

    def last_event_at(self, scope: Scope) -> datetime | None:
        """Return when the last event of a person was, or None."""
        until = scope.until
        for stretch in _LAST_EVENT_STRETCHES:
            since = max(scope.since, scope.until - stretch)
            last = self._last(replace(scope, since=since, until=until))
            if last is not None:
                return last
            until = min(until, since)
            if since <= scope.since:
                return None
        return None

    def _last(self, scope: Scope) -> datetime | None:
        """Look for the quarter of an hour first, which rollups know, then for the moment, which only events know."""
        question = f"SELECT max(at_ms) FROM counts WHERE {_OF_PEOPLE} > 0"
        rows = self._ask(scope, _whole(scope), question)
        if not rows or rows[0][0] is None:
            return None
        quarter = _instant(rows[0][0] // rollups.QUARTER_MS * rollups.QUARTER_MS)
        end = quarter + timedelta(milliseconds=rollups.QUARTER_MS)
        within = replace(scope, since=max(scope.since, quarter), until=min(scope.until, end))
        rows = self._ask(within, _whole(scope), question, from_events=True)
        return _instant(rows[0][0]) if rows and rows[0][0] is not None else None

    def _ask(
        self,
        scope: Scope,
        dimension: str | list[str],
        question: str,
        *,
        offsets: Offsets = (),
        from_events: bool = False,
        **parameters: Any,
    ) -> list[tuple[Any, ...]]:
        """Put a question about ``counts``, the scope's events as counts; no rows when no file can hold any of them.

        ``dimension`` names the rollups that may stand for the events of large artists, unless ``from_events``; where it
        is a list of several, each row of ``counts`` says of which dimension it is.
        Raises :class:`FiguresAwayError` when the lake cannot be read.
        """
        is_known = scope.link_id is None or dimension == rollups.LINK
        may_roll = is_known and _fits(offsets) and not from_events
        for listing in range(_LISTINGS):
            # Only the first time with rollups: one that is damaged or gone must not keep anybody from the figures.
            source, values = self._counts(scope, dimension, may_roll=may_roll and listing == 0)
            if not source:
                return []
            try:
                return self._cursor().execute(f"WITH counts AS ({source}) {question}", parameters | values).fetchall()
            except duckdb.Error as error:
                # A file can vanish between the listing and the reading, when compaction has replaced it.
                if listing == _LISTINGS - 1:
                    raise FiguresAwayError from error
        return []

    def _counts(self, scope: Scope, dimension: str | list[str], *, may_roll: bool) -> tuple[str, dict[str, Any]]:
        """Return the text that reads the scope's counts, and its parameters.

        Rollups stand for the files that have one with the artist. What the scope holds of those files before its
        first and behind its last whole grain is counted from the events, as everything is in the other files.
        """
        files = self._list_files(self._folder, scope)
        values: dict[str, Any] = {"artist": str(scope.artist_id)}
        of_scope = "artist_id = $artist"
        if scope.link_id is not None:
            values["link"] = str(scope.link_id)
            of_scope += " AND link_id = $link"
        dimensions = [dimension] if isinstance(dimension, str) else dimension
        grain = rollups.grain_ms(dimensions[0])
        first, end = -(-_milliseconds(scope.since) // grain) * grain, _milliseconds(scope.until) // grain * grain
        rolled: dict[Listed, str] = {}
        if may_roll and first < end:
            found = ((file, rollups.of_artist(Path(file.path), str(scope.artist_id))) for file in files)
            rolled = {file: str(rollup) for file, rollup in found if rollup is not None}
        parts = []
        if rolled:
            values["rollups"] = list(rolled.values())
            parts.append(
                f"SELECT {'at_ms, link_id' if isinstance(dimension, str) else 'dimension'}, value, "
                f"{', '.join(rollups.COUNTS)} "
                f"FROM read_parquet($rollups, hive_partitioning = false) "
                f"WHERE {_among(dimensions)} AND at_ms >= {first} AND at_ms < {end} AND {of_scope}"
            )
        for number, (since, until, among) in enumerate(
            (
                (scope.since, scope.until, [file for file in files if file not in rolled]),
                (scope.since, _instant(first), list(rolled)),
                (_instant(end), scope.until, list(rolled)),
            )
        ):
            held = [file for file in among if file.min_at < until and file.max_at >= since]
            if held and since < until:
                paths = [file.path for file in held]
                values |= {f"files{number}": paths, f"since{number}": since, f"until{number}": until}
                is_mixed = any(file.schema_version < lake.SCHEMA_VERSION for file in held)
                source = (
                    f"FROM {lake.source_sql(f'$files{number}', is_mixed=is_mixed)} "
                    f'WHERE "at" >= $since{number} AND "at" < $until{number} AND {of_scope}'
                )
                if isinstance(dimension, str):
                    parts.append(f"SELECT {rollups.counted(dimension)} {source}")
                else:
                    parts.append(_each(dimension, source))
        return " UNION ALL ".join(parts), values

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


def _each(dimensions: Sequence[str], source: str) -> str:
    """Return the text that counts by each dimension in one reading of the events."""
    columns = ", ".join(dimensions)
    every = (1 << len(dimensions)) - 1
    # A set's number has a bit for each column that is not in it, the first column's the highest.
    numbers = (every ^ 1 << (len(dimensions) - 1 - place) for place in range(len(dimensions)))
    names = " ".join(f"WHEN {number} THEN '{name}'" for number, name in zip(numbers, dimensions, strict=True))
    sums = ", ".join(f"sum({name}) AS {name}" for name in rollups.COUNTS)
    return (
        f"SELECT CASE grouping_id({columns}) {names} END AS dimension, coalesce({columns}) AS value, {sums} "
        f"FROM (SELECT {columns}, {rollups.flags()} {source}) "
        f"GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in dimensions)})"
    )


def _among(dimensions: Sequence[str]) -> str:
    """Return the condition of the rollups' rows; reading is quicker where one dimension alone is named."""
    if len(dimensions) == 1:
        return f"dimension = '{dimensions[0]}'"
    return "dimension IN ({})".format(", ".join(f"'{dimension}'" for dimension in dimensions))


def _whole(scope: Scope) -> str:
    """Return the dimension that knows the scope as a whole: the artist's, or the links' where it is about one."""
    return rollups.ARTIST if scope.link_id is None else rollups.LINK


def _fits(offsets: Offsets) -> bool:
    """Tell whether every day of the time zone begins with a quarter of an hour, as all have done for decades."""
    changes = [at for at, _ in offsets[1:]]
    return all(number % rollups.QUARTER_MS == 0 for number in (*changes, *(offset for _, offset in offsets)))


def _milliseconds(at: datetime) -> int:
    """Return the first whole millisecond since 1970 that is not before an instant."""
    return -((_EPOCH - at) // _MILLISECOND)


def _instant(milliseconds: int) -> datetime:
    return _EPOCH + milliseconds * _MILLISECOND


def _day(offsets: Offsets) -> str:
    """Return the expression of an event's day number."""
    return f"({_local(offsets)}) // {DAY_MS}"


def _local(offsets: Offsets) -> str:
    """Return the expression of an event's local time; the offsets are numbers of our own, so they stand in the text."""
    expression = str(offsets[-1][1])
    for number in range(len(offsets) - 2, -1, -1):
        expression = f"CASE WHEN at_ms < {offsets[number + 1][0]} THEN {offsets[number][1]} ELSE {expression} END"
    return f"at_ms + {expression}"
