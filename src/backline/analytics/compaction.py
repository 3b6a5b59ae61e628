"""Makes few big files out of many small ones, and clears away what nothing needs any more. No row changes.

Shipping writes a file every few seconds, so today's small files are merged whenever there are sixty, and a past day
becomes one sorted file once nothing has been added to it for half an hour. Monthly files come later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.models import Count, Max, QuerySet

from backline.analytics import lake
from backline.analytics.lake import Origin, WrittenFile
from backline.analytics.models import LakeFile, Spool
from backline.analytics.types import CompactReport
from backline.core import clock
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

SMALL_FILES = 60
SMALL_ROWS = 100_000
SETTLED_AFTER = timedelta(minutes=30)
GRACE = timedelta(minutes=10)
"""A replaced file stays this long, for questions and backups that have already listed it."""
KEEP_RECORD = timedelta(days=2)
ORPHAN_AFTER = timedelta(hours=1)
MEMORY = "1GB"
_LOCK = 0x6C616B65  # "lake": held shared by who needs the files to stay, alone by who merges and deletes


class MergeStep(StrEnum):
    """The moments of a merge; a crash after any of them changes nothing."""

    WRITTEN = "written"
    LISTED = "listed"
    COMMITTED = "committed"


def _go_on(_: MergeStep) -> None:
    """Do nothing: the hook of a compaction that nobody watches."""


@contextmanager
def files_stay() -> Iterator[None]:
    """Hold off compaction and deletion while the block runs, for a backup: what is listed stays on disk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [_LOCK])


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        (is_alone,) = cursor.fetchone()
    try:
        yield bool(is_alone)
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def tidy(settings: Environment, *, on_step: Callable[[MergeStep], None] = _go_on) -> CompactReport:
    """Merge the small files of every day that has too many, and delete replaced ones. Quick; run it every minute.

    A day that cannot be merged stays as it is and holds up nothing else: see :func:`problems`.
    """
    with _alone() as is_alone:
        if not is_alone:
            return CompactReport()
        small = LakeFile.objects.filter(replaced_at=None, rows__lt=SMALL_ROWS)
        crowded = small.values("day").annotate(number=Count("id")).filter(number__gt=SMALL_FILES)
        merged, found = _merge_days(settings, small, crowded.values_list("day", flat=True), on_step=on_step)
        _keep_problems(settings, "tidy", found)
        return _report(merged, deleted=_delete_replaced(settings), problems=found)


def compact(settings: Environment, *, on_step: Callable[[MergeStep], None] = _go_on) -> CompactReport:
    """Merge each settled past day into one file, tidy the rest, and sweep leftovers of crashes. Run it hourly."""
    tidied = tidy(settings, on_step=on_step)
    now = clock.now()
    with _alone() as is_alone:
        if not is_alone:
            return tidied
        live = LakeFile.objects.filter(replaced_at=None)
        many = live.filter(day__lt=now.date()).values("day").annotate(number=Count("id"), newest=Max("created_at"))
        settled = many.filter(number__gt=1, newest__lt=now - SETTLED_AFTER)
        merged, found = _merge_days(settings, live, settled.values_list("day", flat=True), on_step=on_step)
        swept, kept = _sweep(settings)
        _keep_problems(settings, "compact", [*found, *kept])
        report = _report(merged, deleted=_delete_replaced(settings), swept=swept, problems=[*found, *kept])
    return CompactReport(
        merged_files=tidied.merged_files + report.merged_files,
        new_files=tidied.new_files + report.new_files,
        deleted_files=tidied.deleted_files + report.deleted_files,
        swept_files=report.swept_files,
        rows=tidied.rows + report.rows,
        problems=tidied.problems + report.problems,
    )


