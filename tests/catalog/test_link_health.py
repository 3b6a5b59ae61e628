from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.factories.accounts import make_access
from tests.factories.link_health import ALIVE, BUSY, GONE, UNKNOWN, StandInChecker, checking
from tests.factories.stand_ins import World, away, found_release, world

from backline.catalog import services
from backline.catalog.models import LinkHealth, ServiceLink
from backline.catalog.selectors import dead_among, health_counts, health_of, release_details
from backline.catalog.services.health import SURE_AFTER
from backline.catalog.state import HEALTH
from backline.catalog.types import Address, Confidence, FoundLink, Health
from backline.core import clock
from backline.core.models import Transition
from backline.links.services.publishing import make_link

DEEZER = Address("https://www.deezer.com/album/5", "deezer")
NIGHT = datetime(2026, 5, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)

Advance = Callable[[timedelta], None]


@pytest.fixture
def checker() -> Iterator[StandInChecker]:
    with checking() as stand_in:
        yield stand_in


@pytest.fixture
def advance() -> Iterator[Advance]:
    with clock.frozen(NIGHT) as step:
        yield step


def check(*addresses: Address) -> frozenset[str]:
    return services.check_addresses(addresses=addresses or [DEEZER], not_since=timedelta())


def status_of(url: str = DEEZER.url) -> Health | None:
    health = health_of([url]).get(url)
    return None if health is None else health.status


@pytest.mark.django_db
def test_two_answers_a_night_apart_make_an_address_dead(checker: StandInChecker, advance: Advance) -> None:
    checker.says[DEEZER.url] = GONE
    check()
    assert status_of() is Health.SUSPECTED
    advance(21 * HOUR)
    check()
    assert status_of() is Health.DEAD
    assert dead_among([DEEZER.url, "https://x.example/"]) == {DEEZER.url}
    health = health_of([DEEZER.url])[DEEZER.url]
    assert (health.suspected_at, health.dead_at, health.answer) == (NIGHT, NIGHT + 21 * HOUR, "404")
    assert health_counts() == {Health.SUSPECTED: 0, Health.DEAD: 1}


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [1, 6, 19])
def test_two_answers_of_one_night_do_not(checker: StandInChecker, advance: Advance, hours: int) -> None:
    checker.says[DEEZER.url] = GONE
    check()
    advance(hours * HOUR)
    check()
    assert status_of() is Health.SUSPECTED


