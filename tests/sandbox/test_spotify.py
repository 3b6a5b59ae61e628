"""Spotify's stand-in: the published contract, paging, tokens, refusals."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest
import yaml
from tests.plugins.sandbox import Sandbox
from tests.sandbox.conftest import fetch_token

from backline.sandbox import invented

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "spotify-web-api.yml"
ABSENT = "A" * 22


@functools.cache
def spec() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(_as_json_schema(yaml.load(SPEC.read_text(encoding="utf-8"), loader)))


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 says ``nullable``; JSON Schema says so in ``type``."""
    if isinstance(node, list):
        return [_as_json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _as_json_schema(value) for key, value in node.items()}
    if found.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def check(answer: httpx2.Response, schema: str) -> Any:
    """Check an answer against a named response of the published contract, where that is on this machine."""
    assert answer.headers["content-type"] == "application/json"
    if SPEC.exists():
        whole = {**spec(), "$ref": f"#/components/responses/{schema}/content/application~1json/schema"}
        jsonschema.Draft202012Validator(whole).validate(answer.json())
    return answer.json()


def first_release(spotify: httpx2.Client, artist_id: str = invented.DEMO_ARTIST_ID) -> str:
    return str(spotify.get(f"/artists/{artist_id}/albums").json()["items"][0]["id"])


@pytest.mark.skipif(not SPEC.exists(), reason="../shared/specs/spotify-web-api.yml is not on this machine")
@pytest.mark.parametrize("mode", ["development", "extended"])
@pytest.mark.parametrize("artist_id", [invented.DEMO_ARTIST_ID, invented.SCRIPTS_ARTIST_ID])
def test_every_answer_is_valid_by_the_published_contract(
    sandbox: Sandbox, spotify: httpx2.Client, mode: str, artist_id: str
) -> None:
    sandbox.limits(spotify=mode)
    check(spotify.get(f"/artists/{artist_id}"), "OneArtist")
    offset = 0
    while True:
        page = check(
            spotify.get(f"/artists/{artist_id}/albums", params={"limit": 10, "offset": offset}),
            "PagingArtistDiscographyAlbumObject",
        )
        for item in page["items"]:
            album = check(spotify.get(f"/albums/{item['id']}"), "OneAlbum")
        if page["next"] is None:
            break
        offset += 10
    check(spotify.get(f"/albums/{album['id']}/tracks"), "PagingSimplifiedTrackObject")
    check(spotify.get(f"/tracks/{album['tracks']['items'][0]['id']}"), "OneTrack")
    check(spotify.get(f"/playlists/{invented.PLAYLIST_ID}"), "OnePlaylist")
    everything = "album,artist,playlist,track,show,episode,audiobook"
    check(spotify.get("/search", params={"q": "tide", "type": everything}), "SearchItems")
    check(spotify.get(f"/artists/{ABSENT}"), "NotFound")
    check(spotify.get("/artists/short"), "BadRequest")
    check(spotify.get("/albums", params={"ids": ABSENT}), "Forbidden")
    check(spotify.get("/artists/" + artist_id, headers={"Authorization": ""}), "Unauthorized")
    sandbox.fault("spotify", "429", seconds=7)
    check(spotify.get(f"/artists/{artist_id}"), "TooManyRequests")


def test_an_artists_releases_come_in_pages_that_lead_on(spotify: httpx2.Client) -> None:
    url: str | None = f"/artists/{invented.DEMO_ARTIST_ID}/albums?include_groups=album,single,compilation&limit=10"
    seen: list[dict[str, Any]] = []
    while url:
        page = spotify.get(url).json()
        assert page["total"] == 40
        seen += page["items"]
        url = page["next"]
    assert len({item["id"] for item in seen}) == 40
    assert {item["album_type"] for item in seen} == {"album", "single", "compilation"}
    albums = [item["release_date"] for item in seen if item["album_type"] == "album"]
    assert albums == sorted(albums, reverse=True)
    assert {item["release_date_precision"] for item in seen} == {"year", "month", "day"}


def test_five_releases_come_when_no_limit_is_given_and_eleven_are_too_many(spotify: httpx2.Client) -> None:
    path = f"/artists/{invented.DEMO_ARTIST_ID}/albums"
    assert len(spotify.get(path).json()["items"]) == 5
    refused = spotify.get(path, params={"limit": 11})
    assert (refused.status_code, refused.json()) == (400, {"error": {"status": 400, "message": "Invalid limit"}})