def problems(settings: Environment) -> tuple[str, ...]:
    """Return what the last runs had to leave as it is, each a sentence, for the operator; none when all is well."""
    kept = (_problem_file(settings, run) for run in ("tidy", "compact"))
    lines = [line for file in kept if file.is_file() for line in file.read_text(encoding="utf-8").splitlines()]
    return tuple(dict.fromkeys(lines))


def _keep_problems(settings: Environment, run: str, found: Sequence[str]) -> None:
    """Write down what this run could not do, in place of what the last one could not; log what is new."""
    file = _problem_file(settings, run)
    known = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    for line in found:
        if line not in known:
            log.error(line)
    if found:
        file.write_text("\n".join(found), encoding="utf-8")
    else:
        file.unlink(missing_ok=True)


def _problem_file(settings: Environment, run: str) -> Path:
    return settings.lake_folder / f"{run}.problems"


def _report(
    merged: Sequence[tuple[int, WrittenFile]], *, deleted: int, swept: int = 0, problems: Sequence[str] = ()
) -> CompactReport:
    return CompactReport(
        merged_files=sum(number for number, _ in merged),
        new_files=len(merged),
        deleted_files=deleted,
        swept_files=swept,
        rows=sum(file.rows for _, file in merged),
        problems=tuple(problems),
    )


def _merge_days(
    settings: Environment,
    files: QuerySet[LakeFile],
    days: Iterable[date],
    *,
    on_step: Callable[[MergeStep], None],
) -> tuple[list[tuple[int, WrittenFile]], list[str]]:
    """Merge the files of each day; returns what was merged, and a sentence for each day that could not be."""
    merged, found = [], []
    for day in sorted(days):
        try:
            merged.append(_merge(settings, day, list(files.filter(day=day).order_by("id")), on_step=on_step))
        except (lake.LakeDamagedError, duckdb.Error, pa.ArrowException, OSError) as error:
            found.append(f"The files of {day} could not be merged: {' '.join(str(error).split())}")
    return merged, found


def _merge(
    settings: Environment, day: date, sources: Sequence[LakeFile], *, on_step: Callable[[MergeStep], None]
) -> tuple[int, WrittenFile]:
    """Write the rows of ``sources`` into one new file and put it in their place, in one transaction."""
    folder = settings.lake_folder
    origin = Origin(replaces=tuple(str(source.pk) for source in sources))
    file_id, path = lake.new_path(folder, day)
    with lake.writing(folder / path) as temporary:
        _write_merged([str(folder / source.path) for source in sources], temporary, origin=origin, scratch=folder)
    rows = pq.read_metadata(folder / path).num_rows
    if rows != sum(source.rows for source in sources):
        (folder / path).unlink()
        raise lake.LakeDamagedError(f"The files of {day} hold {rows} rows, their list says otherwise; nothing changed.")
    on_step(MergeStep.WRITTEN)
    written = WrittenFile(
        file_id, path, day, rows, (folder / path).stat().st_size,
        min(source.min_at for source in sources), max(source.max_at for source in sources),
    )  # fmt: skip
    with transaction.atomic():
        found = LakeFile.objects.filter(pk__in=[source.pk for source in sources], replaced_at=None)
        if len(found.select_for_update()) != len(sources):
            raise lake.LakeDamagedError(f"Files of {day} were replaced by another worker; this merge is dropped.")
        lake.list_file(written, origin=origin)
        LakeFile.objects.filter(pk__in=[source.pk for source in sources]).update(replaced_at=clock.now())
        on_step(MergeStep.LISTED)
    on_step(MergeStep.COMMITTED)
    log.info("Merged %d files of %s into one of %d events.", len(sources), day, rows)
    return len(sources), written


