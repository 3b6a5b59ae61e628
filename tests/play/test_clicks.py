"""A tap on a service: counted before it is answered, led to the stored destination and nowhere else."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from tests.factories.pages import ORIGIN, URLS, hub, playlist, release
from tests.play.conftest import Fan, Running, from_country

from backline.contract.pages import Gone, Redirected, Service

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db


@pytest.mark.req("SL-26")
def test_a_tap_is_on_disk_when_it_is_answered(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    answer = fan.ask("/ines-tallow/letters/go/spotify")
    assert (answer.status, answer.headers["location"]) == (302, URLS["spotify"])
    assert play.app.spool.queued == 0
    assert [(event.kind, event.service) for event in play.events()] == [("service_click", "spotify")]


def test_each_service_leads_to_its_own_destination(fan: Fan, publish: Publish) -> None:
    publish(release(services=tuple(Service(slug, url) for slug, url in URLS.items())))
    found = {slug: fan.ask(f"/ines-tallow/letters/go/{slug}").headers["location"] for slug in URLS}
    assert found == URLS


def test_a_country_may_have_a_destination_of_its_own_or_none(fan: Fan, publish: Publish) -> None:
    own = Service(
        "apple-music", "https://music.apple.com/us/album/1", {"JP": "https://music.apple.com/jp/album/2", "KR": ""}
    )
    publish(release(services=(own, Service("spotify", URLS["spotify"]))))
    found = {
        country: fan.ask("/ines-tallow/letters/go/apple-music", **from_country(country))
        for country in ("US", "JP", "KR")
    }
    assert [(answer.status, answer.headers.get("location")) for answer in found.values()] == [
        (302, "https://music.apple.com/us/album/1"),
        (302, "https://music.apple.com/jp/album/2"),
        (404, None),
    ]
    assert "/go/apple-music" not in fan.ask("/ines-tallow/letters", **from_country("KR")).text


@pytest.mark.parametrize("service", ["tidal", "nope", "", "spotify/", "Spotify%20", "spotify/x", "../letters"])
def test_a_service_that_the_page_does_not_have_is_unknown(
    play: Running, fan: Fan, publish: Publish, service: str
) -> None:
    publish(release())
    answer = fan.ask(f"/ines-tallow/letters/go/{service}")
    assert answer.status == (302 if service == "spotify/" else 404)
    assert len(play.events()) == (1 if service == "spotify/" else 0)


def test_asking_for_the_head_of_a_redirect_is_no_tap(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    answer = fan.ask("/ines-tallow/letters/go/spotify", method="HEAD")
    assert (answer.status, answer.headers["location"]) == (302, URLS["spotify"])
    assert play.events() == []


@pytest.mark.req("SL-26", "SL-29")
@pytest.mark.parametrize(
    ("way", "location"),
    [
        ("whatsapp", "https://wa.me/?text=http%3A%2F%2F127.0.0.1%3A8150%2Fines-tallow%2Fletters"),
        (
            "email",
            (
                "mailto:?subject=Letters%20from%20the%20Orchard%20by%20Ines%20Tallow"
                "&body=http%3A%2F%2F127.0.0.1%3A8150%2Fines-tallow%2Fletters"
            ),
        ),
        ("qr", "/ines-tallow/letters/qr.svg"),
    ],
)
def test_sharing_is_counted_without_a_script(
    play: Running, fan: Fan, publish: Publish, way: str, location: str
) -> None:
    publish(release())
    answer = fan.ask(f"/ines-tallow/letters/share/{way}")
    assert (answer.status, answer.headers["location"]) == (302, location)
    assert [event.kind for event in play.events()] == ["share"]


def test_a_title_cannot_write_into_the_mail(fan: Fan, publish: Publish) -> None:
    publish(release(title="A&bcc=x@y.example\r\nBcc: z"))
    location = fan.ask("/ines-tallow/letters/share/email").headers["location"]
    assert location.startswith("mailto:?subject=A%26bcc%3Dx%40y.example%0D%0ABcc%3A%20z%20by%20")


def test_the_qr_code_holds_the_page_and_is_not_counted_by_itself(play: Running, fan: Fan, publish: Publish) -> None:
    import segno

    publish(release())
    answer = fan.ask("/ines-tallow/letters/qr.svg")
    size = segno.make(f"{ORIGIN}/ines-tallow/letters", error="m", micro=False).symbol_size(scale=8, border=4)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert f'width="{size[0]}" height="{size[1]}"' in answer.text
    assert play.events() == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//evil.example",
        "data:text/html,x",
        "https://open.spotify.com/a\r\nSet-Cookie: a=b",
        "https:\\\\evil",
    ],
)
def test_a_stored_destination_that_is_no_web_address_leads_nowhere(fan: Fan, publish: Publish, url: str) -> None:
    publish(release(services=(Service("spotify", url),)))
    answer = fan.ask("/ines-tallow/letters/go/spotify")
    assert (answer.status, "location" in answer.headers) == (404, False)


_EVIL = (
    "evil.example",
    "//evil.example",
    "https://evil.example",
    "https:evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
)
_ENCODED = (
    "%2f%2fevil.example",
    "%5c%5cevil.example",
    "https%3a%2f%2fevil.example",
    "%0d%0aLocation:%20//evil.example",
    "%00//evil.example",
    "。evil.example",
    "@evil.example",
    "spotify@evil.example",
    "spotify%40evil.example",
    "spotify%23@evil.example",
)
_PLACES = (
    "/{}",
    "//{}",
    "/{}/",
    "/ines-tallow/{}",
    "/ines-tallow//{}",
    "/ines-tallow/letters/{}",
    "/ines-tallow/letters/go/{}",
    "/ines-tallow/letters/go/spotify/{}",
    "/ines-tallow/letters/share/{}",
    "/ines-tallow/letters/go/spotify?url={}",
    "/ines-tallow/letters/go/spotify?next={}&to={}&redirect={}",
    "/ines-tallow/moved/{}",
    "/ines-tallow/moved?u={}",
    "/ines-tallow/letters/?{}",
    "/INES-TALLOW/letters/..{}",
    "/art/{}",
)


def test_no_trick_leads_away_from_the_stored_destinations(fan: Fan, publish: Publish) -> None:
    publish(
        release(),
        hub(),
        Redirected(path="ines-tallow/moved", version=2, to="ines-tallow/letters"),
        Redirected(path="ines-tallow/slashes", version=2, to="//evil.example"),
    )
    paths = [place.replace("{}", trick) for place, trick in itertools.product(_PLACES, (*_EVIL, *_ENCODED))]
    paths.append("/ines-tallow/slashes")
    assert len(paths) >= 200
    stored = set(URLS.values())
    for path in paths:
        for headers in (
            {},
            {"host": "evil.example", "x-forwarded-host": "evil.example", "origin": "https://evil.example"},
        ):
            answer = fan.ask(path, headers=headers)
            location = answer.headers.get("location", "/")
            assert location in stored or (location.startswith("/") and location[1:2] not in ("/", "\\")), (
                path,
                location,
            )
            assert location.isprintable(), path
            assert answer.status in (200, 301, 302, 404), path


@pytest.mark.req("SL-11")
def test_a_page_that_is_gone_leads_nowhere(play: Running, fan: Fan, publish: Publish) -> None:
    publish(Gone(path="ines-tallow/letters", version=2, artist_slug="ines-tallow"))
    assert fan.ask("/ines-tallow/letters/go/spotify").status == 410
    assert play.events() == []


def test_playlists_lead_on_too_and_hubs_have_nothing_to_lead_to(fan: Fan, publish: Publish) -> None:
    publish(playlist(), hub())
    assert fan.ask("/ines-tallow/late-crossing/go/deezer").headers["location"] == URLS["deezer"]
    assert fan.ask("/ines-tallow/go/spotify").status == 404
