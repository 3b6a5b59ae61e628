"""The event lake: immutable Parquet files, sorted by artist, link and time, each of one UTC day or one month.

A file counts only when :class:`~backline.analytics.models.LakeFile` lists it. Each carries in its own metadata which
ranges of which spools it holds, and which files it replaced, so that a lost list can be told from a leftover.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from backline.analytics.judging.agents import JUDGEMENT
from backline.analytics.judging.pipeline import Draft
from backline.analytics.models import LakeFile, Span
from backline.core.ids import new_id
from backline.settings.environment import Environment

SCHEMA_VERSION = 1
"""Grows when a column is added; a column is never renamed, retyped or given another meaning.

Only texts are added. Files of an earlier schema are not rewritten for it: where one lacks a text, the text is empty
(:func:`in_newest_schema`, :func:`source_sql`). The next merge or rewriting brings its rows to the newest schema.
"""

SUFFIX = ".parquet"
TEMPORARY_SUFFIX = ".writing"
ROW_GROUP_ROWS = 32_768
WRITE_OPTIONS: Mapping[str, Any] = {"compression": "zstd", "write_page_index": True, "write_page_checksum": True}
SORT_ORDER = ("artist_id", "link_id", "at", "id")
_DAY_MS = 86_400_000

_TEXT_COLUMNS_OF_EVENT = (
    "kind", "service", "country", "referrer_host", "utm_source", "utm_medium", "utm_campaign", "utm_term",
    "utm_content", "locale", "visitor", "consent",
)  # fmt: skip
_TEXT_COLUMNS_OF_DRAFT = (
    "artist_id", "link_id", "device", "browser", "os", "user_agent", "bot_reason", "bot_name", "referrer_kind", "marks",
)  # fmt: skip

SCHEMA = pa.schema(
    [
        pa.field("artist_id", pa.string(), nullable=False),
        pa.field("link_id", pa.string(), nullable=False),
        pa.field("at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("id", pa.uuid(), nullable=False),
        *(pa.field(name, pa.string(), nullable=False) for name in _TEXT_COLUMNS_OF_EVENT),
        *(pa.field(name, pa.string(), nullable=False) for name in _TEXT_COLUMNS_OF_DRAFT[2:]),
        pa.field("click_ids", pa.string(), nullable=False),
        pa.field("signals", pa.string(), nullable=False),
        pa.field("judgement", pa.string(), nullable=False),
    ]
)
"""The lake's columns. ``click_ids`` is a JSON object or empty, ``signals`` and ``marks`` are words; nothing is null."""


class LakeDamagedError(Exception):
    """The files and their list disagree; nothing was changed, and ``backline doctor`` names the files."""