@pytest.mark.parametrize("artist_id", [invented.EMPTY_ARTIST_ID])
def test_an_artist_without_releases_has_an_empty_page(spotify: httpx2.Client, artist_id: str) -> None:
    page = spotify.get(f"/artists/{artist_id}/albums").json()
    assert (page["total"], page["items"], page["next"]) == (0, [], None)


def test_an_ep_is_called_a_single(spotify: httpx2.Client) -> None:
    found = spotify.get("/search", params={"q": "album:Northbound artist:Oleander", "type": "album"}).json()
    album = next(item for item in found["albums"]["items"] if item["name"] == "Northbound")
    assert (album["album_type"], album["total_tracks"]) == ("single", 5)


def test_upc_and_isrc_find_their_release_and_track(spotify: httpx2.Client) -> None:
    album = spotify.get(f"/albums/{first_release(spotify)}").json()
    by_upc = spotify.get("/search", params={"q": f"upc:00{album['external_ids']['upc']}", "type": "album"}).json()
    assert [item["id"] for item in by_upc["albums"]["items"]] == [album["id"]]
    track = spotify.get(f"/tracks/{album['tracks']['items'][0]['id']}").json()
    assert track["album"]["id"] == album["id"]
    by_isrc = spotify.get("/search", params={"q": f"isrc:{track['external_ids']['isrc']}", "type": "track"}).json()
    assert track["id"] in [item["id"] for item in by_isrc["tracks"]["items"]]
    assert spotify.get("/search", params={"q": "upc:999999999999", "type": "album"}).json()["albums"]["total"] == 0


def test_pages_lead_to_the_real_host_and_pictures_to_this_one(sandbox: Sandbox, spotify: httpx2.Client) -> None:
    album = spotify.get(f"/albums/{first_release(spotify)}").json()
    assert album["external_urls"]["spotify"] == f"https://open.spotify.com/album/{album['id']}"
    assert [image["width"] for image in album["images"]] == [640, 300, 64]
    picture = httpx2.get(album["images"][0]["url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert album["images"][0]["url"].startswith(sandbox.base_url)
    assert httpx2.get(album["images"][0]["url"].replace("640", "641")).status_code == 404


def test_a_playlist_shows_its_face_and_hides_its_items(spotify: httpx2.Client) -> None:
    playlist = spotify.get(f"/playlists/{invented.PLAYLIST_ID}").json()
    assert (playlist["name"], playlist["owner"]["display_name"]) == ("Music for the Late Crossing", "Oleander Pike")
    assert "items" not in playlist
    assert spotify.get(f"/playlists/{invented.PLAYLIST_ID}/items").status_code == 403


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        (f"/artists/{ABSENT}", 404, "Resource not found"),
        (f"/albums/{ABSENT}", 404, "Resource not found"),
        (f"/tracks/{ABSENT}", 404, "Resource not found"),
        (f"/playlists/{ABSENT}", 404, "Resource not found"),
        ("/artists/not-an-id", 400, "Invalid base62 id"),
        (f"/artists/{ABSENT}?market=Germany", 400, "Invalid market code"),
        (f"/artists/{invented.DEMO_ARTIST_ID}/albums?include_groups=ep", 400, "Invalid include_groups"),
        (f"/artists/{invented.DEMO_ARTIST_ID}/albums?offset=-1", 400, "Invalid offset"),
        ("/search?type=album", 400, "No search query"),
        ("/search?q=x&type=song", 400, "Bad search type field song"),
        ("/search?q=x&type=album&limit=11", 400, "Invalid limit"),
        ("/search?q=x&type=album&offset=1001", 400, "Invalid offset"),
        (f"/artists/{ABSENT}/top-tracks", 403, "Forbidden"),
        ("/tracks?ids=" + ABSENT, 403, "Forbidden"),
        ("/browse/new-releases", 403, "Forbidden"),
        ("/me/tracks", 401, "Valid user authentication required"),
        ("/nonsense", 404, "Service not found"),
    ],
)
def test_refusals(spotify: httpx2.Client, path: str, status: int, message: str) -> None:
    answer = spotify.get(path)
    assert (answer.status_code, answer.json()) == (status, {"error": {"status": status, "message": message}})


