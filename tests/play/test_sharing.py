"""Passing a page on: QR codes, the card, oEmbed, the embed, and the ways to share."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
import segno
from PIL import Image
from tests.factories.pages import ORIGIN, hub, playlist, release, services
from tests.play.conftest import Answer, Fan, Running, from_country

from backline.contract.pages import THEMES, Gone, Redirected
from backline.play import qr
from backline.play.embed import HEIGHT, WIDTH

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db
PATH = "/ines-tallow/letters"
CARD = "c" * 32 + ".jpg"


# QR codes


def modules(picture: bytes) -> list[list[bool]]:
    """Return the modules of a code in a picture, the quiet zone included: True is dark."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    side = segno.make(f"{ORIGIN}{PATH}", error="m", micro=False).symbol_size(border=4)[0]
    scale = image.width // side
    assert image.size == (side * scale, side * scale), "a module has no whole pixels"
    middle = scale // 2
    return [[image.getpixel((x * scale + middle, y * scale + middle)) == 0 for x in range(side)] for y in range(side)]  # type: ignore[misc]


def expected(url: str) -> list[list[bool]]:
    return [[bool(bit) for bit in row] for row in segno.make(url, error="m", micro=False).matrix_iter(border=4)]


def test_a_code_as_png_says_the_address(fan: Fan, publish: Publish) -> None:
    publish(release())
    answer = fan.ask(f"{PATH}/qr.png")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert modules(answer.content) == expected(f"{ORIGIN}{PATH}")
    assert fan.ask(f"{PATH}/qr.png", headers={"if-none-match": answer.headers["etag"]}).status == 304
    head = fan.ask(f"{PATH}/qr.png", method="HEAD")
    assert (head.status, head.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize(
    ("size", "at_least", "at_most"),
    [
        ("300", 200, 300), ("2048", 1900, 2048), ("999999", 1900, 2048), ("1", 50, 128), ("0", 50, 128),
        ("", 900, 1024), ("-5", 900, 1024), ("1e9", 900, 1024), ("٣٠٠", 900, 1024), ("9" * 400, 900, 1024),
    ],
)  # fmt: skip
def test_the_size_of_a_png_is_bounded(fan: Fan, publish: Publish, size: str, at_least: int, at_most: int) -> None:
    publish(release())
    content = fan.ask(f"{PATH}/qr.png", query=f"size={quote(size)}").content
    assert at_least <= Image.open(io.BytesIO(content)).width <= at_most
    assert modules(content) == expected(f"{ORIGIN}{PATH}")


def test_a_hub_has_codes_too(fan: Fan, publish: Publish) -> None:
    publish(hub())
    drawing = fan.ask("/ines-tallow/qr.svg")
    assert (drawing.headers["content-type"], drawing.content) == ("image/svg+xml", qr.svg(f"{ORIGIN}/ines-tallow"))
    assert fan.ask("/ines-tallow/qr.png").content == qr.png(f"{ORIGIN}/ines-tallow")
    assert [fan.ask(f"/ines-tallow/{name}").status for name in ("qr.gif", "qr", "qr.svg/qr.svg")] == [404] * 3
    assert [fan.ask(f"/nobody/{name}").status for name in ("qr.svg", "card.png")] == [404] * 2


def test_a_code_to_keep_has_a_name(fan: Fan, publish: Publish) -> None:
    publish(release(), hub())
    names = [
        fan.ask(path, query="download").headers["content-disposition"]
        for path in (f"{PATH}/qr.svg", f"{PATH}/qr.png", "/ines-tallow/qr.svg")
    ]
    assert names == [
        'attachment; filename="ines-tallow-letters-qr.svg"',
        'attachment; filename="ines-tallow-letters-qr.png"',
        'attachment; filename="ines-tallow-qr.svg"',
    ]
    assert "content-disposition" not in fan.ask(f"{PATH}/qr.svg").headers


# The card


def test_the_card_is_led_to_as_it_is_now(fan: Fan, publish: Publish) -> None:
    publish(release(card_key=CARD), release("ines-tallow/cover"), release("ines-tallow/bare", artwork=None), hub())
    answer = fan.ask(f"{PATH}/card.png")
    assert (answer.status, answer.headers["location"]) == (302, f"/art/{CARD}")
    assert answer.headers["cache-control"] == "public, max-age=300"
    cover = fan.ask("/ines-tallow/cover/card.png").headers
    assert (cover["location"], cover["cache-control"]) == (f"/art/{'0' * 32}.jpg", "no-store")
    assert [fan.ask(path).status for path in ("/ines-tallow/bare/card.png", "/ines-tallow/card.png")] == [404] * 2
    publish(hub(card_key=CARD, version=2))
    fan.ask("/ines-tallow")
    assert fan.ask(f"{PATH}/card.png", method="HEAD").status == 302


def properties(answer: Answer) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', answer.text)
    return {name: html.unescape(content) for name, content in found}


def test_a_page_names_its_card_and_until_there_is_one_its_cover(fan: Fan, publish: Publish) -> None:
    publish(release(card_key=CARD), release("ines-tallow/cover"), release("ines-tallow/bare", artwork=None))
    with_card = properties(fan.ask(PATH))
    assert with_card["og:image"] == f"{ORIGIN}/art/{CARD}"
    assert (with_card["og:image:width"], with_card["og:image:height"]) == ("1200", "630")
    assert with_card["twitter:card"] == "summary_large_image"
    with_cover = properties(fan.ask("/ines-tallow/cover"))
    assert with_cover["og:image"] == f"{ORIGIN}/art/{'0' * 32}.jpg"
    assert (with_cover["og:image:width"], with_cover["twitter:card"]) == ("640", "summary")
    assert "og:image" not in properties(fan.ask("/ines-tallow/bare"))


# oEmbed


def about(fan: Fan, url: str = f"{ORIGIN}{PATH}", **fields: str) -> Answer:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in {"url": url, **fields}.items())
    return fan.ask("/oembed", query=query)


