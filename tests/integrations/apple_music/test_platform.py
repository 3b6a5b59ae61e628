from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.contracts.faults import FaultContract, Faulty
from tests.factories.catalogue import catalogue, releases
from tests.factories.http_server import Received, Step, answer, scripted_server
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.connections.types import FoundArtist
from backline.core import clock
from backline.core.errors import NeedsAction, Rejected, RetryLater
from backline.integrations.apple_music.adapter import AppleMusicPlatform, CatalogArtists, LookupArtists
from backline.integrations.apple_music.client import AppleMusicClient
from backline.integrations.apple_music.lookup import LookupClient
from backline.integrations.outbound import outbound_of
from backline.sandbox import invented, presence
from backline.sandbox.presence import Knows
from backline.server import composition
from backline.settings.services import AppleMusicSettings

DEMO = catalogue().artists[invented.DEMO_ARTIST_ID]
NUMBER = str(presence.itunes_artist_id(DEMO))
UNKNOWN = "1000000000"


def with_key(sandbox: Sandbox, **changes: str) -> AppleMusicPlatform:
    settings = replace(sandbox.settings.apple_music, **changes)
    return AppleMusicPlatform(CatalogArtists(AppleMusicClient(settings, outbound(sandbox.base_url))))


def without_key(sandbox: Sandbox) -> AppleMusicPlatform:
    return AppleMusicPlatform(LookupArtists(LookupClient(sandbox.settings.itunes, outbound(sandbox.base_url))))


def latest_title() -> tuple[str, str]:
    sold = [
        release
        for release in releases()
        if presence.itunes_knows(release) is not Knows.NOT and presence.is_sold_in(release, "us")
    ]
    latest = max(sold, key=lambda release: (release.released, release.id))
    return latest.title, latest.released


class TestAppleMusic(FaultContract):
    make = staticmethod(with_key)
    faulty = Faulty(provider="apple_music", says="Apple Music ", call=lambda platform: platform.find(NUMBER))


class TestAppleMusicWithoutKey(FaultContract):
    make = staticmethod(without_key)
    faulty = Faulty(provider="itunes", says="Apple ", call=lambda platform: platform.find(NUMBER))


@pytest.mark.req("PC-05")
def test_no_campaign_needs_it(sandbox: Sandbox) -> None:
    assert with_key(sandbox).facts.needs == ()


@pytest.mark.req("PC-05")
def test_an_artist_is_found_with_picture_and_latest_release(sandbox: Sandbox) -> None:
    found = with_key(sandbox).find(NUMBER)
    title, released = latest_title()
    assert found.latest_release.startswith(title)
    assert found == FoundArtist(
        external_id=NUMBER,
        name="Oleander Pike",
        url=f"https://music.apple.com/us/artist/oleander-pike/{NUMBER}",
        image_url=f"{sandbox.base_url}/apple-music/covers/{DEMO.id}/300x300bb.jpg",
        latest_release=found.latest_release,
        latest_release_on=released,
    )


@pytest.mark.req("PC-05")
def test_without_a_key_the_same_artist_is_found_through_the_public_search(sandbox: Sandbox) -> None:
    by_key, found = with_key(sandbox).find(NUMBER), without_key(sandbox).find(NUMBER)
    assert replace(found, image_url="", latest_release_on="") == replace(by_key, image_url="", latest_release_on="")
    assert found.latest_release_on.startswith(by_key.latest_release_on)
    assert found.image_url.startswith(f"{sandbox.base_url}/itunes/covers/")
    assert found.image_url.endswith("/300x300bb.jpg")


@pytest.mark.parametrize("make", [with_key, without_key])
def test_an_artist_without_releases_is_found_and_an_unknown_one_is_not(
    sandbox: Sandbox, make: Callable[[Sandbox], AppleMusicPlatform]
) -> None:
    platform = make(sandbox)
    empty = catalogue().artists[invented.EMPTY_ARTIST_ID]
    found = platform.find(str(presence.itunes_artist_id(empty)))
    assert (found.name, found.latest_release, found.latest_release_on) == ("The Unrecorded", "", "")
    with pytest.raises(Rejected) as refusal:
        platform.find(UNKNOWN)
    assert refusal.value.field_errors == {
        "url": "Apple Music does not know this artist. Check the address, or search by name."
    }


@pytest.mark.req("PC-05")
@pytest.mark.parametrize("make", [with_key, without_key])
def test_artists_are_searched_by_name(sandbox: Sandbox, make: Callable[[Sandbox], AppleMusicPlatform]) -> None:
    platform = make(sandbox)
    assert [(found.external_id, found.name, found.url) for found in platform.search(" oleander  pike ")] == [
        (NUMBER, "Oleander Pike", f"https://music.apple.com/us/artist/oleander-pike/{NUMBER}")
    ]
    assert platform.search("nobody of this name") == ()
    assert platform.search("  ") == ()


