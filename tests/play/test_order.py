"""The order of services, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories.pages import release, services

from backline.contract.pages import Service
from backline.contract.services import SERVICES
from backline.play import markets
from backline.play.order import service_order

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.req("SL-23")
@pytest.mark.parametrize(
    ("country", "first"),
    [
        ("EG", "anghami"),
        ("NG", "audiomack"),
        ("KE", "boomplay"),
        ("IN", "spotify"),
        ("JP", "apple-music"),
        ("KR", "melon"),
        ("CN", "qq-music"),
        ("RU", "yandex-music"),
        ("VN", "zing-mp3"),
        ("TH", "joox"),
        ("TW", "kkbox"),
        ("TR", "spotify"),
        ("US", "spotify"),
        ("BR", "spotify"),
        ("MA", "youtube"),
    ],
)
def test_local_leaders_come_first(country: str, first: str) -> None:
    page = release(services=tuple(Service(slug, f"https://{info.hosts[0]}/x") for slug, info in SERVICES.items()))
    assert service_order(page, country)[0] == first


@pytest.mark.req("SL-23")
def test_what_is_not_offered_is_hidden_when_enough_remains_and_last_otherwise() -> None:
    many = release(services=services("spotify", "apple-music", "yandex-music", "youtube-music", "bandcamp"))
    few = release(services=services("spotify", "deezer", "yandex-music"))
    assert service_order(many, "RU") == ("yandex-music", "apple-music", "bandcamp")
    assert service_order(few, "RU") == ("yandex-music", "spotify", "deezer")


@pytest.mark.req("SL-23")
def test_an_unknown_country_gets_the_pages_own_order() -> None:
    page = release(services=services("deezer", "anghami", "spotify", "pandora"))
    assert service_order(page, "") == ("deezer", "anghami", "spotify", "pandora")
    assert service_order(page, "AQ") == ("deezer", "spotify", "anghami", "pandora")


def test_an_artists_own_address_for_a_country_says_that_the_service_is_there() -> None:
    page = release(
        services=(
            *services("deezer", "apple-music", "amazon-music"),
            Service("pandora", "https://www.pandora.com/x", {"DE": "https://www.pandora.com/de"}),
        )
    )
    assert service_order(page, "DE") == ("amazon-music", "apple-music", "deezer", "pandora")
    assert "pandora" not in service_order(page, "FR")


def test_an_empty_address_for_a_country_takes_the_service_away_in_any_mode() -> None:
    parts = (Service("spotify", "https://open.spotify.com/x", {"DE": ""}), *services("deezer"))
    assert service_order(release(services=parts), "DE") == ("deezer",)
    assert service_order(release(services=parts, order="fixed", fixed_order=("spotify",)), "DE") == ("deezer",)


@pytest.mark.req("SL-24")
def test_a_fixed_order_names_some_and_the_rest_follows() -> None:
    page = release(
        services=services("spotify", "deezer", "yandex-music"),
        order="fixed",
        fixed_order=("yandex-music", "yandex-music"),
    )
    assert service_order(page, "RU") == service_order(page, "US") == ("yandex-music", "spotify", "deezer")


def test_an_artists_own_shop_keeps_its_place_behind_the_leaders() -> None:
    page = release(services=(Service("other-1", "https://shop.example/x"), *services("tidal", "spotify")))
    assert service_order(page, "NO") == ("spotify", "tidal", "other-1")


@pytest.mark.req("SL-23")
def test_the_table_is_large_consistent_and_documented() -> None:
    assert len(markets.MARKETS) >= 60
    for country, leaders in markets.MARKETS.items():
        assert len(country) == 2
        assert len(set(leaders)) == len(leaders), country
        assert [slug for slug in leaders if slug not in SERVICES or not markets.is_offered(slug, country)] == [], (
            country
        )
    assert {*markets.ONLY_IN, *markets.NOT_IN, *markets.UNCERTAIN} <= set(SERVICES)
    assert (DOCS / "markets.md").read_text(encoding="utf-8") == markets.as_markdown()