Range = tuple[str, int, int]
"""A stretch of a spool: its id, the first and the last place."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file's rows come from: a range of a spool, or the files that it replaced with the ranges of those."""

    spool_id: str = ""
    first_seq: int | None = None
    last_seq: int | None = None
    replaces: tuple[str, ...] = ()
    merged_ranges: tuple[Range, ...] = ()

    @property
    def ranges(self) -> tuple[Range, ...]:
        """Return every stretch of a spool that the rows come from."""
        if self.first_seq is None or self.last_seq is None:
            return self.merged_ranges
        return ((self.spool_id, self.first_seq, self.last_seq),)

    def to_metadata(self) -> dict[str, str]:
        """Return the origin as the key-value metadata of a Parquet file."""
        return {
            "backline.schema": str(SCHEMA_VERSION),
            "backline.spool": self.spool_id,
            "backline.first_seq": "" if self.first_seq is None else str(self.first_seq),
            "backline.last_seq": "" if self.last_seq is None else str(self.last_seq),
            "backline.replaces": " ".join(self.replaces),
            "backline.ranges": " ".join(f"{spool}:{first}:{last}" for spool, first, last in self.merged_ranges),
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[bytes, bytes] | None) -> Origin | None:
        """Return the origin that a file names, or None when the file is not of ours."""
        words = {
            key.decode(): value.decode() for key, value in (metadata or {}).items() if key.startswith(b"backline.")
        }
        if "backline.schema" not in words:
            return None

        def whole(key: str) -> int | None:
            return int(words[key]) if words.get(key) else None

        merged = [word.rsplit(":", 2) for word in words.get("backline.ranges", "").split()]
        return cls(
            spool_id=words.get("backline.spool", ""),
            first_seq=whole("backline.first_seq"),
            last_seq=whole("backline.last_seq"),
            replaces=tuple(words.get("backline.replaces", "").split()),
            merged_ranges=tuple((spool, int(first), int(last)) for spool, first, last in merged),
        )

    @classmethod
    def of_replacement(cls, files: Sequence[LakeFile]) -> Origin:
        """Return the origin of what takes the place of listed files; ranges that touch become one."""
        ranges: list[Range] = []
        for spool, first, last in sorted(tuple(found) for file in files for found in file.ranges):
            if ranges and ranges[-1][0] == spool and first <= ranges[-1][2] + 1:
                ranges[-1] = (spool, ranges[-1][1], max(last, ranges[-1][2]))
            else:
                ranges.append((spool, first, last))
        return cls(replaces=tuple(str(file.pk) for file in files), merged_ranges=tuple(ranges))


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that lies safely on disk under its final name, not listed yet. ``path`` is relative to the lake folder.

    Where the lowest and highest artist are not given the file may hold any; without a checksum none is compared.
    """

    id: UUID
    path: str
    day: date
    rows: int
    size_bytes: int
    min_at: datetime
    max_at: datetime
    min_artist: str = ""
    max_artist: str = "g"
    sha256: str = ""
    span: Span = Span.PART


def days_of(drafts: Sequence[Draft]) -> dict[date, list[Draft]]:
    """Sort drafts into UTC days."""
    days: dict[int, list[Draft]] = {}
    for draft in drafts:
        days.setdefault(draft.at_ms // _DAY_MS, []).append(draft)
    return {_instant(number * _DAY_MS).date(): found for number, found in sorted(days.items())}


def write_day(folder: Path, day: date, drafts: Sequence[Draft], *, origin: Origin) -> WrittenFile:
    """Write one day's events as a new file; when it returns the file survives a power cut. Raises :class:`OSError`."""
    ordered = sorted(drafts, key=_place)
    table = table_of(ordered).replace_schema_metadata(origin.to_metadata())
    times = [draft.at_ms for draft in drafts]
    file_id, path = new_path(folder, day)
    with writing(folder / path) as temporary:
        pq.write_table(table, temporary, row_group_size=ROW_GROUP_ROWS, **WRITE_OPTIONS)
    return WrittenFile(
        file_id, path, day, len(drafts), (folder / path).stat().st_size, _instant(min(times)), _instant(max(times)),
        ordered[0].artist_id, ordered[-1].artist_id, digest(folder / path),
    )  # fmt: skip


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hex. Raises :class:`OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def new_path(folder: Path, day: date, span: Span = Span.PART) -> tuple[UUID, str]:
    """Return a fresh id and the path of its file, relative to the lake folder, whose own folder is there."""
    file_id = new_id()
    place = f"month={day:%Y-%m}" if span is Span.MONTH else f"day={day.isoformat()}"
    relative = f"{place}/{file_id}{SUFFIX}"
    make_folder((folder / relative).parent)
    return file_id, relative


def make_folder(folder: Path) -> None:
    """Make a folder, and the one above it, unless it is there; their names then survive a power cut."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
        sync_folder(folder.parent.parent)


class writing:  # noqa: N801 - reads as a verb: with writing(path) as temporary
    """Hand out a temporary name; on leaving, sync the file, give it its final name and sync the folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_suffix(TEMPORARY_SUFFIX)

    def __enter__(self) -> str:
        return str(self._temporary)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._temporary.unlink(missing_ok=True)
            return
        handle = os.open(self._temporary, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        self._temporary.rename(self._path)
        sync_folder(self._path.parent)


def table_of(drafts: Sequence[Draft]) -> pa.Table:
    """Return drafts as rows of the newest schema, in the order given."""
    found = [draft.event for draft in drafts]
    columns: dict[str, pa.Array] = {
        "at": pa.array([draft.at_ms * 1000 for draft in drafts], pa.int64()).cast(SCHEMA.field("at").type),
        "id": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([draft.id for draft in drafts], pa.binary(16))),
        "click_ids": _text([_json(event.click_ids) if event.click_ids else "" for event in found]),
        "signals": _text([" ".join(event.signals) if event.signals else "" for event in found]),
        "judgement": pa.repeat(JUDGEMENT, len(drafts)),
    }
    columns |= {name: _text([getattr(event, name) for event in found]) for name in _TEXT_COLUMNS_OF_EVENT}
    columns |= {name: _text([getattr(draft, name) for draft in drafts]) for name in _TEXT_COLUMNS_OF_DRAFT}
    return pa.Table.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _place(draft: Draft) -> tuple[str, str, int, bytes]:
    """Return what ``SORT_ORDER`` says of an event that is not a row yet."""
    return (draft.artist_id, draft.link_id, draft.at_ms, draft.id)


def _text(values: list[str]) -> pa.Array:
    return pa.array(values, pa.string())


def _json(value: Mapping[str, str]) -> str:
    return msgspec.json.encode(value).decode()


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def in_newest_schema(table: pa.Table) -> pa.Table:
    """Return a file's rows with every column of the present schema, and its types; what an old file lacks is empty.

    Raises :class:`LakeDamagedError` for a file of a schema that this version does not know.
    """
    unknown = set(table.column_names) - set(SCHEMA.names)
    if unknown:
        raise LakeDamagedError(f"A newer version of Backline wrote columns unknown here: {', '.join(sorted(unknown))}.")
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else _nothing(field, table.num_rows)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _nothing(field: pa.Field, rows: int) -> pa.Array:
    if field.name in SORT_ORDER:
        raise LakeDamagedError(f"A file has no column {field.name}, without which its rows cannot be counted.")
    return pa.repeat("", rows)


def source_sql(files: str = "$files", *, is_mixed: bool | None = None) -> str:
    """Return what stands behind FROM for DuckDB to read ``files`` of the lake, of the present schema or earlier ones.

    Where some are of an earlier one (``is_mixed``; the manifest knows, if the caller does not), ``UNION ALL BY NAME``
    with nothing gives every text its name even if no file has it, and an absent text is empty. That costs a little, so
    it is left out where every file is of the present schema.
    """
    if is_mixed is None:
        is_mixed = LakeFile.objects.filter(replaced_at=None, schema_version__lt=SCHEMA_VERSION).exists()
    if not is_mixed:
        return f"read_parquet({files}, hive_partitioning = false)"
    names = [field.name for field in SCHEMA if field.type == pa.string() and field.name not in SORT_ORDER]
    absent = ", ".join(f'NULL::VARCHAR AS "{name}"' for name in names)
    filled = ", ".join(f'coalesce("{name}", \'\') AS "{name}"' for name in names)
    return (
        f"(SELECT * REPLACE ({filled}) FROM (SELECT {absent} WHERE false UNION ALL BY NAME "  # noqa: S608
        f"SELECT * FROM read_parquet({files}, union_by_name = true, hive_partitioning = false)))"
    )


def list_file(written: WrittenFile, *, origin: Origin) -> None:
    """Make a written file count, within the present transaction."""
    LakeFile.objects.create(
        id=written.id,
        path=written.path,
        day=written.day,
        span=written.span,
        rows=written.rows,
        size_bytes=written.size_bytes,
        min_at=written.min_at,
        max_at=written.max_at,
        min_artist=written.min_artist,
        max_artist=written.max_artist,
        sha256=written.sha256,
        schema_version=SCHEMA_VERSION,
        ranges=origin.ranges,
        spool_id=origin.spool_id,
        first_seq=origin.first_seq,
        last_seq=origin.last_seq,
    )


def live_paths(folder: Path, *, since: datetime, until: datetime) -> list[str]:
    """Return the files that hold events of ``since`` (included) to ``until`` (excluded), in one consistent reading."""
    found = LakeFile.objects.filter(replaced_at=None, max_at__gte=since, min_at__lt=until)
    return [str(folder / path) for path in found.order_by("day", "id").values_list("path", flat=True)]


def lake_files(settings: Environment) -> Iterator[Path]:
    """Yield the path of every file that counts. Files never change; one that was merged stays ten minutes more."""
    for path in LakeFile.objects.filter(replaced_at=None).order_by("day", "id").values_list("path", flat=True):
        yield settings.lake_folder / path


def files_on_disk(folder: Path, suffix: str = SUFFIX) -> list[Path]:
    """Return the files of days and months in the lake folder, listed or not."""
    return sorted([*folder.glob(f"day=*/*{suffix}"), *folder.glob(f"month=*/*{suffix}")])


def origin_of(path: Path) -> Origin | None:
    """Return where a file says its rows come from, or None when it is damaged or not of ours."""
    try:
        return Origin.from_metadata(pq.read_metadata(path).metadata)
    except (OSError, pa.ArrowException, ValueError):
        return None