def test_a_token_lasts_an_hour_of_virtual_time(sandbox: Sandbox, spotify: httpx2.Client) -> None:
    path = f"/artists/{invented.DEMO_ARTIST_ID}"
    sandbox.advance(minutes=59)
    assert spotify.get(path).status_code == 200
    sandbox.advance(minutes=2)
    answer = spotify.get(path)
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "The access token expired")


@pytest.mark.parametrize(
    ("authorization", "status", "message"),
    [
        ("", 401, "No token provided"),
        ("Bearer stale", 401, "Invalid access token"),
        ("Basic eA==", 400, "Only valid bearer authentication supported"),
    ],
)
def test_bad_tokens(client: httpx2.Client, authorization: str, status: int, message: str) -> None:
    answer = client.get("/spotify/v1/artists/" + ABSENT, headers={"Authorization": authorization})
    assert (answer.status_code, answer.json()["error"]["message"]) == (status, message)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"auth": ("nobody", "sandbox")}, "invalid_client"),
        ({"auth": ("", "")}, "invalid_client"),
        ({"data": {"grant_type": "password"}}, "unsupported_grant_type"),
        ({"data": {}}, "unsupported_grant_type"),
        ({"data": {"grant_type": "authorization_code", "code": "x"}}, "invalid_grant"),
        ({"data": {"grant_type": "refresh_token", "refresh_token": "x"}}, "invalid_grant"),
    ],
)
def test_token_refusals(sandbox: Sandbox, client: httpx2.Client, changes: dict[str, Any], error: str) -> None:
    app = sandbox.settings.spotify
    asked = {"auth": (app.client_id, app.client_secret), "data": {"grant_type": "client_credentials"}, **changes}
    answer = client.post("/spotify/accounts/api/token", **asked)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_the_rolling_window_is_kept_in_virtual_time(sandbox: Sandbox, spotify: httpx2.Client) -> None:
    sandbox.limits(limits="real", spotify_requests_per_window=3)
    path = f"/artists/{invented.DEMO_ARTIST_ID}"
    assert [spotify.get(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert 1 <= int(spotify.get(path).headers["retry-after"]) <= 30
    sandbox.advance(seconds=31)
    assert spotify.get(path).status_code == 200


def test_a_used_up_quota_says_so(sandbox: Sandbox, spotify: httpx2.Client) -> None:
    sandbox.limits(quota_exceeded=True)
    answer = spotify.get(f"/artists/{invented.DEMO_ARTIST_ID}")
    assert answer.json() == {"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}
    assert int(answer.headers["retry-after"]) > 3600


def test_development_mode_leaves_fields_out_that_extended_mode_fills(sandbox: Sandbox, spotify: httpx2.Client) -> None:
    path, album_path = f"/artists/{invented.DEMO_ARTIST_ID}", f"/albums/{first_release(spotify)}"
    assert spotify.get(path).json().keys() & {"followers", "genres", "popularity"} == set()
    assert spotify.get(album_path).json()["label"] == ""
    sandbox.limits(spotify="extended")
    assert spotify.get(path).json()["genres"] == ["chamber pop", "indie folk"]
    assert spotify.get(album_path).json()["label"] == "Tidemark Recordings (invented)"


def test_revoked_credentials_make_tokens_bad_and_new_ones_impossible(sandbox: Sandbox, spotify: httpx2.Client) -> None:
    sandbox.fault("spotify", "revoked")
    assert spotify.get("/artists/" + ABSENT).status_code == 401
    with pytest.raises(AssertionError, match="invalid_client"), httpx2.Client(base_url=sandbox.base_url) as client:
        fetch_token(client, sandbox)


def test_what_happens_without_the_product_asking(sandbox: Sandbox, spotify: httpx2.Client) -> None:
    path = f"/artists/{invented.SINGLE_ARTIST_ID}/albums"
    new = sandbox.release("appear", artist_id=invented.SINGLE_ARTIST_ID, title="Matchbook", type="ep", tracks=4)
    assert [item["name"] for item in spotify.get(path).json()["items"]] == ["Matchbook", "Candle Count"]
    sandbox.release("rename", release_id=new["id"], title="Matchbooks")
    album = spotify.get(f"/albums/{new['id']}").json()
    assert (album["name"], album["total_tracks"], album["external_ids"]["upc"]) == ("Matchbooks", 4, new["upc"])
    sandbox.release("takedown", release_id=new["id"])
    assert spotify.get(f"/albums/{new['id']}").status_code == 404
    assert spotify.get(path).json()["total"] == 1