def test_an_artist_who_is_not_in_the_first_storefront_is_looked_for_in_others() -> None:
    asked: list[str] = []

    def script(request: Received) -> list[Step]:
        asked.append(request.target)
        if "/jp/" not in request.target:
            return answer({"errors": [{"status": "404", "code": "40400"}]}, status=404)
        attributes = {"name": "潮のあいだ", "url": "https://music.apple.com/jp/artist/x/77"}
        return answer({"data": [{"id": "77", "attributes": attributes}]})

    with scripted_server(script) as server:
        settings = AppleMusicSettings(f"{server.url}/v1", "TEAM", "KEY", a_key())
        platform = AppleMusicPlatform(CatalogArtists(AppleMusicClient(settings, outbound(server.url))))
        found = platform.find("77")
    assert (found.name, found.url, found.image_url) == ("潮のあいだ", "https://music.apple.com/jp/artist/x/77", "")
    assert [target.split("/")[3] for target in asked] == ["us", "gb", "jp"]


def test_one_token_is_signed_for_four_fifths_of_its_life() -> None:
    private_key = a_key()
    public_key = serialization.load_pem_private_key(private_key.encode(), None).public_key()
    with (
        scripted_server(lambda _: answer({"results": {}})) as server,
        clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)) as advance,
    ):
        settings = AppleMusicSettings(f"{server.url}/v1", "TEAM567890", "KEY4567890", private_key)
        client = AppleMusicClient(settings, outbound(server.url))
        for wait in (0, 144 * 86_400 - 1, 1):
            advance(timedelta(seconds=wait))
            client.artists_named("x", storefront="us")
        tokens = [request.headers["authorization"].removeprefix("Bearer ") for request in server.requests]
    assert tokens[0] == tokens[1]
    assert tokens[1] != tokens[2]
    issued = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())
    assert jwt.get_unverified_header(tokens[0]) == {"alg": "ES256", "kid": "KEY4567890", "typ": "JWT"}
    claims = jwt.decode(tokens[0], public_key, algorithms=["ES256"], options={"verify_exp": False, "verify_iat": False})  # type: ignore[arg-type]
    assert claims == {"iss": "TEAM567890", "iat": issued, "exp": issued + 180 * 86_400}
    assert claims["exp"] - claims["iat"] <= 15_777_000


@pytest.mark.parametrize(
    "changes",
    [{"team_id": "OTHERTEAM1"}, {"key_id": "OTHERKEY01"}, {"private_key": "of another key"}],
    ids=["another team", "another key's id", "another key"],
)
def test_a_wrong_key_needs_the_operator_and_is_not_told(sandbox: Sandbox, changes: dict[str, str]) -> None:
    if "private_key" in changes:
        changes = {"private_key": a_key()}
    with pytest.raises(NeedsAction) as refusal:
        with_key(sandbox, **changes).find(NUMBER)
    assert refusal.value.message == (
        "Apple Music does not accept our access. Check APPLE_MUSIC_TEAM_ID, APPLE_MUSIC_KEY_ID and "
        "APPLE_MUSIC_PRIVATE_KEY in the settings."
    )


@pytest.mark.parametrize("key", ["no key at all", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_a_key_that_cannot_be_read_needs_the_operator_and_is_not_told(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(NeedsAction) as refusal:
        with_key(sandbox, private_key=key).find(NUMBER)
    assert refusal.value.message.startswith("The MusicKit key cannot be read.")
    assert "AAAA" not in refusal.value.message


def test_the_public_search_is_asked_rarely_in_production(sandbox: Sandbox) -> None:
    client = LookupClient(replace(sandbox.settings.itunes, requests_per_second=0.33), outbound(sandbox.base_url))
    for _ in range(6):
        client.artists_named("x", storefront="us")
    with pytest.raises(RetryLater):
        client.artists_named("x", storefront="us")
    assert sandbox.counts()["itunes"] == 6


def test_an_installation_without_a_key_asks_the_public_search(sandbox: Sandbox) -> None:
    settings = replace(sandbox.settings, apple_music=replace(sandbox.settings.apple_music, private_key=""))
    composition.connection_platforms(settings, outbound_of(settings))["apple_music"].find(NUMBER)  # type: ignore[union-attr]
    assert sandbox.counts() == {"itunes": 1}
    composition.connection_platforms(sandbox.settings, outbound_of(sandbox.settings))["apple_music"].find(NUMBER)  # type: ignore[union-attr]
    assert sandbox.counts() == {"itunes": 1, "apple_music": 1}


def a_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*kinds).decode()