@pytest.mark.django_db
def test_one_yes_clears_it_from_anywhere(checker: StandInChecker, advance: Advance) -> None:
    for nights in (1, 2):
        for _ in range(nights):
            checker.says[DEEZER.url] = GONE
            check()
            advance(24 * HOUR)
        checker.says[DEEZER.url] = ALIVE
        check()
        assert status_of() is Health.ALIVE
        assert health_of([DEEZER.url])[DEEZER.url].suspected_at is None
        advance(HOUR)
    moves = Transition.objects.filter(machine="catalog.link_health").order_by("at").values_list("source", "target")
    assert list(moves) == [
        ("alive", "suspected"), ("suspected", "alive"),
        ("alive", "suspected"), ("suspected", "dead"), ("dead", "alive"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_what_tells_nothing_changes_nothing_however_often(checker: StandInChecker, advance: Advance) -> None:
    checker.says[DEEZER.url] = UNKNOWN
    for _ in range(5):
        check()
        advance(24 * HOUR)
    assert status_of() is Health.ALIVE
    assert health_of([DEEZER.url])[DEEZER.url].answered_at is None
    checker.says[DEEZER.url] = GONE
    check()
    checker.says[DEEZER.url] = UNKNOWN
    for _ in range(5):
        advance(24 * HOUR)
        check()
    assert status_of() is Health.SUSPECTED  # neither a second no, nor a yes
    checker.says[DEEZER.url] = GONE
    check()
    assert status_of() is Health.DEAD


@pytest.mark.django_db
def test_an_address_is_not_asked_again_too_soon(checker: StandInChecker, advance: Advance) -> None:
    services.check_addresses(addresses=[DEEZER], not_since=20 * HOUR)
    advance(19 * HOUR)
    services.check_addresses(addresses=[DEEZER], not_since=20 * HOUR)
    assert len(checker.asked) == 1
    advance(2 * HOUR)
    services.check_addresses(addresses=[DEEZER, DEEZER], not_since=20 * HOUR)
    assert len(checker.asked) == 2


@pytest.mark.django_db
def test_a_host_that_wants_to_be_left_alone_is_left_alone(checker: StandInChecker, advance: Advance) -> None:
    other, elsewhere = (
        Address("https://www.deezer.com/album/6", "deezer"),
        Address("https://tidal.com/album/1", "tidal"),
    )
    checker.says[DEEZER.url] = BUSY
    assert check() == frozenset()
    assert check(other, elsewhere) == {other.url}
    advance(timedelta(minutes=6))
    assert check(other) == frozenset()
    assert checker.asked == [DEEZER.url, elsewhere.url, other.url]


@pytest.mark.django_db
def test_what_no_page_leads_to_any_more_is_forgotten(checker: StandInChecker, advance: Advance) -> None:
    check()
    advance(timedelta(days=61))
    check(Address("https://tidal.com/album/1", "tidal"))
    services.forget_unused()
    assert list(LinkHealth.objects.values_list("url", flat=True)) == ["https://tidal.com/album/1"]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_as_many_queries_for_few_addresses_as_for_many(
    checker: StandInChecker, advance: Advance, number: int, django_assert_num_queries: Callable[..., object]
) -> None:
    addresses = [Address(f"https://www.deezer.com/album/{each}", "deezer") for each in range(number)]
    check(*addresses)
    advance(24 * HOUR)
    with django_assert_num_queries(6):  # which are fresh; a transaction: make, lock, write
        check(*addresses)


def test_every_move_from_every_status() -> None:
    allowed = {(source, target) for source in Health for target in Health if HEALTH.allows(source, target)}
    assert allowed == {
        (Health.ALIVE, Health.SUSPECTED),
        (Health.SUSPECTED, Health.DEAD),
        (Health.SUSPECTED, Health.ALIVE),
        (Health.DEAD, Health.ALIVE),
    }


# What follows for a release


def page_of(outside: World) -> ServiceLink:
    """Bring a release in and return its link at Deezer."""
    found = found_release()
    outside.catalog.releases_ = [found]
    release_id = services.keep_release(artist_id=make_access().artist_id, found=found)
    details = services.read_release(release_id=release_id, is_quick_only=True)
    make_link(details)
    return ServiceLink.objects.get(release_id=release_id, service="deezer")


def die(checker: StandInChecker, advance: Advance, *urls: str) -> None:
    for url in urls:
        checker.says[url] = GONE
    for _ in range(2):
        services.check_addresses(addresses=[Address(url, "deezer") for url in urls], not_since=timedelta())
        advance(21 * HOUR)


def shown(link: ServiceLink) -> list[tuple[str, str, bool]]:
    found = release_details(release_id=link.release_id).service_links
    return [(each.service, each.url, each.is_dead) for each in found]


@pytest.mark.django_db
def test_a_dead_link_is_replaced_by_what_the_source_finds_now(
    checker: StandInChecker, advance: Advance, drain_jobs: Callable[..., list[str]]
) -> None:
    with world() as outside:
        link = page_of(outside)
        outside.deezer.answer = lambda _: (FoundLink("deezer", "https://www.deezer.com/album/777", Confidence.EXACT),)
        die(checker, advance, link.url)
        ran = drain_jobs()
        assert [name for name in ran if name.startswith("links.re")] == [
            "links.republish_release",
            "links.refresh_release",
        ]
        assert [key.upc for key in outside.deezer.asked] == ["940000000001"] * 2
        assert ("deezer", "https://www.deezer.com/album/777", False) in shown(link)


@pytest.mark.django_db
def test_a_dead_link_that_nobody_can_replace_stays_and_comes_back(
    checker: StandInChecker, advance: Advance, drain_jobs: Callable[..., list[str]]
) -> None:
    with world() as outside:
        link = page_of(outside)
        for answer in ((FoundLink("deezer", link.url, Confidence.EXACT),), ()):
            outside.deezer.answer = lambda _, answer=answer: answer
            die(checker, advance, link.url)
            drain_jobs()
            assert ("deezer", link.url, True) in shown(link)
            checker.says[link.url] = ALIVE
            check(Address(link.url, "deezer"))
            assert drain_jobs().count("links.republish_release") == 1
            assert ("deezer", link.url, False) in shown(link)


@pytest.mark.django_db
def test_an_exact_dead_link_does_not_give_way_to_a_match_by_name(
    checker: StandInChecker, advance: Advance, drain_jobs: Callable[..., list[str]]
) -> None:
    with world() as outside:
        link = page_of(outside)
        outside.deezer.answer = lambda _: (FoundLink("deezer", "https://www.deezer.com/album/777", Confidence.NAME),)
        die(checker, advance, link.url)
        drain_jobs()
        assert ("deezer", link.url, True) in shown(link)


@pytest.mark.django_db
def test_a_release_whose_own_page_is_gone_is_looked_for_by_its_code(
    checker: StandInChecker, advance: Advance, drain_jobs: Callable[..., list[str]]
) -> None:
    with world() as outside:
        link = page_of(outside)
        again = found_release(external_id="0Album0000000000000009")
        outside.catalog.releases_ = [again]
        own = "https://open.spotify.com/album/0Album0000000000000001"
        die(checker, advance, own)
        drain_jobs()
        assert ("spotify", again.url, False) in shown(link)
        services.read_release(release_id=link.release_id, is_quick_only=True)
        assert ("spotify", again.url, False) in shown(link)
        outside.catalog.releases_ = []  # the code is not known any more either: what it found stays
        services.read_release(release_id=link.release_id, is_quick_only=True)
        assert ("spotify", again.url, False) in shown(link)


@pytest.mark.django_db
def test_while_the_catalogue_cannot_answer_the_page_is_without_the_link(
    checker: StandInChecker, advance: Advance, drain_jobs: Callable[..., list[str]]
) -> None:
    with world() as outside:
        link = page_of(outside)

        def trouble(verb: str, what: str) -> None:
            raise away()

        outside.catalog.trouble = trouble
        own = "https://open.spotify.com/album/0Album0000000000000001"
        die(checker, advance, own)
        drain_jobs()
        assert ("spotify", own, True) in shown(link)
        outside.catalog.trouble = lambda verb, what: None
        outside.catalog.releases_ = [found_release(external_id="0Album0000000000000009")]
        advance(HOUR)
        drain_jobs()
        assert ("spotify", "https://open.spotify.com/album/0Album0000000000000009", False) in shown(link)


@pytest.mark.django_db
def test_tokens_of_others_are_never_kept_and_old_ones_go_with_the_next_refresh(advance: Advance) -> None:
    with world() as outside:
        tagged = "https://www.deezer.com/album/5?utm_source=somebody&app_id=1"
        outside.deezer.answer = lambda _: (FoundLink("deezer", tagged, Confidence.EXACT),)
        link = page_of(outside)
        assert link.url == "https://www.deezer.com/album/5"
        ServiceLink.objects.filter(pk=link.pk).update(url=tagged, decided_by=make_access().user_id)
        services.read_release(release_id=link.release_id, is_quick_only=True)
        assert ("deezer", "https://www.deezer.com/album/5", False) in shown(link)


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
def test_two_workers_that_hear_the_same_no_make_one_of_it(checker: StandInChecker, advance: Advance) -> None:
    addresses = [Address(f"https://www.deezer.com/album/{number}", "deezer") for number in range(20)]
    checker.says = {address.url: GONE for address in addresses}
    meet = threading.Barrier(2, timeout=10)

    def work(order: int) -> None:
        meet.wait()
        services.check_addresses(addresses=addresses[::order], not_since=timedelta())

    for expected in (Health.SUSPECTED, Health.DEAD):
        at_once(lambda: work(1), lambda: work(-1))
        assert {status_of(address.url) for address in addresses} == {expected}
        advance(SURE_AFTER)
    assert Transition.objects.filter(machine="catalog.link_health").count() == 40


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_late_does_not_undo_a_newer_one(checker: StandInChecker, advance: Advance) -> None:
    """A worker asks, hangs for a day, and another one hears in the meantime that the page is back."""
    checker.says[DEEZER.url] = GONE
    check()
    advance(SURE_AFTER)

    def yes_in_between() -> None:
        checker.meanwhile = lambda: None
        checker.says[DEEZER.url] = ALIVE
        at_once(check)
        checker.says[DEEZER.url] = GONE

    checker.meanwhile = yes_in_between
    check()
    # Both answers are of the same instant here; the later one is a first no again, never the second.
    assert status_of() is Health.SUSPECTED


@pytest.mark.django_db(transaction=True)
def test_a_refresh_that_changes_the_address_during_a_look_is_not_undone(
    checker: StandInChecker, advance: Advance, drain_jobs: Callable[..., list[str]]
) -> None:
    with world() as outside:
        link = page_of(outside)
        die(checker, advance, "https://www.deezer.com/album/other")
        checker.says[link.url] = GONE
        check(Address(link.url, "deezer"))
        advance(SURE_AFTER)

        def refresh() -> None:
            checker.meanwhile = lambda: None
            outside.deezer.answer = lambda _: (
                FoundLink("deezer", "https://www.deezer.com/album/777", Confidence.EXACT),
            )
            ServiceLink.objects.filter(pk=link.pk).update(url="https://www.deezer.com/album/777")

        checker.meanwhile = lambda: at_once(refresh)
        check(Address(link.url, "deezer"))
        drain_jobs()
        assert status_of(link.url) is Health.DEAD
        assert ("deezer", "https://www.deezer.com/album/777", False) in shown(link)
