"""The languages of a page: every one complete, chosen by the fan, and never in the way of publishing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import brotli
import pytest
from tests.factories.pages import ORIGIN, hub, playlist, release, services, tracks
from tests.play.conftest import Fan, Running, from_country
from tests.play.test_render import check

from backline.contract.languages import LANGUAGES
from backline.contract.pages import THEMES
from backline.contract.services import SERVICES
from backline.play.locales import WORDS, chosen, match, negotiate
from backline.play.markets import MARKETS
from backline.play.order import service_order
from backline.play.render import render, render_words, variant_for
from backline.settings import environment
from backline.settings.environment import Environment, SettingError

Publish = Callable[..., None]
ROOT = Path(__file__).resolve().parents[2]
PAGE = "/ines-tallow/letters"
_SLOT = re.compile(r"\{\w+\}")
# A form that is used for one number only may say it in a word.
_SAID_IN_A_WORD = {"zero", "one", "two"}


def _texts(value: object) -> list[str]:
    """Return every text of a field, whatever holds it."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, tuple) else []


@pytest.mark.parametrize("tag", WORDS)
def test_every_language_says_everything(tag: str) -> None:
    words, english = WORDS[tag], WORDS["en"]
    for field in fields(words):
        value, model = getattr(words, field.name), getattr(english, field.name)
        assert all(text == text.strip() or field.name == "comma" for text in _texts(value)), field.name
        assert "" not in _texts(value), field.name
        if isinstance(model, dict):
            assert set(value) == set(model), field.name
        elif field.type == "Plural":
            assert len(value) == len(words.plural.categories), field.name
            for category, text in zip(words.plural.categories, value, strict=True):
                assert set(_SLOT.findall(text)) in ({"{n}"}, set() if category in _SAID_IN_A_WORD else {"{n}"}), text
        elif isinstance(model, tuple):
            assert len(value) == len(model), field.name
    for field in fields(words):
        if field.type == "str" or field.name in ("privacy_text", "in_app"):
            for text, model in zip(
                _texts(getattr(words, field.name)), _texts(getattr(english, field.name)), strict=True
            ):
                assert sorted(_SLOT.findall(text)) == sorted(_SLOT.findall(model)), (field.name, text)
    assert set(words.actions) == {info.action for info in SERVICES.values()}
    assert words.date("2026-03-01") != words.date("2026-04-01")


@pytest.mark.parametrize("tag", WORDS)
def test_every_language_makes_whole_pages(tag: str) -> None:
    words = WORDS[tag]
    full = release(services=services(), tracks=tracks(30), total_tracks=200)
    bare = release(services=(), tracks=(), total_tracks=0, artwork=None, released="")
    for page in (full, bare, playlist(), hub(releases=30), hub(releases=0)):
        html = render(page, variant_for(page, country="DE", locale=tag, languages=tuple(WORDS)))
        check(html)
        assert b"{" not in re.sub(rb"<(style|script).*?</\1>", b"", html, flags=re.DOTALL)
    check(render_words(heading=words.privacy_title, paragraphs=words.privacy_text, locale=tag, languages=tuple(WORDS)))


@pytest.mark.parametrize("theme", THEMES)
def test_no_language_makes_a_page_heavy(theme: str) -> None:
    full = release(services=services(), tracks=tracks(30), total_tracks=30, theme=theme, description="Ten songs. " * 40)
    for page in (full, hub(releases=70, theme=theme)):
        for tag in WORDS:
            html = render(page, variant_for(page, country="DE", locale=tag, languages=tuple(WORDS), has_chosen=True))
            assert len(brotli.compress(html, quality=5)) <= 14 * 1024, tag


def _width(text: str) -> int:
    """Return how wide a text is in Latin letters; a full-width character counts two."""
    from unicodedata import combining, east_asian_width

    return sum(2 if east_asian_width(character) in "WF" else not combining(character) for character in text)