def test_a_page_says_where_its_embed_is_asked_for_and_that_is_true(fan: Fan, publish: Publish) -> None:
    publish(release(), hub())
    found = re.search(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', fan.ask(PATH).text)
    assert found is not None
    address = urlsplit(html.unescape(found[1]))
    assert f"{address.scheme}://{address.netloc}" == ORIGIN
    answer = fan.ask(address.path, query=address.query)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert json.loads(answer.content) == {
        "type": "rich",
        "version": "1.0",
        "title": "Letters from the Orchard",
        "author_name": "Ines Tallow",
        "author_url": f"{ORIGIN}/ines-tallow",
        "provider_name": "Backline",
        "provider_url": ORIGIN,
        "html": f'<iframe src="{ORIGIN}{PATH}/embed" width="{WIDTH}" height="{HEIGHT}" '
        'title="Letters from the Orchard" loading="lazy" style="border:0;max-width:100%"></iframe>',
        "width": WIDTH,
        "height": HEIGHT,
    }
    assert "oembed" not in fan.ask("/ines-tallow").text


def test_an_embed_is_no_larger_than_is_asked_for(fan: Fan, publish: Publish) -> None:
    publish(release())
    small: dict[str, Any] = json.loads(about(fan, maxwidth="300", maxheight="200", format="json").content)
    assert (small["width"], small["height"]) == (300, 200)
    assert 'width="300" height="200"' in small["html"]
    large = json.loads(about(fan, maxwidth="9000", maxheight="9000").content)
    assert (large["width"], large["height"]) == (WIDTH, HEIGHT)
    assert (large["thumbnail_url"], large["thumbnail_width"]) == (f"{ORIGIN}/art/{'0' * 32}.jpg", 640)


def test_a_title_cannot_break_out_of_the_element(fan: Fan, publish: Publish) -> None:
    title = '"><script>alert(1)</script>{title}'
    publish(release(title=title))
    found = json.loads(about(fan).content)
    assert found["title"] == title
    assert "<script" not in found["html"]
    assert fan.ask(f"{PATH}/embed").text.count("<script") == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/ines-tallow/letters", "http://127.0.0.1:8151/ines-tallow/letters",
        "http://127.0.0.1:8150@evil.example/ines-tallow/letters",
        "http://evil.example/?http://127.0.0.1:8150/ines-tallow/letters",
        "http://user@127.0.0.1:8150/ines-tallow/letters",
        "//127.0.0.1:8150/ines-tallow/letters", "/ines-tallow/letters",
        "javascript:alert(1)", "file:///etc/passwd", "http://[127.0.0.1/x", "", "\x00", "http://127.0.0.1:8150/../../etc/passwd",
        "http://127.0.0.1:8150/ines-tallow/..%2f..%2fetc", "http://127.0.0.1:8150/ines-tallow%00/letters",
        "http://127.0.0.1:8150/nobody/nothing", "http://127.0.0.1:8150/", "http://127.0.0.1:8150/ines-tallow",
        "http://127.0.0.1:8150/ines-tallow/gone", "http://127.0.0.1:8150/" + "a" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_page_of_ours_is_not_known(fan: Fan, publish: Publish, url: str) -> None:
    publish(release(), hub(), Gone(path="ines-tallow/gone", version=1, artist_slug="ines-tallow"))
    answer = about(fan, url)
    assert (answer.status, answer.headers["content-type"]) == (404 if url else 400, "text/plain; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400), ("format=json", 400), (f"url={ORIGIN}{PATH}&url={ORIGIN}{PATH}", 400),
        (f"url={ORIGIN}{PATH}&maxwidth=0", 400), (f"url={ORIGIN}{PATH}&maxwidth=wide", 400),
        (f"url={ORIGIN}{PATH}&maxheight=-3", 400), (f"url={ORIGIN}{PATH}&maxwidth=99999999", 400),
        (f"url={ORIGIN}{PATH}&format=xml", 501), ("&".join(f"a{n}=1" for n in range(60)), 400),
        ("url=" + "a" * 9000, 414),
    ],
)  # fmt: skip
def test_rubbish_is_refused(fan: Fan, publish: Publish, query: str, status: int) -> None:
    publish(release())
    assert fan.ask("/oembed", query=query).status == status


