"""Puts new lake files in the place of old ones: the one way in which what is in the lake changes.

The new files are written and synced first; one transaction then lists them and strikes the old ones off; the old ones
are deleted last. A crash at any step leaves the rows as they were before or as they are after, each listed once.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import duckdb
import pyarrow as pa
from django.db import connection, transaction

from backline.analytics.models import LakeFile
from backline.analytics.parquet import lake, merging, rollups
from backline.analytics.parquet.lake import LakeDamagedError, Origin, WrittenFile
from backline.analytics.parquet.merging import Change, Place, as_they_are
from backline.core import clock
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

GRACE = timedelta(minutes=10)
"""A merged file stays this long, for questions that have already listed it."""
KEEP_RECORD = timedelta(days=2)
_LOCK = 0x6C616B65  # "lake": held shared by who needs the files to stay, alone by who replaces and deletes
_ADDING = 0x61646473  # "adds": held shared by transactions that add files, alone by who has to see them all


class MergeStep(StrEnum):
    """The moments of a replacement; a crash after any of them loses and doubles nothing."""

    WRITTEN = "written"
    LISTED = "listed"
    COMMITTED = "committed"
    DELETED = "deleted"


OnStep = Callable[[MergeStep], None]


def go_on(_: MergeStep) -> None:
    """Do nothing: the hook of a replacement that nobody watches."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """How many files were replaced, and the files in their place."""

    replaced: int
    files: tuple[WrittenFile, ...]

    @property
    def rows(self) -> int:
        """Return how many events the new files hold."""
        return sum(file.rows for file in self.files)


@contextmanager
def files_stay() -> Iterator[None]:
    """Hold off replacing and deletion while the block runs, for a backup: what is listed stays on disk."""
    with _held("pg_advisory_lock_shared", "pg_advisory_unlock_shared"):
        yield


@contextmanager
def alone() -> Iterator[None]:
    """Wait until nobody else replaces or copies files, and keep it so while the block runs."""
    with _held("pg_advisory_lock", "pg_advisory_unlock"):
        yield


@contextmanager
def alone_if_free() -> Iterator[bool]:
    """Yield whether nobody else replaces or copies files; if so, keep it so while the block runs."""
    with _held("pg_try_advisory_lock", "pg_advisory_unlock") as is_alone:
        yield is_alone


@contextmanager
def _held(lock: str, unlock: str) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s)", [_LOCK])
        is_held = cursor.fetchone()[0] is not False  # only the trying one answers; the others wait
    try:
        yield is_held
    finally:
        if is_held:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {unlock}(%s)", [_LOCK])


def adding() -> None:
    """Say that the present transaction adds files, until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_ADDING])


def nobody_adding() -> None:
    """Wait for the transactions that add files, and hold off others until the present transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADDING])


def replace(
    settings: Environment,
    sources: Sequence[LakeFile],
    place: Place,
    *,
    change: Change = as_they_are,
    at_once: bool = False,
    on_step: OnStep = go_on,
) -> Replacement:
    """Write the rows of ``sources``, changed if need be, into new files that count in their place.

    ``at_once`` deletes the old files as soon as they no longer count. The caller must be alone (:func:`alone`) and in
    no transaction. Raises what :func:`merging.merge` raises; then nothing has changed.
    """
    folder = settings.lake_folder
    origin = Origin.of_replacement(sources)
    _demand_room(folder, sum(source.size_bytes for source in sources))
    paths = [folder / source.path for source in sources]
    read, written = merging.merge(folder, paths, place, origin=origin, change=change)
    # Sixty files take three hundred MiB, of which Arrow keeps a third for a next time; only this thread can return it.
    pa.default_memory_pool().release_unused()
    if read != sum(source.rows for source in sources):
        for file in written:
            (folder / file.path).unlink(missing_ok=True)
        raise LakeDamagedError(f"They hold {read} rows, their list says otherwise; nothing changed.")
    on_step(MergeStep.WRITTEN)
    # Dated back by the grace, so that whoever tidies up next deletes them, should this process die before it does.
    replaced_at = clock.now() - (GRACE if at_once else timedelta())
    with transaction.atomic(durable=True):
        keys = [source.pk for source in sources]
        found = LakeFile.objects.filter(pk__in=keys, replaced_at=None).select_for_update()
        if len(found) != len(sources):
            raise LakeDamagedError("They were replaced by another worker; this run is dropped.")
        for file in written:
            lake.list_file(file, origin=origin)
        LakeFile.objects.filter(pk__in=keys).update(replaced_at=replaced_at)
        on_step(MergeStep.LISTED)
    on_step(MergeStep.COMMITTED)
    if at_once:
        delete_files(settings, sources)
        on_step(MergeStep.DELETED)
    for file in written:
        count_ahead(folder / file.path, rows=file.rows)
    log.info("Put %d files of %d events in the place of %d.", len(written), read, len(sources))
    return Replacement(len(sources), tuple(written))


def _demand_room(folder: Path, size_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size_bytes * 11 // 10:
        raise OSError(f"the disk has {free >> 20} MiB free, and {(size_bytes * 11 // 10) >> 20} MiB are needed")


def count_ahead(file: Path, *, rows: int) -> None:
    """Write the rollup of a file; where that fails the events themselves are counted, which is only slower."""
    try:
        rollups.write(file, rows=rows)
    except (duckdb.Error, OSError) as error:
        log.warning("The counts of %s could not be made ahead: %s", file.name, " ".join(str(error).split()))


def delete_files(settings: Environment, files: Sequence[LakeFile]) -> None:
    """Delete files that no longer count, with what was counted ahead of them, and note it."""
    for file in files:
        path = settings.lake_folder / file.path
        rollups.delete(path)
        path.unlink(missing_ok=True)
    LakeFile.objects.filter(pk__in=[file.pk for file in files]).update(deleted_at=clock.now())


def delete_replaced(settings: Environment, *, at_once: bool = False) -> int:
    """Delete files that were replaced long enough ago, and forget the records of those deleted days ago."""
    now = clock.now()
    due = list(LakeFile.objects.filter(replaced_at__lte=now if at_once else now - GRACE, deleted_at=None))
    delete_files(settings, due)
    LakeFile.objects.filter(deleted_at__lt=now - KEEP_RECORD).delete()
    return len(due)
