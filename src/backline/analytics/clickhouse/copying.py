"""Copies this machine's lake into ClickHouse and proves it: every day by its number of events and a checksum.

It may be stopped and started at any time, also while events come in: days that agree are passed over, and of a day
that does not, only the events that ClickHouse lacks are inserted. Checksums are sums over MD5 of each event's columns,
so that both engines work them out alike and in any order.
"""

# ruff: noqa: S608 - texts of questions are made of our own names only; every value is a parameter

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from backline.analytics import tombstones
from backline.analytics.clickhouse.connection import MAINTAIN_SECONDS, ClickHouse, Connect
from backline.analytics.clickhouse.engine import BETWEEN, milliseconds
from backline.analytics.models import LakeFile
from backline.analytics.parquet import lake, merging
from backline.analytics.parquet.replacing import files_stay
from backline.settings.environment import Environment

_DAY_MS = 86_400_000
_BLOCK_ROWS = 100_000
_LOOKED_UP_AT_ONCE = 1_000
_TEXTS = tuple(name for name in lake.SCHEMA.names if name not in ("at", "id"))

_EPOCH = date(1970, 1, 1)
_MS = 'epoch_ms("at")'
_MD5_OF_DUCKDB = f"md5_number_lower(concat_ws(chr(31), {', '.join(_TEXTS)}, {_MS}::VARCHAR, id::VARCHAR))"
_MD5_OF_CLICKHOUSE = (
    f"reinterpretAsUInt64(substring(MD5(concatWithSeparator(char(31), {', '.join(_TEXTS)}, "
    "toString(toUnixTimestamp64Milli(at)), toString(id))), 9, 8))"
)
"""The last eight bytes of the MD5, read as a number: the same in both engines."""

Digests = Mapping[int, tuple[int, int]]
"""Of each day, counted from 1970-01-01 in UTC: the number of events and their checksum."""


@dataclass(frozen=True, slots=True)
class CopiedDay:
    """A day after the copy. ``lacking`` events are not in ClickHouse, ``different`` ones are and are not the same."""

    day: date
    events: int
    copied: int = 0
    lacking: int = 0
    different: int = 0

    @property
    def is_whole(self) -> bool:
        """Tell whether every event of the lake's day is in ClickHouse as it is in the lake."""
        return not (self.lacking or self.different)


def copy(settings: Environment, connect: Connect) -> Iterator[CopiedDay]:
    """Copy month by month, and yield each day when it was compared. The tables must be there.

    Raises ``EventsAwayError`` when ClickHouse is away; the next run goes on where this one stopped.
    """
    clickhouse = ClickHouse(connect, seconds=MAINTAIN_SECONDS)
    for first, last in _months():
        with files_stay():
            paths = [Path(path) for path in lake.live_paths(settings.lake_folder, since=first, until=last)]
            yield from _copy_month(clickhouse, paths, first, last)


def _months() -> Iterator[tuple[datetime, datetime]]:
    days = LakeFile.objects.filter(replaced_at=None).values_list("day", flat=True).distinct()
    for month in sorted({day.replace(day=1) for day in days}):
        first = datetime(month.year, month.month, 1, tzinfo=UTC)
        yield first, (first + timedelta(days=32)).replace(day=1)