def test_an_old_address_and_other_ways_to_write_it_are_understood(fan: Fan, publish: Publish) -> None:
    publish(release(), playlist(), Redirected(path="ines-tallow/old", version=1, to="ines-tallow/letters"))
    for url in (
        f"{ORIGIN}/ines-tallow/old",
        f"{ORIGIN}/Ines-Tallow/Letters/?utm_source=x",
        "https://127.0.0.1:8150/ines-tallow/letters",
    ):
        assert json.loads(about(fan, url).content)["title"] == "Letters from the Orchard"
    assert json.loads(about(fan, f"{ORIGIN}/ines-tallow/late-crossing").content)["title"] == "Late Crossing"
    assert fan.ask("/oembed", method="POST").status == 405
    assert fan.ask("/oembed", method="HEAD", query=f"url={ORIGIN}{PATH}").status == 200


# The embed


def test_an_embed_may_stand_anywhere_and_do_nothing_there(fan: Fan, publish: Publish) -> None:
    publish(release(), hub())
    answer = fan.ask(f"{PATH}/embed")
    policy = answer.headers["content-security-policy"]
    assert answer.status == 200
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "x-frame-options" not in answer.headers
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text
    assert fan.ask(f"{PATH}/embed", headers={"if-none-match": answer.headers["etag"]}).status == 304
    page = fan.ask(PATH)
    assert (page.headers["x-frame-options"], "frame-ancestors 'none'" in page.headers["content-security-policy"]) == (
        "DENY",
        True,
    )
    assert [fan.ask(path).status for path in ("/ines-tallow/embed", f"{PATH}/embed/x")] == [404, 404]


