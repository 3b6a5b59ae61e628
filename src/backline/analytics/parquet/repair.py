"""Mends the lake: damaged files go into quarantine, what is whole of them and of unlisted files counts again.

No event is thrown away, and none is counted twice. What cannot be mended is told in numbers.
"""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from backline.analytics.models import LakeFile, Span
from backline.analytics.parquet import lake, leftovers, manifest, merging
from backline.analytics.parquet.lake import Origin, WrittenFile
from backline.analytics.parquet.merging import Place
from backline.analytics.parquet.replacing import alone, nobody_adding
from backline.analytics.shipping import copies
from backline.analytics.types import Loss, RepairReport
from backline.core import clock
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

QUARANTINE = "quarantine"


def repair(settings: Environment) -> RepairReport:
    """Check every file thoroughly and mend what can be mended; see ``docs/operators/events.md``.

    Whoever runs it may repeat it at any time, also after a crash.
    """
    losses: list[Loss] = []
    with alone():
        for file in LakeFile.objects.filter(replaced_at=None).order_by("day", "id"):
            fault = manifest.fault(settings.lake_folder, file, is_deep=True)
            if fault is not None:
                whole = _set_aside(settings, file)
                losses.append(
                    Loss(file.path, fault, file.rows - whole, file.day, tuple(tuple(each) for each in file.ranges))
                )
        relisted, kept = _list_again(settings)
    restored = 0
    if losses and settings.copies_folder.is_dir():
        restored = copies.rebuild(settings, settings.copies_folder).added
    return RepairReport(losses=tuple(losses), relisted=relisted, restored=restored, kept=tuple(kept))


def _set_aside(settings: Environment, file: LakeFile) -> int:
    """Move a damaged file into quarantine and put what is whole of it in its place; returns how many events that is."""
    folder = settings.lake_folder
    path = folder / file.path
    origin = Origin.of_replacement([file])
    written: list[WrittenFile] = []
    with _readable_part(path) as part:
        if part is not None:
            _, written = merging.merge(folder, [part], Place(file.day, Span(file.span)), origin=origin)
    with transaction.atomic(durable=True):
        for each in written:
            lake.list_file(each, origin=origin)
        LakeFile.objects.filter(pk=file.pk).update(replaced_at=clock.now(), deleted_at=clock.now())
    _quarantine(folder, path)
    log.error("%s was damaged and lies in %s now.", file.path, QUARANTINE)
    return sum(each.rows for each in written)


class _readable_part:  # noqa: N801 - reads as a noun: with _readable_part(path) as part
    """Write the row groups that can be read, and whose checksums hold, into a file for the length of the block."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_suffix(".salvaged" + lake.TEMPORARY_SUFFIX)

    def __enter__(self) -> Path | None:
        try:
            content = pq.ParquetFile(self._path, page_checksum_verification=True)
        except (OSError, pa.ArrowException):
            return None
        found = 0
        # What cannot be written is no damage of the file: a full disk ends the repair, and the file stays listed.
        with content, pq.ParquetWriter(self._part, lake.SCHEMA) as part:
            for number in range(content.num_row_groups):
                try:
                    rows = lake.in_newest_schema(content.read_row_group(number))
                except (OSError, pa.ArrowException, lake.LakeDamagedError):
                    continue
                part.write_table(rows)
                found += rows.num_rows
        return self._part if found else None

    def __exit__(self, *_: object) -> None:
        self._part.unlink(missing_ok=True)


def _quarantine(folder: Path, path: Path) -> None:
    if path.is_file():
        (folder / QUARANTINE).mkdir(exist_ok=True)
        path.rename(folder / QUARANTINE / path.name)


def _list_again(settings: Environment) -> tuple[int, list[str]]:
    """List events of unlisted files that no listed file holds; returns how many, and the files that were left alone.

    A file whose events the shipper will ship again is left to it; one without a readable row goes into quarantine.
    """
    folder = settings.lake_folder
    relisted, kept = 0, []
    for path in leftovers.unlisted(settings):
        name = str(path.relative_to(folder))
        try:
            with transaction.atomic(durable=True):
                nobody_adding()
                if LakeFile.objects.filter(path=name, deleted_at=None).exists() or not path.exists():
                    continue  # it was being shipped until this moment
                if lake.origin_of(path) is None:
                    raise lake.LakeDamagedError("it cannot be read")
                if leftovers.is_still_in_spool(settings, path):
                    kept.append(name)
                    continue
                relisted += _list_lacking(settings, path)
            path.unlink()
        except (duckdb.Error, pa.ArrowException, OSError, lake.LakeDamagedError) as error:
            log.warning("%s goes into %s: %s", name, QUARANTINE, " ".join(str(error).split()))
            _quarantine(folder, path)
    return relisted, kept


def _list_lacking(settings: Environment, path: Path) -> int:
    """List a new file with those events of an unlisted one that no listed file holds; returns how many."""
    lacking = pa.array(sorted(set[bytes]().union(*leftovers.missing_ids(settings, path))), pa.binary(16))
    found = lake.origin_of(path)
    origin = Origin(merged_ranges=found.ranges if found else ())

    def only_lacking(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.is_in(merging.plain_ids(rows["id"]), lacking))

    kind, _, text = path.parent.name.partition("=")
    place = Place(date.fromisoformat(f"{text}-01"[:10]), Span.MONTH if kind == "month" else Span.PART)
    _, written = merging.merge(settings.lake_folder, [path], place, origin=origin, change=only_lacking)
    for file in written:
        lake.list_file(file, origin=origin)
    return sum(file.rows for file in written)
