"""Deezer, iTunes, MusicBrainz and Odesli: what they know, how they say no, and their limits."""

from __future__ import annotations

import httpx2
import pytest
from tests.plugins.sandbox import Sandbox

from backline.contract.services import belongs
from backline.sandbox import invented, presence
from backline.sandbox.catalogue import Catalogue, Release
from backline.sandbox.presence import Knows

AGENT = {"User-Agent": "Backline/1.0 (ops@label.example)"}
NO_DATA = {"error": {"type": "DataException", "message": "no data", "code": 800}}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    catalogue = Catalogue()
    catalogue.add(invented.artists())
    return catalogue


def deezer_release(catalogue: Catalogue, how: Knows) -> Release:
    return next(one for one in catalogue.releases.values() if presence.deezer_knows(one) is how)


def itunes_release(catalogue: Catalogue, how: Knows) -> Release:
    return next(
        one
        for one in catalogue.releases.values()
        if presence.itunes_knows(one) is how and presence.is_sold_in(one, "de")
    )


def test_deezer_finds_a_release_by_upc_with_any_zeros_before_it(client: httpx2.Client, catalogue: Catalogue) -> None:
    release = deezer_release(catalogue, Knows.BY_UPC)
    album = client.get(f"/deezer/album/upc:0{release.upc}").json()
    assert (album["title"], album["upc"], album["nb_tracks"]) == (release.title, release.upc, len(release.tracks))
    assert belongs(album["link"], "deezer")
    assert client.get(album["cover_xl"]).headers["content-type"] == "image/jpeg"
    assert client.get(f"/deezer/album/{album['id']}").json() == album
    track = client.get(f"/deezer/track/isrc:{release.tracks[0].isrc}").json()
    assert track["album"]["id"] == album["id"]
    assert client.get(f"/deezer/track/{track['id']}").json() == track


def test_deezer_knows_some_by_isrc_only(client: httpx2.Client, catalogue: Catalogue) -> None:
    release = deezer_release(catalogue, Knows.BY_ISRC)
    assert client.get(f"/deezer/album/upc:{release.upc}").json() == NO_DATA
    assert client.get(f"/deezer/track/isrc:{release.tracks[0].isrc}").json()["title"] == release.tracks[0].title


@pytest.mark.parametrize(("how", "is_same_length"), [(Knows.BY_NAME, True), (Knows.NEAR_MISS, False)])
def test_deezer_knows_some_by_name_only_and_some_of_those_are_another_recording(
    client: httpx2.Client, catalogue: Catalogue, how: Knows, is_same_length: bool
) -> None:
    release = deezer_release(catalogue, how)
    assert client.get(f"/deezer/album/upc:{release.upc}").json() == NO_DATA
    assert client.get(f"/deezer/track/isrc:{release.tracks[0].isrc}").json() == NO_DATA
    query = f'artist:"{release.artist.name}" album:"{release.title}"'
    hits = client.get("/deezer/search/album", params={"q": query}).json()["data"]
    hit = next(one for one in hits if one["title"] == release.title)
    album = client.get(f"/deezer/album/{hit['id']}").json()
    assert album["upc"] != release.upc
    difference = abs(album["duration"] - release.total_ms / 1000) / len(release.tracks)
    assert (difference <= 3) is is_same_length


def test_deezer_does_not_know_everything(client: httpx2.Client, catalogue: Catalogue) -> None:
    release = deezer_release(catalogue, Knows.NOT)
    found = client.get("/deezer/search/album", params={"q": f"{release.artist.name} {release.title}"}).json()
    assert release.title not in [one["title"] for one in found["data"]]


@pytest.mark.parametrize(
    ("path", "code"),
    [("/album/1", 800), ("/album/x", 800), ("/search", 501), ("/nonsense", 600), ("/search?q=tide&limit=x", 500)],
)
def test_deezer_says_no_with_status_200(client: httpx2.Client, path: str, code: int) -> None:
    answer = client.get("/deezer" + path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, code)


def test_deezer_gives_twenty_five_a_page(client: httpx2.Client) -> None:
    page = client.get("/deezer/search", params={"q": "conveyor five hundred"}).json()
    assert len(page["data"]) == 25
    assert client.get(page["next"]).json()["data"][0] != page["data"][0]


