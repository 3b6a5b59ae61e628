from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from tests.contracts.catalog_source import CatalogSourceContract
from tests.contracts.faults import Faulty
from tests.factories.catalogue import releases
from tests.factories.http_server import Received, Step, answer, scripted_server
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.core import clock
from backline.core.errors import NeedsAction, RetryLater
from backline.core.http import Patience
from backline.integrations.spotify.adapter import SpotifyCatalog
from backline.integrations.spotify.client import SpotifyClient
from backline.sandbox import invented
from backline.settings.environment import SpotifySettings

pytestmark = pytest.mark.django_db  # how long Spotify is left alone stands in the database, for all workers

ARTIST = invented.DEMO_ARTIST_ID


def make(sandbox: Sandbox) -> SpotifyCatalog:
    return SpotifyCatalog(SpotifyClient(sandbox.settings.spotify, outbound(sandbox.base_url)))


def call(adapter: SpotifyCatalog) -> object:
    return adapter.release(releases()[0].id)


class TestSpotify(CatalogSourceContract):
    make = staticmethod(make)
    faulty = Faulty(provider="spotify", says="Spotify ", call=call, route="/v1")


class TestSpotifyWithoutAccounts(CatalogSourceContract):
    make = staticmethod(make)
    faulty = Faulty(provider="spotify", says="Spotify ", call=call, route="/accounts")


def tokens_asked_for(sandbox: Sandbox) -> int:
    return len([one for one in sandbox.requests("spotify") if "/api/token" in one["path"]])


def artist_in_a_thread(source: SpotifyCatalog) -> None:
    source.artist(ARTIST)
    connections.close_all()


def test_one_token_serves_all_threads_until_four_fifths_of_its_life(sandbox: Sandbox) -> None:
    source = SpotifyCatalog(SpotifyClient(sandbox.settings.spotify, outbound(sandbox.base_url, Patience())))
    with clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)) as advance:
        threads = [threading.Thread(target=artist_in_a_thread, args=(source,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert tokens_asked_for(sandbox) == 1
        advance(timedelta(seconds=2879))
        source.artist(ARTIST)
        assert tokens_asked_for(sandbox) == 1
        advance(timedelta(seconds=1))
        source.artist(ARTIST)
        assert tokens_asked_for(sandbox) == 2


def test_a_token_that_is_refused_in_the_middle_is_replaced_once(sandbox: Sandbox) -> None:
    source = make(sandbox)
    source.artist(ARTIST)
    sandbox.fault("spotify", "revoked", "/v1", times=1)
    assert source.artist(ARTIST).name == "Oleander Pike"
    assert tokens_asked_for(sandbox) == 2


def test_a_token_that_expired_at_spotify_is_replaced(sandbox: Sandbox) -> None:
    source = make(sandbox)
    source.artist(ARTIST)
    sandbox.advance(days=1)
    assert source.artist(ARTIST).name == "Oleander Pike"


def test_tokens_that_are_always_refused_need_somebody_to_act(sandbox: Sandbox) -> None:
    sandbox.fault("spotify", "revoked", "/v1")
    with pytest.raises(NeedsAction):
        make(sandbox).artist(ARTIST)


def test_wrong_credentials_need_somebody_to_act_and_are_not_told(sandbox: Sandbox) -> None:
    settings = replace(sandbox.settings.spotify, client_secret="wrong-planted-secret")
    with pytest.raises(NeedsAction) as refusal:
        SpotifyCatalog(SpotifyClient(settings, outbound(sandbox.base_url))).artist(ARTIST)
    assert refusal.value.message == (
        "Spotify refuses our app (invalid_client). Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET in the settings."
    )


def test_a_quota_that_is_used_up_parks_the_work_for_as_long_as_spotify_says(sandbox: Sandbox) -> None:
    sandbox.limits(quota_exceeded=True)
    with pytest.raises(RetryLater) as failure:
        make(sandbox).artist(ARTIST)
    assert failure.value.after == timedelta(hours=3)
    assert failure.value.message == "Spotify's quota for this app is used up. We will go on in about 3 hours."


def test_too_many_requests_are_answered_by_staying_away(sandbox: Sandbox) -> None:
    source = make(sandbox)
    sandbox.fault("spotify", "429", "/v1", seconds=30, times=1)
    with pytest.raises(RetryLater) as failure:
        source.artist(ARTIST)
    assert failure.value.after == timedelta(seconds=30)
    before = len(sandbox.requests("spotify"))
    with pytest.raises(RetryLater):
        source.artist(ARTIST)
    assert len(sandbox.requests("spotify")) == before


def test_a_playlists_description_is_text(sandbox: Sandbox) -> None:
    playlist = make(sandbox).playlist(invented.SCRIPTS_PLAYLIST_ID)
    assert playlist.title == "موسيقى الميناء"
    assert playlist.description == "Titles & <b>markup</b> as people write them. Invented for the sandbox."


def test_more_than_fifty_tracks_and_a_release_without_upc() -> None:
    album = {
        "id": "a" * 22, "name": "Long", "album_type": "album", "total_tracks": 120, "release_date": "2026",
        "artists": [{"id": "b" * 22, "name": "Somebody"}], "images": None, "external_ids": {},
    }  # fmt: skip

    def page(offset: int) -> dict[str, object]:
        items = [
            {"id": f"{number:022}", "name": f"Part {number}", "track_number": number + 1, "duration_ms": 1000}
            for number in range(offset, min(offset + 50, 120))
        ]
        return {"items": items, "total": 120, "next": "more" if offset + 50 < 120 else None}

    def script(request: Received) -> list[Step]:
        if request.method == "POST":
            return answer({"access_token": "t", "expires_in": 3600})
        if "/tracks?" in request.target:
            return answer(page(int(request.target.rsplit("=", 1)[1])))
        if "/tracks/" in request.target:
            return answer({"id": "0" * 22, "album": {"id": "a" * 22}, "external_ids": {"isrc": "zz-bln-26-00001"}})
        return answer(album | {"tracks": page(0)})

    with scripted_server(script) as server:
        settings = SpotifySettings(f"{server.url}/accounts", f"{server.url}/v1", "id", "secret")
        found = SpotifyCatalog(SpotifyClient(settings, outbound(server.url))).release("a" * 22)
        assert [track.title for track in found.tracks] == [f"Part {number}" for number in range(120)]
        assert (found.upc, found.tracks[0].isrc, found.tracks[1].isrc) == ("", "ZZBLN2600001", "")
        assert [request.target for request in server.requests[1:]] == [
            f"/v1/albums/{'a' * 22}",
            f"/v1/albums/{'a' * 22}/tracks?limit=50&offset=50",
            f"/v1/albums/{'a' * 22}/tracks?limit=50&offset=100",
            f"/v1/tracks/{0:022}",
        ]
