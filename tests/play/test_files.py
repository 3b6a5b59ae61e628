"""Artwork, sitemap, robots, health."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from tests.factories.pages import hub, release
from tests.play.conftest import Fan, Running

from backline.contract.pages import Gone

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db
KEY = "0123456789abcdef0123456789abcdef"


def test_artwork_is_kept_for_ever_by_its_name(play: Running, fan: Fan) -> None:
    folder = play.settings.media_folder
    folder.mkdir()
    (folder / f"{KEY}.png").write_bytes(b"picture")
    answer = fan.ask(f"/art/{KEY}.png")
    assert (answer.status, answer.content, answer.headers["content-type"]) == (200, b"picture", "image/png")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert fan.ask(f"/art/{KEY}.png", headers={"if-none-match": f'"{KEY}"'}).status == 304
    head = fan.ask(f"/art/{KEY}.png", method="HEAD")
    assert (head.status, head.content, head.headers["content-length"]) == (200, b"", "7")


def test_a_drawing_may_not_run_scripts(play: Running, fan: Fan) -> None:
    play.settings.media_folder.mkdir()
    (play.settings.media_folder / f"{KEY}.svg").write_bytes(b"<svg/>")
    policy = fan.ask(f"/art/{KEY}.svg").headers["content-security-policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "key", [f"{KEY}.gif", f"{KEY.upper()}.png", f"../{KEY}.png", f"{KEY}.png/", f"x{KEY}.png", f"{KEY}.png\n", "..", ""]
)
def test_nothing_but_artwork_is_served(play: Running, fan: Fan, key: str) -> None:
    folder = play.settings.media_folder
    folder.mkdir()
    for name in (f"{KEY}.gif", f"{KEY}.png", f"x{KEY}.png"):
        (folder / name).write_bytes(b"picture")
    (folder.parent / f"{KEY}.png").write_bytes(b"outside")
    assert fan.ask(f"/art/{key}").status == 404


@pytest.mark.req("SL-11", "SL-12")
def test_the_sitemap_names_indexable_pages_only(fan: Fan, publish: Publish) -> None:
    publish(
        release(),
        hub(),
        release("ines-tallow/draft", is_indexable=False),
        Gone(path="ines-tallow/gone", version=1, artist_slug="ines-tallow"),
    )
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    index = ET.fromstring(fan.ask("/sitemap.xml", headers={"accept-encoding": "gzip"}).text)
    parts = [found.text or "" for found in index.iter(f"{space}loc")]
    assert parts == ["http://127.0.0.1:8150/sitemaps/1.xml"]
    part = ET.fromstring(fan.ask("/sitemaps/1.xml").text)
    assert [found.text for found in part.iter(f"{space}loc")] == [
        "http://127.0.0.1:8150/ines-tallow",
        "http://127.0.0.1:8150/ines-tallow/letters",
    ]
    assert {found.text for found in part.iter(f"{space}lastmod")} == {"2026-11-22"}
    assert fan.ask("/sitemaps/2.xml").status == 404


def test_an_empty_catalogue_has_an_empty_sitemap(fan: Fan, publish: Publish) -> None:
    publish()
    assert re.findall("<loc>", fan.ask("/sitemap.xml").text) == []


def test_robots_are_shown_the_sitemap_and_kept_from_clicks(fan: Fan) -> None:
    text = fan.ask("/robots.txt").text
    assert "Disallow: /*/*/go/" in text
    assert "Sitemap: http://127.0.0.1:8150/sitemap.xml" in text


def test_small_pictures_for_the_tab(fan: Fan) -> None:
    assert fan.ask("/favicon.svg").headers["content-type"] == "image/svg+xml"
    assert fan.ask("/favicon.ico").headers["location"] == "/favicon.svg"


def test_health_and_readiness(play: Running, fan: Fan) -> None:
    play.run(play.app.store.connected())
    assert (fan.ask("/healthz").status, fan.ask("/readyz").text) == (200, "ready\n")
