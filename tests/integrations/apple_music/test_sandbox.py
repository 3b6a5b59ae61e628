from __future__ import annotations

import time
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.factories.catalogue import catalogue, known_to
from tests.plugins.sandbox import Sandbox

from backline.sandbox import invented, presence
from backline.sandbox.presence import Knows

NUMBER = presence.itunes_artist_id(catalogue().artists[invented.DEMO_ARTIST_ID])
HALF_A_YEAR = 15_777_000


def token(sandbox: Sandbox, *, key: Any = None, algorithm: str = "ES256", **changes: Any) -> str:
    settings, now = sandbox.settings.apple_music, int(time.time())
    kid = changes.pop("kid", settings.key_id)
    claims = {"iss": settings.team_id, "iat": now, "exp": now + 3600, **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key or settings.private_key, algorithm=algorithm, headers={"kid": kid})


def get(sandbox: Sandbox, path: str, bearer: str | None = None) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token(sandbox) if bearer is None else bearer}".strip()}
    return httpx2.get(f"{sandbox.settings.apple_music.url}{path}", headers=headers, timeout=10)


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    (error,) = answer.json()["errors"]
    assert set(error) == {"id", "title", "detail", "status", "code"}
    assert error["status"] == str(answer.status_code)
    return answer.status_code, error["code"]


def test_an_artist_has_the_latest_release_where_it_is_asked_for(sandbox: Sandbox) -> None:
    (plain,) = get(sandbox, f"/catalog/us/artists/{NUMBER}").json()["data"]
    assert (plain["id"], plain["type"], plain["attributes"]["name"]) == (str(NUMBER), "artists", "Oleander Pike")
    assert "views" not in plain
    (artist,) = get(sandbox, f"/catalog/gb/artists/{NUMBER}?views=latest-release").json()["data"]
    assert artist["attributes"]["url"] == f"https://music.apple.com/gb/artist/oleander-pike/{NUMBER}"
    assert len(artist["views"]["latest-release"]["data"]) == 1
    picture = httpx2.get(artist["attributes"]["artwork"]["url"].format(w=64, h=64))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")


def test_an_album_is_found_by_upc_and_storefronts_are_listed(sandbox: Sandbox) -> None:
    release = known_to("itunes", Knows.BY_UPC)
    (album,) = get(sandbox, f"/catalog/us/albums?filter[upc]={release.upc}").json()["data"]
    assert (album["attributes"]["upc"], album["attributes"]["trackCount"]) == (release.upc, len(release.tracks))
    assert get(sandbox, "/catalog/us/albums?filter[upc]=000000000000").json() == {"data": []}
    assert "us" in [one["id"] for one in get(sandbox, "/storefronts").json()["data"]]


def test_a_search_leaves_out_types_without_hits(sandbox: Sandbox) -> None:
    both = get(sandbox, "/catalog/us/search?term=oleander&types=artists,albums&limit=2").json()["results"]
    assert [one["attributes"]["name"] for one in both["artists"]["data"]] == ["Oleander Pike"]
    assert len(both["albums"]["data"]) == 2
    assert get(sandbox, "/catalog/us/search?term=nobody&types=artists").json()["results"] == {}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/catalog/us/artists/1000000000", (404, "40400")),
        ("/catalog/us/artists/x", (404, "40400")),
        ("/catalog/xx/artists/1", (404, "40400")),
        (f"/catalog/us/artists/{NUMBER}?views=nonsense", (400, "40005")),
        ("/catalog/us/search?types=artists", (400, "40005")),
        ("/catalog/us/search?term=x", (400, "40005")),
        ("/catalog/us/search?term=x&types=people", (400, "40005")),
        ("/catalog/us/search?term=x&types=artists&limit=26", (400, "40005")),
        ("/catalog/us/albums", (400, "40005")),
        ("/me/library", (404, "40400")),
    ],
)
def test_what_apple_does_not_know_or_take(sandbox: Sandbox, path: str, expected: tuple[int, str]) -> None:
    assert code_of(get(sandbox, path)) == expected


def test_a_token_is_good_to_the_last_second_of_half_a_year_and_not_after(sandbox: Sandbox) -> None:
    now = int(time.time())
    longest = token(sandbox, iat=now, exp=now + HALF_A_YEAR)
    path = "/storefronts"
    assert get(sandbox, path, longest).status_code == 200
    sandbox.advance(days=182)
    assert get(sandbox, path, longest).status_code == 200
    sandbox.advance(days=1)
    assert code_of(get(sandbox, path, longest)) == (401, "40100")


def test_a_token_that_is_not_as_apple_wants_it_is_refused(sandbox: Sandbox) -> None:
    now = int(time.time())
    other = ec.generate_private_key(ec.SECP256R1())
    good = token(sandbox)
    head, body, signature = good.split(".")
    refused = [
        "", "x", "a.b.c", f"{head}.{body}.", f"{head}.{body}", f"{head}.{body}.{signature[:-4]}AAAA",
        f"{body}.{head}.{signature}",
        token(sandbox, key=other),
        token(sandbox, key="a secret of thirty-two characters", algorithm="HS256"),
        jwt.encode({"iss": sandbox.settings.apple_music.team_id, "iat": now, "exp": now + 60}, None, algorithm="none"),
        token(sandbox, kid="OTHERKEY01"),
        token(sandbox, iss="OTHERTEAM1"), token(sandbox, iss=None), token(sandbox, iat=None), token(sandbox, exp=None),
        token(sandbox, exp=now - 1), token(sandbox, iat=now + 120), token(sandbox, exp=now + HALF_A_YEAR + 1, iat=now),
    ]  # fmt: skip
    assert [code_of(get(sandbox, "/storefronts", one)) for one in refused] == [(401, "40100")] * len(refused)
    assert get(sandbox, "/storefronts", good).status_code == 200


def test_the_public_search_knows_artists_and_what_they_put_out_last(sandbox: Sandbox) -> None:
    lookup = f"{sandbox.settings.itunes.url}/lookup?id={NUMBER}"
    (artist,) = httpx2.get(lookup).json()["results"]
    assert (artist["wrapperType"], artist["artistName"], artist["artistId"]) == ("artist", "Oleander Pike", NUMBER)
    found = httpx2.get(f"{lookup}&entity=album&sort=recent&limit=3").json()["results"]
    assert [one["wrapperType"] for one in found] == ["artist", "collection", "collection", "collection"]
    dates = [one["releaseDate"] for one in found[1:]]
    assert dates == sorted(dates, reverse=True)
    search = f"{sandbox.settings.itunes.url}/search?term=oleander&entity=musicArtist&media=music"
    assert [one["artistId"] for one in httpx2.get(search).json()["results"]] == [NUMBER]
