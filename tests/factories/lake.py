"""What is in the lake, read apart from the product's questions, and a death at a chosen step."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow.parquet as pq

from backline.analytics.models import LakeFile
from backline.analytics.parquet import lake
from backline.analytics.parquet.replacing import MergeStep
from backline.settings.environment import Environment


class Died(BaseException):
    """Stands for the end of the process: nothing in the product may catch it."""


def dying_at(step: MergeStep) -> Callable[[MergeStep], None]:
    """Return a hook that ends the process at a step."""

    def die(at: MergeStep) -> None:
        if at is step:
            raise Died

    return die


def ids_in_lake(settings: Environment) -> list[str]:
    """Return the id of every event that counts, in order; one that stands twice is listed twice."""
    found: list[str] = []
    for path in lake.lake_files(settings):
        found += [value.hex for value in pq.read_table(path, columns=["id"])["id"].to_pylist()]
    return sorted(found)


def files_that_count() -> list[tuple[str, str, int]]:
    """Return what each file was merged for, its day and its number of events, by day and then age."""
    files = LakeFile.objects.filter(replaced_at=None).order_by("day", "created_at", "id")
    return [(file.span, file.day.isoformat(), file.rows) for file in files]