@pytest.mark.parametrize("theme", THEMES)
def test_every_style_of_an_embed_is_allowed_by_its_policy(fan: Fan, publish: Publish, theme: str) -> None:
    from backline.play.looks import source

    publish(release(theme=theme, accent="#aa3300", palette=("#aa3300",)))
    answer = fan.ask(f"{PATH}/embed")
    styles = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert len(styles) == 2
    assert all(source(style) in answer.headers["content-security-policy"] for style in styles)
    assert " style=" not in answer.text


def test_an_embed_shows_the_first_services_of_the_fans_country_and_leads_through_our_redirects(
    fan: Fan, publish: Publish, play: Running
) -> None:
    publish(release(services=services()))
    answer = fan.ask(f"{PATH}/embed", **from_country("JP"))
    links = re.findall(r'href="(/[^"]+/go/[^"]+)"', answer.text)
    on_page = re.findall(r'href="(/[^"]+/go/[^"]+)"', fan.ask(PATH, **from_country("JP")).text)
    assert links == on_page[:3]
    assert f'href="{ORIGIN}{PATH}"' in answer.text
    assert '<base target="_blank">' in answer.text
    assert fan.ask(links[0]).status == 302
    kinds = [event.kind for event in play.events()]
    assert kinds == ["view", "service_click"], "the embed itself is no view"


def test_an_embed_speaks_the_fans_language(fan: Fan, publish: Publish) -> None:
    publish(release(services=services()), release("ines-tallow/rasail", title="رسائل من البستان", artwork=None))
    answer = fan.ask(f"{PATH}/embed", headers={"accept-language": "de"})
    assert (answer.headers["content-language"], "Abspielen" in answer.text) == ("de", True)
    arabic = fan.ask("/ines-tallow/rasail/embed").text
    assert 'dir="rtl"' in arabic
    assert 'class="plain"' in arabic


# The ways to share


@pytest.mark.parametrize(
    ("way", "host", "field"),
    [
        ("whatsapp", "wa.me", "text"), ("telegram", "t.me", "url"), ("facebook", "www.facebook.com", "u"),
        ("x", "x.com", "url"),
    ],
)  # fmt: skip
def test_a_way_to_share_carries_the_address_and_is_counted(
    play: Running, publish: Publish, way: str, host: str, field: str
) -> None:
    publish(release(title="Ü & <b>"))
    answer = play.fan.ask(f"{PATH}/share/{way}", query="to=https://evil.example")
    to = urlsplit(answer.headers["location"])
    assert (answer.status, to.scheme, to.hostname) == (302, "https", host)
    assert parse_qs(to.query)[field] == [f"{ORIGIN}{PATH}"]
    assert [event.kind for event in play.events()] == ["share"]


def test_mail_carries_title_and_address(fan: Fan, publish: Publish) -> None:
    publish(release(title="Ü & <b>\r\nBcc: x"))
    location = fan.ask(f"{PATH}/share/email").headers["location"]
    assert location.isascii()
    assert "Bcc: x by Ines Tallow" in unquote(location)
    assert ("\r" in location, "\n" in location) == (False, False)


def test_every_way_of_the_page_leads_somewhere(fan: Fan, publish: Publish, play: Running) -> None:
    publish(release())
    text = fan.ask(PATH).text
    ways = re.findall(rf'href="({PATH}/share/[a-z]+)"', text)
    assert len(ways) == len(set(ways)) == 6
    assert [fan.ask(way).status for way in ways] == [302] * 6
    assert [event.kind for event in play.events()] == ["view", *["share"] * 6]
    assert fan.ask(f"{PATH}/share/nowhere").status == 404
    assert f'src="{PATH}/qr.svg"' in text
    assert 'loading="lazy"' in re.search(r"<img[^>]+qr\.svg[^>]+>", text)[0]  # type: ignore[index]
