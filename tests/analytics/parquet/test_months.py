"""Settled months become sorted files of bounded size; late events wait until they are worth the rewriting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from tests.factories.analytics import NOON, SpoolWriter, make_event
from tests.factories.lake import Died, dying_at, files_that_count, ids_in_lake

from backline.analytics.models import LakeFile, Span
from backline.analytics.parquet import compaction, lake, leftovers, manifest, merging
from backline.analytics.parquet.lake import Origin
from backline.analytics.parquet.merging import Place
from backline.analytics.parquet.replacing import MergeStep
from backline.analytics.shipping.shipper import ship_once
from backline.core import clock
from backline.core.ids import new_id
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db
APRIL = datetime(2026, 4, 10, tzinfo=UTC)


def ship(settings: Environment, spool: SpoolWriter, *days: int, each: int = 3) -> None:
    """Ship a file for each day of March, of events of as many artists as are asked for."""
    for day in days:
        at = datetime(2026, 3, day, 12, tzinfo=UTC)
        spool.write(*(make_event(artist=new_id(), at=at) for _ in range(each)))
        ship_once(settings)


def test_a_month_becomes_one_sorted_file_three_days_after_its_end(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(NOON) as advance:
        ship(settings, spool, 1, 1, 2, 9)
        before = ids_in_lake(settings)
        advance(datetime(2026, 4, 3, 23, tzinfo=UTC) - NOON)
        compaction.compact(settings)
        assert files_that_count() == [("day", "2026-03-01", 6), ("part", "2026-03-02", 3), ("part", "2026-03-09", 3)]

        advance(timedelta(hours=2))
        compaction.compact(settings)
        assert files_that_count() == [("month", "2026-03-01", 12)]
        assert ids_in_lake(settings) == before
        (path,) = lake.lake_files(settings)
        assert path.parent.name == "month=2026-03"
        table = pq.read_table(path)
        assert table["artist_id"].to_pylist() == sorted(table["artist_id"].to_pylist())
        assert manifest.check(settings, is_deep=True).is_sound
        assert compaction.compact(settings).new_files == 0


def test_what_a_file_holds_is_told_by_the_list_and_by_the_file(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(APRIL):
        ship(settings, spool, 1, 2, 3)
        LakeFile.objects.update(created_at=APRIL - timedelta(hours=1))
        compaction.compact(settings)
    file = LakeFile.objects.get(replaced_at=None)
    assert file.ranges == [[spool.id, 1, 9]]
    origin = lake.origin_of(settings.lake_folder / file.path)
    assert origin is not None
    assert origin.ranges == ((spool.id, 1, 9),)
    assert len(origin.replaces) == 3
    artists = pq.read_table(settings.lake_folder / file.path)["artist_id"].to_pylist()
    assert (file.min_artist, file.max_artist) == (min(artists), max(artists))
    assert file.sha256 == lake.digest(settings.lake_folder / file.path)


def test_a_few_late_events_do_not_rewrite_a_month_and_many_do(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(APRIL) as advance:
        ship(settings, spool, 1, 2, each=50)
        advance(timedelta(hours=1))
        compaction.compact(settings)
        assert files_that_count() == [("month", "2026-03-01", 100)]

        ship(settings, spool, 5, each=3)
        advance(timedelta(hours=1))
        assert compaction.compact(settings).new_files == 0
        assert files_that_count() == [("month", "2026-03-01", 100), ("part", "2026-03-05", 3)]

        ship(settings, spool, 6, each=7)
        advance(timedelta(hours=1))
        compaction.compact(settings)
        assert files_that_count() == [("month", "2026-03-01", 110)]
        assert len(set(ids_in_lake(settings))) == 110


def test_many_small_late_files_are_merged_with_one_another(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(APRIL) as advance:
        ship(settings, spool, 1, 2, each=100)
        advance(timedelta(hours=1))
        compaction.compact(settings)
        ship(settings, spool, *range(1, 10), each=1)
        advance(timedelta(hours=1))
        compaction.compact(settings)
        assert files_that_count() == [("month", "2026-03-01", 200), ("part", "2026-03-01", 9)]
        assert len(set(ids_in_lake(settings))) == 209


@pytest.mark.parametrize("step", [MergeStep.WRITTEN, MergeStep.LISTED, MergeStep.COMMITTED])
def test_a_death_while_a_month_is_merged_loses_and_doubles_nothing(
    settings: Environment, spool: SpoolWriter, step: MergeStep
) -> None:
    with clock.frozen(APRIL) as advance:
        ship(settings, spool, 1, 2, 3)
        before = ids_in_lake(settings)
        advance(timedelta(hours=1))
        with pytest.raises(Died):
            compaction.compact(settings, on_step=dying_at(step))
        assert ids_in_lake(settings) == before
        compaction.compact(settings)
        assert ids_in_lake(settings) == before
        assert files_that_count() == [("month", "2026-03-01", 9)]
        advance(timedelta(days=365))  # the leftover's own time is this machine's
        compaction.compact(settings)
        assert leftovers.unlisted(settings) == []
        assert manifest.check(settings, is_deep=True).is_sound


def test_a_big_merge_is_cut_into_files_of_bounded_size_by_artist(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(APRIL):
        ship(settings, spool, 1, 2, 3, each=40)
    folder = settings.lake_folder
    sources = list(lake.lake_files(settings))
    place = Place(NOON.date().replace(day=1), Span.MONTH)

    read, files = merging.merge(folder, sources, place, origin=Origin(), file_rows=50)

    assert (read, [file.rows for file in files]) == (120, [50, 50, 20])
    assert all(file.max_artist <= after.min_artist for file, after in pairwise(files))
    assert ids_of([folder / file.path for file in files]) == ids_of(sources)


def ids_of(paths: Sequence[Path]) -> list[UUID]:
    """Return every event id of the files, in order."""
    return sorted(key for path in paths for key in pq.read_table(path, columns=["id"])["id"].to_pylist())


def test_sources_of_many_row_groups_come_out_in_order(settings: Environment, spool: SpoolWriter) -> None:
    artists = [new_id() for _ in range(4)]
    for number in range(3):
        spool.write(
            *(
                make_event(artist=artists[place % 4], at=NOON + timedelta(seconds=place % 5))
                for place in range(11 + number)
            )
        )
        ship_once(settings)
    paths = list(lake.lake_files(settings))
    for path in paths:
        pq.write_table(pq.read_table(path), path, row_group_size=4)

    found = [
        (row["artist_id"], row["link_id"], row["at"], row["id"].bytes)
        for rows in merging.in_order(paths)
        for row in rows.select(list(lake.SORT_ORDER)).to_pylist()
    ]

    assert len(found) == 36
    assert found == sorted(found)
