"""Merges sorted lake files into new ones, portion by portion: memory stays small whatever their size.

Each source is sorted, so the rows up to the lowest last row of what is loaded are complete: they are sorted together,
written, and the sources move on. Nothing is spilled to disk, and what comes out is cut into files of bounded size.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from backline.analytics.models import Span
from backline.analytics.parquet import lake
from backline.analytics.parquet.lake import Origin, WrittenFile

FILE_ROWS = 32 * lake.ROW_GROUP_ROWS
"""About a million events and fifty megabytes; then the next file begins, with the next artists.

The list of files knows the artists of each, so a question opens the one or two of a month that it needs. In a bigger
file it would have to look at the statistics of every row group, some 20 microseconds each.
"""
_PORTION_ROWS = 8_192

Change = Callable[[pa.Table], pa.Table]
"""What is done to the rows on their way; it may take rows away and change columns outside the order of the rows."""

_Key = tuple[str, str, int, bytes]


def as_they_are(rows: pa.Table) -> pa.Table:
    """Change nothing."""
    return rows


@dataclass(frozen=True, slots=True)
class Place:
    """Where new files go: the day, or the first day of the month, and how much of it they are merged for."""

    day: date
    span: Span


def merge(
    folder: Path,
    sources: Sequence[Path],
    place: Place,
    *,
    origin: Origin,
    change: Change = as_they_are,
    file_rows: int | None = None,
) -> tuple[int, list[WrittenFile]]:
    """Write the rows of sorted files into new ones; returns how many rows were read, and the files.

    No file comes out when ``change`` leaves no row. Raises :class:`OSError`, :class:`pyarrow.ArrowException` or
    :class:`~backline.analytics.parquet.lake.LakeDamagedError`; then nothing is left behind.
    """
    target = _Target(folder, place, origin, file_rows or FILE_ROWS)
    read = 0
    try:
        for rows in in_order(sources):
            read += rows.num_rows
            target.add(change(rows))
        return read, target.finish()
    except Exception:
        target.drop()
        raise


def in_order(sources: Sequence[Path]) -> Iterator[pa.Table]:
    """Yield the rows of sorted files in their common order, in portions, in the newest schema."""
    with ExitStack() as stack:
        waiting = sorted((_Source(path, stack) for path in sources), key=lambda source: source.first, reverse=True)
        loaded: list[_Source] = []
        while waiting or loaded:
            # A source whose first row lies behind everything that is loaded is not opened yet.
            while waiting and (not loaded or waiting[-1].first <= min(source.last[0] for source in loaded)):
                source = waiting.pop()
                if source.load():
                    loaded.append(source)
            if not loaded:
                continue
            lowest = min(loaded, key=lambda source: source.last)
            until = lowest.last
            portions = [source.take(until, whole=source is lowest) for source in loaded]
            yield _sorted([portion for portion in portions if portion.num_rows])
            loaded = [source for source in loaded if source.rows.num_rows or source.load()]


class _Source:
    """One sorted file; only a portion of its rows is in memory. ``first`` is its lowest artist."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._path = path
        self._stack = stack
        self._batches: Iterator[pa.RecordBatch] | None = None
        statistics = _artists(pq.read_metadata(path))
        self.first = statistics[0] if statistics else ""
        self.rows: pa.Table = lake.SCHEMA.empty_table()
        self.last: _Key = ("", "", 0, b"")

    def load(self) -> bool:
        """Load the next rows; tells whether there are any."""
        if self._batches is None:
            file = self._stack.enter_context(pq.ParquetFile(self._path, page_checksum_verification=True))
            self._batches = file.iter_batches(_PORTION_ROWS)
        for batch in self._batches:
            if batch.num_rows:
                self.rows = lake.in_newest_schema(pa.Table.from_batches([batch])).combine_chunks()
                self.last = self._key(self.rows.num_rows - 1)
                return True
        return False

    def take(self, until: _Key, *, whole: bool) -> pa.Table:
        """Take the rows up to and with ``until`` away, or all of them."""
        number = self.rows.num_rows
        if not whole and self.last > until:
            number = bisect.bisect_right(range(number), until, key=self._key)
        taken, self.rows = self.rows.slice(0, number), self.rows.slice(number)
        return taken

    def _key(self, place: int) -> _Key:
        rows = self.rows
        return (
            rows["artist_id"][place].as_py(), rows["link_id"][place].as_py(), rows["at"][place].value,
            rows["id"][place].value.as_py(),
        )  # fmt: skip