@pytest.mark.parametrize("tag", WORDS)
def test_what_stands_on_a_button_or_in_a_row_is_short(tag: str) -> None:
    words = WORDS[tag]
    for text in words.actions.values():
        assert _width(text) <= 14, text
    for text in (words.share, words.copy, words.copied, words.email, words.qr_code, words.search, words.play_video):
        assert _width(text) <= 20, text
    for text in (*words.types.values(), *words.sub_links.values(), words.privacy, words.date("2026-09-30")):
        assert _width(text) <= 24, text
    for text in (words.missing_title, words.gone_title, words.away_title, words.privacy_title):
        assert _width(text) <= 70, text


@pytest.mark.parametrize(
    ("tags", "categories"),
    [  # of 0, 1, 2, 3, 5, 11, 12, 21, 22, 25, 100, 101, 102, 103, 111, 1000 in CLDR 46, supplemental/plurals.xml
        (("da", "de", "en", "es", "it", "nb", "nl", "sv", "tr"), "other one" + " other" * 14),
        (("fr", "hi", "pt"), "one one" + " other" * 14),
        (("id", "ja", "ko", "zh-Hans", "zh-Hant"), "other" + " other" * 15),
        (("pl",), "many one few few many many many many few many many many few few many many"),
        (("uk",), "many one few few many many many one few many many one few few many many"),
        (("ar",), "zero one two few few many many many many many other other other few many other"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_numbers_take_the_form_that_cldr_says(tags: tuple[str, ...], categories: str) -> None:
    numbers = (0, 1, 2, 3, 5, 11, 12, 21, 22, 25, 100, 101, 102, 103, 111, 1000)
    for tag in tags:
        rule = WORDS[tag].plural
        assert " ".join(rule.category(number) for number in numbers) == categories, tag
        assert set(rule.categories) >= set(categories.split())


def test_the_plural_rule_of_every_language_is_among_those_checked() -> None:
    (mark,) = test_numbers_take_the_form_that_cldr_says.pytestmark  # type: ignore[attr-defined]
    assert sorted(tag for tags, _ in mark.args[1] for tag in tags) == sorted(WORDS)


def test_counted_sentences() -> None:
    def count(tag: str, number: int) -> str:
        return WORDS[tag].count(WORDS[tag].songs, number)

    assert [count("pl", number) for number in (1, 2, 5, 22)] == ["1 utwór", "2 utwory", "5 utworów", "22 utwory"]
    assert [count("uk", number) for number in (1, 3, 11, 21)] == ["1 пісня", "3 пісні", "11 пісень", "21 пісня"]
    assert [count("ar", number) for number in (1, 2, 3, 11, 100)] == [
        "أغنية واحدة", "أغنيتان", "3 أغانٍ", "11 أغنية", "100 أغنية",
    ]  # fmt: skip
    assert count("ja", 12) == "12曲"


def test_the_seam_lists_the_languages_that_have_words_and_so_does_what_operators_read() -> None:
    assert list(LANGUAGES) == list(WORDS)
    assert len(LANGUAGES) >= 12
    assert len(set(LANGUAGES.values())) == len(LANGUAGES)
    settings_page = (ROOT / "docs" / "operators" / "settings.md").read_text()
    cdn_page = (ROOT / "docs" / "operators" / "cdn.md").read_text()
    for tag in LANGUAGES:
        assert f"`{tag}`" in settings_page, tag
        assert re.search(rf"[:|(\"]{tag}[:|)\"]", cdn_page), tag


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("en-GB", "en"), ("DE-ch", "de"), ("pt-BR", "pt"), ("pt-PT", "pt"), ("es-419", "es"), ("fr-CA", "fr"),
        ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-SG", "zh-Hans"), ("zh-TW", "zh-Hant"), ("zh-HK", "zh-Hant"),
        ("zh-Hant", "zh-Hant"), ("zh-Hans-HK", "zh-Hans"), ("zh-Hant-CN", "zh-Hant"), ("ar-EG", "ar"), ("in", "id"),
        ("nb-NO", "nb"), ("no", "nb"), ("nn-NO", "nb"), ("tlh", ""), ("", ""), ("x" * 5_000, ""), ("zh\0", ""),
    ],
)  # fmt: skip
def test_a_wish_is_served_by_the_language_that_its_fans_read(wish: str, language: str) -> None:
    assert match(wish) == language


def test_languages_are_chosen_by_quality_and_the_first_wish_is_kept() -> None:
    assert negotiate("fi, en-GB;q=0.8, de;q=0.9") == ("de", "fi")
    assert negotiate("zh-TW,zh;q=0.9,en;q=0.8") == ("zh-Hant", "zh-TW")
    assert negotiate("de;q=2, en") == ("en", "en")
    assert negotiate("<script>,en") == ("en", "en")
    assert negotiate("de;q=0, *") == ("en", "")
    assert negotiate("") == ("en", "")
    assert negotiate("fr, ja;q=0.1", ("de", "ja")) == ("ja", "fr")
    assert negotiate("fr", ("de", "ja")) == ("de", "fr")


def test_the_language_in_an_address_is_its_first_and_one_of_ours() -> None:
    assert chosen("utm_source=x&lang=ja&lang=de") == "ja"
    assert [chosen(query) for query in ("lang=tlh", "lang=", "slang=ja", "lang", "")] == ["", "", "", "", ""]
    assert chosen("lang=ja", ("en", "de")) == ""


@pytest.mark.django_db
@pytest.mark.req("SL-14")
@pytest.mark.parametrize(
    ("accepted", "shown_in"),
    [
        ("", "en"),
        ("en-GB", "en"),
        ("de-CH, en;q=0.5", "de"),
        ("tlh", "en"),
        ("xx;q=0.9, ja;q=0.1", "ja"),
        (";;,", "en"),
    ],
)
def test_publishing_waits_for_no_translation(fan: Fan, publish: Publish, accepted: str, shown_in: str) -> None:
    publish(release(language="tlh"))
    answer = fan.ask(PAGE, headers={"accept-language": accepted})
    assert (answer.status, answer.headers["content-language"]) == (200, shown_in)
    assert "Letters from the Orchard" in answer.text


@pytest.mark.django_db
@pytest.mark.req("SL-14")
def test_with_one_language_a_page_is_published_and_offers_no_other(
    make_play: Callable[[Environment], Running], settings: Environment, publish: Publish
) -> None:
    fan = make_play(replace(settings, public_languages=("de",))).fan
    publish(release(), hub())
    for path in (PAGE, "/ines-tallow", "/-/privacy"):
        answer = fan.ask(path, query="lang=ja", headers={"accept-language": "ja"})
        assert (answer.status, answer.headers["content-language"]) == (200, "de")
        assert "hreflang" not in answer.text
        assert "lang=" not in answer.text.replace('<html lang="de"', "")


def test_the_setting_names_languages_that_there_are() -> None:
    assert environment.read({}).public_languages == tuple(LANGUAGES)
    assert environment.read({"BACKLINE_PUBLIC_LANGUAGES": "ja, en ja"}).public_languages == ("ja", "en")
    with pytest.raises(SettingError, match=r"BACKLINE_PUBLIC_LANGUAGES must hold some of en .*, not 'tlh'"):
        environment.read({"BACKLINE_PUBLIC_LANGUAGES": "en tlh"})


def _alternates(html: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', html))


@pytest.mark.django_db
def test_a_page_names_its_languages_to_machines_and_to_people(fan: Fan, publish: Publish) -> None:
    publish(release(), release("ines-tallow/draft", is_indexable=False), hub(releases=70))
    for path in (PAGE, "/ines-tallow"):
        html = fan.ask(path, query="lang=ja").text
        assert _alternates(html) == {"x-default": ORIGIN + path} | {tag: f"{ORIGIN}{path}?lang={tag}" for tag in WORDS}
        assert f'<link rel="canonical" href="{ORIGIN}{path}">' in html
        switch = re.findall(r'<a href="\?lang=([^"]+)" lang="([^"]+)" hreflang="([^"]+)"[^>]*>([^<]+)</a>', html)
        assert switch == [(tag, tag, tag, name) for tag, name in LANGUAGES.items()]
        assert re.findall(r'<a [^>]*aria-current="true">([^<]+)', html) == ["日本語"]
    assert _alternates(fan.ask("/ines-tallow/draft").text) == {}
    assert _alternates(fan.ask("/-/privacy").text) == {}
    assert "?lang=de" in fan.ask("/-/privacy").text


@pytest.mark.django_db
def test_a_chosen_language_stays_in_the_links_of_the_page(fan: Fan, publish: Publish) -> None:
    publish(release(), hub(releases=70), hub("nobody-else"))
    german = {"accept-language": "de"}
    for path in (PAGE, "/ines-tallow", "/-/privacy", "/ines-tallow/nothing"):
        answer = fan.ask(path, query="utm_source=mail&lang=ja", headers=german)
        assert answer.headers["content-language"] == "ja", path
        assert re.search(r'<html lang="ja" dir="ltr">', answer.text)
        links = re.findall(r'<a [^>]*href="(/[^"]*)"', answer.text)
        assert links
        assert [link for link in links if not re.search(r"[?;]lang=ja$", link)] == []
        asked_plainly = fan.ask(path, headers=german)
        assert asked_plainly.headers["content-language"] == "de"
        assert not re.search(r'href="/[^"]*lang=', asked_plainly.text)
        assert fan.ask(path, query="lang=tlh", headers=german).text == asked_plainly.text
    following = re.search(r'href="([^"]+)" rel="next"', fan.ask("/ines-tallow", query="lang=ja").text)
    assert following
    later = fan.ask(following[1].replace("&amp;", "&"))
    assert later.headers["content-language"] == "ja"
    assert "Release 30" in later.text


@pytest.mark.django_db
def test_changing_the_language_keeps_the_campaign_and_the_first_wish(play: Running, publish: Publish) -> None:
    publish(release())
    came = {"referer": f"{ORIGIN}{PAGE}?utm_source=mail&gclid=x", "accept-language": "fi"}
    play.fan.ask(PAGE, query="lang=ja", headers=came)
    (event,) = play.events()
    assert (event.locale, event.utm_source, event.click_ids, event.referrer_host) == ("fi", "mail", {"gclid": "x"}, "")


@pytest.mark.django_db
def test_a_page_of_many_languages_pushes_no_other_out_of_memory(play: Running, publish: Publish) -> None:
    page = release(services=services())
    publish(page)
    orders = {service_order(page, country): country for country in MARKETS}
    for country in list(orders.values())[:26]:
        asked = from_country(country)
        for tag in WORDS:
            for query in ("", f"lang={tag}"):
                headers = asked["headers"] | {"accept-language": tag}
                assert play.fan.ask(PAGE, query=query, headers=headers, peer=asked["peer"]).status == 200
    entry = play.app.store.known(PAGE[1:])
    assert entry is not None
    assert len(entry.replies) == 1_000
    assert entry.size < 32 * 1024 * 1024


@pytest.mark.parametrize(
    ("tag", "title", "marks", "picture"),
    [
        ("ar", "Songs (Live)!", ' lang="" dir="ltr"', "غلاف \u2068Songs (Live)!\u2069"),
        ("ar", "رسائل", ' lang="ar"', "غلاف \u2068رسائل\u2069"),
        ("ar", "夜明け", ' lang="ja" dir="ltr"', "غلاف \u2068夜明け\u2069"),
        ("en", "رسائل", ' lang="ar" dir="rtl"', "Cover of \u2068رسائل\u2069"),
        ("en", "Songs (Live)!", "", "Cover of Songs (Live)!"),
        ("tr", "Tides", ' lang=""', "Kapak: Tides"),
        ("ja", "{title} {artist}", ' lang=""', "{title} {artist}のジャケット"),
    ],
)
def test_names_in_the_other_direction_keep_to_themselves(tag: str, title: str, marks: str, picture: str) -> None:
    html = render(release(title=title), variant_for(release(), locale=tag)).decode()
    assert re.search(rf'<h1 class="title" data-fit="\w+"{marks}>{re.escape(title)}</h1>', html)
    assert f'alt="{picture}"' in html


@pytest.mark.django_db
def test_a_search_stays_in_the_chosen_language(fan: Fan, publish: Publish) -> None:
    publish(hub(releases=70))
    hidden = '<input type="hidden" name="lang" value="ar">'
    assert hidden in fan.ask("/ines-tallow", query="lang=ar").text
    assert hidden not in fan.ask("/ines-tallow", headers={"accept-language": "ar"}).text
    assert fan.ask("/ines-tallow", query="lang=ar&q=Release+3").headers["content-language"] == "ar"