def _copy_month(clickhouse: ClickHouse, paths: list[Path], first: datetime, last: datetime) -> Iterator[CopiedDay]:
    here = _digests_of_files(paths, first, last)
    before = _digests_of_clickhouse(clickhouse, first, last)
    pending = {day for day, digest in here.items() if before.get(day) != digest}
    copied: Counter[int] = Counter()
    is_empty = not any(day in before for day in pending)
    for rows in _blocks(paths, pending):
        lacking = rows if is_empty else rows.filter(_compared(clickhouse, rows)[0])
        if lacking.num_rows:
            clickhouse.insert("events", lacking, token="")
            copied.update(_days(lacking).to_pylist())
    # A day also differs when ClickHouse has events that the lake has not: then each event of the lake is looked for.
    after = _digests_of_clickhouse(clickhouse, first, last) if pending else before
    lacks: Counter[int] = Counter()
    differs: Counter[int] = Counter()
    for rows in _blocks(paths, {day for day in pending if after.get(day) != here[day]}):
        lacking, different = _compared(clickhouse, rows)
        lacks.update(_days(rows.filter(lacking)).to_pylist())
        differs.update(_days(rows.filter(different)).to_pylist())
    for day, (events, _) in sorted(here.items()):
        yield CopiedDay(_EPOCH + timedelta(days=day), events, copied[day], lacks[day], differs[day])


def _blocks(paths: list[Path], days: set[int]) -> Iterator[pa.Table]:
    """Yield the rows of some days in blocks worth inserting, in the table's order; not what was erased."""
    erased = tombstones.present()
    held: list[pa.Table] = []
    for rows in merging.in_order(paths) if days else ():
        is_wanted = pc.is_in(_days(rows), pa.array(sorted(days), pa.int64()))
        held.append(rows.filter(pc.and_not(is_wanted, erased.mask(rows))))
        if sum(portion.num_rows for portion in held) >= _BLOCK_ROWS:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


def _days(rows: pa.Table) -> pa.ChunkedArray:
    return pc.divide(rows["at"].cast(pa.int64()), _DAY_MS * 1000)


def _compared(clickhouse: ClickHouse, rows: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Return which rows ClickHouse lacks, and which it has otherwise."""
    with duckdb.connect() as database:
        database.register("rows", rows)
        wanted = database.execute(f"SELECT id::VARCHAR, artist_id, {_MS}, {_MD5_OF_DUCKDB} FROM rows").fetchall()
    lacking, different = [], []
    for first in range(0, len(wanted), _LOOKED_UP_AT_ONCE):
        part = wanted[first : first + _LOOKED_UP_AT_ONCE]
        times = [at_ms for _, _, at_ms, _ in part]
        there = dict(
            clickhouse.rows(
                f"SELECT toString(id), {_MD5_OF_CLICKHOUSE} FROM events "
                "WHERE artist_id BETWEEN {first:String} AND {last:String} "
                f"AND {BETWEEN} AND id IN {{ids:Array(UUID)}}",
                first=part[0][1],
                last=part[-1][1],
                since=min(times),
                until=max(times) + 1,
                ids=[event_id for event_id, *_ in part],
            )
        )
        for event_id, _, _, md5 in part:
            lacking.append(event_id not in there)
            different.append(event_id in there and there[event_id] != md5)
    return pa.array(lacking, pa.bool_()), pa.array(different, pa.bool_())


def _digests_of_files(paths: list[Path], first: datetime, last: datetime) -> Digests:
    with duckdb.connect() as database:
        rows = database.execute(
            f"SELECT {_MS} // {_DAY_MS} AS day, count(*), sum({_MD5_OF_DUCKDB}) % 18446744073709551616 "
            f"FROM {lake.source_sql()} WHERE {_MS} >= $since AND {_MS} < $until GROUP BY day",
            {"files": [str(path) for path in paths], "since": milliseconds(first), "until": milliseconds(last)},
        ).fetchall()
    return {day: (events, int(checksum)) for day, events, checksum in rows}


def _digests_of_clickhouse(clickhouse: ClickHouse, first: datetime, last: datetime) -> Digests:
    rows = clickhouse.rows(
        f"SELECT intDiv(toUnixTimestamp64Milli(at), {_DAY_MS}) AS day, count(), sum({_MD5_OF_CLICKHOUSE}) "
        f"FROM events WHERE {BETWEEN} GROUP BY day",
        since=milliseconds(first),
        until=milliseconds(last),
    )
    return {day: (events, checksum) for day, events, checksum in rows}
