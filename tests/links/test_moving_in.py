"""Pages from other services: made up by hand, no page of anybody's."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.factories.pages_now import page_at, redirect_at
from tests.factories.stand_ins import found_release, found_tracks, world

from backline.accounts.selectors import artist_identity
from backline.accounts.types import ArtistAccess
from backline.contract.pages import PublishedPage
from backline.core.errors import Rejected
from backline.links import old_pages, services
from backline.links.models import LinkSlug, ServiceEdit, SmartLink
from backline.links.old_pages import OldPage
from backline.links.services.moving_in import UNMATCHED, TakenOver

pytestmark = pytest.mark.django_db
HEAD = "Title,URL,UPC,ISRC,Spotify,Apple Music,Tidal,Shop,Tickets\n"
SHOP = "https://ines.bigcartel.com/vinyl"
TICKETS = "https://dice.fm/event/1"
TIDAL = "https://tidal.com/browse/album/80000001"
PAGE = """<!doctype html><html><head><meta property="og:title" content="Letters &amp; Tides">
<link rel="canonical" href="https://ines.lnk.to/old-letters"></head><body>
<a href="https://ines.lnk.to/privacy">Privacy</a><a href="{shop}?utm_source=linkfire">Vinyl</a>
<a href="https://somewhere.example/x">Elsewhere</a><a href="https://[broken">Broken</a>
<script type="application/json">{{"release": {{"upc": "{upc}", "services": [
{{"name": "tidal", "url": "{tidal}?utm_campaign=lf"}}, {{"url": "https://music.apple.com/us/album/1440000001?at=1000lXyz&itsct=lf"}},
{{"picture": "https://cdn.example/cover.jpg"}}]}}}}</script></body></html>"""


@pytest.fixture(autouse=True)
def _source() -> Iterator[None]:
    with world():
        yield


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.fixture
def link(access: ArtistAccess) -> SmartLink:
    return make_link(access, found=found_release(1, title="Letters", upc="195555000017", tracks=found_tracks(1)))


def page_at_of(link: SmartLink) -> PublishedPage:
    return page_at(f"{artist_identity(artist_id=link.artist_id).slug}/{link.slug}")


def test_a_table_keeps_old_addresses_and_adds_what_is_lacking(access: ArtistAccess, link: SmartLink) -> None:
    artist = page_at_of(link).artist_slug
    before = {service.service: service.url for service in page_at_of(link).services}
    table = f"{HEAD}Letters,https://ines.lnk.to/Old-Letters,0195555000017,,https://open.spotify.com/album/x,,{TIDAL}?utm_source=lf,{SHOP},{TICKETS}\n"
    (taken,) = services.take_over(access, old_pages.read(table.encode(), "linkfire"))
    assert taken == TakenOver("Letters", link.slug, "old-letters", ("tidal", SHOP, TICKETS))
    assert redirect_at(f"{artist}/old-letters") == f"{artist}/{link.slug}"
    page = page_at_of(link)
    assert {service.service: service.url for service in page.services} == before | {"tidal": TIDAL}
    assert [(sub.kind, sub.url) for sub in page.sub_links] == [("merch", SHOP), ("tickets", TICKETS)]
    assert services.take_over(access, old_pages.read(table.encode())) == (TakenOver("Letters", link.slug),)


def test_a_saved_page_is_read_and_foreign_tokens_are_taken_off(access: ArtistAccess, link: SmartLink) -> None:
    html = PAGE.format(shop=SHOP, tidal=TIDAL, upc="195555000017")
    (taken,) = services.take_over(access, old_pages.read(html.encode(), "linkfire"))
    assert taken == TakenOver(
        "Letters & Tides",
        link.slug,
        "old-letters",
        ("tidal", "apple-music", SHOP),
        ("somewhere.example: This is no music service, shop or ticket seller that is known here.",),
    )
    urls = {service.service: service.url for service in page_at_of(link).services}
    assert urls["tidal"] == TIDAL
    assert urls["apple-music"] == "https://music.apple.com/us/album/1440000001"


def test_a_dry_run_says_the_same_and_changes_nothing(access: ArtistAccess, link: SmartLink) -> None:
    pages = old_pages.read(PAGE.format(shop=SHOP, tidal=TIDAL, upc="195555000017").encode())
    before = page_at_of(link)
    planned = services.take_over(access, pages, is_dry=True)
    assert page_at_of(link) == before
    assert LinkSlug.objects.filter(slug="old-letters").count() == 0
    assert services.take_over(access, pages) == planned


def test_what_the_artist_said_stands(access: ArtistAccess, link: SmartLink) -> None:
    services.hide_service(access, link_id=link.pk, service="tidal")
    (taken,) = services.take_over(access, [OldPage(codes=("195555000017",), urls=(TIDAL,))])
    assert taken.added == ()
    assert ServiceEdit.objects.get(link=link).is_hidden


def test_a_spotify_address_names_the_page_and_two_name_none(access: ArtistAccess, link: SmartLink) -> None:
    other = make_link(access, found=found_release(2, title="Windfall"))
    here, there = (
        next(service.url for service in page_at_of(one).services if service.service == "spotify")
        for one in (link, other)
    )
    assert services.take_over(access, [OldPage(urls=(f"{here}?si=1",))])[0].link == link.slug
    (taken,) = services.take_over(access, [OldPage(slug="both", urls=(here, there))])
    assert taken.link == ""
    assert "letters, windfall" in taken.refused[0]
    assert LinkSlug.objects.filter(slug="both").count() == 0


def test_what_names_no_release_of_this_artist_is_reported(access: ArtistAccess, link: SmartLink) -> None:
    foreign = make_link(found=found_release(3, upc="195555000024"))
    for page in (
        OldPage("Nothing"),
        OldPage("Nothing", codes=("195555000024", "no code")),
        OldPage("Nothing", urls=(TIDAL,)),
    ):
        assert services.take_over(access, [page]) == (TakenOver("Nothing", refused=(UNMATCHED,)),)
    assert not ServiceEdit.objects.filter(link__in=(link, foreign)).exists()


@pytest.mark.parametrize("slug", ["go", "old_letters", "ä", "x" * 81, "../up"])
def test_an_old_address_that_cannot_be_kept_is_said(access: ArtistAccess, link: SmartLink, slug: str) -> None:
    (taken,) = services.take_over(access, [OldPage(slug=slug, codes=("195555000017",))])
    assert taken.redirect == ""
    assert taken.refused[0].startswith(f"The old address “{slug[:80]}” is not kept: ")


def test_the_address_of_another_link_stays_its_own(access: ArtistAccess, link: SmartLink) -> None:
    make_link(access, found=found_release(2, title="Windfall"))
    (taken,) = services.take_over(access, [OldPage(slug="windfall", codes=("195555000017",))])
    assert (taken.redirect, len(taken.refused)) == ("", 1)
    assert "another link of the artist has it" in taken.refused[0]
    (same,) = services.take_over(access, [OldPage(slug=link.slug, codes=("195555000017",))])
    assert (same.redirect, same.refused) == ("", ())


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://tidal.com@evil.example/x", "https://tidal.com.evil.example/x", "https://[x"]
)
def test_no_address_gets_in_that_could_not_be_typed(access: ArtistAccess, link: SmartLink, url: str) -> None:
    data = f"UPC,Tidal\n195555000017,{url}\n".encode()
    assert services.take_over(access, old_pages.read(data))[0].added == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "has to name its columns"),
        (b"a,b\n1,2\n", "has to name its columns"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b'url,upc\n"open', "cannot be read as CSV"),
        (b"url\n" + b"a\n" * 5001, "more than 5,000 rows"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
    ids=["nothing", "other columns", "no text", "open quote", "too many", "too large"],
)
def test_a_file_that_is_none_is_refused_with_the_fix(data: bytes, said: str) -> None:
    with pytest.raises(Rejected, match=said):
        old_pages.read(data)


def test_tables_of_other_tools_are_understood() -> None:
    assert old_pages.read("\ufeffSlug;ISRC\r\nmine;QZ-ABC-26-00001\r\n;\r\n".encode()) == (
        OldPage(slug="mine", codes=("QZ-ABC-26-00001",)),
    )
    assert old_pages.read(b"Link\tUPC\nffm.to/Mine?x=1\t1\n")[0].slug == "Mine"
    deep = b'<a href="https://ffm.to/x"><script type="application/json">' + b"[" * 100_000 + b"</script>"
    assert old_pages.read(deep) == (OldPage(),)


@pytest.mark.django_db(transaction=True)
def test_the_same_list_twice_at_once_is_taken_once(access: ArtistAccess, link: SmartLink) -> None:
    pages = [OldPage(slug=f"old-{number}", codes=("195555000017",), urls=(TIDAL, SHOP)) for number in range(5)]
    taken: list[TakenOver] = []

    def take() -> None:
        try:
            taken.extend(services.take_over(access, pages))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(one.redirect for one in taken if one.redirect) == [f"old-{number}" for number in range(5)]
    assert sorted(added for one in taken for added in one.added) == [SHOP, "tidal"]
    assert LinkSlug.objects.filter(link=link).count() == 6
