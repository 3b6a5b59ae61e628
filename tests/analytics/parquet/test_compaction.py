from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from django.db import connection
from tests.factories.analytics import NOON, SpoolWriter, access_to, make_event

from backline.analytics import questions
from backline.analytics.models import LakeFile, Spool
from backline.analytics.parquet import compaction, lake, manifest, merging, replacing
from backline.analytics.parquet.engine import DuckDbEngine, Listed, listed_files
from backline.analytics.parquet.replacing import MergeStep
from backline.analytics.shipping.shipper import ship_once
from backline.analytics.types import FiguresAwayError, Scope, Totals
from backline.core import clock
from backline.core.ids import new_id
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db
EVER = {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2027, 1, 1, tzinfo=UTC)}


class Died(BaseException):
    """Stands for the end of the process."""


def rows(settings: Environment) -> list[tuple[object, ...]]:
    """Return every row that counts, with every column."""
    files = [str(path) for path in lake.lake_files(settings)]
    with duckdb.connect() as database:
        columns = ", ".join(f'"{name}"' if name != "at" else 'epoch_us("at")' for name in lake.SCHEMA.names)
        return database.execute(f"SELECT {columns} FROM read_parquet($files) ORDER BY id", {"files": files}).fetchall()


def ship_files(settings: Environment, spool: SpoolWriter, number: int, *, at: datetime = NOON) -> None:
    artists = [new_id() for _ in range(3)]
    for count in range(number):
        spool.write(
            *(
                make_event(artist=artist, at=at + timedelta(seconds=count), click_ids={"gclid": "x"}, country="DE")
                for artist in artists
            )
        )
        ship_once(settings)


