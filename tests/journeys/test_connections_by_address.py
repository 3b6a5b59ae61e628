"""Spotify and Apple Music: the artist's address or name, a yes, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.factories.connecting import Connecting
from tests.journeys.conftest import Connect, Pass
from tests.plugins.sandbox import Sandbox

from backline.connections import quotas, services
from backline.connections.selectors import Act
from backline.core import clock
from backline.core.errors import NotFoundError
from backline.sandbox.invented import SINGLE_ARTIST_ID

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(params=["spotify", "apple_music"])
def way(connecting: Connect, request: pytest.FixtureRequest) -> Connecting:
    return connecting(request.param)


@pytest.fixture
def address(way: Connecting) -> str:
    """The address of Ines Tallow, found by her name."""
    found = services.search(way.access, provider=way.provider, text="Ines Tallow")
    assert [artist.name for artist in found] == ["Ines Tallow"]
    return found[0].url


@pytest.fixture
def connected(way: Connecting, address: str) -> Connecting:
    way.look_up(address)
    way.drain()
    way.confirm()
    assert way.label == ("Connected", "")
    way.drain()
    return way


@pytest.mark.req("PC-05")
def test_by_name_and_with_a_yes(way: Connecting, address: str) -> None:
    way.look_up(address)
    assert way.label == ("Connecting", "")
    way.drain()
    assert way.label == ("Connecting", "Complete Setup")
    assert way.row.act is Act.CONFIRM
    assert way.row.found is not None
    with pytest.raises(NotFoundError):
        services.confirm(way.access, provider=way.provider, external_id="somebody else")
    assert way.confirm().name == "Ines Tallow"
    assert way.label == ("Connected", "")


def test_another_address_instead_of_a_yes(way: Connecting, address: str) -> None:
    way.look_up(address)
    way.drain()
    other = services.search(way.access, provider=way.provider, text="The Unrecorded")[0]
    way.look_up(other.url)
    way.drain()
    assert way.confirm().name == "The Unrecorded"


@pytest.mark.req("PC-34")
def test_a_lookup_that_fails_is_repeated(way: Connecting, address: str, sandbox: Sandbox) -> None:
    sandbox.fault(way.provider, "500")
    way.look_up(address)
    way.drain()
    assert way.label == ("Error", "")
    sandbox.clear_faults()
    assert services.try_again(way.access, provider=way.provider) is None
    way.drain()
    assert way.row.act is Act.CONFIRM


@pytest.mark.req("PC-34")
def test_an_address_that_nobody_has_is_an_error_and_reset_clears_it(
    way: Connecting, address: str, sandbox: Sandbox
) -> None:
    sandbox.remove_artist(SINGLE_ARTIST_ID)
    way.look_up(address)
    way.drain()
    assert way.label == ("Error", "")
    services.reset(way.access, provider=way.provider)
    assert way.label == ("Not Connected", "")
    assert way.stored.address == ""


def test_a_quota_that_is_used_up_is_left_alone_until_it_is_there_again(
    connecting: Connect, passes: Pass, sandbox: Sandbox
) -> None:
    way = connecting("spotify")
    url = services.search(way.access, provider="spotify", text="Ines Tallow")[0].url
    sandbox.limits(quota_exceeded=True)
    way.look_up(url)
    way.drain()
    assert way.label == ("Error", "")
    assert "quota" in way.row.meaning
    rest = quotas.rest_of("spotify")
    assert rest is not None
    assert rest > timedelta(hours=1)
    asked = sandbox.counts()["spotify"]
    services.try_again(way.access, provider="spotify")
    way.drain()
    assert way.label == ("Error", "")
    assert sandbox.counts()["spotify"] == asked  # nobody asked: it is left alone
    sandbox.limits(quota_exceeded=False)
    passes(seconds=rest.total_seconds() + 1)
    services.try_again(way.access, provider="spotify")
    way.drain()
    assert way.row.act is Act.CONFIRM


def test_a_platform_that_is_away_changes_nothing_that_is_known(
    connected: Connecting, passes: Pass, sandbox: Sandbox
) -> None:
    answered = connected.row.last_answered_at
    sandbox.fault(connected.provider, "500")
    passes(days=1, minutes=1)
    assert connected.label == ("Connected", "")
    assert connected.row.last_answered_at == answered
    sandbox.clear_faults()
    passes(hours=1)
    assert connected.row.last_answered_at == clock.now()


@pytest.mark.req("PC-34")
def test_an_artist_who_vanished_is_an_error_until_they_are_back_or_it_is_ended(
    connected: Connecting, passes: Pass, sandbox: Sandbox
) -> None:
    sandbox.remove_artist(SINGLE_ARTIST_ID)
    passes(days=1, minutes=1)
    assert connected.label == ("Error", "")
    assert connected.row.name == "Ines Tallow"
    services.try_again(connected.access, provider=connected.provider)
    connected.drain()
    assert connected.label == ("Error", "")
    services.disconnect(connected.access, provider=connected.provider)
    assert connected.label == ("Disconnected", "")


@pytest.mark.req("PC-35")
def test_disconnecting_and_connecting_again(connected: Connecting, address: str) -> None:
    services.disconnect(connected.access, provider=connected.provider)
    assert connected.label == ("Disconnected", "")
    connected.look_up(address)
    connected.drain()
    assert connected.confirm().name == "Ines Tallow"
    assert connected.label == ("Connected", "")
