"""Apple's iTunes Search API on this machine: ``/lookup`` and ``/search``.

As there: answers are JSON called ``text/javascript``, singles and EPs have " - Single" and " - EP" behind their names,
an unknown code is an empty list and no error, and more than about twenty calls a minute are refused with 403.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.sandbox import artwork, presence
from backline.sandbox.answers import json, whole
from backline.sandbox.catalogue import Artist, Release, Track
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import Limit, Window
from backline.sandbox.numbers import ArtistNumbers, Numbers
from backline.sandbox.presence import Knows
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/itunes"
LIMIT = Limit(requests=20, seconds=60)
MOST_RESULTS = 200
_MEDIA_TYPE = "text/javascript; charset=utf-8"
_SUFFIXES = {"single": " - Single", "ep": " - EP"}
_ENTITIES = ("song", "album", "musicArtist", "musicTrack")
_COUNTRIES = {
    "us": "USA", "gb": "GBR", "de": "DEU", "fr": "FRA", "jp": "JPN", "br": "BRA", "ca": "CAN", "au": "AUS", "mx": "MEX",
    "in": "IND", "es": "ESP", "it": "ITA", "nl": "NLD", "se": "SWE", "pl": "POL", "tr": "TUR", "za": "ZAF", "ng": "NGA",
    "eg": "EGY", "kr": "KOR", "id": "IDN", "ar": "ARG", "cl": "CHL", "co": "COL", "pt": "PRT", "at": "AUT", "ch": "CHE",
    "be": "BEL", "dk": "DNK", "no": "NOR", "fi": "FIN", "ie": "IRL", "nz": "NZL", "sg": "SGP", "hk": "HKG", "tw": "TWN",
    "th": "THA", "ph": "PHL", "my": "MYS", "vn": "VNM", "ae": "ARE", "sa": "SAU", "il": "ISR", "gr": "GRC", "cz": "CZE",
    "hu": "HUN", "ro": "ROU", "ua": "UKR", "pe": "PER", "ke": "KEN", "gh": "GHA",
}  # fmt: skip

Json = dict[str, Any]


class ItunesSandbox:
    """The service's state and its answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._window = Window(world.clock)
        self._numbers = Numbers(
            world,
            knows=presence.itunes_knows,
            of_release=presence.itunes_id,
            of_track=presence.itunes_track_id,
        )
        self._artists = ArtistNumbers(world)

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        return Provider(
            key="itunes",
            name="iTunes",
            prefix=PREFIX,
            instead_of="https://itunes.apple.com",
            routes=[
                Route(PREFIX + "/lookup", self.lookup),
                Route(PREFIX + "/search", self.search),
                Route(PREFIX + "/covers/{id}/{size:int}x{height:int}bb.jpg", self.cover),
            ],
            refuse=self.refuse,
            admit=self.admit,
            clear=self._window.clear,
        )

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as Apple does when it is broken or busy: a page, not JSON."""
        del seconds, route
        match kind:
            case FaultKind.TOO_MANY | FaultKind.REVOKED:
                return _forbidden()
            case FaultKind.ERROR_INSIDE:
                return _wrong("id", {}, 200)
            case _:
                return Response("<HTML><BODY>Http/1.1 Internal Server Error</BODY></HTML>", 500, media_type="text/html")

    def admit(self, scope: Scope, route: str) -> Response | None:
        """Keep the limit of twenty calls a minute."""
        del scope
        is_counted = self._world.modes.limits == "real" and not route.startswith("/covers/")
        if is_counted and self._window.admit(LIMIT) is not None:
            return _forbidden()
        return None

    async def lookup(self, request: Request) -> Response:
        """``GET /lookup`` by ``upc``, ``id`` or ``isrc``.

        ``entity=song`` adds the songs of a collection, ``entity=album`` the collections of an artist, at most ``limit``
        and with ``sort=recent`` newest first.
        """
        query = dict(request.query_params)
        store = query.get("country", "us").lower()
        if store not in _COUNTRIES:
            return _wrong("country", query)
        entity = query.get("entity", "")
        if entity and entity not in _ENTITIES:
            return _wrong("entity", query)
        limit = whole(query.get("limit"), 50, 1, 999_999_999)
        if limit is None:
            return _wrong("limit", query)
        results: list[Json] = []
        for found in self._found(query):
            if isinstance(found, Artist):
                results.append(self._artist(found, store))
                if entity == "album":
                    results += self._collections_of(found, store, is_recent=query.get("sort") == "recent")[:limit]
            else:
                results += self._sold(found, store, with_songs=entity in ("song", "musicTrack"))
        return _results(results)

    async def search(self, request: Request) -> Response:
        """``GET /search``: albums or songs that hold the words."""
        query = dict(request.query_params)
        store = query.get("country", "us").lower()
        if store not in _COUNTRIES:
            return _wrong("country", query)
        entity = query.get("entity", "song")
        if entity not in _ENTITIES:
            return _wrong("entity", query)
        limit = whole(query.get("limit"), 50, 1, 999_999_999)
        if limit is None:
            return _wrong("limit", query)
        releases = [
            release for release in self._world.catalogue.search(query.get("term", "")) if _is_sold(release, store)
        ]
        if entity == "album":
            results = [self._collection(release, store) for release in releases]
        elif entity == "musicArtist":
            artists = self._world.catalogue.search_artists(query.get("term", ""))
            results = [self._artist(artist, store) for artist in artists]
        else:
            results = [self._song(track, store) for release in releases for track in release.tracks]
        return _results(results[: min(limit, MOST_RESULTS)])

    async def cover(self, request: Request) -> Response:
        """A cover in any size up to 1,400 pixels: the size in the address may be changed, as people do there."""
        size, picture_id = request.path_params["size"], request.path_params["id"]
        if size != request.path_params["height"] or not 1 <= size <= artwork.LARGEST_SIZE:
            return Response(status_code=404)
        if picture_id not in self._world.catalogue.releases:
            return Response(status_code=404)
        return Response(artwork.cover(picture_id, size), media_type="image/jpeg")

    def _found(self, query: dict[str, str]) -> list[Artist | Release | Track]:
        catalogue = self._world.catalogue
        if upc := query.get("upc"):
            release = catalogue.by_upc(upc)
            return [release] if release and presence.itunes_knows(release) is Knows.BY_UPC else []
        if isrc := query.get("isrc"):
            return [
                track
                for track in catalogue.by_isrc(isrc)
                if presence.itunes_knows(track.release) in (Knows.BY_UPC, Knows.BY_ISRC)
            ]
        numbers = [int(part) for part in query.get("id", "").split(",") if part.isascii() and part.isdigit()]
        return [
            thing
            for number in numbers[:MOST_RESULTS]
            if (thing := self._numbers.find(number) or self._artists.find(number))
        ]

    def _sold(self, found: Release | Track, store: str, *, with_songs: bool) -> list[Json]:
        release = found.release if isinstance(found, Track) else found
        if not presence.is_sold_in(release, store):
            return []
        if isinstance(found, Track):
            return [self._song(found, store)]
        songs = [self._song(track, store) for track in found.tracks] if with_songs else []
        return [self._collection(found, store), *songs]

    def _artist(self, artist: Artist, store: str) -> Json:
        return {
            "wrapperType": "artist",
            "artistType": "Artist",
            "artistName": artist.name,
            "artistLinkUrl": f"{presence.apple_artist_url(artist, store)}?uo=4",
            "artistId": presence.itunes_artist_id(artist),
            "primaryGenreName": "Pop",
            "primaryGenreId": 14,
        }

    def _collections_of(self, artist: Artist, store: str, *, is_recent: bool) -> list[Json]:
        releases = [release for release in artist.releases if _is_sold(release, store)]
        if is_recent:
            releases.sort(key=lambda release: (release.released, release.id), reverse=True)
        return [self._collection(release, store) for release in releases]

    def _common(self, release: Release, store: str) -> Json:
        artist, number = release.artist, presence.itunes_id(release)
        cover = f"{self._world.base_url}{PREFIX}/covers/{release.id}"
        name = release.title + _SUFFIXES.get(release.true_type, "")
        return {
            "artistId": presence.itunes_artist_id(artist),
            "collectionId": number,
            "artistName": artist.name,
            "collectionName": name,
            "collectionCensoredName": name,
            "artistViewUrl": f"{presence.apple_artist_url(artist, store)}?uo=4",
            "collectionViewUrl": f"{presence.apple_url(release, store)}?uo=4",
            "artworkUrl60": f"{cover}/60x60bb.jpg",
            "artworkUrl100": f"{cover}/100x100bb.jpg",
            "collectionPrice": 9.99 if len(release.tracks) > 6 else 1.29,
            "trackCount": len(release.tracks),
            "country": _COUNTRIES[store],
            "currency": "USD",
            "releaseDate": f"{release.released}{'0000-01-01'[len(release.released) :]}T07:00:00Z",
            "primaryGenreName": "Pop",
        }

    def _collection(self, release: Release, store: str) -> Json:
        is_explicit = any(track.is_explicit for track in release.tracks)
        return {
            "wrapperType": "collection",
            "collectionType": "Compilation" if release.true_type == "compilation" else "Album",
            **self._common(release, store),
            "collectionExplicitness": "explicit" if is_explicit else "notExplicit",
            "copyright": f"℗ {release.released[:4]} {release.label}",
        }

    def _song(self, track: Track, store: str) -> Json:
        release = track.release
        is_near_miss = presence.itunes_knows(release) is Knows.NEAR_MISS
        extra = presence.near_miss_seconds(release) * 1000 if is_near_miss else 0
        number = presence.itunes_track_id(track)
        return {
            "wrapperType": "track",
            "kind": "song",
            **self._common(release, store),
            "trackId": number,
            "trackName": track.title,
            "trackCensoredName": track.title,
            "trackViewUrl": f"{presence.apple_url(release, store)}?i={number}&uo=4",
            "trackPrice": 1.29,
            "discCount": 1,
            "discNumber": 1,
            "trackNumber": track.number,
            "trackTimeMillis": track.duration_ms + extra,
            "trackExplicitness": "explicit" if track.is_explicit else "notExplicit",
            "isStreamable": True,
        }


def provider(world: World) -> Provider:
    """Return the iTunes Search API's stand-in."""
    return ItunesSandbox(world).provider()


def _is_sold(release: Release, store: str) -> bool:
    return presence.itunes_knows(release) is not Knows.NOT and presence.is_sold_in(release, store)


def _results(results: list[Json]) -> Response:
    return json({"resultCount": len(results), "results": results}, media_type=_MEDIA_TYPE)


def _wrong(name: str, query: dict[str, str], status: int = 400) -> Response:
    body = {"errorMessage": f"Invalid value(s) for key(s): [{name}]", "queryParameters": query}
    return json(body, status, media_type=_MEDIA_TYPE)


def _forbidden() -> Response:
    return Response("<HTML><BODY>Http/1.1 Forbidden</BODY></HTML>", 403, media_type="text/html")
