"""A track's path leads to its release; crawlers are kept from clicks and from nothing else."""

from __future__ import annotations

from collections.abc import Callable
from urllib.robotparser import RobotFileParser

import pytest
from tests.factories.pages import ORIGIN, hub, release
from tests.play.conftest import Fan

from backline.contract.pages import Artwork, Gone, Redirected

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db
TRACK = "ines-tallow/t/4aawyAB9vmqN3uQ7FjRGTy"


@pytest.mark.req("SL-05")
def test_a_track_leads_to_the_page_of_its_release(fan: Fan, publish: Publish) -> None:
    publish(release(), Redirected(path=TRACK, version=1, to="ines-tallow/letters"))
    answer = fan.ask(f"/{TRACK}?utm_source=bio")
    assert (answer.status, answer.headers["location"]) == (301, "/ines-tallow/letters?utm_source=bio")


@pytest.mark.req("SL-05")
def test_the_id_of_a_track_keeps_its_case(fan: Fan, publish: Publish) -> None:
    publish(hub(), Redirected(path=TRACK, version=1, to="ines-tallow/letters"))
    assert fan.ask(f"/{TRACK.swapcase().replace('INES-TALLOW/T', 'ines-tallow/t')}").status == 404
    assert fan.ask("/ines-tallow/t/unknown").status == 404


@pytest.mark.req("SL-11")
def test_the_track_of_a_release_that_was_never_approved_does_not_exist(fan: Fan, publish: Publish) -> None:
    publish(hub(), Gone(path=TRACK, version=2, is_secret=True))
    assert fan.ask(f"/{TRACK}").status == 404


@pytest.mark.req("SL-12")
@pytest.mark.parametrize(
    ("path", "is_open"),
    [
        ("/echo", True),
        ("/ed-example/first-song", True),
        ("/ines-tallow/letters", True),
        ("/ines-tallow/letters/go/spotify", False),
        ("/ines-tallow/letters/share/email", False),
    ],
)
def test_robots_may_read_every_page_and_follow_no_click(fan: Fan, path: str, is_open: bool) -> None:
    rules = fan.ask("/robots.txt").text.splitlines()
    # Python's parser knows neither `*` nor `$`, which RFC 9309 gives a meaning: rules are read as that says.
    barred = [rule.removeprefix("Disallow: ") for rule in rules if rule.startswith("Disallow: ")]
    assert is_open is not any(_bars(rule, path) for rule in barred)
    parser = RobotFileParser()
    parser.parse(rules)
    assert parser.site_maps() == [f"{ORIGIN}/sitemap.xml"]


def _bars(rule: str, path: str) -> bool:
    start, *rest = rule.removesuffix("$").split("*")
    if rule.endswith("$"):
        return path == start
    position = len(start) if path.startswith(start) else -1
    for part in rest:
        position = path.find(part, position) if position >= 0 else -1
        position = position + len(part) if position >= 0 else -1
    return position >= 0


def test_a_picture_of_unknown_size_names_none(fan: Fan, publish: Publish) -> None:
    publish(release(artwork=Artwork("0" * 32 + ".jpg", 0, 0)))
    html = fan.ask("/ines-tallow/letters").text
    assert '<meta property="og:image"' in html
    assert "og:image:width" not in html
