"""The four looks of a page: each whole, light, readable and kept to its own bytes, whatever stands on it."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import product

import brotli
import pytest
from msgspec.structs import replace
from tests.factories.pages import hub, playlist, release, services, tracks
from tests.play.test_render import check

from backline.contract.pages import THEMES, Artwork, PublishedPage, Service, SubLink, ThemeId, Video
from backline.contract.services import SERVICES
from backline.links.types import Theme
from backline.play import locales
from backline.play.looks import LOOKS, css, own_css
from backline.play.render import content_security_policy, render, render_words, variant_for, words_policy

POSTER = Artwork("2" * 32 + ".jpg", 640, 360)
LINKS = (
    SubLink("tickets", "https://tour.example/x", "On tour"),
    SubLink("merch", "https://www.shop.example/x"),
    SubLink("instagram", "https://instagram.com/x"),
    SubLink("other", "https://zine.example/x"),
)
FULL = {
    "palette": ("#ef7c66", "#1f2a6b", "#4fb3aa"),
    "accent": "#3355ff",
    "video": Video("dQw4w9WgXcQ", "Windfall", POSTER),
    "sub_links": LINKS,
    "description": "Written in an old packing shed by the river. " * 8,
}
PAGES = {
    "release": release(services=services(), tracks=tracks(20), total_tracks=20, **FULL),
    "playlist": playlist(services=services(), tracks=tracks(150), total_tracks=2_000, **FULL),
    "hub": hub(releases=5_000, genres=("indie folk",), **FULL | {"video": None}),
}


def made(page: PublishedPage, theme: str, *, query: str = "", locale: str = "en") -> str:
    page = replace(page, theme=theme)
    variant = variant_for(page, country="DE", query=query, locale=locale, languages=locales.ALL)
    return render(page, variant).decode()


def policy_of(page: PublishedPage) -> str:
    return content_security_policy(page, variant_for(page, country="DE"))


@pytest.mark.req("SL-28")
def test_there_are_four_themes_and_each_has_a_look() -> None:
    assert set(THEMES) == set(LOOKS) == set(Theme.values) == {"classic", "brutalist", "aurora", "cinematic"}


@pytest.mark.req("SL-28")
def test_themes_differ_in_layout_and_share_their_words() -> None:
    for page in PAGES.values():
        shown = {theme: made(page, theme) for theme in THEMES}
        layouts = {re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL) for html in shown.values()}
        assert len(layouts) == len(THEMES)
        assert len({re.sub(r"<script.*", "", html, flags=re.DOTALL) for html in shown.values()}) == len(THEMES)
        for html in shown.values():
            assert page.artist_name in html
            assert 'id="services"' in html


def test_a_theme_that_is_not_known_looks_classic() -> None:
    page = replace(release(), theme="vapour")
    assert made(release(), "vapour") == made(release(), "classic")
    assert policy_of(page) == policy_of(release())


@pytest.mark.parametrize(("theme", "kind"), list(product(THEMES, PAGES)))
def test_a_page_weighs_at_most_14_kib_and_asks_for_nothing_but_its_pictures(theme: ThemeId, kind: str) -> None:
    html = made(PAGES[kind], theme)
    check(html.encode())
    assert len(brotli.compress(html.encode(), quality=5)) <= 14 * 1024
    assert re.findall(r'<link rel="(?:stylesheet|preload)|<iframe|<script src|@import|url\(', html) == []
    pictures = re.findall(r"<img [^>]*>", html)
    assert all(re.search(r'src="/(art/|ines-tallow/[a-z-]+/qr\.svg)', picture) for picture in pictures)
    assert len([picture for picture in pictures if 'loading="lazy"' not in picture]) == 1


@pytest.mark.parametrize(("theme", "kind"), list(product(THEMES, PAGES)))
def test_the_policy_names_every_style_and_script_of_the_page(theme: ThemeId, kind: str) -> None:
    page = replace(PAGES[kind], theme=theme)
    html, policy = made(page, theme), policy_of(page)
    for tag in ("style", "script"):
        allowed = re.search(rf"{tag}-src ([^;]*)", policy)
        found = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found]
        assert allowed is not None
        assert allowed[1].split() == (hashes or ["'none'"])
    assert html.count("<style>") == 2
    assert ("frame-src https://www.youtube-nocookie.com;" in policy) == (page.video is not None)
    assert f"form-action {chr(39)}{'self' if kind == 'hub' else 'none'}{chr(39)}" in policy


def test_a_page_without_a_film_may_frame_nobody_and_a_short_hub_may_ask_nobody() -> None:
    assert "frame-src" not in policy_of(release())
    assert "form-action 'none'" in policy_of(hub(releases=3))
    for theme in THEMES:
        text = render_words(heading="Gone", paragraphs=("It was public once.",), locale="en", theme=theme).decode()
        style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
        assert style is not None
        assert base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode() in words_policy(theme)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("count", [0, 1, 8, 40])
def test_any_number_of_services_stands_in_order_with_its_own_capitals(theme: ThemeId, count: int) -> None:
    slugs = list(SERVICES)[:count]
    page = release(
        theme=theme,
        services=tuple(Service(slug, f"https://{SERVICES[slug].hosts[0]}/x") for slug in slugs),
        order="fixed",
        fixed_order=tuple(slugs),
    )
    html = made(page, theme)
    check(html.encode())
    assert re.findall(r'<a class="svc"[^>]*><b>([^<]*)', html) == [SERVICES[slug].name for slug in slugs]
    assert html.count('class="first"') == (1 if count else 0)
    assert ('<details class="more">' in html) == (count > 8)


def test_no_theme_touches_the_capitals_of_a_service_or_what_lies_over_a_cover() -> None:
    for theme in THEMES:
        rules = re.findall(r"([^{}]+)\{([^{}]*)\}", css(theme))
        assert [
            place for place, rule in rules if "text-transform" in rule and ("svc" in place or "body" in place)
        ] == []
        pictures = [rule for place, rule in rules if re.search(r"\.art\b|\.video img|\.rows img", place)]
        assert pictures
        assert not any(word in rule for rule in pictures for word in ("filter", "opacity", "radius", "cover", "blend"))


ODD = {
    "long": "The Weight of Every Small Boat That Ever Left a Harbour" + " and Never Came Back In" * 3,
    "rtl": "رسائل من البستان",
    "japanese": "夜明けの窓から見えるもの、そして歌",
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("title", ODD.values(), ids=ODD)
def test_a_title_is_set_in_its_own_language_and_direction(theme: ThemeId, title: str) -> None:
    for page in (release(title=title), playlist(title=title), hub(artist_name=title)):
        for locale in ("en", "ja"):
            html = made(page, theme, locale=locale)
            check(html.encode())
            mark = {"rtl": r' lang="ar" dir="rtl"', "japanese": "" if locale == "ja" else ' lang="ja"'}
            kind = next(name for name, text in ODD.items() if text == title)
            assert re.search(rf'<h1 class="title" data-fit="[smlx]+"{mark.get(kind, "")}[^>]*>', html)


@pytest.mark.parametrize("theme", THEMES)
def test_without_cover_film_tracks_links_and_words_nothing_is_left_of_them(theme: ThemeId) -> None:
    html = made(release(artwork=None, tracks=(), total_tracks=0, released=""), theme)
    main = html[html.index("<main") : html.index("</main>")]
    check(html.encode())
    for trace in ('class="art"', "video", "tracks", "links", "about", "cast", "<time"):
        assert trace not in main, trace


@pytest.mark.req("SL-28")
def test_a_page_brings_the_colours_of_its_cover_and_the_artists_own() -> None:
    wish = {"accent": "#000000", "palette": ("#ef7c66",)}
    assert own_css(LOOKS["classic"], release()) == ""
    assert own_css(LOOKS["classic"], release(**wish)) == ":root{--acc:#000000;--on-acc:#ffffff}"
    assert re.findall(r"--([\w-]+):", own_css(LOOKS["aurora"], release(**wish))) == ["acc", "on-acc", "f1", "f2", "f3"]
    assert re.findall(r"--([\w-]+):", own_css(LOOKS["cinematic"], release(**wish))) == ["acc", "on-acc", "bar"]
    assert own_css(LOOKS["aurora"], release(accent="red;}", palette=("</style>",))) == ""


@pytest.mark.parametrize("theme", THEMES)
def test_the_artists_line_stands_between_the_title_and_the_services(theme: ThemeId) -> None:
    html = made(PAGES["release"], theme)
    assert html.count('class="about"') == 1
    assert html.index('class="title"') < html.index('class="about"') < html.index('class="services"')


def test_a_long_word_of_a_known_language_is_hyphenated_except_on_the_poster() -> None:
    for theme in THEMES:
        rules = re.findall(r"([^{}]+)\{([^{}]*)\}", css(theme))
        assert [place for place, rule in rules if "hyphens: auto" in rule] == [":is(.title,.h2)[lang]"]
        never = [place for place, rule in rules if "hyphens: none" in rule]
        assert never == ([".title", ".h2"] if theme == "brutalist" else [])


def test_cinematic_presents_a_release_and_gives_a_playlist_its_cast() -> None:
    presented = made(release(), "cinematic", locale="de")
    assert re.search(r'<p class="artist"><a href="/ines-tallow">Ines Tallow</a> präsentiert</p>', presented)
    chosen = made(PAGES["playlist"], "cinematic")
    assert re.search(r'<p class="artist"><a href="/ines-tallow">Ines Tallow</a> selects</p>', chosen)
    assert chosen.count("<li><bdi>Half the Rows, Part") == 150
    assert '<details class="tracks">' not in chosen
    assert "In order of appearance" in chosen


@pytest.mark.parametrize("theme", THEMES)
def test_links_are_named_by_the_artist_by_their_kind_or_by_their_host(theme: ThemeId) -> None:
    for kind in ("release", "hub"):
        html = made(PAGES[kind], theme)
        nav = html[html.index('<nav class="links"') :]
        rows = re.findall(r'<a href="([^"]+)"><b>([^<]*)</b>(?: <span>([^<]*)</span>)?</a>', nav)
        path = PAGES[kind].path
        assert rows == [
            (f"/{path}/out/1", "On tour", "Tickets"),
            (f"/{path}/out/2", "Shop", "shop.example"),
            (f"/{path}/out/3", "Instagram", ""),
            (f"/{path}/out/4", "zine.example", ""),
        ]
        assert 'aria-label="More from Ines Tallow"' in nav


@pytest.mark.req("SL-29")
@pytest.mark.parametrize("theme", THEMES)
def test_a_film_is_a_link_beside_a_still_of_ours_until_it_is_asked_for(theme: ThemeId) -> None:
    html = made(PAGES["release"], theme)
    film = re.search(r'<a class="video" id="video" href="([^"]+)" data-film="([^"]+)">(.*?)</a>', html, re.DOTALL)
    assert film is not None
    assert film[1] == "/ines-tallow/letters/video"
    assert f'src="/art/{POSTER.key}" width="640" height="360" loading="lazy" alt="Still from Windfall"' in film[3]
    assert "Play video" in film[3]
    assert "<iframe" not in html
    assert 'href="https://www.youtube' not in html
    assert 'src="https://www.youtube' not in html


def test_what_to_do_inside_an_app_is_there_for_the_script_and_hidden_from_everybody_else() -> None:
    html = made(release(), "classic")
    assert re.findall(r'data-app="(\w+)" hidden', html) == list(locales.WORDS["en"].in_app)


def test_a_hub_of_more_than_a_page_can_be_searched_without_script() -> None:
    page = hub(releases=5_000)
    assert '<form class="search" action="/ines-tallow" role="search">' in made(page, "classic")
    assert "<form" not in made(hub(releases=21), "classic")
    for theme in THEMES:
        html = made(page, theme, query="  RELEASE 49 ")
        check(html.encode())
        assert html.count('<li><a href="/ines-tallow/release-') == 40
        assert f"{sum('49' in str(number) for number in range(5_000))} releases found" in html
        assert "The first 40 are shown." in html
        assert 'value="RELEASE 49"' in html
        assert '<meta name="robots" content="noindex">' in html
        assert 'class="lead"' not in html
        assert "Newest releases" in html
    nothing = made(page, "aurora", query="<b>nowhere")
    check(nothing.encode())
    assert "No release has that in its title." in nothing
    assert 'value="&lt;b&gt;nowhere"' in nothing


@pytest.mark.parametrize("query", ["beyonce", "BEYONCÉ", "ﾄﾞﾗｲﾌﾞ", "songs éÉ", "２０２４"])
def test_a_search_looks_past_case_accents_and_the_width_of_letters(query: str) -> None:
    items = hub(releases=30).items
    titles = ("Homage to Beyoncé", "ドライブ", "Éé Songs", "Live 2024")
    named = tuple(replace(item, title=title) for item, title in zip(items, titles, strict=False))
    html = made(hub(items=(*named, *items[4:])), "classic", query=query)
    assert "1 release found" in html
