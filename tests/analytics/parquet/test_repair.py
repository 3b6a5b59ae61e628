"""Damage is found, set aside and told in numbers; what is whole counts, and copies give the rest back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.factories.analytics import NOON, SpoolWriter, make_event
from tests.factories.lake import ids_in_lake

from backline.analytics.models import LakeFile, Spool
from backline.analytics.parquet import lake, leftovers, manifest, repair
from backline.analytics.parquet.store import LakeStore
from backline.analytics.shipping import copies
from backline.analytics.shipping.shipper import ship_once
from backline.analytics.types import Erasure, FileFault
from backline.core import clock
from backline.core.ids import new_id
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeping(settings: Environment) -> Environment:
    """Settings under which spool copies are kept."""
    return replace(settings, spool_copies_days=7)


def ship(settings: Environment, spool: SpoolWriter, number: int = 3) -> list[str]:
    """Ship one file of a few events and return their ids."""
    events = [make_event(artist=new_id()) for _ in range(number)]
    spool.write(*events)
    ship_once(settings)
    return [event.id for event in events]


def newest(settings: Environment) -> Path:
    return settings.lake_folder / LakeFile.objects.order_by("-created_at", "-id")[0].path


def flip(path: Path, place: int) -> None:
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_a_flipped_bit_is_found_by_the_deep_check_only(settings: Environment, spool: SpoolWriter) -> None:
    ship(settings, spool)
    flip(newest(settings), 200)
    assert manifest.check(settings).is_sound
    report = manifest.check(settings, is_deep=True)
    assert not report.is_sound
    assert len(report.damaged) == 1


def test_an_exchanged_file_is_known_by_its_checksum(settings: Environment, spool: SpoolWriter) -> None:
    ship(settings, spool)
    path = newest(settings)
    pq.write_table(pq.read_table(path), path, compression="snappy")
    LakeFile.objects.update(size_bytes=path.stat().st_size)
    assert manifest.check(settings).is_sound
    assert manifest.check(settings, is_deep=True).altered == (str(path.relative_to(settings.lake_folder)),)


def test_an_event_that_is_there_twice_is_counted_by_the_deep_check(settings: Environment, spool: SpoolWriter) -> None:
    event = make_event(artist=new_id())
    spool.write(event, event)
    ship_once(settings)
    assert manifest.check(settings, is_deep=True).doubled == 1
    assert not manifest.check(settings, is_deep=True).is_sound


def test_a_missing_file_is_told_with_its_events_and_its_ranges(settings: Environment, spool: SpoolWriter) -> None:
    kept = ship(settings, spool)
    ship(settings, spool, 2)
    newest(settings).unlink()

    report = repair.repair(settings)

    (loss,) = report.losses
    assert (loss.fault, loss.rows, loss.ranges) == (FileFault.MISSING, 2, ((spool.id, 4, 5),))
    assert (report.still_missing, report.restored) == (2, 0)
    assert ids_in_lake(settings) == sorted(kept)
    assert manifest.check(settings, is_deep=True).is_sound
    assert repair.repair(settings).losses == ()


def damaged_by_a_quarter(settings: Environment, spool: SpoolWriter) -> Path:
    """Ship 40 events and damage the file so that ten cannot be read; returns its path."""
    ship(settings, spool, 40)
    path = newest(settings)
    pq.write_table(pq.read_table(path), path, row_group_size=10, **lake.WRITE_OPTIONS)
    LakeFile.objects.update(size_bytes=path.stat().st_size, sha256=lake.digest(path))
    column = pq.read_metadata(path).row_group(1).column(3)
    flip(path, column.data_page_offset + column.total_compressed_size - 3)
    return path


def test_what_can_be_read_of_a_damaged_file_is_saved(settings: Environment, spool: SpoolWriter) -> None:
    path = damaged_by_a_quarter(settings, spool)

    report = repair.repair(settings)

    assert (report.losses[0].fault, report.losses[0].rows) == (FileFault.UNREADABLE, 10)
    assert len(set(ids_in_lake(settings))) == 30
    assert (settings.lake_folder / repair.QUARANTINE / path.name).is_file()
    assert manifest.check(settings, is_deep=True).is_sound


def test_a_full_disk_ends_the_repair_and_costs_nothing(settings: Environment, spool: SpoolWriter) -> None:
    path = damaged_by_a_quarter(settings, spool)
    saved = path.with_suffix(f".salvaged{lake.TEMPORARY_SUFFIX}")
    saved.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        repair.repair(settings)
    assert LakeFile.objects.get(replaced_at=None).rows == 40
    saved.unlink()
    assert repair.repair(settings).losses[0].rows == 10


def test_a_file_that_gets_its_name_while_leftovers_are_swept_is_no_trouble(
    settings: Environment, spool: SpoolWriter
) -> None:
    ids = ship(settings, spool)
    newest(settings).with_name(f"gone{lake.TEMPORARY_SUFFIX}").symlink_to("nowhere")
    assert leftovers.sweep(settings) == (0, [])
    assert ids_in_lake(settings) == sorted(ids)


def test_lost_events_come_back_from_spool_copies(keeping: Environment, spool: SpoolWriter) -> None:
    ids = ship(keeping, spool) + ship(keeping, spool)
    newest(keeping).unlink()
    report = repair.repair(keeping)
    assert (report.restored, report.still_missing) == (3, 0)
    assert ids_in_lake(keeping) == sorted(ids)


def test_an_unlisted_file_counts_again_when_nothing_else_holds_its_events(
    settings: Environment, spool: SpoolWriter
) -> None:
    """As after a restore of an older database beside a newer lake, when the spool went on meanwhile."""
    ids = ship(settings, spool)
    LakeFile.objects.all().delete()
    ids += ship(settings, spool)
    assert len(leftovers.unlisted(settings)) == 1

    assert repair.repair(settings).relisted == 3
    assert ids_in_lake(settings) == sorted(ids)
    assert leftovers.unlisted(settings) == []
    assert repair.repair(settings).relisted == 0


def test_an_unlisted_file_that_overlaps_listed_ones_adds_only_what_is_lacking(
    settings: Environment, spool: SpoolWriter
) -> None:
    events = [make_event(artist=new_id()) for _ in range(4)]
    spool.write(*events)
    ship_once(settings)
    LakeFile.objects.all().delete()
    with SpoolWriter(settings.spool_folder) as another:
        another.write(*events[:3])
        ship_once(settings)
    assert repair.repair(settings).relisted == 1
    assert ids_in_lake(settings) == sorted(event.id for event in events)


def test_a_file_whose_events_the_spool_still_holds_is_left_to_the_shipper(
    settings: Environment, spool: SpoolWriter
) -> None:
    class Died(BaseException):
        """Stands for the end of the process."""

    def die(at: object) -> None:
        if at == "written":
            raise Died

    spool.write(event := make_event(artist=new_id()))
    with pytest.raises(Died):
        ship_once(settings, on_step=die)

    report = repair.repair(settings)
    assert (report.relisted, len(report.kept)) == (0, 1)
    ship_once(settings)
    repair.repair(settings)
    assert ids_in_lake(settings) == [event.id]
    assert leftovers.unlisted(settings) == []


def test_a_file_that_is_none_of_ours_goes_into_quarantine(settings: Environment, spool: SpoolWriter) -> None:
    ids = ship(settings, spool)
    stranger = newest(settings).with_name("stranger.parquet")
    stranger.write_bytes(b"PAR1 nothing PAR1")
    assert repair.repair(settings).relisted == 0
    assert (settings.lake_folder / repair.QUARANTINE / stranger.name).read_bytes() == b"PAR1 nothing PAR1"
    assert ids_in_lake(settings) == sorted(ids)


def test_the_lake_is_rebuilt_from_copies_alone(keeping: Environment, spool: SpoolWriter, tmp_path: Path) -> None:
    with clock.frozen(NOON):
        ids = ship(keeping, spool) + ship(keeping, spool)
        ahead = make_event(artist=new_id(), at=NOON + timedelta(days=50))  # dated by its shipping
        erased = make_event(artist=new_id())
        spool.write(ahead, erased)
        ship_once(keeping)
        before = _rows(keeping)
        LakeStore(keeping).erase(Erasure(artist_id=_artist(erased)))
    for file in LakeFile.objects.all():
        (keeping.lake_folder / file.path).unlink(missing_ok=True)
    LakeFile.objects.all().delete()
    Spool.objects.all().delete()

    with clock.frozen(NOON + timedelta(days=3)):
        first = copies.rebuild(keeping, keeping.copies_folder)
        second = copies.rebuild(keeping, keeping.copies_folder)

    assert (first.copies, first.added, second.added) == (3, 7, 0)
    assert ids_in_lake(keeping) == sorted([*ids, ahead.id])
    assert _rows(keeping) == [row for row in before if row["id"].hex != erased.id]


def test_a_range_that_is_still_to_be_shipped_is_not_added_twice(keeping: Environment, spool: SpoolWriter) -> None:
    class Died(BaseException):
        """Stands for the end of the process."""

    def die(at: object) -> None:
        if at == "advanced":
            raise Died

    spool.write(event := make_event(artist=new_id()))
    with pytest.raises(Died):
        ship_once(keeping, on_step=die)
    assert copies.rebuild(keeping, keeping.copies_folder).added == 0
    ship_once(keeping)
    assert copies.rebuild(keeping, keeping.copies_folder).added == 0
    assert ids_in_lake(keeping) == [event.id]


def test_a_damaged_copy_is_named_and_holds_up_no_other(keeping: Environment, spool: SpoolWriter) -> None:
    ship(keeping, spool)
    ship(keeping, spool)
    damaged = copies.found(keeping.copies_folder)[0][0].path
    damaged.write_bytes(b"nothing")
    report = copies.rebuild(keeping, keeping.copies_folder)
    assert (report.copies, report.unreadable) == (1, (damaged.name,))


def test_copies_are_kept_as_long_as_the_settings_say_and_none_without(keeping: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(NOON) as advance:
        ship(keeping, spool)
        advance(timedelta(days=7))
        ship(keeping, spool)
        assert copies.delete_old(keeping) == 0
        advance(timedelta(days=1))
        assert copies.delete_old(keeping) == 1
        assert len(copies.found(keeping.copies_folder)[0]) == 1
        ship(replace(keeping, spool_copies_days=0), spool)
        assert len(copies.found(keeping.copies_folder)[0]) == 1


def _rows(settings: Environment) -> list[dict[str, object]]:
    rows = [row for path in lake.lake_files(settings) for row in pq.read_table(path).to_pylist()]
    return sorted(rows, key=lambda row: str(row["id"]))


def _artist(event: object) -> object:
    from uuid import UUID

    return UUID(event.artist_id)  # type: ignore[attr-defined]