def test_deezers_quota(sandbox: Sandbox, client: httpx2.Client) -> None:
    sandbox.limits(limits="real")
    codes = [client.get("/deezer/album/1").json()["error"]["code"] for _ in range(51)]
    assert (set(codes[:50]), codes[50]) == ({800}, 4)
    sandbox.advance(seconds=6)
    assert client.get("/deezer/album/1").json() == NO_DATA


def test_itunes_finds_a_release_by_upc_and_calls_its_json_javascript(
    client: httpx2.Client, catalogue: Catalogue
) -> None:
    release = itunes_release(catalogue, Knows.BY_UPC)
    answer = client.get("/itunes/lookup", params={"upc": release.upc, "country": "de", "entity": "song"})
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    collection, *songs = answer.json()["results"]
    assert answer.json()["resultCount"] == len(release.tracks) + 1
    assert belongs(collection["collectionViewUrl"], "apple-music")
    assert collection["collectionViewUrl"].startswith("https://music.apple.com/de/")
    assert [song["trackTimeMillis"] for song in songs] == [track.duration_ms for track in release.tracks]
    larger = collection["artworkUrl100"].replace("100x100bb", "1000x1000bb")
    assert client.get(larger).headers["content-type"] == "image/jpeg"
    again = client.get("/itunes/lookup", params={"id": collection["collectionId"]}).json()["results"]
    assert [one["collectionId"] for one in again] == [collection["collectionId"]]


def test_itunes_puts_words_behind_the_titles_of_singles(client: httpx2.Client, catalogue: Catalogue) -> None:
    release = next(
        one
        for one in catalogue.releases.values()
        if one.true_type == "single" and presence.itunes_knows(one) is Knows.BY_UPC and presence.is_sold_in(one, "us")
    )
    found = client.get("/itunes/lookup", params={"upc": release.upc}).json()["results"][0]
    assert found["collectionName"] == f"{release.title} - Single"


def test_itunes_knows_nothing_with_an_empty_list(client: httpx2.Client, catalogue: Catalogue) -> None:
    release = itunes_release(catalogue, Knows.BY_NAME)
    empty = {"resultCount": 0, "results": []}
    assert client.get("/itunes/lookup", params={"upc": release.upc}).json() == empty
    assert client.get("/itunes/lookup", params={"isrc": release.tracks[0].isrc}).json() == empty
    asked = {"term": f"{release.artist.name} {release.title}", "entity": "album", "media": "music", "country": "de"}
    names = [one["collectionCensoredName"] for one in client.get("/itunes/search", params=asked).json()["results"]]
    assert any(name.startswith(release.title) for name in names)


def test_some_releases_are_not_sold_everywhere(client: httpx2.Client, catalogue: Catalogue) -> None:
    release = next(
        one
        for one in catalogue.releases.values()
        if presence.itunes_knows(one) is Knows.BY_UPC and not presence.is_sold_in(one, "in")
    )
    counts = [
        client.get("/itunes/lookup", params={"upc": release.upc, "country": country}).json()["resultCount"]
        for country in ("us", "in")
    ]
    assert counts == [1, 0]


def test_itunes_refuses_unknown_countries_and_the_twenty_first_call_of_a_minute(
    sandbox: Sandbox, client: httpx2.Client
) -> None:
    wrong = client.get("/itunes/lookup", params={"upc": "1", "country": "zz"})
    assert (wrong.status_code, wrong.json()["errorMessage"]) == (400, "Invalid value(s) for key(s): [country]")
    sandbox.limits(limits="real")
    assert [client.get("/itunes/lookup?upc=1").status_code for _ in range(21)] == [200] * 20 + [403]


