"""What is erased is gone from the disk, and nothing brings it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.factories.analytics import NOON, SpoolWriter, access_to, make_event
from tests.factories.lake import Died, dying_at, files_that_count, ids_in_lake

from backline.analytics import questions, tombstones
from backline.analytics.models import LakeFile, Tombstone
from backline.analytics.parquet import compaction, lake, manifest
from backline.analytics.parquet.replacing import MergeStep
from backline.analytics.parquet.store import LakeStore
from backline.analytics.shipping import copies
from backline.analytics.shipping.shipper import ShipStep, ship_once
from backline.analytics.types import Erasure
from backline.contract.events import Event
from backline.core import clock
from backline.core.ids import new_id
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db

ARTIST, OTHER, LINK = new_id(), new_id(), new_id()
VISITOR, CLICK = "0123456789abcdef", "IwAR0planted-click-id"


def history() -> dict[str, Event]:
    """Return one event of each sort that an erasure can name or spare."""
    return {
        "plain": make_event(artist=ARTIST),
        "link": make_event(artist=ARTIST, link=LINK),
        "visitor": make_event(artist=ARTIST, visitor=VISITOR),
        "click": make_event(artist=ARTIST, click_ids={"gclid": "another", "fbclid": CLICK}),
        "other": make_event(artist=OTHER),
        "other's visitor": make_event(artist=OTHER, visitor=VISITOR),
    }


@pytest.mark.parametrize(
    ("what", "gone"),
    [
        (Erasure(artist_id=ARTIST), {"plain", "link", "visitor", "click"}),
        (Erasure(link_id=LINK), {"link"}),
        (Erasure(visitors=frozenset({VISITOR})), {"visitor", "other's visitor"}),
        (Erasure(click_ids=frozenset({CLICK})), {"click"}),
        (Erasure(artist_id=ARTIST, visitors=frozenset({VISITOR})), {"visitor"}),
        (Erasure(artist_id=OTHER, link_id=LINK), set()),
    ],
)
def test_exactly_what_is_named_goes_now_and_when_it_comes_again(
    settings: Environment, spool: SpoolWriter, what: Erasure, gone: set[str]
) -> None:
    first, second = history(), history()
    spool.write(*first.values())
    ship_once(settings)
    spool.write(*second.values())  # these still wait in the spool when the erasure is asked for

    assert LakeStore(settings).erase(what) == len(gone)
    ship_once(settings)

    kept = [event.id for events in (first, second) for name, event in events.items() if name not in gone]
    assert ids_in_lake(settings) == sorted(kept)
    assert LakeStore(settings).erase(what) == 0
    assert manifest.check(settings, is_deep=True).is_sound


@pytest.mark.req("PP-42")
def test_the_bytes_are_gone_from_the_disk_at_once(settings: Environment, spool: SpoolWriter) -> None:
    settings = replace(settings, spool_copies_days=7)
    with clock.frozen(NOON) as advance:
        for _ in range(3):
            spool.write(*history().values())
            ship_once(settings)
        advance(timedelta(days=1))
        compaction.compact(settings)  # the merged files lie there for ten more minutes

        LakeStore(settings).erase(Erasure(click_ids=frozenset({CLICK})))

    files = [path for path in settings.home.rglob("*") if path.is_file() and path.parent != settings.spool_folder]
    assert len([path for path in files if path.parent.parent == settings.lake_folder]) == 1
    assert [path for path in files if CLICK.encode() in path.read_bytes()] == []
    assert len(copies.found(settings.copies_folder)[0]) == 3
    assert sum(len(copy.rows()) for copy in copies.found(settings.copies_folder)[0]) == 15


def test_copies_of_what_is_shipped_later_leave_out_what_was_erased(settings: Environment, spool: SpoolWriter) -> None:
    settings = replace(settings, spool_copies_days=7)
    spool.write(*history().values())
    LakeStore(settings).erase(Erasure(click_ids=frozenset({CLICK})))
    ship_once(settings)
    (copy,) = copies.found(settings.copies_folder)[0]
    assert len(copy.rows()) == 5
    assert not any(CLICK.encode() in event for _, event in copy.rows())


def test_erasures_of_one_artist_do_not_stand_in_for_one_another(settings: Environment, spool: SpoolWriter) -> None:
    for what in (
        Erasure(artist_id=ARTIST, visitors=frozenset({VISITOR})),
        Erasure(artist_id=ARTIST, click_ids=frozenset({CLICK})),
        Erasure(artist_id=OTHER, link_id=LINK),
    ):
        LakeStore(settings).erase(what)
    events = history()
    spool.write(*events.values())
    ship_once(settings)
    assert ids_in_lake(settings) == sorted(events[name].id for name in ("plain", "link", "other", "other's visitor"))


def test_what_a_crash_left_behind_goes_although_its_events_were_erased(
    settings: Environment, spool: SpoolWriter
) -> None:
    def die(at: ShipStep) -> None:
        if at is ShipStep.WRITTEN:
            raise Died

    spool.write(*history().values())
    with pytest.raises(Died):
        ship_once(settings, on_step=die)
    LakeStore(settings).erase(Erasure(artist_id=ARTIST))
    ship_once(settings)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        report = compaction.compact(settings)
    assert (report.swept_files, report.problems) == (1, ())
    assert len(lake.files_on_disk(settings.lake_folder)) == len(files_that_count()) == 1


def test_only_files_that_hold_it_are_rewritten(settings: Environment, spool: SpoolWriter) -> None:
    for artist in (ARTIST, OTHER):
        spool.write(make_event(artist=artist))
        ship_once(settings)
    (kept,) = LakeFile.objects.filter(min_artist=str(OTHER))
    LakeStore(settings).erase(Erasure(artist_id=ARTIST))
    assert list(LakeFile.objects.filter(replaced_at=None).values_list("pk", flat=True)) == [kept.pk]
    assert questions.totals(access_to(OTHER), since=NOON, until=NOON + timedelta(hours=1)).views == 1


@pytest.mark.parametrize("step", list(MergeStep))
def test_a_death_at_any_step_is_made_good_by_doing_it_again(
    settings: Environment, spool: SpoolWriter, step: MergeStep
) -> None:
    events = history()
    spool.write(*events.values())
    ship_once(settings)
    what = Erasure(artist_id=ARTIST)

    with pytest.raises(Died):
        LakeStore(settings).erase(what, on_step=dying_at(step))
    assert len(ids_in_lake(settings)) in (2, 6)
    LakeStore(settings).erase(what)

    assert ids_in_lake(settings) == sorted(events[name].id for name in ("other", "other's visitor"))
    with clock.frozen(clock.now() + timedelta(hours=2)):
        compaction.compact(settings)
    assert len(lake.files_on_disk(settings.lake_folder)) == len(files_that_count()) == 1


def test_an_older_database_that_is_restored_does_not_bring_erased_people_back(
    settings: Environment, spool: SpoolWriter
) -> None:
    spool.write(*history().values())
    ship_once(settings)
    (file,) = LakeFile.objects.all()
    whole = (settings.lake_folder / file.path).read_bytes()
    LakeStore(settings).erase(Erasure(artist_id=ARTIST))
    stones = set(Tombstone.objects.values_list("pk", flat=True))

    Tombstone.objects.all().delete()  # the database and the files are those of before
    LakeFile.objects.all().delete()
    file.save(force_insert=True)
    (settings.lake_folder / file.path).write_bytes(whole)
    assert len(ids_in_lake(settings)) == 6

    assert LakeStore(settings).erase_again() == 4
    assert len(ids_in_lake(settings)) == 2
    assert set(Tombstone.objects.values_list("pk", flat=True)) == stones
    assert tombstones.take_back(settings) == 0


def test_a_click_id_is_kept_as_a_digest_only(settings: Environment) -> None:
    LakeStore(settings).erase(Erasure(click_ids=frozenset({CLICK})))
    (stone,) = Tombstone.objects.all()
    assert CLICK not in str(stone.click_digests)
    assert CLICK.encode() not in (settings.home / tombstones.FILE).read_bytes()


def test_an_erasure_says_what_goes() -> None:
    with pytest.raises(ValueError, match="has to say what goes"):
        Erasure()
    assert Erasure(artist_id=UUID(int=1)).visitors == frozenset()
