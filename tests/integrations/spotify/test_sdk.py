"""spotipy against the stand-in: if a widely used client is content, the stand-in speaks as Spotify does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials
from tests.factories.catalogue import releases
from tests.plugins.sandbox import Sandbox

from backline.sandbox import invented


@pytest.fixture
def spotify(sandbox: Sandbox) -> Iterator[spotipy.Spotify]:
    settings = sandbox.settings.spotify
    with requests.Session() as session:
        manager = SpotifyClientCredentials(
            settings.client_id, settings.client_secret, requests_session=session, cache_handler=MemoryCacheHandler()
        )
        manager.OAUTH_TOKEN_URL = f"{settings.accounts_url}/api/token"
        client = spotipy.Spotify(auth_manager=manager, requests_session=session, retries=0, status_retries=0)
        client.prefix = f"{settings.api_url}/"
        yield client


def test_an_artist_and_their_releases(spotify: spotipy.Spotify) -> None:
    assert spotify.artist(f"spotify:artist:{invented.DEMO_ARTIST_ID}")["name"] == "Oleander Pike"
    page = spotify.artist_albums(invented.DEMO_ARTIST_ID, include_groups="album,single,compilation", limit=10)
    found = list(page["items"])
    while page["next"]:
        page = spotify.next(page)
        found += page["items"]
    assert sorted(one["id"] for one in found) == sorted(release.id for release in releases())


def test_a_search_for_artists(spotify: spotipy.Spotify) -> None:
    found = spotify.search("oleander", limit=10, type="artist")["artists"]["items"]
    assert [artist["id"] for artist in found] == [invented.DEMO_ARTIST_ID]


def test_a_refusal(sandbox: Sandbox, spotify: spotipy.Spotify) -> None:
    with pytest.raises(spotipy.SpotifyException) as refusal:
        spotify.artist("A" * 22)
    assert (refusal.value.http_status, "Resource not found" in refusal.value.msg) == (404, True)
    sandbox.limits(quota_exceeded=True)
    with pytest.raises(spotipy.SpotifyException) as refusal:
        spotify.artist(invented.DEMO_ARTIST_ID)
    assert (refusal.value.http_status, refusal.value.headers["Retry-After"]) == (429, "10800")
