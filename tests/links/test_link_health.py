from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from tests.factories.accounts import access_of, make_access, make_artist, make_member
from tests.factories.link_health import ALIVE, BUSY, GONE, StandInChecker, checking
from tests.factories.links import make_link
from tests.factories.pages_now import page_at
from tests.factories.stand_ins import StandInLinks, world

from backline.accounts.types import ArtistAccess
from backline.catalog.models import LinkHealth, ServiceLink
from backline.catalog.selectors import release_details
from backline.catalog.types import Confidence, Decision, Health
from backline.core import audit, clock
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.links import selectors, services
from backline.links.models import PublishedPage, SmartLink
from backline.links.services.health import CHECK_FOR_SECONDS, EVERY, _due, addresses_of, turn_after
from backline.links.types import EditFacts, ServiceRow

MIDNIGHT = datetime(2026, 5, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHOP = "https://halla.example/shop"

Advance = Callable[[timedelta], None]
DrainJobs = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def checker() -> Iterator[StandInChecker]:
    with checking() as stand_in, world(deezer=StandInLinks(answer=lambda _: ())):
        yield stand_in


@pytest.fixture
def advance() -> Iterator[Advance]:
    with clock.frozen(MIDNIGHT) as step:
        yield step


def find(
    link: SmartLink, service: str, url: str, *, territory: str = "", decision: Decision = Decision.ACCEPTED
) -> str:
    """Let a source find the link's release somewhere, and publish."""
    ServiceLink.objects.create(
        release_id=link.release_id,
        service=service,
        territory=territory,
        url=url,
        source=service,
        confidence=Confidence.EXACT,
        decision=decision,
        fetched_at=clock.now(),
    )
    assert link.release_id is not None
    services.republish_release(release_id=link.release_id)
    return url


def spotify(link: SmartLink) -> str:
    assert link.release_id is not None
    return release_details(release_id=link.release_id).source_url


def nights(number: int, advance: Advance, drain_jobs: DrainJobs) -> None:
    """Let nights pass, looking every hour which pages have their turn."""
    for _ in range(number):
        for _ in range(7):
            services.check_due()
            drain_jobs()
            advance(HOUR)
        advance(17 * HOUR)


def shown(link: SmartLink) -> list[str]:
    return [service.url for service in page_at(path_of(link)).services]


def path_of(link: SmartLink) -> str:
    return PublishedPage.objects.filter(link_id=link.pk, is_indexable=True).values_list("path", flat=True).get()


@pytest.mark.django_db
def test_every_public_page_is_checked_and_no_other(
    checker: StandInChecker, advance: Advance, drain_jobs: DrainJobs
) -> None:
    access = make_access()
    public, offline, taken_down = (make_link(access) for _ in range(3))
    services.unpublish(access, link_id=offline.pk)
    SmartLink.objects.filter(pk=taken_down.pk).update(takedown_status="active")
    nights(3, advance, drain_jobs)
    assert checker.asked == [spotify(public)] * 3


@pytest.mark.django_db
def test_what_is_asked_is_what_the_page_leads_to() -> None:
    link = make_link()
    find(link, "deezer", "https://www.deezer.com/album/5")
    find(link, "tidal", "https://tidal.com/album/6")
    find(link, "tidal", "https://tidal.com/album/7", territory="DE")
    find(link, "qobuz", "https://www.qobuz.com/us-en/album/x/8", decision=Decision.WAITING)
    edits = (
        EditFacts("deezer", "", "https://www.deezer.com/album/9", is_hidden=False),
        EditFacts("tidal", "", "", is_hidden=True),
        EditFacts("other-1", "", SHOP, is_hidden=False),
    )
    assert link.release_id is not None
    details = release_details(release_id=link.release_id)
    assert {(address.service, address.url) for address in addresses_of(details, edits)} == {
        ("spotify", details.source_url),
        ("deezer", "https://www.deezer.com/album/9"),
        ("other-1", SHOP),
    }
    assert {address.url for address in addresses_of(details, ())} == {
        details.source_url,
        "https://www.deezer.com/album/5",
        "https://tidal.com/album/6",
        "https://tidal.com/album/7",
    }


@pytest.mark.parametrize("hour", [0, 3, 6, 14, 23])
def test_turns_are_spread_over_the_night_and_far_enough_apart(hour: int) -> None:
    hours = []
    for _ in range(500):
        link_id = uuid4()
        times = [MIDNIGHT + hour * HOUR]
        for _ in range(4):
            times.append(turn_after(link_id, times[-1]))
        gaps = [after - before for before, after in itertools.pairwise(times)]
        assert min(gaps) >= EVERY
        assert gaps[-1] == DAY
        hours.append(times[-1].hour)
    assert {hour: 50 < hours.count(hour) < 130 for hour in hours} == dict.fromkeys(range(6), True)


def test_a_late_check_does_not_cost_a_night() -> None:
    """A page whose minute is early, checked at five in the morning: next night twenty hours later, then as ever."""
    link_id = UUID(int=60)
    late = turn_after(link_id, MIDNIGHT + 5 * HOUR)
    assert late == MIDNIGHT + 25 * HOUR
    assert turn_after(link_id, late) == MIDNIGHT + 48 * HOUR + timedelta(minutes=1)


@pytest.mark.django_db
def test_a_dead_service_leaves_the_page_on_the_second_night_and_comes_back(
    checker: StandInChecker, advance: Advance, drain_jobs: DrainJobs
) -> None:
    access = make_access()
    link = make_link(access)
    deezer = find(link, "deezer", "https://www.deezer.com/album/5")
    checker.says[deezer] = GONE
    nights(1, advance, drain_jobs)
    assert deezer in shown(link)
    nights(1, advance, drain_jobs)
    assert shown(link) == [spotify(link)]
    row = health_row(access, link, "deezer")
    assert (row.url, row.health and row.health.details.status) == (deezer, Health.DEAD)
    assert row.health is not None
    assert (row.health.is_own, row.health.needs_artist) == (False, False)
    assert selectors.dead_addresses(access) == ()
    checker.says[deezer] = ALIVE
    nights(1, advance, drain_jobs)
    assert deezer in shown(link)
    row = health_row(access, link, "deezer")
    assert row.health is not None
    assert row.health.details.status is Health.ALIVE


@pytest.mark.django_db
def test_a_country_that_is_dead_is_left_out_alone(
    checker: StandInChecker, advance: Advance, drain_jobs: DrainJobs
) -> None:
    access = make_access()
    link = make_link(access)
    find(link, "tidal", "https://tidal.com/album/6")
    german = find(link, "tidal", "https://tidal.com/album/7", territory="DE")
    checker.says[german] = GONE
    nights(2, advance, drain_jobs)
    assert [(each.url, each.territories) for each in page_at(path_of(link)).services if each.service == "tidal"] == [
        ("https://tidal.com/album/6", {})
    ]
    row = health_row(access, link, "tidal")
    assert row.health is not None
    assert (row.health.details.status, row.health.territory) == (Health.DEAD, "DE")


@pytest.mark.django_db
@pytest.mark.req("SL-25")
def test_an_artists_own_address_is_never_changed_only_named(
    checker: StandInChecker, advance: Advance, drain_jobs: DrainJobs
) -> None:
    access = make_access()
    link = make_link(access)
    services.edit_service(access, link_id=link.pk, service="other", url=SHOP)
    services.edit_service(access, link_id=link.pk, service="spotify", url="https://open.spotify.com/album/own")
    before = page_at(path_of(link)).services
    checker.says = {SHOP: GONE, "https://open.spotify.com/album/own": GONE}
    nights(2, advance, drain_jobs)
    assert page_at(path_of(link)).services == before
    assert [(dead.link_title, dead.service) for dead in selectors.dead_addresses(access)] == [
        (link.title, "other-1"),
        (link.title, "spotify"),
    ]
    services.edit_service(access, link_id=link.pk, service="other-1", url="https://halla.example/new")
    services.hide_service(access, link_id=link.pk, service="spotify")
    assert selectors.dead_addresses(access) == ()
    assert selectors.dead_addresses(make_access()) == ()


@pytest.mark.django_db
def test_an_address_is_kept_until_it_changes_or_dies_anew(
    checker: StandInChecker, advance: Advance, drain_jobs: DrainJobs
) -> None:
    access = make_access()
    link = make_link(access)
    services.edit_service(access, link_id=link.pk, service="other", url=SHOP)
    checker.says[SHOP] = GONE
    nights(2, advance, drain_jobs)
    services.keep_address(access, link_id=link.pk, service="other-1")
    assert selectors.dead_addresses(access) == ()
    row = health_row(access, link, "other-1")
    assert row.health is not None
    assert (row.health.details.status, row.health.is_kept) == (Health.DEAD, True)
    nights(1, advance, drain_jobs)
    assert selectors.dead_addresses(access) == ()
    checker.says[SHOP] = ALIVE
    nights(1, advance, drain_jobs)
    checker.says[SHOP] = GONE
    nights(2, advance, drain_jobs)
    assert [dead.service for dead in selectors.dead_addresses(access)] == ["other-1"]
    kept = [entry for entry in audit.of_artist(access.artist_id) if entry.action == "link.keep_service"]
    assert [entry.detail["url"] for entry in kept] == [SHOP]


@pytest.mark.django_db
def test_only_who_may_edit_keeps_an_address_that_is_there() -> None:
    access = make_access()
    link = make_link(access)
    services.edit_service(access, link_id=link.pk, service="other", url=SHOP)
    for service in ("spotify", "other-2"):
        with pytest.raises(NotFoundError):
            services.keep_address(access, link_id=link.pk, service=service)
    with pytest.raises(NotFoundError):
        services.keep_address(make_access(), link_id=link.pk, service="other-1")
    artist = make_artist()
    with pytest.raises(NotAllowedError):
        services.keep_address(access_of(make_member(artist), artist), link_id=link.pk, service="other-1")


@pytest.mark.django_db
def test_a_page_is_checked_by_hand_once_in_ten_minutes(
    checker: StandInChecker, advance: Advance, drain_jobs: DrainJobs
) -> None:
    access = make_access()
    link = make_link(access)
    for _ in range(3):
        services.check_now(access, link_id=link.pk)
    assert drain_jobs().count("links.check_link") == 1
    services.check_now(access, link_id=link.pk)
    drain_jobs()
    assert len(checker.asked) == 1
    advance(timedelta(minutes=11))
    checker.says[spotify(link)] = GONE
    services.check_now(access, link_id=link.pk)
    drain_jobs()
    assert len(checker.asked) == 2
    row = health_row(access, link, "spotify")
    assert row.health is not None
    assert row.health.details.status is Health.SUSPECTED  # whoever asks ten times in an hour gets one no
    services.unpublish(access, link_id=link.pk)
    with pytest.raises(Rejected, match="Publish it first"):
        services.check_now(access, link_id=link.pk)
    with pytest.raises(NotFoundError):
        services.check_now(make_access(), link_id=link.pk)
    artist = make_artist()
    with pytest.raises(NotAllowedError):
        services.check_now(access_of(make_member(artist), artist), link_id=link.pk)


@pytest.mark.django_db
def test_a_page_whose_host_wants_to_be_left_alone_has_its_turn_an_hour_later(
    checker: StandInChecker, advance: Advance, drain_jobs: DrainJobs
) -> None:
    access = make_access()
    first = make_link(access)
    checker.says[spotify(first)] = BUSY
    advance(6 * HOUR)
    services.check_due()
    drain_jobs()
    second = make_link(access)
    services.check_due()
    drain_jobs()
    assert checker.asked == [spotify(first)]
    second.refresh_from_db()
    assert second.check_after == MIDNIGHT + 7 * HOUR
    advance(HOUR)
    services.check_due()
    drain_jobs()
    assert checker.asked == [spotify(first), spotify(second)]


@pytest.mark.django_db
def test_what_a_killed_run_left_is_checked_half_an_hour_later(
    checker: StandInChecker, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    monkeypatch.setattr("backline.links.services.health.PAGES_AT_ONCE", 3)
    links = [make_link() for _ in range(5)]
    advance(6 * HOUR)
    checker.meanwhile = kill
    with pytest.raises(Killed):
        services.check_pages()
    checker.meanwhile, checker.asked = lambda: None, []
    services.check_pages()
    assert len(checker.asked) == 2
    advance(timedelta(minutes=30))
    services.check_pages()
    assert sorted(checker.asked) == sorted(spotify(link) for link in links)


@pytest.mark.django_db
def test_a_run_ends_after_a_while_and_leaves_the_rest_to_the_next(
    checker: StandInChecker, advance: Advance, drain_jobs: DrainJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        make_link()
    advance(6 * HOUR)
    monkeypatch.setattr("backline.links.services.health.PAGES_AT_ONCE", 3)
    monkeypatch.setattr("backline.links.services.health.CHECK_FOR_SECONDS", 0.0)
    services.check_pages()
    assert len(checker.asked) == 3
    assert drain_jobs().count("links.check_pages") == 2
    assert len(checker.asked) == 5
    assert CHECK_FOR_SECONDS < 60  # a worker that is told to stop waits for it


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_as_many_queries_for_few_pages_as_for_many(
    checker: StandInChecker, advance: Advance, number: int, django_assert_num_queries: Callable[..., object]
) -> None:
    access = make_access()
    for _ in range(number):
        find(make_link(access), "deezer", f"https://www.deezer.com/album/{number}")
    advance(6 * HOUR)
    with django_assert_num_queries(22):
        services.check_pages()


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_as_many_queries_for_few_services_as_for_many(
    checker: StandInChecker, advance: Advance, number: int, django_assert_num_queries: Callable[..., object]
) -> None:
    access = make_access()
    link = make_link(access)
    for slug, url in list(FOUND.items())[:number]:
        find(link, slug, url)
        services.edit_service(access, link_id=link.pk, service="other", url=f"{SHOP}/{slug}")
    advance(6 * HOUR)
    services.check_pages()
    with django_assert_num_queries(11):
        assert sum(row.health is not None for row in selectors.link_detail(access, link_id=link.pk).services) > number
    checker.says = dict.fromkeys(checker.asked, GONE)
    for _ in range(2):
        advance(2 * DAY)
        services.check_pages()
    with django_assert_num_queries(3):
        assert len(selectors.dead_addresses(access)) == number


@pytest.mark.django_db
def test_pages_that_have_their_turn_are_found_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "links_to_check" in _due().order_by("check_after", "pk")[:20].explain()


FOUND = {
    "deezer": "https://www.deezer.com/album/5",
    "tidal": "https://tidal.com/album/6",
    "qobuz": "https://www.qobuz.com/us-en/album/x/7",
}


def health_row(access: ArtistAccess, link: SmartLink, service: str) -> ServiceRow:
    """Return a service of the link as the editor shows it."""
    found = selectors.link_detail(access, link_id=link.pk).services
    return next(row for row in found if row.service == service)


# Several at once


def at_once(*works: Callable[[], object]) -> None:
    failures: list[Exception] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_pages(
    checker: StandInChecker, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backline.links.services.health.PAGES_AT_ONCE", 3)
    access = make_access()
    links = [make_link(access) for _ in range(12)]
    advance(6 * HOUR)
    at_once(services.check_pages, services.check_pages)
    assert sorted(checker.asked) == sorted(spotify(link) for link in links)


@pytest.mark.django_db(transaction=True)
def test_an_edit_during_a_look_is_not_taken_for_what_was_looked_at(
    checker: StandInChecker, advance: Advance, drain_jobs: DrainJobs
) -> None:
    access = make_access()
    link = make_link(access)
    services.edit_service(access, link_id=link.pk, service="other", url=SHOP)
    checker.says[SHOP] = GONE
    nights(1, advance, drain_jobs)

    def edit() -> None:
        checker.meanwhile = lambda: None
        services.edit_service(access, link_id=link.pk, service="other-1", url="https://halla.example/new")

    checker.meanwhile = lambda: at_once(edit)
    nights(1, advance, drain_jobs)
    assert selectors.dead_addresses(access) == ()
    assert "https://halla.example/new" in shown(link)
    row = health_row(access, link, "other-1")
    assert row.health is None  # nobody has looked at the new one yet
    assert LinkHealth.objects.get(url=SHOP).status == Health.DEAD


# Tokens in what artists paste


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("service", "pasted", "kept"),
    [
        ("spotify", "https://open.spotify.com/album/1?si=abc&nd=1", "https://open.spotify.com/album/1"),
        (
            "apple-music",
            "https://music.apple.com/us/album/x/1?at=1000lmine&ct=tour&fbclid=x",
            "https://music.apple.com/us/album/x/1?at=1000lmine&ct=tour",
        ),
        ("amazon-store", "https://www.amazon.de/dp/B0?tag=halla-21", "https://www.amazon.de/dp/B0?tag=halla-21"),
        ("other", f"{SHOP}?utm_campaign=tour&gclid=x&id=4", f"{SHOP}?utm_campaign=tour&id=4"),
    ],
)
def test_what_an_artist_pastes_keeps_the_tokens_that_are_theirs(service: str, pasted: str, kept: str) -> None:
    access = make_access()
    link = make_link(access)
    services.edit_service(access, link_id=link.pk, service=service, url=pasted)
    assert kept in shown(link)