def _artists(metadata: pq.FileMetaData) -> tuple[str, str] | None:
    """Return the lowest and the highest artist of a file by its own statistics, or None when it has none."""
    found = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        names = [group.column(place).path_in_schema for place in range(group.num_columns)]
        statistics = group.column(names.index("artist_id")).statistics
        if statistics is None or not statistics.has_min_max:
            return None
        found += [statistics.min, statistics.max]
    return (min(found), max(found)) if found else None


def _sorted(portions: Sequence[pa.Table]) -> pa.Table:
    if len(portions) == 1:
        return portions[0]
    rows = pa.concat_tables(portions).combine_chunks()
    keys = pa.table({name: rows[name] if name != "id" else plain_ids(rows[name]) for name in lake.SORT_ORDER})
    return rows.take(pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in lake.SORT_ORDER]))


def plain_ids(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ids as the sixteen bytes that they are, which can be sorted."""
    return pa.chunked_array([chunk.storage for chunk in ids.chunks], pa.binary(16))


class _Target:
    """New files in the making, one after the other."""

    def __init__(self, folder: Path, place: Place, origin: Origin, file_rows: int) -> None:
        self._folder = folder
        self._place = place
        self._schema = lake.SCHEMA.with_metadata(origin.to_metadata())
        self._file_rows = file_rows
        self._held: list[pa.Table] = []
        self._held_rows = 0
        self._open: _Open | None = None
        self._done: list[WrittenFile] = []

    def add(self, rows: pa.Table) -> None:
        self._held.append(rows)
        self._held_rows += rows.num_rows
        if self._held_rows >= lake.ROW_GROUP_ROWS:
            self._write(least=min(lake.ROW_GROUP_ROWS, self._file_rows))

    def finish(self) -> list[WrittenFile]:
        self._write(least=1)
        self._close()
        return self._done

    def drop(self) -> None:
        """Remove what was written: nothing lists it."""
        if self._open is not None:
            self._open.abandon()
        for file in self._done:
            (self._folder / file.path).unlink(missing_ok=True)

    def _write(self, *, least: int) -> None:
        """Write what is held in row groups, as long as there are ``least`` rows."""
        held = pa.concat_tables([self._schema.empty_table(), *self._held])
        while held.num_rows >= least:
            if self._open is None:
                self._open = _Open(self._folder, self._place, self._schema)
            group = held.slice(0, min(lake.ROW_GROUP_ROWS, self._file_rows - self._open.rows))
            held = held.slice(group.num_rows)
            self._open.write(group)
            if self._open.rows >= self._file_rows:
                self._close()
        self._held, self._held_rows = [held], held.num_rows

    def _close(self) -> None:
        if self._open is not None:
            self._done.append(self._open.finish())
            self._open = None


class _Open:
    """The file that is being written."""

    def __init__(self, folder: Path, place: Place, schema: pa.Schema) -> None:
        self._folder = folder
        self._place = place
        self._id, self._path = lake.new_path(folder, place.day, place.span)
        self._stack = ExitStack()
        temporary = self._stack.enter_context(lake.writing(folder / self._path))
        self._writer = self._stack.enter_context(pq.ParquetWriter(temporary, schema, **lake.WRITE_OPTIONS))
        self.rows = 0
        self._times: list[int] = []
        self._artists: list[str] = []

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows, row_group_size=lake.ROW_GROUP_ROWS)
        self.rows += rows.num_rows
        times = pc.min_max(rows["at"].cast(pa.int64()))
        self._times += [times["min"].as_py(), times["max"].as_py()]
        self._artists += [rows["artist_id"][0].as_py(), rows["artist_id"][-1].as_py()]

    def abandon(self) -> None:
        self._stack.__exit__(RuntimeError, None, None)

    def finish(self) -> WrittenFile:
        self._stack.close()
        file = self._folder / self._path
        return WrittenFile(
            self._id, self._path, self._place.day, self.rows, file.stat().st_size,
            _instant(min(self._times)), _instant(max(self._times)), min(self._artists), max(self._artists),
            lake.digest(file), self._place.span,
        )  # fmt: skip


def _instant(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds // 1000 / 1000, tz=UTC)