def test_the_files_of_a_past_day_become_one_with_the_same_rows(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(NOON) as advance:
        ship_files(settings, spool, 5)
        before = rows(settings)
        assert LakeFile.objects.filter(replaced_at=None).count() == 5

        advance(timedelta(days=1))
        report = compaction.compact(settings)

        assert (report.merged_files, report.new_files, report.rows, report.deleted_files) == (5, 1, 15, 0)
        assert rows(settings) == before
        (file,) = LakeFile.objects.filter(replaced_at=None)
        table = duckdb.sql(f"SELECT artist_id, epoch_us(\"at\") FROM '{settings.lake_folder / file.path}'").fetchall()
        assert table == sorted(table)
        assert manifest.check(settings).is_sound
        assert compaction.compact(settings).new_files == 0


def test_replaced_files_go_after_ten_minutes_and_their_records_after_days(
    settings: Environment, spool: SpoolWriter
) -> None:
    with clock.frozen(NOON) as advance:
        ship_files(settings, spool, 3)
        advance(timedelta(days=1))
        compaction.compact(settings)
        advance(timedelta(minutes=9))
        assert compaction.tidy(settings).deleted_files == 0
        assert len(list(settings.lake_folder.glob("day=*/*.parquet"))) == 4

        advance(timedelta(minutes=2))
        assert compaction.tidy(settings).deleted_files == 3
        assert len(list(settings.lake_folder.glob("day=*/*.parquet"))) == 1
        assert LakeFile.objects.count() == 4

        advance(timedelta(days=3))
        compaction.tidy(settings)
        assert LakeFile.objects.count() == 1


def test_todays_files_are_merged_when_there_are_more_than_sixty(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(NOON):
        ship_files(settings, spool, compaction.SMALL_FILES)
        assert compaction.tidy(settings).new_files == 0
        ship_files(settings, spool, 1)
        before = rows(settings)

        assert compaction.tidy(settings).merged_files == 61
        assert rows(settings) == before
        assert LakeFile.objects.filter(replaced_at=None).count() == 1


def test_files_that_are_full_are_not_written_again_when_there_are_too_many_for_one_go(
    settings: Environment, spool: SpoolWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MOST_FILES", 4)
    monkeypatch.setattr(merging, "FILE_ROWS", 3)  # what one shipped file of these tests holds
    with clock.frozen(NOON) as advance:
        ship_files(settings, spool, 6)
        before = rows(settings)
        advance(timedelta(days=1))
        assert compaction.compact(settings).new_files == 0

        monkeypatch.setattr(merging, "FILE_ROWS", 100)
        assert compaction.compact(settings).merged_files == 4
        assert rows(settings) == before


def test_compaction_waits_for_whoever_tidies_up(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(NOON) as advance:
        ship_files(settings, spool, 2)
        advance(timedelta(days=1))
        other = connection.copy()
        other.inc_thread_sharing()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [replacing._LOCK])
        release = threading.Timer(0.3, other.close)
        release.start()
        try:
            assert compaction.compact(settings).merged_files == 2
        finally:
            release.join()


def test_a_day_that_still_gets_events_waits_until_it_has_settled(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(NOON + timedelta(days=1)) as advance:
        ship_files(settings, spool, 2)
        assert compaction.compact(settings).new_files == 0
        advance(timedelta(minutes=31))
        assert compaction.compact(settings).new_files == 1


@pytest.mark.parametrize("step", [MergeStep.WRITTEN, MergeStep.LISTED, MergeStep.COMMITTED])
def test_a_death_at_any_step_of_a_merge_changes_no_answer(
    settings: Environment, spool: SpoolWriter, step: MergeStep
) -> None:
    def die(at: MergeStep) -> None:
        if at is step:
            raise Died

    with clock.frozen(NOON) as advance:
        ship_files(settings, spool, 4)
        before = rows(settings)
        advance(timedelta(days=1))
        with pytest.raises(Died):
            compaction.compact(settings, on_step=die)
        assert rows(settings) == before
        compaction.compact(settings)
        assert rows(settings) == before
        assert LakeFile.objects.filter(replaced_at=None).count() == 1
        assert manifest.check(settings).is_sound


def test_leftovers_are_swept_when_their_events_are_elsewhere_and_only_then(
    settings: Environment, spool: SpoolWriter
) -> None:
    def die(at: object) -> None:
        if at == "written":
            raise Died

    spool.write(make_event(artist=new_id()))
    with pytest.raises(Died):
        ship_once(settings, on_step=die)
    (leftover,) = settings.lake_folder.glob("day=*/*.parquet")
    temporary = leftover.with_name(f"{new_id()}{lake.TEMPORARY_SUFFIX}")
    temporary.write_bytes(b"half a file")
    assert manifest.check(settings).unlisted == (str(leftover.relative_to(settings.lake_folder)),)

    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert compaction.compact(settings).swept_files == 1  # the temporary one; the other may be the only copy
        assert leftover.exists()
        ship_once(settings)
        assert compaction.compact(settings).swept_files == 1
    assert not leftover.exists()
    assert manifest.check(settings).is_sound


def test_the_only_copy_of_events_is_kept_and_reported_after_the_database_went_back_in_time(
    settings: Environment, spool: SpoolWriter
) -> None:
    """A restore to an earlier moment forgets a file whose rows are trimmed from the spool: nowhere else are they."""
    artist = new_id()
    spool.write(make_event(artist=artist))
    ship_once(settings)
    (orphan,) = lake.lake_files(settings)
    LakeFile.objects.all().delete()
    Spool.objects.update(shipped_through=0)
    spool.write(make_event(artist=artist))
    ship_once(settings)  # the spool's numbers go on behind the forgotten range, which now looks as if it were shipped

    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert compaction.compact(settings).swept_files == 0
    assert orphan.exists()
    (problem,) = compaction.problems(settings)
    assert problem.startswith(f"{orphan.relative_to(settings.lake_folder)} holds events that no listed file holds")


def test_one_damaged_file_holds_up_its_own_day_only_and_is_named_until_it_is_mended(
    settings: Environment, spool: SpoolWriter
) -> None:
    with clock.frozen(NOON) as advance:
        ship_files(settings, spool, 3)
        damaged = next(lake.lake_files(settings))
        whole = damaged.read_bytes()
        damaged.write_bytes(bytes(len(whole)))
        advance(timedelta(days=1))
        ship_files(settings, spool, 3, at=NOON + timedelta(days=1))
        advance(timedelta(days=1))

        assert compaction.compact(settings).merged_files == 3
        (problem,) = compaction.problems(settings)
        assert problem.startswith("The files of 2026-03-10 could not be merged: ")
        assert str(settings.home) not in problem or damaged.name in problem

        damaged.write_bytes(whole)
        assert compaction.compact(settings).merged_files == 3
        assert compaction.problems(settings) == ()


def test_files_stay_while_somebody_copies_them(settings: Environment, spool: SpoolWriter) -> None:
    artist = new_id()
    spool.write(make_event(artist=artist))
    with replacing.files_stay():
        ship_once(settings)
    assert questions.totals(access_to(artist), **EVER).views == 1


def test_a_question_outlives_a_file_that_vanishes_between_listing_and_reading(
    settings: Environment, spool: SpoolWriter
) -> None:
    artist = new_id()
    spool.write(make_event(artist=artist))
    ship_once(settings)
    listings = []

    def outdated_at_first(folder: Path, scope: Scope) -> Sequence[Listed]:
        listings.append(scope)
        found = listed_files(folder, scope)
        gone = Listed(str(folder / "day=2026-03-10" / "gone.parquet"), NOON, NOON)
        return found if len(listings) > 1 else [*found, gone]

    scope = Scope(artist, **EVER)
    assert DuckDbEngine(settings.lake_folder, list_files=outdated_at_first).totals(scope) == Totals(views=1)
    assert len(listings) == 2


def test_a_file_that_is_missing_for_good_is_an_error_and_no_smaller_number(
    settings: Environment, spool: SpoolWriter
) -> None:
    artist = new_id()
    spool.write(make_event(artist=artist))
    ship_once(settings)
    (path,) = lake.lake_files(settings)
    path.unlink()
    with pytest.raises(FiguresAwayError):
        questions.totals(access_to(artist), **EVER)


def test_the_manifest_names_what_is_missing_cut_short_or_damaged(settings: Environment, spool: SpoolWriter) -> None:
    ship_files(settings, spool, 4)
    good, gone, short, swapped = LakeFile.objects.order_by("created_at")
    (settings.lake_folder / gone.path).unlink()
    damaged = settings.lake_folder / short.path
    damaged.write_bytes(damaged.read_bytes()[:-20])
    LakeFile.objects.filter(pk=swapped.pk).update(rows=2)

    report = manifest.check(settings)

    assert not report.is_sound
    assert (report.missing, report.wrong_size, report.wrong_rows) == ((gone.path,), (short.path,), (swapped.path,))
    assert report.damaged == (gone.path, short.path, swapped.path)
    assert (report.files, report.unlisted) == (4, ())
    assert good.path not in report.damaged
