"""Copies of what was shipped: rows of spools as play wrote them, kept for some days to rebuild the lake from.

Off unless ``BACKLINE_SPOOL_COPIES_DAYS`` says for how long. Each range is one compressed file, whole and synced before
the range counts as shipped: ``copies/day=2026-03-10/<spool>-<first>-<last>.parquet``.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from backline.analytics import tombstones
from backline.analytics.judging import pipeline
from backline.analytics.judging.pipeline import Draft
from backline.analytics.parquet import lake, leftovers
from backline.analytics.parquet.lake import Origin, Range
from backline.analytics.parquet.replacing import adding, alone, alone_if_free, nobody_adding
from backline.analytics.shipping.spool import Row
from backline.analytics.tombstones import Erased
from backline.analytics.types import RebuildReport
from backline.core import clock
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

_SCHEMA = pa.schema([pa.field("seq", pa.int64(), nullable=False), pa.field("event", pa.binary(), nullable=False)])


@dataclass(frozen=True, slots=True)
class Copy:
    """A range of a spool that was shipped at an instant."""

    path: Path
    range: Range
    shipped_at: datetime

    def rows(self) -> list[Row]:
        """Return its rows. Raises :class:`OSError` or :class:`pyarrow.ArrowException` when they cannot be read."""
        table = pq.read_table(self.path, page_checksum_verification=True)
        return list(zip(table["seq"].to_pylist(), table["event"].to_pylist(), strict=True))


def keep(settings: Environment, spool_id: str, rows: Sequence[Row], drafts: Sequence[Draft], *, at: datetime) -> None:
    """Keep the rows of a range that is being shipped, if copies are wanted; not those of what was erased.

    ``drafts`` is what became of the rows. Call it within the shipper's transaction. Raises :class:`OSError`.
    """
    if not settings.spool_copies_days or not rows:
        return
    path = settings.copies_folder / f"day={at:%Y-%m-%d}" / f"{spool_id}-{rows[0][0]}-{rows[-1][0]}{lake.SUFFIX}"
    if path.exists():
        return  # of an attempt that a crash cut short
    adding()  # whoever erases from now on waits, and then finds this copy
    erased = tombstones.present()
    if len(erased.without(drafts)) < len(drafts):
        rows = [row for row in rows if _stays(row, at, erased)]
    lake.make_folder(path.parent)
    _write(path, rows, at)


def _write(path: Path, rows: Sequence[Row], at: datetime) -> None:
    metadata = {"backline.shipped_at": at.isoformat()}
    columns = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(_SCHEMA)]
    table = pa.Table.from_arrays(columns, schema=_SCHEMA)
    with lake.writing(path) as temporary:
        pq.write_table(table.replace_schema_metadata(metadata), temporary, **lake.WRITE_OPTIONS)


def found(folder: Path) -> tuple[list[Copy], list[str]]:
    """Return the copies in a folder in the order in which they were shipped, and the names of those not readable."""
    copies, unreadable = [], []
    for path in sorted(folder.glob(f"**/*{lake.SUFFIX}")):
        try:
            spool, first, last = path.stem.rsplit("-", 2)
            at = (pq.read_metadata(path).metadata or {})[b"backline.shipped_at"].decode()
            copies.append(Copy(path, (spool, int(first), int(last)), datetime.fromisoformat(at)))
        except (OSError, pa.ArrowException, ValueError, KeyError):
            unreadable.append(path.name)
    return sorted(copies, key=lambda copy: (copy.shipped_at, copy.range)), unreadable


def erase(settings: Environment, erased: Erased) -> None:
    """Write those copies anew that hold something erased; what cannot be decoded stays, as in the quarantine."""
    if not erased:
        return
    for copy in found(settings.copies_folder)[0]:
        try:
            rows = copy.rows()
        except (OSError, pa.ArrowException) as error:
            log.warning("The spool copy %s cannot be read: %s", copy.path.name, error)
            continue
        kept = [row for row in rows if _stays(row, copy.shipped_at, erased)]
        if len(kept) < len(rows):
            _write(copy.path, kept, copy.shipped_at)


def _stays(row: Row, at: datetime, erased: Erased) -> bool:
    drafts = pipeline.run([row], now=at).drafts
    return not drafts or bool(erased.without(drafts))


def delete_old(settings: Environment) -> int:
    """Delete this machine's copies of days that have been kept long enough; returns how many files went."""
    edge = clock.now().date() - timedelta(days=settings.spool_copies_days)
    gone = 0
    with alone_if_free() as is_alone:  # else a backup may be reading them
        for folder in list(settings.copies_folder.glob("day=*")) if is_alone else []:
            if date.fromisoformat(folder.name.removeprefix("day=")) < edge:
                gone += sum(1 for _ in folder.glob(f"*{lake.SUFFIX}"))
                shutil.rmtree(folder)
    if gone:
        log.info("Deleted %d spool copies from before %s: they were kept long enough.", gone, edge)
    return gone


def rebuild(settings: Environment, folder: Path) -> RebuildReport:
    """Add whatever events of the copies the lake lacks. It may be repeated; each event is in the lake once.

    A range that its spool will ship again is left to the shipper, what was erased stays out, and so does what was
    deleted because it was kept long enough. Raises :class:`OSError` when the lake cannot be written.
    """
    copies, unreadable = found(folder)
    events = added = 0
    with alone():
        for copy in copies:
            spool_id, _, last = copy.range
            try:
                rows = copy.rows()
            except (OSError, pa.ArrowException):
                unreadable.append(copy.path.name)
                continue
            with transaction.atomic():
                nobody_adding()
                if leftovers.will_be_shipped(settings, spool_id, last):
                    continue
                drafts = pipeline.run(rows, now=copy.shipped_at).drafts
                events += len(drafts)
                added += _add_lacking(settings, drafts, origin=Origin(merged_ranges=(copy.range,)))
    if added:
        log.info("Added %d events from %d spool copies.", added, len(copies))
    return RebuildReport(copies=len(copies), events=events, added=added, unreadable=tuple(unreadable))


def _add_lacking(settings: Environment, drafts: Sequence[Draft], *, origin: Origin) -> int:
    since = oldest_kept(settings)
    wanted = [
        draft
        for draft in {draft.id: draft for draft in tombstones.present().without(drafts)}.values()
        if since is None or datetime.fromtimestamp(draft.at_ms / 1000, tz=UTC).date() >= since
    ]
    times = pa.array([draft.at_ms * 1000 for draft in wanted], pa.int64()).cast(lake.SCHEMA.field("at").type)
    ids = pa.array([draft.id for draft in wanted], pa.binary(16))
    lacking = leftovers.missing_of(settings, pa.table({"id": ids, "at": times}))
    drafts = [draft for draft in wanted if draft.id in lacking]
    for day, of_day in lake.days_of(drafts).items():
        lake.list_file(lake.write_day(settings.lake_folder, day, of_day, origin=origin), origin=origin)
    return len(drafts)


def oldest_kept(settings: Environment) -> date | None:
    """Return the first day (UTC) whose events are kept, or None when they are kept for ever."""
    days = settings.events_kept_days
    return clock.now().date() - timedelta(days=days) if days else None
