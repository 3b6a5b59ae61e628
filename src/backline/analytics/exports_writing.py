"""Writes the file of an export, a batch of rows at a time, so that memory does not grow with the artist."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from backline.analytics import engine, exports, ports, rows
from backline.analytics.metrics import KINDS
from backline.analytics.models import Export
from backline.analytics.ports import PageName
from backline.analytics.state import EXPORT
from backline.analytics.types import ExportFormat, ExportStatus, Scope
from backline.core import clock
from backline.core.state import TransitionRefusedError
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

SCHEMA = pa.schema([*rows.SCHEMA, pa.field("page_title", pa.string()), pa.field("page_address", pa.string())])
"""The columns of the file: those of :mod:`rows`, and what the page is called and where it is now."""

KEEP_FREE_BYTES = 1 << 30
"""So much of the disk is left to events, which are worth more than a copy of them."""
_NOTE_SECONDS = 2.0
_NO_ROOM = "The disk of this Backline has no room for the file. Ask its operator, or export a shorter period."
_FORMULA = r"^[=+\-@\t\r]"
"""What makes a spreadsheet run a cell instead of showing it."""
_GONE = PageName("A page that is gone", "")


class Writer(Protocol):
    """Writes batches of :data:`SCHEMA` into a file that is open."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the next rows."""

    def close(self) -> None:
        """Write what belongs at the end; the file stays open."""


class _Csv:
    """Comma-separated values in UTF-8, with a first line of names. No cell can be taken for a formula."""

    def __init__(self, file: IO[bytes]) -> None:
        file.write(b"\xef\xbb\xbf")  # a spreadsheet reads UTF-8 only when told
        self._writer = pyarrow.csv.CSVWriter(file, _in_words(pa.RecordBatch.from_pylist([], schema=SCHEMA)).schema)

    def write(self, batch: pa.RecordBatch) -> None:
        plain = _in_words(batch)
        safe = [
            pc.if_else(pc.match_substring_regex(column, _FORMULA), pc.binary_join_element_wise("'", column, ""), column)
            for column in plain.columns
        ]
        self._writer.write(pa.RecordBatch.from_arrays(safe, schema=plain.schema))

    def close(self) -> None:
        self._writer.close()


class _JsonLines:
    """One JSON object per line, in UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()

    def write(self, batch: pa.RecordBatch) -> None:
        self._file.write(self._encoder.encode_lines(_in_words(batch).to_pylist()))

    def close(self) -> None:
        """Do nothing: the last line is written."""


class _Parquet:
    """Apache Parquet."""

    def __init__(self, file: IO[bytes]) -> None:
        self._writer = pq.ParquetWriter(file, SCHEMA, compression="zstd")
        self._held: list[pa.RecordBatch] = []

    def write(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        if len(self._held) * rows.BATCH >= 100_000:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.Table.from_batches(self._held))
            self._held = []


WRITERS: Mapping[ExportFormat, Callable[[IO[bytes]], Writer]] = {
    ExportFormat.CSV: _Csv,
    ExportFormat.JSON_LINES: _JsonLines,
    ExportFormat.PARQUET: _Parquet,
}


def write(export_id: UUID, *, settings: Environment) -> None:
    """Write the file of an export, from the start. Does nothing when it is done, given up or deleted.

    Raises :class:`~backline.analytics.types.FiguresAwayError` when the events cannot be read now: the job tries again.
    """
    row = Export.objects.filter(pk=export_id, status__in=(ExportStatus.WAITING, ExportStatus.WRITING)).first()
    if row is None:
        return
    scope = Scope(row.artist_id, row.since, row.until, row.link_id)
    found = engine.in_use().totals(scope)
    in_all = sum(getattr(found, key) for key in KINDS) + (found.bots if row.with_bots else 0)
    path = exports.path_of(row, settings)
    try:
        _move(row, ExportStatus.WRITING, rows=0, rows_in_all=in_all)
        with _Draft(path) as draft:
            written = _fill(row, scope, draft.file)
            draft.finish()
        _move(row, ExportStatus.DONE, rows=written, rows_in_all=written, size_bytes=path.stat().st_size)
    except TransitionRefusedError:  # deleted meanwhile, with its artist or by hand
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("An export could not be written: %s", error.strerror)
        _move(row, ExportStatus.FAILED, problem=_NO_ROOM)


class _Draft:
    """A file under a temporary name, which gets its own when it is whole; otherwise it goes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._part = path.with_suffix(path.suffix + ".part")
        self.file = self._part.open("wb")
        self._part.chmod(0o600)

    def finish(self) -> None:
        """Put the file on disk under its name."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self._part.replace(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.file.close()
        self._part.unlink(missing_ok=True)


def _fill(row: Export, scope: Scope, file: IO[bytes]) -> int:
    names = ports.page_names(row.artist_id)
    writer = WRITERS[ExportFormat(row.format)](file)
    written, noted = 0, time.monotonic()
    for batch in engine.in_use().rows(scope, with_bots=row.with_bots):
        writer.write(_named(batch, names))
        written += batch.num_rows
        if time.monotonic() - noted > _NOTE_SECONDS:
            noted = time.monotonic()
            if shutil.disk_usage(file.name).free < KEEP_FREE_BYTES:
                raise OSError(0, "no room")
            _move(row, ExportStatus.WRITING, rows=written)
    writer.close()
    return written


def _named(batch: pa.RecordBatch, names: Mapping[str, PageName]) -> pa.RecordBatch:
    """Add what the page of each row is called and where it is."""
    pages = [names.get(link, _GONE) for link in batch["link_id"].to_pylist()]
    titles, addresses = ([page.title for page in pages], [page.url for page in pages])
    return pa.RecordBatch.from_arrays([*batch.columns, pa.array(titles), pa.array(addresses)], schema=SCHEMA)


def _in_words(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the rows with the time as text (ISO 8601, UTC), for formats that know no time."""
    place = SCHEMA.get_field_index("at")
    return batch.set_column(place, "at", pc.strftime(batch["at"], format="%Y-%m-%dT%H:%MZ"))


def _move(row: Export, to: ExportStatus, **also: object) -> None:
    EXPORT.move(Export.objects.all(), pk=row.pk, to=to, reason="written", also={**also, "heard_at": clock.now()})