def _write_merged(files: list[str], target: str, *, origin: Origin, scratch: Path) -> None:
    """Sort the rows of many files into one; DuckDB spills to ``scratch`` when they do not fit into its memory."""
    metadata = ", ".join(f"'{key}': '{value}'" for key, value in origin.to_metadata().items())
    order = ", ".join(f'"{name}"' for name in lake.SORT_ORDER)
    with duckdb.connect(":memory:", config={"memory_limit": MEMORY, "autoinstall_known_extensions": "false"}) as engine:
        engine.execute("SET temp_directory = $folder", {"folder": str(scratch / ".sorting")})
        # The path, the order and the metadata are names and ids of our own; COPY takes no parameters for them.
        engine.execute(
            "COPY (SELECT * FROM read_parquet($files, union_by_name = true, hive_partitioning = false) "  # noqa: S608
            f"ORDER BY {order}) TO '{target.replace(chr(39), chr(39) * 2)}' "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {lake.ROW_GROUP_ROWS}, KV_METADATA {{{metadata}}})",
            {"files": files},
        )


def _delete_replaced(settings: Environment) -> int:
    """Delete files that were replaced long enough ago, and forget the records of those deleted days ago."""
    now = clock.now()
    due = LakeFile.objects.filter(replaced_at__lt=now - GRACE, deleted_at=None)
    gone = []
    for key, path in due.values_list("pk", "path"):
        (settings.lake_folder / path).unlink(missing_ok=True)
        gone.append(key)
    LakeFile.objects.filter(pk__in=gone).update(deleted_at=now)
    LakeFile.objects.filter(deleted_at__lt=now - KEEP_RECORD).delete()
    return len(gone)


def _sweep(settings: Environment) -> tuple[int, list[str]]:
    """Delete what crashes left behind: temporary files, and files without a row whose events are elsewhere.

    A file that may hold the only copy of its events is never deleted. Returns how many went, and a sentence for each
    that is kept although nothing will list it any more.
    """
    old = clock.now().timestamp() - ORPHAN_AFTER.total_seconds()
    folder = settings.lake_folder
    known = set(LakeFile.objects.filter(deleted_at=None).values_list("path", flat=True))
    swept, kept = 0, []
    for path in sorted(folder.glob("day=*/*")):
        name = str(path.relative_to(folder))
        is_temporary = path.suffix == lake.TEMPORARY_SUFFIX
        if not is_temporary and (path.suffix != lake.SUFFIX or name in known):
            continue
        if path.stat().st_mtime >= old:
            continue
        if is_temporary or _is_elsewhere(settings, path):
            path.unlink()
            swept += 1
        elif not _is_still_in_spool(path):
            kept.append(
                f"{name} holds events that no listed file holds, as after a restore to an earlier moment; it is kept,"
                " and its events are not counted."
            )
    return swept, kept


def _is_elsewhere(settings: Environment, path: Path) -> bool:
    """Tell whether every event of a file without a row is in listed files of its day.

    The events themselves are compared. How far a spool was shipped proves nothing: after a restore to an earlier
    moment its numbers go on behind a range that no listed file holds.
    """
    day = path.parent.name.removeprefix("day=")
    listed = LakeFile.objects.filter(day=day, replaced_at=None).values_list("path", flat=True)
    files = [str(settings.lake_folder / each) for each in listed]
    if lake.origin_of(path) is None or not files:
        return False
    try:
        with duckdb.connect(":memory:", config={"memory_limit": MEMORY}) as engine:
            alone = engine.execute(
                "SELECT count(*) FROM read_parquet($orphan) WHERE id NOT IN (SELECT id FROM read_parquet($files))",
                {"orphan": str(path), "files": files},
            ).fetchone()
    except duckdb.Error as error:
        log.warning("%s cannot be compared with the listed files, so it is kept: %s", path.name, error)
        return False
    return alone == (0,)


def _is_still_in_spool(path: Path) -> bool:
    """Tell whether a file without a row is one whose events will be shipped again, or none of ours."""
    origin = lake.origin_of(path)
    if origin is None:
        return True
    if origin.replaces:
        return False
    return not Spool.objects.filter(pk=origin.spool_id, shipped_through__gte=origin.last_seq).exists()
