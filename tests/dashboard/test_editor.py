"""The editor's forms: what is chosen is saved over what was read; what is refused or too late stays as it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.factories.dashboards import Studio
from tests.factories.read_html import value_of
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import Role
from backline.contract.services import SERVICES
from backline.core import clock
from backline.core.errors import RetryLater
from backline.links import selectors
from backline.links import services as links
from backline.links.models import SmartLink
from backline.links.ports import Poster, video_sources
from backline.links.types import LinkDetail, RenderState, SubLinkFacts
from backline.settings import environment
from backline.settings.environment import Environment

SHOP = SubLinkFacts("merch", "https://halla.example/shop", "Vinyl")
INSTAGRAM = SubLinkFacts("instagram", "https://instagram.com/halla", "")


@pytest.fixture
def page(filled: Studio, events: Environment) -> str:
    return f"links/{filled.link_id('Harbour Night 1')}/"


def link_id_in(page: str) -> Any:
    return page.split("/")[1]


def detail(studio: Studio, page: str) -> LinkDetail:
    return selectors.link_detail(studio.access, link_id=link_id_in(page))


def seen(studio: Studio, page: str) -> str:
    if page == "links/settings/":
        return selectors.artist_link_settings(studio.access).updated_at.isoformat()
    return detail(studio, page).row.updated_at.isoformat()


def post(studio: Studio, page: str, part: str, **values: str | list[str]) -> Any:
    """Post a part of the page as it is now and follow the answer."""
    return studio.client.post(studio.url(f"{page}{part}/"), {"seen": seen(studio, page), **values}, follow=True)


def saved(studio: Studio, page: str, part: str, **values: str | list[str]) -> str:
    answer = post(studio, page, part, **values)
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def undo_in(html: str) -> tuple[str, dict[str, str]]:
    form = re.search(r'<form method="post" action="([^"]+)">((?:<input[^>]*>)*)<button class="toast__action"', html)
    assert form is not None
    return form[1], dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[2]))


def change_elsewhere(studio: Studio, page: str) -> None:
    """Have somebody else change the link (or the settings) a minute from now."""
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        if page == "links/settings/":
            links.set_order(studio.access, mode="fixed", fixed_order=["tidal"])
        else:
            links.hide_service(studio.access, link_id=link_id_in(page), service="spotify")


TOO_LATE: list[tuple[str, dict[str, str | list[str]], str]] = [
    ("text", {"title": "Mine", "description": "My line"}, 'value="Mine"'),
    ("look", {"theme": "aurora", "accent": "tomato"}, 'value="aurora" data-preview checked'),
    ("video", {"url": "https://youtu.be/dQw4w9WgXcQ"}, 'value="https://youtu.be/dQw4w9WgXcQ"'),
    ("links", {"kind": ["merch"], "url": ["https://mine.example/"], "label": ["Mine"]}, "https://mine.example/"),
    ("address", {"slug": "mine"}, 'value="mine"'),
    ("services", {"url": "https://tidal.com/album/7"}, 'value="https://tidal.com/album/7"'),
    ("services/deezer", {"url": "https://www.deezer.com/album/7"}, 'value="https://www.deezer.com/album/7"'),
    ("order", {"order": ["deezer", "spotify"]}, "The order there now is Spotify, Deezer."),
    ("services/deezer/shown", {}, "nothing was saved"),
    ("services/deezer/reset", {}, "nothing was saved"),
]


class _Films:
    """A stand-in for YouTube."""

    trouble: Exception | None = None

    def title(self, video_id: str) -> str:
        if self.trouble:
            raise self.trouble
        return f"Film {video_id}"

    def poster(self, video_id: str) -> Poster | None:
        return None


@pytest.fixture(autouse=True)
def films() -> Iterator[_Films]:
    made = _Films()
    with video_sources.holding(youtube=made):
        yield made


@pytest.mark.req("R5")
@pytest.mark.parametrize(("part", "values", "kept"), TOO_LATE, ids=[part for part, _, _ in TOO_LATE])
def test_what_comes_too_late_is_told_and_kept_and_not_saved(
    filled: Studio, page: str, part: str, values: dict[str, str | list[str]], kept: str
) -> None:
    before = seen(filled, page)
    change_elsewhere(filled, page)
    as_it_is = detail(filled, page)
    answer = filled.client.post(filled.url(f"{page}{part}/"), {"seen": before, **values})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "This changed while you were working on it" in html
    assert kept in html
    assert detail(filled, page) == as_it_is
    assert f'name="seen" value="{as_it_is.row.updated_at.isoformat()}"' in html, "saving again puts it in its place"


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-13-45", "2026-03-10T12:00:00"])
def test_a_form_that_does_not_say_what_was_read_is_not_saved(filled: Studio, page: str, moment: str) -> None:
    answer = filled.client.post(filled.url(f"{page}text/"), {"seen": moment, "title": "Mine", "description": ""})
    assert answer.status_code == 409
    assert value_of(answer.content.decode(), "id_title") == "Mine"
    assert detail(filled, page).own_title == ""


@pytest.mark.parametrize(
    ("part", "values", "kept"),
    [
        ("look", {"theme": "cinematic", "accent": "tomato"}, "The theme there now is Classic"),
        ("bio", {"bio": "My words"}, "My words</textarea>"),
        ("links", {"kind": ["merch"], "url": ["https://mine.example/"], "label": [""]}, "https://mine.example/"),
        ("order", {"mode": "fixed", "order": ["deezer", "melon"]}, "The order there now is TIDAL."),
    ],
)
def test_settings_that_come_too_late_are_told_and_kept(
    filled: Studio, events: Environment, part: str, values: dict[str, Any], kept: str
) -> None:
    before = seen(filled, "links/settings/")
    change_elsewhere(filled, "links/settings/")
    as_they_are = selectors.artist_link_settings(filled.access)
    answer = filled.client.post(filled.url(f"links/settings/{part}/"), {"seen": before, **values})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "This changed while you were working on it" in html
    assert kept in html
    assert selectors.artist_link_settings(filled.access) == as_they_are


def test_the_words_of_a_page(filled: Studio, page: str) -> None:
    html = saved(filled, page, "text", title="Hafennacht", description="Out now.")
    assert "Spotify says <bdi>“Harbour Night 1”</bdi>. Yours stands instead" in html
    assert '<h1 class="page-header__title" id="link-title"><bdi>Hafennacht</bdi></h1>' in html
    assert "Hafennacht" in filled.page("links/")
    html = saved(filled, page, "text", title="", description="")
    assert "While this is empty, the page follows it." in html
    answer = post(filled, page, "text", title="x" * 201, description="")
    assert answer.status_code == 422
    assert value_of(answer.content.decode(), "id_title") == "x" * 201


@pytest.mark.req("SL-28")
def test_the_look_of_a_page_and_the_way_back(filled: Studio, page: str) -> None:
    html = saved(filled, page, "look", theme="aurora", accent="tomato")
    assert (detail(filled, page).theme, detail(filled, page).accent) == ("aurora", "#ff6347")
    assert value_of(html, "id_accent") == "#ff6347"
    url, fields = undo_in(html)
    filled.client.post(url, fields)
    assert (detail(filled, page).theme, detail(filled, page).accent) == ("", "")
    answer = post(filled, page, "look", theme="aurora", accent="greenish")
    assert answer.status_code == 422
    assert "This is no colour that we can read." in answer.content.decode()
    assert value_of(answer.content.decode(), "id_accent") == "greenish"
    assert detail(filled, page).theme == ""


def test_the_way_back_does_not_overwrite_either(filled: Studio, page: str) -> None:
    url, fields = undo_in(saved(filled, page, "look", theme="aurora", accent=""))
    change_elsewhere(filled, page)
    assert filled.client.post(url, fields).status_code == 409
    assert detail(filled, page).theme == "aurora"


@pytest.mark.req("SL-24", "SL-25")
def test_a_link_has_an_order_of_its_own_or_follows(filled: Studio, page: str) -> None:
    html = saved(filled, page, "order", order=["deezer", "spotify"])
    assert re.findall(r'<span class="service__name">([^<]+)', html)[:2] == ["Deezer", "Spotify"]
    assert "Every fan sees them in this order." in html
    html = saved(filled, page, "order", order=["deezer", "spotify"], move="down:deezer")
    assert "Deezer is moved." in html
    assert detail(filled, page).service_order == ("spotify", "deezer")
    html = saved(filled, page, "order", follow="")
    assert detail(filled, page).service_order == ()
    assert "Fans see them in the order of their country." in html


def test_the_film_of_a_page(filled: Studio, page: str, films: _Films, drain_jobs: DrainJobs) -> None:
    html = saved(filled, page, "video", url="https://youtu.be/dQw4w9WgXcQ")
    assert "“Film dQw4w9WgXcQ” is on the page." in html
    html = saved(filled, page, "video", remove="")
    assert detail(filled, page).video is None
    films.trouble = RetryLater("YouTube has a fault of its own just now.")
    url, fields = undo_in(html)
    html = filled.client.post(url, fields, follow=True).content.decode()
    assert "The video is kept. YouTube did not answer" in html
    assert "Kept, not on the page yet" in html
    films.trouble = None
    drain_jobs(hurry=True)
    assert "Film dQw4w9WgXcQ" in filled.page(page)
    answer = post(filled, page, "video", url="https://vimeo.com/7")
    assert answer.status_code == 422
    assert value_of(answer.content.decode(), "id_video_url") == "https://vimeo.com/7"


def rows(*links: SubLinkFacts) -> dict[str, list[str]]:
    """Return the form's columns, with the empty row at the end."""
    every = [*links, SubLinkFacts("", "", "")]
    return {name: [getattr(one, name) for one in every] for name in ("kind", "url", "label")}


