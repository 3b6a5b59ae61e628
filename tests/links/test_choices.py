"""What an artist types for a page: colours, films, ways on. Repaired where it can be, refused with the reason else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backline.core import urls
from backline.core.errors import Rejected
from backline.links import choices
from backline.links.types import SubLinkFacts


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("#2EF2A2", "#2ef2a2"),
        (" 2ef2a2 ", "#2ef2a2"),
        ("#abc", "#aabbcc"),
        ("abc", "#aabbcc"),
        ("#11223344", "#112233"),
        ("tomato", "#ff6347"),
        ("rgb(255, 99, 71)", "#ff6347"),
        ("hsl(120, 100%, 50%)", "#00ff00"),
    ],
)
def test_a_colour_is_read_however_css_writes_it(typed: str, kept: str) -> None:
    assert choices.accent_of(typed) == kept


@pytest.mark.parametrize("typed", ["greenish", "#12", "url(x)", "red;}", "#ggg", "x" * 500])
def test_what_is_no_colour_says_how_to_write_one(typed: str) -> None:
    with pytest.raises(Rejected) as refused:
        choices.accent_of(typed)
    assert "Write it like #2ef2a2" in refused.value.field_errors["accent"]


@given(some.text())
def test_nothing_but_a_colour_comes_through(typed: str) -> None:
    try:
        kept = choices.accent_of(typed)
    except Rejected:
        return
    assert kept == "" or re.fullmatch("#[0-9a-f]{6}", kept)


@pytest.mark.req("SL-29")
@pytest.mark.parametrize(
    "typed",
    [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "http://youtube.com/watch?list=PL1&v=dQw4w9WgXcQ&t=3s",
        "youtu.be/dQw4w9WgXcQ?si=abc",
        "https://m.youtube.com/shorts/dQw4w9WgXcQ",
        "https://music.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        "https://www.youtube.com/live/dQw4w9WgXcQ?feature=share",
        "  https://youtube.com/v/dQw4w9WgXcQ  ",
    ],
)
def test_any_address_of_a_video_is_understood(typed: str) -> None:
    assert choices.video_id_of(typed) == "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("https://www.youtube.com/@artist", "no video"),
        ("https://www.youtube.com/playlist?list=PL123", "no video"),
        ("https://youtu.be/short", "no video"),
        ("https://youtu.be/dQw4w9WgXcQextra", "no video"),
        ("https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ", "does not lead to YouTube"),
        ("https://vimeo.com/76979871", "does not lead to YouTube"),
        ("javascript:alert(1)//youtube.com", "does not lead to YouTube"),
        ("https://youtube.com@evil.example/watch?v=dQw4w9WgXcQ", "does not lead to YouTube"),
        ("<iframe src='https://www.youtube.com/embed/dQw4w9WgXcQ'>", "does not lead to YouTube"),
    ],
)
def test_what_is_no_video_says_what_it_is(typed: str, says: str) -> None:
    with pytest.raises(Rejected) as refused:
        choices.video_id_of(typed)
    assert says in refused.value.field_errors["url"]


def kept(*rows: tuple[str, str, str]) -> list[tuple[str, str, str]]:
    links = choices.sub_links_of([SubLinkFacts(*row) for row in rows])
    return [(link.kind, link.url, link.label) for link in links]


def test_a_way_on_is_recognised_by_its_address() -> None:
    assert kept(
        ("", "instagram.com/halla", ""),
        ("", "https://www.twitter.com/halla", "Me"),
        ("merch", "https://halla.example/shop", "  Tea \n towels "),
        ("", "", ""),
        ("", "https://tickets.example/7", ""),
        ("", "https://www.ticketmaster.co.uk/halla", ""),
        ("", "halla.myshopify.com/products/mug", ""),
        ("", "https://halla.bandcamp.com/merch", ""),
        ("", "https://halla.bandcamp.com/album/tide", ""),
    ) == [
        ("instagram", "https://instagram.com/halla", ""),
        ("x", "https://www.twitter.com/halla", "Me"),
        ("merch", "https://halla.example/shop", "Tea towels"),
        ("website", "https://tickets.example/7", ""),
        ("tickets", "https://www.ticketmaster.co.uk/halla", ""),
        ("merch", "https://halla.myshopify.com/products/mug", ""),
        ("merch", "https://halla.bandcamp.com/merch", ""),
        ("website", "https://halla.bandcamp.com/album/tide", ""),
    ]


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        (("instagram", "https://instagram.com.evil.example/", ""), "url-0", "does not lead to Instagram"),
        (("tiktok", "https://instagram.com/halla", ""), "url-0", "Paste one of tiktok.com."),
        (("", "http://halla.example/", ""), "url-0", "begin with https://"),
        (("", "javascript:alert(1)", ""), "url-0", "begin with https://"),
        (("", "data:text/html,x", ""), "url-0", "begin with https://"),
        (("", "https://halla.example:8443/", ""), "url-0", "A port stands"),
        (("", "halla.example:8443/shop", ""), "url-0", "A port stands"),
        (("", "https://instagram.com@evil.example/", ""), "url-0", "A user name stands"),
        (("", "https://127.0.0.1/", ""), "url-0", "names no website"),
        (("", "https://evil.example\\.instagram.com/", ""), "url-0", "names no website"),
        (("", "https://раураl.com/", ""), "url-0", "pass for those of another"),
        (("", "https://xn--80ak6aa92e.com/", ""), "url-0", "pass for those of another"),
        (("", "https://inѕtagram.com/", ""), "url-0", "pass for those of another"),
        (("", "", "Shop"), "url-0", "Paste the address"),
        (("merch", "https://halla.example/", "x" * 61), "label-0", "at most 60"),
        (("script", "https://halla.example/", ""), "kind-0", "Choose what this is."),
    ],
)
def test_a_way_on_that_deceives_or_leads_nowhere_is_refused(row: tuple[str, str, str], field: str, says: str) -> None:
    with pytest.raises(Rejected) as refused:
        kept(("", "https://good.example/", ""), row)
    assert set(refused.value.field_errors) == {field.replace("0", "1")}
    assert says in refused.value.field_errors[field.replace("0", "1")]


def test_twelve_ways_on_are_enough() -> None:
    rows = [("", f"https://halla.example/{number}", "") for number in range(13)]
    assert len(kept(*rows[:12])) == 12
    with pytest.raises(Rejected) as refused:
        kept(*rows)
    assert refused.value.field_errors == {"rows": "At most 12 links fit; these are 13. Remove some."}


@pytest.mark.parametrize(
    "host", ["björk.is", "münchen.example", "日本語.jp", "ひらがなとlatin.jp", "موسيقى.example", "한국music.kr"]
)
def test_names_in_one_script_deceive_nobody(host: str) -> None:
    url = urls.normal_https_url(f"https://{host}/")
    assert url
    assert not urls.is_look_alike(url.split("/")[2])
