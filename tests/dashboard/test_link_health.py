"""What an artist is told of addresses that do not answer any more, and what they do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from tests.factories.accounts import make_member
from tests.factories.dashboards import Studio, signed_in
from tests.factories.link_health import ALIVE, GONE, UNKNOWN, checking
from tests.factories.stand_ins import StandInLinks, world
from tests.plugins.jobs import DrainJobs

from backline.catalog import services as catalog
from backline.catalog.types import Address, Look
from backline.core import clock
from backline.links import services as links
from backline.settings.environment import Environment

DEEZER = "https://www.deezer.com/album/940000000001"
SHOP = "https://halla.example/shop"

Ask = Callable[..., None]


@pytest.fixture
def page(filled: Studio, events: Environment) -> str:
    return f"links/{filled.link_id('Harbour Night 1')}/"


@pytest.fixture
def ask(drain_jobs: DrainJobs) -> Ask:
    """Return a function that has addresses say something, once for each word, a day apart, the last one now."""

    def say(url: str, *looks: Look) -> None:
        with checking() as checker, world(deezer=StandInLinks(answer=lambda _: ())):
            for ago, look in zip(range(len(looks) - 1, -1, -1), looks, strict=True):
                checker.says[url] = look
                with clock.frozen(clock.now() - timedelta(days=ago)):
                    catalog.check_addresses(addresses=[Address(url, "deezer")], not_since=timedelta())
                    drain_jobs()

    return say


def row(studio: Studio, page: str, service: str) -> str:
    """Return the words of a service's row."""
    html = studio.page(page)
    found = re.search(rf'<li class="service[^>]*id="service-{service}".*?</li>', html, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0].split('class="service__tools"')[0]))


def test_a_row_says_how_its_address_answered(filled: Studio, page: str, ask: Ask) -> None:
    assert "Checked" not in row(filled, page, "deezer")
    ask(DEEZER, ALIVE)
    assert "Checked today, " in row(filled, page, "deezer")
    ask(DEEZER, UNKNOWN)
    assert "it did not say." in row(filled, page, "deezer")
    ask(DEEZER, GONE)
    assert "Gone when asked today, " in row(filled, page, "deezer")
    assert "It stays on the page; we ask again at night." in row(filled, page, "deezer")


def test_a_row_that_nobody_lets_us_look_at_says_so(filled: Studio, page: str, ask: Ask) -> None:
    ask(DEEZER, UNKNOWN)
    assert "it does not let us look, which says nothing against it." in row(filled, page, "deezer")


def test_a_found_address_that_is_dead_is_left_off_and_nobody_is_bothered(filled: Studio, page: str, ask: Ask) -> None:
    ask(DEEZER, GONE, GONE)
    assert "Left off the page until it answers again." in row(filled, page, "deezer")
    assert ">1 shown<" in filled.page(page)
    assert "Keep it as it is" not in row(filled, page, "deezer")
    assert "leads nowhere" not in filled.page()


def test_an_own_address_that_is_dead_is_named_with_the_way_on(filled: Studio, page: str, ask: Ask) -> None:
    links.edit_service(filled.access, link_id=filled.link_id("Harbour Night 1"), service="other", url=SHOP)
    ask(SHOP, GONE, GONE)
    html = filled.page()
    assert "An address of yours leads nowhere" in html
    assert "Other 1 on “Harbour Night 1” said twice that nothing is there." in html
    way = re.search(r'href="([^"]*\?fix=other-1#service-other-1)">Fix or keep<', html)
    assert way is not None
    assert "Fans still get it, because it is yours: fix or keep it." in row(filled, page, "other-1")
    assert filled.client.get(way[1]).status_code == 200
    answer = filled.client.post(filled.url(f"{page}services/other-1/keep/"), {"territory": ""}, follow=True)
    assert "Your address stays as it is." in answer.content.decode()
    assert "You keep it, so fans still get it." in row(filled, page, "other-1")
    assert "leads nowhere" not in filled.page()


def test_many_own_addresses_are_one_need_that_leads_to_the_first(filled: Studio, page: str, ask: Ask) -> None:
    for number in (1, 2):
        link_id = filled.link_id(f"Harbour Night {number}")
        links.edit_service(filled.access, link_id=link_id, service="other", url=f"{SHOP}/{number}")
        ask(f"{SHOP}/{number}", GONE, GONE)
    html = filled.page()
    assert "Two addresses of yours lead nowhere" in html
    assert "Other 1 on “Harbour Night 1” is the first." in html


def test_the_services_are_asked_on_demand(filled: Studio, page: str, drain_jobs: DrainJobs) -> None:
    assert "Check now" in filled.page(page)
    with checking() as checker:
        answer = filled.client.post(filled.url(f"{page}check/"), follow=True)
        assert "The services are being asked." in answer.content.decode()
        drain_jobs()
        assert DEEZER in checker.asked
    assert "Checked today, " in row(filled, page, "deezer")
    links.unpublish(filled.access, link_id=filled.link_id("Harbour Night 1"))
    assert "Check now" not in filled.page(page)
    answer = filled.client.post(filled.url(f"{page}check/"), follow=True)
    assert "Publish it first." in answer.content.decode()


def test_a_viewer_reads_and_changes_nothing(filled: Studio, page: str, ask: Ask) -> None:
    links.edit_service(filled.access, link_id=filled.link_id("Harbour Night 1"), service="other", url=SHOP)
    ask(SHOP, GONE, GONE)
    viewer: Client = signed_in(make_member(filled.artist))
    html = viewer.get(filled.url(page)).content.decode()
    assert "because it is yours" in html
    assert "Keep it as it is" not in html
    assert "Check now" not in html
    for act in ("check/", "services/other-1/keep/"):
        assert viewer.post(filled.url(f"{page}{act}")).status_code == 403