def test_musicbrainz_leads_from_a_barcode_to_addresses(client: httpx2.Client, catalogue: Catalogue) -> None:
    release = next(one for one in catalogue.releases.values() if presence.is_in_musicbrainz(one))
    base = "/musicbrainz/ws/2/release"
    found = client.get(base, params={"query": f"barcode:{release.upc}", "fmt": "json"}, headers=AGENT).json()
    assert [(one["title"], one["barcode"], one["score"]) for one in found["releases"]] == [
        (release.title, release.upc, 100)
    ]
    mbid = found["releases"][0]["id"]
    one = client.get(f"{base}/{mbid}?inc=url-rels+recordings+isrcs&fmt=json", headers=AGENT).json()
    assert one["media"][0]["tracks"][0]["recording"]["isrcs"] == [release.tracks[0].isrc]
    urls = [relation["url"]["resource"] for relation in one["relations"]]
    assert presence.spotify_url(release) in urls
    assert "relations" not in client.get(f"{base}/{mbid}?fmt=json", headers=AGENT).json()
    isrc = release.tracks[0].isrc
    by_isrc = client.get(f"/musicbrainz/ws/2/isrc/{isrc}?inc=releases&fmt=json", headers=AGENT).json()
    assert by_isrc["recordings"][0]["releases"][0]["id"] == mbid


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/release/nonsense?fmt=json", 400),
        ("/release/00000000-0000-4000-8000-000000000000?fmt=json", 404),
        ("/isrc/ZZZZZ0000000?fmt=json", 404),
        ("/isrc/x?fmt=json", 400),
        ("/release?fmt=json", 400),
        ("/release?query=barcode:1", 406),
        ("/work/1?fmt=json", 404),
    ],
)
def test_musicbrainz_says_no(client: httpx2.Client, path: str, status: int) -> None:
    answer = client.get("/musicbrainz/ws/2" + path, headers=AGENT)
    assert (answer.status_code, set(answer.json())) == (status, {"error", "help"})


@pytest.mark.parametrize("agent", ["python-httpx/1.0", "curl/8.0", "", "Backline"])
def test_musicbrainz_wants_to_know_who_is_asking(client: httpx2.Client, agent: str) -> None:
    answer = client.get("/musicbrainz/ws/2/release?query=barcode:1&fmt=json", headers={"User-Agent": agent})
    assert answer.status_code == 403


def test_musicbrainz_takes_one_request_a_second(sandbox: Sandbox, client: httpx2.Client) -> None:
    sandbox.limits(limits="real")
    path = "/musicbrainz/ws/2/release?query=barcode:12345678&fmt=json"
    assert [client.get(path, headers=AGENT).status_code for _ in range(2)] == [200, 503]
    sandbox.advance(seconds=2)
    assert client.get(path, headers=AGENT).status_code == 200


def test_odesli_answers_an_address_in_its_own_shape(client: httpx2.Client, catalogue: Catalogue) -> None:
    release = next(one for one in catalogue.releases.values() if presence.is_in_odesli(one))
    links = "/odesli/v1-alpha.1/links"
    answer = client.get(links, params={"url": presence.spotify_url(release), "userCountry": "DE"}).json()
    assert answer["userCountry"] == "DE"
    assert answer["linksByPlatform"]["spotify"]["url"] == presence.spotify_url(release)
    assert answer["entityUniqueId"] == f"SPOTIFY_ALBUM::{release.id}"
    for link in answer["linksByPlatform"].values():
        assert link["entityUniqueId"] in answer["entitiesByUniqueId"]
    same = client.get(links, params={"platform": "spotify", "type": "album", "id": release.id, "userCountry": "DE"})
    assert same.json() == answer
    track = release.tracks[0].id
    song = client.get(links, params={"platform": "spotify", "type": "song", "id": track}).json()
    assert song["entityUniqueId"] == f"SPOTIFY_SONG::{track}"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "missing_parameters"),
        ({"url": "https://example.com/x"}, 400, "could_not_parse_url"),
        ({"url": "https://open.spotify.com/album/" + "A" * 22}, 404, "could_not_resolve_entity"),
        ({"url": "https://open.spotify.com/album/" + "A" * 22, "userCountry": "x"}, 400, "invalid_user_country"),
    ],
)
def test_odesli_says_no(client: httpx2.Client, query: dict[str, str], status: int, code: str) -> None:
    answer = client.get("/odesli/v1-alpha.1/links", params=query)
    assert (answer.status_code, answer.json()) == (status, {"statusCode": status, "code": code})


def test_odesli_limits_those_without_a_key_and_can_refuse_them(sandbox: Sandbox, client: httpx2.Client) -> None:
    path = "/odesli/v1-alpha.1/links?url=x"
    sandbox.limits(limits="real")
    assert [client.get(path).status_code for _ in range(11)] == [400] * 10 + [429]
    assert client.get(path + "&key=mine").status_code == 400
    sandbox.limits(limits="off", odesli="keyed")
    assert client.get(path).json() == {"statusCode": 401, "code": "missing_api_key"}
    assert "key=" not in sandbox.requests("odesli")[1]["path"]
