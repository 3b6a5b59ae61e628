"""Makes few big files out of many small ones, and clears away what nothing needs any more. No row changes.

Shipping writes a file every few seconds. Today's small files are merged whenever there are sixty; a past day becomes
one sorted file once nothing has been added to it for half an hour; a past month becomes one three days after its end
(:data:`merging.FILE_ROWS` cuts what is big). Events that come after that stay in a file of their own until they are
many enough to be worth the rewriting.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
from django.db.models import Count

from backline.analytics.models import LakeFile, Span
from backline.analytics.parquet import lake, leftovers, merging, rollups
from backline.analytics.parquet.merging import Place
from backline.analytics.parquet.replacing import (
    OnStep,
    Replacement,
    alone,
    alone_if_free,
    count_ahead,
    delete_replaced,
    go_on,
    replace,
)
from backline.analytics.types import CompactReport
from backline.core import clock
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

SMALL_FILES = 60
SMALL_ROWS = 100_000
MOST_FILES = 500
"""Files merged in one go: each may be open meanwhile. Of more, the small ones are merged, some at a time."""
SETTLED_AFTER = timedelta(minutes=30)
MONTH_SETTLED_AFTER = timedelta(days=3)
LATE_SHARE = 10
"""Late events are merged into a settled day or month when they are a tenth of it: each row is rewritten rarely."""
LATE_FILES = 8
"""Until then they wait, and are merged with one another when they lie in more files than this."""
MONTH_ROWS = 128_000_000
"""A month of more stays in its sorted days: merging it would need the room of all of it at once, for little."""


def tidy(settings: Environment, *, on_step: OnStep = go_on) -> CompactReport:
    """Merge the small files of every day that has too many, and delete replaced ones. Quick; run it every minute.

    A day that cannot be merged stays as it is and holds up nothing else: see :func:`problems`.
    """
    with alone_if_free() as is_alone:
        if not is_alone:
            return CompactReport()
        merged, found = _merge_each(settings, _crowded(), on_step=on_step)
        _keep_problems(settings, "tidy", found)
        return _report(merged, deleted=delete_replaced(settings), problems=found)


def compact(settings: Environment, *, on_step: OnStep = go_on) -> CompactReport:
    """Merge each settled past day and month, tidy the rest, and sweep leftovers of crashes. Run it hourly.

    It waits for whoever tidies up, or copies files, just now.
    """
    tidied = tidy(settings, on_step=on_step)
    with alone():
        days, found = _merge_each(settings, _settled_days(), on_step=on_step)
        months, found_too = _merge_each(settings, _settled_months(), on_step=on_step)
        swept, kept = leftovers.sweep(settings)
        _count_ahead(settings)
        problems = [*found, *found_too, *kept]
        _keep_problems(settings, "compact", problems)
        report = _report([*days, *months], deleted=delete_replaced(settings), swept=swept, problems=problems)
    return CompactReport(
        merged_files=tidied.merged_files + report.merged_files,
        new_files=tidied.new_files + report.new_files,
        deleted_files=tidied.deleted_files + report.deleted_files,
        swept_files=report.swept_files,
        rows=tidied.rows + report.rows,
        problems=tidied.problems + report.problems,
    )


Merge = tuple[Place, list[LakeFile]]


def _crowded() -> Iterable[Merge]:
    """Yield the small files of each day that has too many of them."""
    small = LakeFile.objects.filter(replaced_at=None, span=Span.PART, rows__lt=SMALL_ROWS)
    counted = small.values("day").annotate(number=Count("id")).filter(number__gt=SMALL_FILES)
    for day in counted.order_by("day").values_list("day", flat=True):
        yield Place(day, Span.PART), list(small.filter(day=day).order_by("id"))


def _settled_days() -> Iterable[Merge]:
    """Yield what is to be merged of each past day, but for those of months that are merged as months."""
    now = clock.now()
    live = LakeFile.objects.filter(replaced_at=None, day__lt=now.date()).exclude(span=Span.MONTH)
    for day, files in groupby(live.order_by("day", "id"), key=lambda file: file.day):
        if not _is_month_settled(day, now):
            yield from _worth_merging(Place(day, Span.DAY), list(files), now)


def _settled_months() -> Iterable[Merge]:
    """Yield what is to be merged of each month that has been over for a while."""
    now = clock.now()
    live = LakeFile.objects.filter(replaced_at=None, day__lt=now.date())
    for month, group in groupby(live.order_by("day", "id"), key=lambda file: file.day.replace(day=1)):
        files = list(group)
        if not _is_month_settled(month, now):
            continue
        if sum(file.rows for file in files) <= MONTH_ROWS or any(file.span == Span.MONTH for file in files):
            yield from _worth_merging(Place(month, Span.MONTH), files, now)
            continue
        for day, of_day in groupby(files, key=lambda file: file.day):
            yield from _worth_merging(Place(day, Span.DAY), list(of_day), now)


def _is_month_settled(day: date, now: datetime) -> bool:
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return now.date() >= following + MONTH_SETTLED_AFTER


def _worth_merging(place: Place, files: Sequence[LakeFile], now: datetime) -> Iterable[Merge]:
    """Yield all files of a day or month when they have to become one, or only the late ones, or nothing."""
    if max(file.created_at for file in files) >= now - SETTLED_AFTER:
        return
    merged = [file for file in files if file.span == place.span]
    late = [file for file in files if file.span != place.span]
    if not merged:
        if len(late) > 1:
            yield place, late
    elif sum(file.rows for file in late) * LATE_SHARE >= sum(file.rows for file in merged):
        if late:
            yield place, [*merged, *late]
    elif len(late) > LATE_FILES:
        yield Place(place.day, Span.PART), late


def _merge_each(
    settings: Environment, merges: Iterable[Merge], *, on_step: Callable[..., None]
) -> tuple[list[Replacement], list[str]]:
    """Merge the files of each place; returns what was merged, and a sentence for each place that could not be."""
    merged, found = [], []
    for place, files in list(merges):
        if len(files) > MOST_FILES:
            # A file that is full would only be written again as it is, and that every hour.
            place = Place(place.day, Span.PART)  # noqa: PLW2901
            files = [file for file in files if file.rows < merging.FILE_ROWS][:MOST_FILES]  # noqa: PLW2901
            if len(files) < 2:
                continue
        try:
            merged.append(replace(settings, files, place, on_step=on_step))
        except (lake.LakeDamagedError, pa.ArrowException, OSError) as error:
            name = f"{place.day:%Y-%m}" if place.span is Span.MONTH else str(place.day)
            found.append(f"The files of {name} could not be merged: {' '.join(str(error).split())}")
    return merged, found


def _count_ahead(settings: Environment) -> None:
    """Make the rollups that are lacking, and sweep those whose file is gone."""
    for path, rows in LakeFile.objects.filter(replaced_at=None).order_by("id").values_list("path", "rows"):
        count_ahead(settings.lake_folder / path, rows=rows)
    try:
        rollups.sweep(settings.lake_folder)
    except (duckdb.Error, OSError) as error:
        log.warning("Counts made ahead could not be swept: %s", error)


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
    merged: Sequence[Replacement], *, deleted: int, swept: int = 0, problems: Sequence[str] = ()
) -> CompactReport:
    return CompactReport(
        merged_files=sum(each.replaced for each in merged),
        new_files=sum(len(each.files) for each in merged),
        deleted_files=deleted,
        swept_files=swept,
        rows=sum(each.rows for each in merged),
        problems=tuple(problems),
    )