@pytest.mark.parametrize("where", ["link", "hub"])
def test_further_links_are_added_moved_removed_and_put_back(filled: Studio, page: str, where: str) -> None:
    page = page if where == "link" else "links/settings/"

    def kept() -> list[SubLinkFacts]:
        if where == "hub":
            return list(selectors.artist_link_settings(filled.access).sub_links)
        return list(detail(filled, page).sub_links)

    saved(filled, page, "links", **rows(SHOP, INSTAGRAM))
    assert kept() == [SHOP, INSTAGRAM]
    saved(filled, page, "links", **rows(SHOP, INSTAGRAM), move="up:1")
    assert kept() == [INSTAGRAM, SHOP]
    html = saved(filled, page, "links", **rows(INSTAGRAM, SHOP), remove="0")
    assert kept() == [SHOP]
    url, fields = undo_in(html)
    filled.client.post(url, fields)
    assert kept() == [INSTAGRAM, SHOP]
    answer = post(filled, page, "links", **rows(INSTAGRAM, SubLinkFacts("tiktok", "https://evil.example/", "Me")))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "This does not lead to TikTok." in html
    assert value_of(html, "url-1") == "https://evil.example/"
    assert re.search(r'<input[^>]* id="url-1"[^>]* aria-invalid="true"', html)
    assert not re.search(r'<input[^>]* id="url-0"[^>]* aria-invalid="true"', html)
    assert kept() == [INSTAGRAM, SHOP]
    for nonsense in ("up:99", "down:-1", "sideways:0", "up:x", ""):
        saved(filled, page, "links", **rows(INSTAGRAM, SHOP), move=nonsense)
    assert sorted(kept(), key=lambda one: one.kind) == [INSTAGRAM, SHOP]


