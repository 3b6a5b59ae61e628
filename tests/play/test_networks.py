"""What only play sees of a visit and the judgement of bots builds on: whose network it comes from, how bare it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories.networks import write_networks
from tests.factories.pages import release
from tests.play.conftest import Fan, Running

from backline.play.networks import Networks
from backline.settings.environment import Environment

HETZNER, TELEKOM = 24940, 3320
PAGE = "/ines-tallow/letters"


@pytest.fixture
def database(tmp_path: Path) -> str:
    known = {
        "198.51.100.0/24": HETZNER,
        "203.0.113.0/24": TELEKOM,
        "2001:db8:1::/48": HETZNER,
        "2001:db8:2::/48": TELEKOM,
    }
    return str(write_networks(tmp_path / "networks.mmdb", known))


@pytest.mark.parametrize(
    ("address", "is_data_centre"),
    [
        ("198.51.100.7", True),
        ("::ffff:198.51.100.7", True),
        ("2001:db8:1::7", True),
        ("203.0.113.9", False),
        ("2001:db8:2::9", False),
        ("192.0.2.1", False),
        ("", False),
        ("no address", False),
    ],
)
def test_hosting_companies_are_known_by_their_networks(database: str, address: str, is_data_centre: bool) -> None:
    networks = Networks(database)
    assert [networks.is_data_centre(address) for _ in range(2)] == [is_data_centre] * 2


def test_without_a_file_that_can_be_read_no_network_is_known(tmp_path: Path) -> None:
    (tmp_path / "broken.mmdb").write_bytes(b"no database")
    for file in ("", str(tmp_path / "nowhere.mmdb"), str(tmp_path / "broken.mmdb")):
        assert not Networks(file).is_data_centre("198.51.100.7")


@pytest.mark.django_db
def test_a_visit_from_a_data_centre_is_marked(
    make_play: Callable[[Environment], Running], settings: Environment, publish: Callable[..., None], database: str
) -> None:
    publish(release())
    play = make_play(replace(settings, asn_database=database))
    play.fan.ask(PAGE, peer="198.51.100.7")
    play.fan.ask(f"{PAGE}/go/spotify", peer="198.51.100.7", headers={"purpose": "prefetch"})
    play.fan.ask(PAGE, peer="10.0.0.1", headers={"x-forwarded-for": "198.51.100.7"})
    play.fan.ask(PAGE, peer="203.0.113.9", headers={"x-forwarded-for": "198.51.100.7"})
    assert [event.signals for event in play.events()] == [
        ("data_centre",),
        ("prefetch", "data_centre"),
        ("data_centre",),
        (),  # who is no proxy of ours says nothing of others
    ]


@pytest.mark.django_db
def test_a_visit_without_what_every_browser_sends_is_marked_where_browsers_send_it(
    make_play: Callable[[Environment], Running], settings: Environment, publish: Callable[..., None]
) -> None:
    publish(release())
    play = make_play(replace(settings, play_url="https://fans.example"))
    for headers in ({}, {"accept-language": ""}, {"accept-language": "de"}, {"sec-fetch-mode": "navigate"}):
        play.fan.ask(PAGE, headers=headers)
    play.fan.ask(PAGE, method="HEAD")
    assert [event.signals for event in play.events()] == [("bare",), ("bare",), (), (), ("head", "bare")]


@pytest.mark.django_db
def test_over_plain_http_a_bare_visit_says_nothing(play: Running, fan: Fan, publish: Callable[..., None]) -> None:
    publish(release())
    fan.ask(PAGE)
    assert [event.signals for event in play.events()] == [()]
