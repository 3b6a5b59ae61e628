"""An import under bad conditions: limits, faults, cancelled, killed, twice at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.factories.accounts import access_of, make_access, make_artist, make_member
from tests.factories.stand_ins import (
    ARTIST_ID,
    ARTIST_URL,
    StandInLinks,
    World,
    away,
    found_release,
    found_tracks,
    world,
)
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import ArtistAccess, Role
from backline.catalog import selectors, services
from backline.catalog.models import CatalogImport, ImportItem, Release, ServiceLink, SourceAnswer, Track
from backline.catalog.types import Confidence, Decision, FoundLink, ImportProgress, ImportStatus, ItemStatus, ReleaseKey
from backline.connections.services import connect_spotify
from backline.core import audit, clock
from backline.core.audit import SYSTEM
from backline.core.errors import NeedsAction, NotAllowedError, NotFoundError, Rejected
from backline.core.models import Transition
from backline.core.state import TransitionRefusedError
from backline.links.models import SmartLink
from backline.links.services import enrich_releases, make_release_link

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.fixture
def outside() -> Iterator[World]:
    with world(releases=[found_release(number) for number in range(1, 13)]) as made:
        yield made


def progress_of(access: ArtistAccess) -> ImportProgress:
    progress = selectors.import_progress(access)
    assert progress is not None
    return progress


def titles() -> list[str]:
    return sorted(SmartLink.objects.values_list("title", flat=True))


def test_progress_is_counted_and_right_at_every_step(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    seen: list[tuple[ImportStatus, int, int, bool]] = []

    def look(verb: str, what: str) -> None:
        if verb == "release":
            progress = progress_of(access)
            seen.append((progress.status, progress.done, progress.listed, bool(progress.current_title)))

    outside.catalog.trouble = look
    assert selectors.import_progress(access) is None
    connect_spotify(access, url=ARTIST_URL)
    assert (progress_of(access).status, progress_of(access).total) == (ImportStatus.QUEUED, None)
    drain_jobs(hurry=True)
    assert seen == [(ImportStatus.RESOLVING, done, 12, True) for done in range(12)]
    progress = progress_of(access)
    assert (progress.status, progress.listed, progress.total, progress.done, progress.failed) == (
        ImportStatus.DONE, 12, 12, 12, 0,
    )  # fmt: skip
    assert (progress.current_title, progress.message, progress.retry_at, progress.is_running) == ("", "", None, False)
    assert progress.finished_at is not None


def test_time_left_is_estimated_from_what_is_done(access: ArtistAccess, outside: World, drain_jobs: DrainJobs) -> None:
    with clock.frozen(NOW) as advance:
        outside.catalog.trouble = lambda verb, what: advance(timedelta(seconds=2 if verb == "release" else 0))
        connect_spotify(access, url=ARTIST_URL)
        services.list_releases(import_id=progress_of(access).id)
        for item_id in ImportItem.objects.order_by("pk").values_list("pk", flat=True)[:6]:
            make_release_link(item_id=item_id)
        assert progress_of(access).seconds_left == 12
        drain_jobs(hurry=True)
        assert progress_of(access).seconds_left is None


def test_two_imports_at_once_are_one(access: ArtistAccess, outside: World, drain_jobs: DrainJobs) -> None:
    first = services.start_import(artist_id=access.artist_id, source_artist_id=ARTIST_ID, actor=SYSTEM)
    second = services.start_import(artist_id=access.artist_id, source_artist_id=ARTIST_ID, actor=SYSTEM)
    assert first == second
    drain_jobs(hurry=True)
    assert CatalogImport.objects.count() == 1
    assert len(titles()) == 12


def test_importing_again_changes_nothing_and_asks_little(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    before = list(SmartLink.objects.order_by("pk").values_list("pk", "slug", "version"))
    outside.catalog.calls.clear()
    outside.catalog.releases_.append(found_release(40, title="New today"))
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    assert [call for call in outside.catalog.calls if call[0] == "release"] == [("release", "0Album0000000000000040")]
    assert (
        list(SmartLink.objects.exclude(title="New today").order_by("pk").values_list("pk", "slug", "version")) == before
    )
    assert progress_of(access).done == 13


def test_a_limit_in_the_middle_pauses_and_goes_on_by_itself(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    with clock.frozen(NOW) as advance:
        left = [5]

        def limited(verb: str, what: str) -> None:
            if verb == "release":
                left[0] -= 1
                if left[0] < 0:
                    raise away(timedelta(seconds=90))

        outside.catalog.trouble = limited
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs()
        progress = progress_of(access)
        assert (progress.status, progress.done, progress.message) == (
            ImportStatus.PAUSED, 5, "Spotify cannot answer now.",
        )  # fmt: skip
        assert progress.retry_at == NOW + timedelta(seconds=90)
        asked = len(outside.catalog.calls)
        advance(timedelta(seconds=89))
        drain_jobs()
        assert len(outside.catalog.calls) == asked, "nobody is asked while the pause lasts"
        left[0] = 100
        advance(timedelta(seconds=2))
        drain_jobs()
        assert (progress_of(access).status, progress_of(access).done) == (ImportStatus.DONE, 12)
    assert len(titles()) == 12
    moves = Transition.objects.filter(machine="catalog.import").order_by("pk").values_list("target", flat=True)
    assert list(moves) == ["listing", "resolving", "paused", "resolving", "done"]


def test_pauses_that_spotify_announced_do_not_make_the_next_longer(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    faults = [away(timedelta(seconds=1))] * 40 + [away()] * 9
    waits = []
    with clock.frozen(NOW) as advance:

        def limited(verb: str, what: str) -> None:
            if verb == "releases" and faults:
                raise faults.pop(0)

        outside.catalog.trouble = limited
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs()
        while (retry_at := progress_of(access).retry_at) is not None:
            waits.append((retry_at - clock.now()).total_seconds())
            advance(retry_at - clock.now())
            drain_jobs()
    assert waits == [1] * 40 + [2, 4, 8, 16, 32, 64, 120, 120, 120]


def test_an_answer_to_anybody_wakes_an_import_that_waits(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    asked = 0
    with clock.frozen(NOW) as advance:

        def limited(verb: str, what: str) -> None:
            nonlocal asked
            asked += 1
            raise away(timedelta(hours=1))

        connect_spotify(access, url=ARTIST_URL)
        services.list_releases(import_id=progress_of(access).id)
        outside.catalog.trouble = limited
        drain_jobs()
        assert (progress_of(access).status, asked) == (ImportStatus.PAUSED, 1)
        advance(timedelta(seconds=4))
        services.wake_paused()
        drain_jobs()
        assert asked == 1, "a pause that has just begun is left alone"
        advance(timedelta(seconds=1))
        services.wake_paused()
        services.wake_paused()
        drain_jobs()
        assert asked == 2
        outside.catalog.trouble = lambda verb, what: None
        advance(timedelta(seconds=5))
        other = make_access()
        services.start_import(artist_id=other.artist_id, source_artist_id=ARTIST_ID, actor=SYSTEM)
        drain_jobs()
        assert (progress_of(access).status, progress_of(access).done) == (ImportStatus.DONE, 12)


def test_an_editor_lets_an_import_try_at_once(access: ArtistAccess, outside: World, drain_jobs: DrainJobs) -> None:
    with clock.frozen(NOW):

        def limited(verb: str, what: str) -> None:
            raise away(timedelta(hours=1))

        connect_spotify(access, url=ARTIST_URL)
        outside.catalog.trouble = limited
        drain_jobs()
        import_id = progress_of(access).id
        with pytest.raises(NotFoundError):
            services.resume_import(make_access(), import_id=import_id)
        artist = make_artist()
        with pytest.raises(NotAllowedError):
            services.resume_import(access_of(make_member(artist, role=Role.VIEWER), artist), import_id=import_id)
        outside.catalog.trouble = lambda verb, what: None
        services.resume_import(access, import_id=import_id)
        services.resume_import(access, import_id=import_id)
        drain_jobs()
        assert (progress_of(access).status, progress_of(access).done) == (ImportStatus.DONE, 12)
    actions = [entry.action for entry in audit.of_artist(access.artist_id)]
    assert actions.count("catalog.resume_import") == 1


def test_an_outage_while_listing_waits_longer_each_time_and_keeps_its_place(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    waits = []
    with clock.frozen(NOW) as advance:

        def broken(verb: str, what: str) -> None:
            if (verb, what) == ("releases", "10") and len(waits) < 4:
                raise away()

        outside.catalog.trouble = broken
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs()
        while (progress := progress_of(access)).status is ImportStatus.PAUSED:
            assert (progress.listed, progress.total) == (10, 12)
            assert progress.retry_at is not None
            waits.append((progress.retry_at - clock.now()).total_seconds())
            advance(progress.retry_at - clock.now() + timedelta(seconds=1))
            drain_jobs()
        assert waits == [2, 4, 8, 16]
        assert progress.status is ImportStatus.DONE
    assert outside.catalog.calls.count(("releases", "0")) == 1


def test_one_release_that_spotify_cannot_give_does_not_hold_up_the_others(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    def broken(verb: str, what: str) -> None:
        if what.endswith("03"):
            raise away()

    outside.catalog.trouble = broken
    connect_spotify(access, url=ARTIST_URL)
    with clock.frozen(datetime.now(UTC)) as advance:
        for _ in range(40):
            drain_jobs()
            advance(timedelta(minutes=11))
    progress = progress_of(access)
    assert (progress.status, progress.done, progress.failed) == (ImportStatus.DONE, 11, 1)
    assert progress.message == "1 of 12 releases could not be imported. Import again to try them again."
    assert [failure.message for failure in selectors.import_failures(access, import_id=progress.id)] == [
        "Spotify cannot answer now. Import again to get this release."
    ]
    outside.catalog.trouble = lambda verb, what: None
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    assert (progress_of(access).done, progress_of(access).failed) == (12, 0)


def test_a_release_that_is_refused_is_recorded_with_its_reason(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    def refuse(verb: str, what: str) -> None:
        if verb == "release" and what.endswith("05"):
            raise Rejected("Spotify does not have this release any more.")

    outside.catalog.trouble = refuse
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    progress = progress_of(access)
    assert (progress.status, progress.done, progress.failed) == (ImportStatus.DONE, 11, 1)
    failures = selectors.import_failures(access, import_id=progress.id)
    assert [(failure.title, failure.message) for failure in failures] == [
        ("Harbour Night 5", "Spotify does not have this release any more.")
    ]


def test_a_defect_is_recorded_and_the_import_ends(access: ArtistAccess, outside: World, drain_jobs: DrainJobs) -> None:
    def stumble(verb: str, what: str) -> None:
        if verb == "release" and what.endswith("07"):
            raise ZeroDivisionError

    outside.catalog.trouble = stumble
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True, keep_going=True)
    progress = progress_of(access)
    assert (progress.status, progress.done, progress.failed) == (ImportStatus.DONE, 11, 1)
    assert "The operator finds the reason" in selectors.import_failures(access, import_id=progress.id)[0].message


def test_refused_credentials_end_the_import_with_the_reason(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    def refuse(verb: str, what: str) -> None:
        if verb == "release":
            raise NeedsAction("Spotify refuses our credentials. Check SPOTIFY_CLIENT_SECRET.")

    outside.catalog.trouble = refuse
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    progress = progress_of(access)
    assert (progress.status, progress.message) == (
        ImportStatus.FAILED, "Spotify refuses our credentials. Check SPOTIFY_CLIENT_SECRET.",
    )  # fmt: skip
    assert sum(verb == "release" for verb, _ in outside.catalog.calls) == 1


@pytest.mark.parametrize("fault", [away(timedelta(hours=1)), NeedsAction("The key of Deezer is refused.")])
def test_a_link_source_that_is_away_holds_nothing_up_and_is_asked_later(
    access: ArtistAccess, drain_jobs: DrainJobs, fault: Exception
) -> None:
    def broken(release: ReleaseKey) -> tuple[FoundLink, ...]:
        raise fault

    deezer = StandInLinks(answer=broken)
    itunes = StandInLinks(
        key="itunes",
        answer=lambda key: (FoundLink("itunes", f"https://itunes.apple.com/album/{key.upc}", Confidence.EXACT),),
    )
    with (
        clock.frozen(NOW) as advance,
        world(releases=[found_release(number) for number in range(1, 9)], deezer=deezer, itunes=itunes),
    ):
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs()
        assert progress_of(access).status is ImportStatus.DONE
        assert len(deezer.asked) == 1, "a source that is away is left alone, not asked for every release"
        assert ServiceLink.objects.filter(service="itunes").count() == 8
        deezer.answer = StandInLinks().answer
        advance(timedelta(hours=2))
        enrich_releases()
        drain_jobs(hurry=True)
    assert ServiceLink.objects.filter(service="deezer", decision=Decision.ACCEPTED).count() == 8
    assert Release.objects.filter(enrich_after__isnull=False).count() == 0
    assert set(SmartLink.objects.values_list("version", flat=True)) == {2}


def test_slow_sources_are_asked_after_the_pages_are_public(access: ArtistAccess, drain_jobs: DrainJobs) -> None:
    slow = StandInLinks(
        key="musicbrainz",
        is_quick=False,
        answer=lambda key: (FoundLink("tidal", f"https://tidal.com/album/{key.upc}", Confidence.EXACT),),
    )
    with world(releases=[found_release(1), found_release(2)], deezer=StandInLinks(), musicbrainz=slow):
        connect_spotify(access, url=ARTIST_URL)
        ran = drain_jobs(hurry=True)
    assert ran.index("links.enrich_releases") > max(
        place for place, name in enumerate(ran) if name == "links.make_release_link"
    )
    assert set(ServiceLink.objects.values_list("service", flat=True)) == {"spotify", "deezer", "tidal"}
    assert SourceAnswer.objects.filter(source="musicbrainz", is_hit=True).count() == 2


def test_covers_that_cannot_be_had_hold_nothing_up(access: ArtistAccess, outside: World, drain_jobs: DrainJobs) -> None:
    with clock.frozen(NOW) as advance:
        outside.covers.trouble = away()
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs()
        assert progress_of(access).status is ImportStatus.DONE
        assert set(SmartLink.objects.values_list("artwork_key", flat=True)) == {""}
        outside.covers.trouble = None
        advance(timedelta(minutes=20))
        enrich_releases()
    assert SmartLink.objects.exclude(artwork_key="").count() == 12


def test_covers_that_are_no_pictures_are_left_out(access: ArtistAccess, outside: World, drain_jobs: DrainJobs) -> None:
    outside.covers.trouble = Rejected("The cover is not a JPEG, PNG or WebP picture.")
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True, most=60)
    assert progress_of(access).done == 12


def test_cancelling_keeps_what_is_there_and_stops_the_rest(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    def cancel(verb: str, what: str) -> None:
        if verb == "release" and SmartLink.objects.count() == 3 and progress_of(access).is_running:
            services.cancel_import(access, import_id=progress_of(access).id)

    outside.catalog.trouble = cancel
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    progress = progress_of(access)
    assert (progress.status, progress.is_running) == (ImportStatus.CANCELLED, False)
    assert len(titles()) == 4, "the release that was in hand is finished"
    with pytest.raises(TransitionRefusedError):
        services.cancel_import(access, import_id=progress.id)
    outside.catalog.trouble = lambda verb, what: None
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    assert len(titles()) == 12
    assert "catalog.cancel_import" in [entry.action for entry in audit.of_artist(access.artist_id)]


def test_only_editors_of_the_artist_cancel(access: ArtistAccess, outside: World) -> None:
    connect_spotify(access, url=ARTIST_URL)
    import_id = progress_of(access).id
    with pytest.raises(NotFoundError):
        services.cancel_import(make_access(), import_id=import_id)
    artist = make_artist()
    viewer = access_of(make_member(artist, role=Role.VIEWER), artist)
    with pytest.raises(NotAllowedError):
        services.cancel_import(viewer, import_id=import_id)


def test_an_artist_without_releases_is_done_at_once_and_says_why(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    outside.catalog.releases_.clear()
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    progress = progress_of(access)
    assert (progress.status, progress.total, progress.done) == (ImportStatus.DONE, 0, 0)
    assert progress.message == "Spotify has no release of this artist yet. Import again when the first one is out."


def test_a_killed_worker_costs_nothing_and_doubles_nothing(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    """A job that is killed is rolled back or not, and runs again: here every job runs twice."""
    connect_spotify(access, url=ARTIST_URL)
    import_id = progress_of(access).id
    services.list_releases(import_id=import_id)
    services.list_releases(import_id=import_id)
    for _ in range(2):
        for item_id in ImportItem.objects.order_by("pk").values_list("pk", flat=True):
            make_release_link(item_id=item_id)
            ImportItem.objects.filter(pk=item_id).update(status=ItemStatus.PENDING)
    ImportItem.objects.update(status=ItemStatus.PENDING)
    drain_jobs(hurry=True)
    assert progress_of(access).status is ImportStatus.DONE
    assert len(titles()) == 12
    assert (Release.objects.count(), Track.objects.count(), ServiceLink.objects.count()) == (12, 12, 24)


def test_an_import_whose_jobs_got_lost_is_nudged(access: ArtistAccess, outside: World, drain_jobs: DrainJobs) -> None:
    with clock.frozen(NOW) as advance:
        connect_spotify(access, url=ARTIST_URL)
        services.list_releases(import_id=progress_of(access).id)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        assert services.nudge_imports() == 0, "not before ten quiet minutes"
        advance(timedelta(minutes=11))
        assert services.nudge_imports() == 1
        drain_jobs()
        assert (progress_of(access).status, progress_of(access).done) == (ImportStatus.DONE, 12)


def test_old_imports_are_forgotten(access: ArtistAccess, outside: World, drain_jobs: DrainJobs) -> None:
    for _ in range(8):
        services.start_import(artist_id=access.artist_id, source_artist_id=ARTIST_ID, actor=SYSTEM)
        drain_jobs(hurry=True)
    assert CatalogImport.objects.count() == 6


def test_what_is_stale_is_read_again_and_listings_daily(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    with clock.frozen(NOW) as advance:
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs(hurry=True)
        services.refresh_stale()
        assert drain_jobs(hurry=True) == []
        advance(timedelta(days=1, minutes=1))
        outside.catalog.releases_.append(found_release(20, title="Out today"))
        services.refresh_stale()
        drain_jobs(hurry=True)
        assert "Out today" in titles()
        advance(timedelta(days=7))
        outside.catalog.releases_[0] = found_release(1, title="A better title")
        services.refresh_stale()
        drain_jobs(hurry=True)
        assert "A better title" in titles()


def test_a_release_that_is_gone_at_spotify_keeps_its_page(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    with clock.frozen(NOW) as advance:
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs(hurry=True)
        advance(timedelta(days=8))
        outside.catalog.releases_.clear()
        services.refresh_stale()
        drain_jobs(hurry=True)
    assert len(titles()) == 12


def test_answers_are_kept_hits_for_thirty_days_and_misses_for_one(access: ArtistAccess, drain_jobs: DrainJobs) -> None:
    knows = StandInLinks()
    misses = StandInLinks(key="itunes", answer=lambda key: ())
    with clock.frozen(NOW) as advance, world(releases=[found_release(1)], deezer=knows, itunes=misses):
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs(hurry=True)
        release_id = Release.objects.get().pk
        asked = []
        for days in (0.9, 0.2, 28, 1.0):
            advance(timedelta(days=days))
            services.read_release(release_id=release_id, is_quick_only=True)
            asked.append((len(knows.asked), len(misses.asked)))
    assert asked == [(1, 1), (1, 2), (1, 3), (2, 4)]


def test_odd_titles_are_kept_as_text(access: ArtistAccess, drain_jobs: DrainJobs) -> None:
    odd = [
        "</script><script>alert(1)</script>", "\"Quotes\" & 'more'", "مرحبا", "שלום", "夜に駆ける", "🎧", "é" * 500,
        "a\x00b", "   ", "../..", "go",
    ]  # fmt: skip
    releases = [found_release(number, title=title) for number, title in enumerate(odd, 1)]
    with world(releases=releases):
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs(hurry=True)
    assert progress_of(access).done == len(odd)
    rows = {link.title: link for link in SmartLink.objects.all()}
    assert "</script><script>alert(1)</script>" in rows
    assert rows["مرحبا"].language == "ar"
    assert rows["夜に駆ける"].language == "ja"
    assert "Untitled" in rows
    slugs = [link.slug for link in rows.values()]
    assert len(set(slugs)) == len(odd)
    assert all(slug and "/" not in slug and slug != "go" for slug in slugs)


def test_a_source_that_numbers_tracks_alike_loses_none(access: ArtistAccess, drain_jobs: DrainJobs) -> None:
    first, second = found_tracks(2)
    with world(releases=[found_release(1, tracks=(first, replace(second, number=1)))]):
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs(hurry=True)
    assert sorted(Track.objects.values_list("number", "title")) == [(1, "Part 1"), (2, "Part 2")]


def test_the_cost_of_a_release_is_bounded(access: ArtistAccess, outside: World, drain_jobs: DrainJobs) -> None:
    """500 releases in a minute on two cores leave room for few round trips."""
    connect_spotify(access, url=ARTIST_URL)
    services.list_releases(import_id=progress_of(access).id)
    costs = []
    for item_id in ImportItem.objects.order_by("pk").values_list("pk", flat=True)[:3]:
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            make_release_link(item_id=item_id)
        costs.append(len([query for query in queries if "SAVEPOINT" not in query["sql"]]))
    assert costs[1] == costs[2]
    assert costs[1] <= 30


def test_listing_costs_the_same_for_every_page(access: ArtistAccess, drain_jobs: DrainJobs) -> None:
    costs = {}
    for pages in (1, 3):
        other = make_access()
        with world(releases=[found_release(number) for number in range(pages * 10)]):
            connect_spotify(other, url=ARTIST_URL)
            with CaptureQueriesContext(connection) as queries:
                services.list_releases(import_id=progress_of(other).id)
            costs[pages] = len(queries)
    assert (costs[3] - costs[1]) / 2 <= 10


@pytest.mark.django_db(transaction=True)
def test_two_people_who_start_at_once_share_one_import(access: ArtistAccess) -> None:
    start = threading.Barrier(4)
    started: list[UUID] = []

    def act() -> None:
        try:
            start.wait()
            started.append(services.start_import(artist_id=access.artist_id, source_artist_id=ARTIST_ID, actor=SYSTEM))
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 4
    assert len(set(started)) == 1
    assert CatalogImport.objects.count() == 1