@pytest.fixture
def few_hosts(events: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the operator allow no host beside the known ones."""
    monkeypatch.setenv("BACKLINE_DESTINATION_HOSTS", "")
    environment.current.cache_clear()
    yield
    monkeypatch.undo()
    environment.current.cache_clear()


@pytest.mark.usefixtures("few_hosts")
@pytest.mark.parametrize("part", ["links", "services"])
def test_an_unknown_host_is_refused_with_a_mail_that_asks_for_it(filled: Studio, page: str, part: str) -> None:
    answer = post(filled, page, part, kind="", url="https://tickets.venue.test/7", label="")
    html = answer.content.decode()
    contact = environment.current().contact_email
    assert answer.status_code == 422
    assert (
        f'ask <a class="link" href="mailto:{contact}?subject=Please%20allow%20tickets.venue.test">{contact}</a>' in html
    )
    assert "to allow tickets.venue.test." in html


def test_a_thirteenth_link_is_refused_and_all_rows_stay(filled: Studio, page: str) -> None:
    many = [SubLinkFacts("website", f"https://halla.example/{number}", "") for number in range(13)]
    answer = post(filled, page, "links", **rows(*many))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "At most 12 links fit; these are 13." in html
    assert html.count('name="url" value="https://halla.example/') == 13


@pytest.mark.req("SL-28", "R5")
def test_a_new_look_of_all_pages_is_told_until_it_is_done(
    filled: Studio, events: Environment, drain_jobs: DrainJobs
) -> None:
    assert "made again" not in filled.page("links/settings/")
    html = saved(filled, "links/settings/", "look", theme="brutalist", accent="")
    assert "Your pages are being made again" in html
    assert "0 of 3 pages" in html
    assert "0 of 3 pages" in filled.page("links/settings/"), "a reload shows it too"

    def asked() -> str:
        answer = filled.client.get(filled.url("links/settings/progress/"), headers={"HX-Request": "true"})
        return str(answer.content.decode())

    assert 'hx-trigger="every 1s"' in asked()
    drain_jobs(hurry=True)
    assert "Your pages are made again" in asked()
    assert "hx-trigger" not in asked()
    assert "made again" not in filled.page("links/settings/")
    SmartLink.objects.filter(title="Harbour Night 2").update(render_state=RenderState.FAILED)
    html = filled.page("links/settings/")
    assert "1 page could not be made again" in html
    assert "Harbour Night 2" in html
    filled.client.post(filled.url("links/settings/publish/"))
    drain_jobs(hurry=True)
    assert "could not be made again" not in filled.page("links/settings/")


def test_the_preview_shows_what_is_typed_in_any_language(filled: Studio, page: str) -> None:
    typed = {
        "title": "夜の連絡船",
        "description": "ليل المرفأ " * 40,
        "theme": "brutalist",
        "accent": "tomato",
        "order": ["deezer", "spotify"],
        **rows(SHOP, SubLinkFacts("", "javascript:alert(1)", "")),
    }
    answer = filled.client.post(filled.url(f"{page}preview/"), typed)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "夜の連絡船" in html
    assert "ليل المرفأ" in html
    assert "javascript:alert" not in html
    assert html.index("/go/deezer") < html.index("/go/spotify")
    assert detail(filled, page).own_title == ""


def test_no_service_and_forty_services(filled: Studio, page: str) -> None:
    link = SmartLink.objects.get(pk=link_id_in(page))
    for slug in list(SERVICES)[:40]:
        host = SERVICES[slug].hosts[0]
        links.edit_service(filled.access, link_id=link.pk, service=slug, url=f"https://{host}/album/1")
    html = filled.page(page)
    assert html.count("data-grip") == 40
    other = filled.link_id("Harbour Night 2")
    SmartLink.objects.get(pk=other).release.service_links.all().delete()  # type: ignore[union-attr]
    assert "No service is found yet." in filled.page(f"links/{other}/")


@pytest.mark.parametrize("which", ["link", "settings"])
def test_a_viewer_reads_every_choice_and_presses_nothing(filled: Studio, page: str, which: str) -> None:
    saved(filled, page, "look", theme="aurora", accent="#112233")
    saved(filled, page, "links", **rows(SHOP, INSTAGRAM))
    saved(filled, page, "video", url="https://youtu.be/dQw4w9WgXcQ")
    saved(filled, "links/settings/", "bio", bio="Songs from the harbour.")
    saved(filled, "links/settings/", "links", **rows(INSTAGRAM))
    path = page if which == "link" else "links/settings/"
    html = filled.client_of(Role.VIEWER).get(filled.url(path)).content.decode()
    content = html[html.index('<main class="main"') : html.index("</main>")]
    shown = {
        "link": ["Aurora", "#112233", "Vinyl", "instagram.com/halla", "Film dQw4w9WgXcQ"],
        "settings": ["Songs from the harbour.", "instagram.com/halla", "Classic"],
    }[which]
    assert [one for one in shown if one not in content] == []
    assert 'method="post"' not in content
    assert "data-grip" not in content
