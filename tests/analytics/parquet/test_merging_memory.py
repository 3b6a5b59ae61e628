from __future__ import annotations

import shutil
from dataclasses import replace

import psutil
import pytest
from tests.factories.analytics import NOON, make_event

from backline.analytics.judging import pipeline
from backline.analytics.models import Span
from backline.analytics.parquet import compaction, lake
from backline.analytics.parquet.lake import Origin
from backline.contract import events
from backline.core import clock
from backline.core.ids import new_id
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db


def list_small_files(settings: Environment, *, files: int, rows: int) -> None:
    """Put files of the same events into the lake, as many rounds of shipping would."""
    folder, artist = settings.lake_folder, new_id()
    made = [(place, events.encode(make_event(artist=artist, visitor=f"{place:016x}"))) for place in range(rows)]
    drafts = pipeline.run(made, now=NOON).drafts
    first = lake.write_day(folder, NOON.date(), drafts, origin=Origin("s", 1, rows))
    for place in range(files):
        file_id, path = lake.new_path(folder, NOON.date())
        shutil.copy(folder / first.path, folder / path)
        origin = Origin(f"s{rows}", place * rows + 1, (place + 1) * rows)
        lake.list_file(replace(first, id=file_id, path=path, span=Span.PART), origin=origin)
    (folder / first.path).unlink()


def test_merging_gives_back_the_memory_that_it_took(settings: Environment) -> None:
    process = psutil.Process()
    with clock.frozen(NOON):
        list_small_files(settings, files=compaction.SMALL_FILES + 1, rows=100)
        assert compaction.tidy(settings).merged_files  # whatever is loaded and made once
        list_small_files(settings, files=compaction.SMALL_FILES + 1, rows=8_192)
        before = process.memory_full_info().uss
        report = compaction.tidy(settings)
        kept = process.memory_full_info().uss - before
    assert report.rows >= 61 * 8_192
    assert kept < 100 * 2**20, f"{kept >> 20} MiB were kept"
