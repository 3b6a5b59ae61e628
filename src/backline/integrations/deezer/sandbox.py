"""Deezer on this machine: the open API's albums, tracks and search. Errors come with HTTP 200, as they do there.

The error types and codes are Deezer's (its API guide, "Errors"); the quota is 50 requests in 5 seconds per address.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.sandbox import artwork, identifiers, presence
from backline.sandbox.answers import json, whole
from backline.sandbox.catalogue import Artist, Release, Track
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import Limit, Window
from backline.sandbox.numbers import Numbers
from backline.sandbox.presence import Knows
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/deezer"
LIMIT = Limit(requests=50, seconds=5)
_PAGE = 25
_LARGEST_PAGE = 100
_UNKNOWN_DATE = "0000-00-00"
_RECORD_TYPES = {"album": "album", "single": "single", "ep": "ep", "compilation": "compile"}
_COVERS = {"small": 56, "medium": 250, "big": 500, "xl": 1000}
_QUERY_PART = re.compile(r'\b(artist|album|track):"([^"]*)"')

Json = dict[str, Any]


def refusal(kind: str, message: str, code: int) -> Response:
    """Answer with an error: HTTP 200 all the same."""
    return json({"error": {"type": kind, "message": message, "code": code}})


def no_data() -> Response:
    """Answer that there is no such thing."""
    return refusal("DataException", "no data", 800)


class DeezerSandbox:
    """The service's state and its answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._window = Window(world.clock)
        self._numbers = Numbers(
            world,
            knows=presence.deezer_knows,
            of_release=presence.deezer_id,
            of_track=presence.deezer_track_id,
        )

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        return Provider(
            key="deezer",
            name="Deezer",
            prefix=PREFIX,
            instead_of="https://api.deezer.com",
            routes=[
                Route(PREFIX + "/album/{key}", self.album),
                Route(PREFIX + "/track/{key}", self.track),
                Route(PREFIX + "/search/album", self.search_albums),
                Route(PREFIX + "/search", self.search_tracks),
                Route(PREFIX + "/search/track", self.search_tracks),
                Route(PREFIX + "/album/{key}/tracks", self.album_tracks),
                Route(PREFIX + "/covers/{id}/{size:int}x{height:int}.jpg", self.cover),
                Route(PREFIX + "/{rest:path}", self.unknown),
            ],
            refuse=self.refuse,
            admit=self.admit,
            clear=self._window.clear,
        )

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as Deezer does when it is broken or busy. It knows no credentials here, so none can be revoked."""
        del seconds, route
        match kind:
            case FaultKind.TOO_MANY | FaultKind.ERROR_INSIDE:
                return refusal("Exception", "Quota limit exceeded", 4)
            case FaultKind.REVOKED:
                return refusal("OAuthException", "Invalid OAuth access token.", 300)
            case _:
                return Response("Internal Server Error", 500, media_type="text/html")

    def admit(self, scope: Scope, route: str) -> Response | None:
        """Keep the quota."""
        del scope
        is_counted = self._world.modes.limits == "real" and not route.startswith("/covers/")
        if is_counted and self._window.admit(LIMIT) is not None:
            return refusal("Exception", "Quota limit exceeded", 4)
        return None

    async def album(self, request: Request) -> Response:
        """``GET /album/{id}`` and ``GET /album/upc:{UPC}``."""
        release = self._find(request.path_params["key"])
        return json(self._album(release)) if release else no_data()

    async def album_tracks(self, request: Request) -> Response:
        """``GET /album/{id}/tracks``: 25 a page."""
        release = self._find(request.path_params["key"])
        if release is None:
            return no_data()
        items = [self._track(track) for track in release.tracks]
        return self._page(request, f"/album/{presence.deezer_id(release)}/tracks", items)

    async def track(self, request: Request) -> Response:
        """``GET /track/{id}`` and ``GET /track/isrc:{ISRC}``."""
        key: str = request.path_params["key"]
        if key.startswith("isrc:"):
            for track in self._world.catalogue.by_isrc(key.removeprefix("isrc:")):
                if presence.deezer_knows(track.release) in (Knows.BY_UPC, Knows.BY_ISRC):
                    return json(self._track(track, with_album=True))
            return no_data()
        found = self._numbers.find(_number(key))
        return json(self._track(found, with_album=True)) if isinstance(found, Track) else no_data()

    async def search_albums(self, request: Request) -> Response:
        """``GET /search/album?q=``: words, or ``artist:"…" album:"…"``."""
        return self._search(request, "/search/album", lambda release: [self._short_album(release)])

    async def search_tracks(self, request: Request) -> Response:
        """``GET /search?q=``."""
        return self._search(
            request, "/search", lambda release: [self._track(track, with_album=True) for track in release.tracks]
        )

    async def cover(self, request: Request) -> Response:
        """A cover, square, of at most 1,400 pixels."""
        size, picture_id = request.path_params["size"], request.path_params["id"]
        if size != request.path_params["height"] or not 1 <= size <= artwork.LARGEST_SIZE:
            return Response(status_code=404)
        if picture_id not in self._world.catalogue.releases and picture_id not in self._world.catalogue.artists:
            return Response(status_code=404)
        return Response(artwork.cover(picture_id, size), media_type="image/jpeg")

    async def unknown(self, request: Request) -> Response:
        """Any other path."""
        rest = request.path_params["rest"]
        return refusal("InvalidQueryException", f"Unknown path components : /{rest}", 600)

    def _search(self, request: Request, path: str, shapes: Any) -> Response:
        query = request.query_params.get("q", "").strip()
        if not query:
            return refusal("MissingParameterException", "Missing parameters: q", 501)
        words = _QUERY_PART.sub(lambda match: match[2], query)
        found = [
            release
            for release in self._world.catalogue.search(words)
            if presence.deezer_knows(release) is not Knows.NOT
        ]
        items = [shape for release in found for shape in shapes(release)]
        return self._page(request, path, items, {"q": query})

    def _page(self, request: Request, path: str, items: list[Json], query: dict[str, str] | None = None) -> Response:
        index = whole(request.query_params.get("index"), 0, 0, 999_999_999)
        limit = whole(request.query_params.get("limit"), _PAGE, 1, 999_999_999)
        if index is None or limit is None:
            return refusal("ParameterException", "Wrong parameter: index and limit must be numbers", 500)
        limit = min(limit, _LARGEST_PAGE)
        shape: Json = {"data": items[index : index + limit], "total": len(items)}
        if index + limit < len(items):
            asked = urlencode({**(query or {}), "limit": limit, "index": index + limit})
            shape["next"] = f"{self._world.base_url}{PREFIX}{path}?{asked}"
        return json(shape)

    def _find(self, key: str) -> Release | None:
        if key.startswith("upc:"):
            release = self._world.catalogue.by_upc(key.removeprefix("upc:"))
            return release if release and presence.deezer_knows(release) is Knows.BY_UPC else None
        found = self._numbers.find(_number(key))
        return found if isinstance(found, Release) else None

    def _seconds(self, track: Track) -> int:
        extra = presence.near_miss_seconds(track.release) if _is_near_miss(track.release) else 0
        return round(track.duration_ms / 1000) + extra

    def _short_album(self, release: Release) -> Json:
        number = presence.deezer_id(release)
        return {
            "id": number,
            "title": release.title,
            "link": presence.deezer_url(release),
            **self._covers("cover", release.id),
            "genre_id": 132,
            "nb_tracks": len(release.tracks),
            "record_type": _RECORD_TYPES[release.true_type],
            "tracklist": f"{self._world.base_url}{PREFIX}/album/{number}/tracks",
            "explicit_lyrics": any(track.is_explicit for track in release.tracks),
            "artist": self._artist(release.artist),
            "type": "album",
        }

    def _album(self, release: Release) -> Json:
        return {
            **self._short_album(release),
            "upc": _code(release, identifiers.upc("deezer", release.id), release.upc),
            "share": f"{presence.deezer_url(release)}?utm_source=deezer",
            "genres": {"data": [{"id": 132, "name": "Pop", "type": "genre"}]},
            "label": release.label,
            "duration": sum(self._seconds(track) for track in release.tracks),
            "fans": identifiers.number("fans", release.id) % 90_000,
            "release_date": _date(release),
            "available": True,
            "explicit_content_lyrics": 0,
            "explicit_content_cover": 0,
            "contributors": [{**self._artist(release.artist), "role": "Main"}],
            "tracks": {"data": [self._track(track) for track in release.tracks]},
        }

    def _track(self, track: Track, *, with_album: bool = False) -> Json:
        number, release = presence.deezer_track_id(track), track.release
        shape: Json = {
            "id": number,
            "readable": True,
            "title": track.title,
            "title_short": track.title,
            "title_version": "",
            "isrc": _code(release, identifiers.isrc(release.released, "deezer", track.id), track.isrc, isrc=True),
            "link": f"https://www.deezer.com/track/{number}",
            "duration": self._seconds(track),
            "track_position": track.number,
            "disk_number": 1,
            "rank": identifiers.number("rank", track.id) % 1_000_000,
            "explicit_lyrics": track.is_explicit,
            "preview": "",
            "artist": self._artist(release.artist),
            "type": "track",
        }
        if with_album:
            shape["album"] = {
                "id": presence.deezer_id(release),
                "title": release.title,
                "link": presence.deezer_url(release),
                **self._covers("cover", release.id),
                "release_date": _date(release),
                "type": "album",
            }
        return shape

    def _artist(self, artist: Artist) -> Json:
        number = presence.deezer_artist_id(artist)
        return {
            "id": number,
            "name": artist.name,
            "link": f"https://www.deezer.com/artist/{number}",
            **self._covers("picture", artist.id),
            "type": "artist",
        }

    def _covers(self, name: str, picture_id: str) -> Json:
        base = f"{self._world.base_url}{PREFIX}/covers/{picture_id}"
        return {f"{name}_{word}": f"{base}/{size}x{size}.jpg" for word, size in _COVERS.items()}


def provider(world: World) -> Provider:
    """Return Deezer's stand-in."""
    return DeezerSandbox(world).provider()


def _number(key: str) -> int:
    return int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0


def _is_near_miss(release: Release) -> bool:
    return presence.deezer_knows(release) is Knows.NEAR_MISS


def _code(release: Release, other: str, own: str, *, isrc: bool = False) -> str:
    """Return the code under which Deezer files it: its own, or another where it is known by name only."""
    known = presence.deezer_knows(release)
    return own if known is Knows.BY_UPC or (isrc and known is Knows.BY_ISRC) else other


def _date(release: Release) -> str:
    return release.released + _UNKNOWN_DATE[len(release.released) :].replace("00", "01")
