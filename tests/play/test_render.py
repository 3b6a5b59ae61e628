"""The page itself: well formed whatever the title, light, and set by rules."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser

import brotli
import pytest
from tests.factories.pages import hub, playlist, release, services, tracks

from backline.contract.pages import HubItem, PublishedPage, Service, Track
from backline.play.locales import WORDS
from backline.play.render import content_security_policy, render, variant_for
from backline.play.type_setting import direction_of, fit_of, language_of, name_fit

VOID = {"meta", "link", "img", "input", "br", "use", "path"}
ODD_TITLES = {
    "html": "<b>Bold</b> & <img src=x onerror=alert(1)>",
    "script": "</script><script>alert(1)</script>",
    "style": "</style></title><h1>",
    "quotes": "\"Quoted\" 'single' `tick`",
    "slots": "{title} {artist} {{ page }} {% raw %}",
    "arabic": "رسائل من البستان",
    "hebrew": "שיר 123 לילה",
    "japanese": "夜明けの窓から見えるもの",
    "korean": "밤의 노래",
    "mixed": "Live in كازابلانكا (2024)",
    "emoji": "\U0001f1e9\U0001f1ea\U0001f469\u200d\U0001f680 \U0001f3b5",
    "long": "x" * 500,
    "long words": "Letters from the Orchard " * 20,
    "controls": "a\u0000b\u202ec\u2028d",
    "nothing": "",
}


class _Checker(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.problems.append(f"double attribute in {tag}")
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if any(name.startswith("on") or name == "style" for name in names):
            self.problems.append(f"{tag} has {names}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> does not close")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def check(html: bytes) -> _Checker:
    checker = _Checker()
    checker.feed(html.decode())
    checker.close()
    assert checker.problems == []
    assert checker.open == []
    assert len(set(checker.ids)) == len(checker.ids)
    return checker


def _render(page: PublishedPage, *, country: str = "DE", locale: str = "en") -> bytes:
    return render(page, variant_for(page, country=country, locale=locale))


@pytest.mark.parametrize("title", ODD_TITLES.values(), ids=ODD_TITLES)
def test_any_title_makes_a_well_formed_page(title: str) -> None:
    song = Track(1, title, 200_000)
    item = HubItem(path="ines-tallow/x", title=title, release_type="album", released="2024-05")
    for page in (
        release(title=title, artist_name=title, description=title, tracks=(song, song), total_tracks=2),
        playlist(title=title, artist_name=title, description=title, tracks=(song,), total_tracks=1),
        hub(artist_name=title, description=title, items=(item, item)),
    ):
        checker = check(_render(page))
        if title.strip() and "\0" not in title:
            assert title in "".join(checker.words)
        assert checker.open == []


def test_a_page_is_the_same_for_the_same_arguments() -> None:
    assert _render(release()) == _render(release())


@pytest.mark.parametrize(
    ("page", "what"),
    [
        (release(services=services(), tracks=tracks(20), total_tracks=20, description="Ten songs. " * 40), "release"),
        (release(tracks=tracks(150), total_tracks=2_000), "long release"),
        (playlist(tracks=tracks(100), total_tracks=100), "playlist"),
        (hub(releases=2_000, description="Songs for small rooms. " * 20), "hub"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_page_with_its_css_and_script_weighs_at_most_14_kib(page: PublishedPage, what: str) -> None:
    html = _render(page)
    assert len(gzip.compress(html, 6)) <= 14 * 1024, what
    assert len(brotli.compress(html, quality=5)) <= 14 * 1024, what


def test_nothing_is_loaded_from_elsewhere() -> None:
    for page in (release(services=services()), playlist(), hub()):
        html = _render(page).decode()
        loaded = re.findall(r'(?:src|href)="([^"]+)"', re.sub(r"<link rel=\"(?:canonical|alternate)\"[^>]*>", "", html))
        assert {address for address in loaded if not address.startswith(("/", "#"))} == set()
        assert "@import" not in html
        assert "url(" not in html


def test_the_policy_allows_exactly_the_style_and_script_of_the_page() -> None:
    import base64
    import hashlib

    for page in (release(), playlist(), hub()):
        html = _render(page).decode()
        policy = content_security_policy(page, variant_for(page, country="DE"))
        for tag in ("style", "script"):
            for text in re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL):
                digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
                assert f"{tag}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize(
    ("title", "fit"),
    [
        ("Tides", "xs"),
        ("Letters from the Orchard", "s"),
        ("Yesterday", "m"),
        ("The Weight of Small Boats", "m"),
        ("Counterrevolution", "xl"),
        ("Instrumental", "l"),
        ("夜明けの窓", "xs"),
        ("夜明けの窓から見えるもの、そして歌", "m"),
        ("x" * 120, "xl"),
        ("x" * 161, "xxl"),
        ("a b " * 30, "xl"),
        ("", "xs"),
    ],
)
def test_the_size_of_a_title_follows_its_longest_word_and_its_length(title: str, fit: str) -> None:
    assert fit_of(title) == fit


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("Moth", "s"),
        ("Ines Tallow", "s"),
        ("Oleander Pike", "m"),
        ("Nachtwanderung", "xl"),
        ("Wanderlust", "l"),
        ("A Brass Band of Many", "m"),
        ("The Brass Band of Many Names", "l"),
        ("小林 遥", "s"),
    ],
)
def test_the_size_of_a_name_beside_its_cover_leaves_its_longest_word_whole(name: str, fit: str) -> None:
    assert name_fit(name) == fit


@pytest.mark.parametrize(
    ("text", "direction", "language"),
    [
        ("رسائل", "rtl", "ar"),
        ("שלום", "rtl", "he"),
        ("夜明けの窓", "ltr", "ja"),
        ("노래", "ltr", "ko"),
        ("夜明", "ltr", "zh"),
        ("Песня", "ltr", ""),
        ("Song", "ltr", ""),
        ("1984", "", ""),
        ("Live in كازا", "ltr", "ar"),
        ("\U0001f3b5", "", ""),
    ],
)
def test_titles_know_their_direction_and_language(text: str, direction: str, language: str) -> None:
    assert (direction_of(text), language_of(text)) == (direction, language)


def test_a_title_carries_its_language_and_direction() -> None:
    html = _render(release(title="رسائل من البستان", artist_name="夜明け")).decode()
    assert '<h1 class="title" data-fit="s" lang="ar" dir="rtl">' in html
    assert '<a href="/ines-tallow" lang="zh">夜明け</a>' not in html
    assert '<a href="/ines-tallow" lang="ja">夜明け</a>' in html


@pytest.mark.parametrize(
    ("released", "locale", "shown"),
    [
        ("2026-11-13", "en", "13 Nov 2026"),
        ("2026-11-13", "de", "13. Nov. 2026"),
        ("2026-11-13", "ja", "2026年11月13日"),
        ("2026-11", "fr", "nov. 2026"),
        ("2026", "es", "2026"),
        ("", "en", ""),
        ("soon", "en", ""),
        ("2026-13", "en", ""),
    ],
)
def test_dates_are_shown_with_the_precision_that_is_known(released: str, locale: str, shown: str) -> None:
    assert WORDS[locale].date(released) == shown


def test_discs_have_headings_and_a_single_disc_has_none() -> None:
    two = (Track(1, "One", 61_000, 1), Track(1, "Two", 3_600_000, 2))
    html = _render(release(tracks=two, total_tracks=2)).decode()
    assert re.findall(r'<h2 class="disc">(.*?)</h2>', html) == ["Disc 1", "Disc 2"]
    assert "<span>1:01</span>" in html
    assert "<span>1:00:00</span>" in html
    assert "1 h 1 min" in html
    assert "disc" not in re.findall(r'class="(\w+)"', _render(release()).decode())


def test_what_is_absent_leaves_no_trace() -> None:
    html = _render(release(artwork=None, tracks=(), total_tracks=0, services=(), released="", description="")).decode()
    for trace in ("art", "<figure", "tracks", "more", "about", "og:image", "<time"):
        assert f'"{trace}"' not in html
        assert trace not in html or not trace.startswith("<")
    assert "summary_large_image" not in html


def test_pictures_keep_their_room_and_what_is_below_the_fold_waits() -> None:
    html = _render(hub(releases=5)).decode()
    pictures = re.findall(r"<img[^>]*>", html)
    assert all('width="' in picture and 'height="' in picture for picture in pictures)
    assert [('loading="lazy"' in picture) for picture in pictures] == [False, True, True, True, True]


def test_an_artists_own_destination_is_called_by_its_host() -> None:
    page = release(services=(Service("other-1", "https://www.shop.example/x"),))
    assert "<b>shop.example</b>" in _render(page).decode()
