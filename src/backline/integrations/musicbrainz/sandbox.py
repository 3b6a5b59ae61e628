"""MusicBrainz on this machine: the parts of web service 2 that lead from a barcode or an ISRC to addresses.

As there: a caller must say who it is in User-Agent, more than one request a second is answered with 503, and JSON comes
only for ``fmt=json`` or an Accept header that asks for it.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.sandbox import identifiers, presence
from backline.sandbox.answers import json, whole
from backline.sandbox.catalogue import Artist, Release, Track
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import Limit, Window, whole_seconds
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/musicbrainz"
LIMIT = Limit(requests=1, seconds=1)
_HELP = "For usage, please see: https://musicbrainz.org/development/mmd"
_TOO_FAST = (
    "Your requests are exceeding the allowable rate limit. Please see "
    "https://wiki.musicbrainz.org/XMLWebService for more information."
)
_AGENT = re.compile(
    r"^(?!python|curl|wget|java|go-http|okhttp|mozilla)[^\s/()]+/\S+ \(.*(@|https?://).*\)", re.IGNORECASE
)
_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BARCODE = re.compile(r"\bbarcode:\"?(\d{8,14})\"?")
_FREE = ("soundcloud", "youtube", "audiomack", "audius")
_SHOPS = ("bandcamp", "amazon-store", "beatport", "qobuz")
_MOST = 100

Json = dict[str, Any]


def refusal(status: int, message: str, *, headers: dict[str, str] | None = None) -> Response:
    """Answer with an error in MusicBrainz's shape."""
    return json({"error": message, "help": _HELP}, status, headers=headers)


class MusicbrainzSandbox:
    """The service's state and its answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._window = Window(world.clock)
        self._ids: dict[str, Release] | None = None
        self._identified: object = None

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        base = PREFIX + "/ws/2"
        return Provider(
            key="musicbrainz",
            name="MusicBrainz",
            prefix=PREFIX,
            instead_of="https://musicbrainz.org/ws/2",
            routes=[
                Route(base + "/release", self.search),
                Route(base + "/release/", self.search),
                Route(base + "/release/{mbid}", self.release),
                Route(base + "/isrc/{isrc}", self.isrc),
                Route(PREFIX + "/{rest:path}", self.unknown),
            ],
            refuse=self.refuse,
            admit=self.admit,
            clear=self._window.clear,
        )

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as MusicBrainz does when it is broken or busy: too many requests are a 503 there."""
        del route
        match kind:
            case FaultKind.TOO_MANY:
                return refusal(503, _TOO_FAST, headers={"Retry-After": str(whole_seconds(seconds))})
            case FaultKind.REVOKED:
                return refusal(403, "Your access has been blocked.")
            case FaultKind.ERROR_INSIDE:
                return json({"error": "The search server could not be reached.", "help": _HELP})
            case _:
                return Response("Internal Server Error", 500, media_type="text/html")

    def admit(self, scope: Scope, route: str) -> Response | None:
        """Demand a User-Agent that says who is asking, always; keep one request a second."""
        del route
        if not _AGENT.match(Headers(scope=scope).get("user-agent", "")):
            return refusal(403, "Please set a User-Agent of the form Application/version (contact).")
        if self._world.modes.limits == "real":
            wait = self._window.admit(LIMIT)
            if wait is not None:
                return refusal(503, _TOO_FAST, headers={"Retry-After": str(whole_seconds(wait))})
        return None

    async def search(self, request: Request) -> Response:
        """``GET /release?query=barcode:…``: releases with the barcode, or whose names hold the words."""
        if not _wants_json(request):
            return _only_json()
        query = request.query_params.get("query", "")
        limit = whole(request.query_params.get("limit"), 25, 1, _MOST)
        if not query or limit is None:
            return refusal(400, "Must specify a query and a limit from 1 to 100.")
        barcode = _BARCODE.search(query)
        if barcode:
            found = self._world.catalogue.by_upc(barcode[1])
            releases = [found] if found else []
        else:
            releases = self._world.catalogue.search(re.sub(r"\b\w+:", " ", query).replace('"', " "))
        known = [release for release in releases if presence.is_in_musicbrainz(release)]
        return json(
            {
                "created": self._world.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "count": len(known),
                "offset": 0,
                "releases": [{"id": _mbid(one), "score": 100, **_release(one)} for one in known[:limit]],
            }
        )

    async def release(self, request: Request) -> Response:
        """``GET /release/{mbid}`` with ``inc`` of url-rels, recordings, isrcs, artist-credits."""
        mbid, including = request.path_params["mbid"], _including(request)
        if not _wants_json(request):
            return _only_json()
        if not _MBID.fullmatch(mbid):
            return refusal(400, "Invalid mbid.")
        release = self._by_mbid().get(mbid)
        if release is None:
            return refusal(404, "Not Found")
        shape = {"id": mbid, **_release(release)}
        if "recordings" in including:
            shape["media"][0]["tracks"] = [_track(track, with_isrc="isrcs" in including) for track in release.tracks]
        if "url-rels" in including:
            shape["relations"] = _relations(release)
        return json(shape)

    async def isrc(self, request: Request) -> Response:
        """``GET /isrc/{ISRC}`` with ``inc`` of releases and url-rels."""
        code: str = request.path_params["isrc"].upper()
        if not _wants_json(request):
            return _only_json()
        if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", code):
            return refusal(400, "Invalid isrc.")
        tracks = [track for track in self._world.catalogue.by_isrc(code) if presence.is_in_musicbrainz(track.release)]
        if not tracks:
            return refusal(404, "Not Found")
        including = _including(request)
        recordings = []
        for track in tracks:
            recording = _recording(track, with_isrc=False)
            if "releases" in including:
                recording["releases"] = [{"id": _mbid(track.release), **_release(track.release)}]
            if "url-rels" in including:
                recording["relations"] = []
            recordings.append(recording)
        return json({"isrc": code, "recordings": recordings})

    async def unknown(self, request: Request) -> Response:
        """Any other path."""
        del request
        return refusal(404, "Not Found")

    def _by_mbid(self) -> dict[str, Release]:
        releases = self._world.catalogue.releases
        state = (self._world.catalogue, self._world.catalogue.version)
        if self._ids is None or self._identified != state:
            self._ids = {_mbid(one): one for one in releases.values() if presence.is_in_musicbrainz(one)}
            self._identified = state
        return self._ids


def provider(world: World) -> Provider:
    """Return MusicBrainz's stand-in."""
    return MusicbrainzSandbox(world).provider()


def _wants_json(request: Request) -> bool:
    wanted = request.query_params.get("fmt") or (
        "json" if "application/json" in request.headers.get("accept", "") else "xml"
    )
    return wanted == "json"


def _only_json() -> Response:
    return refusal(406, "This stand-in speaks JSON only: ask with fmt=json.")


def _including(request: Request) -> set[str]:
    return set(re.split(r"[+ ]", request.query_params.get("inc", "")))


def _mbid(release: Release) -> str:
    return identifiers.uuid("musicbrainz release", release.id)


def _credit(artist: Artist) -> list[Json]:
    one = {
        "id": identifiers.uuid("musicbrainz artist", artist.id),
        "name": artist.name,
        "sort-name": artist.name,
        "disambiguation": "",
    }
    return [{"name": artist.name, "joinphrase": "", "artist": one}]


def _release(release: Release) -> Json:
    primary = {"album": "Album", "compilation": "Album", "ep": "EP", "single": "Single"}[release.true_type]
    return {
        "title": release.title,
        "status": "Official",
        "disambiguation": "",
        "packaging": "None",
        "date": release.released,
        "country": "XW",
        "barcode": release.upc,
        "quality": "normal",
        "artist-credit": _credit(release.artist),
        "release-group": {
            "id": identifiers.uuid("musicbrainz group", release.id),
            "title": release.title,
            "primary-type": primary,
            "secondary-types": ["Compilation"] if release.true_type == "compilation" else [],
        },
        "track-count": len(release.tracks),
        "media": [{"position": 1, "format": "Digital Media", "track-count": len(release.tracks)}],
    }


def _recording(track: Track, *, with_isrc: bool) -> Json:
    shape: Json = {
        "id": identifiers.uuid("musicbrainz recording", track.id),
        "title": track.title,
        "length": track.duration_ms,
        "video": False,
        "disambiguation": "",
    }
    if with_isrc:
        shape["isrcs"] = [track.isrc]
    return shape


def _track(track: Track, *, with_isrc: bool) -> Json:
    return {
        "id": identifiers.uuid("musicbrainz track", track.id),
        "number": str(track.number),
        "position": track.number,
        "title": track.title,
        "length": track.duration_ms,
        "recording": _recording(track, with_isrc=with_isrc),
    }


def _relations(release: Release) -> list[Json]:
    urls = dict(presence.service_urls(release))
    urls["spotify"] = presence.spotify_url(release)
    if presence.deezer_knows(release) is not presence.Knows.NOT:
        urls["deezer"] = presence.deezer_url(release)
    if presence.itunes_knows(release) is not presence.Knows.NOT:
        urls["apple-music"] = presence.apple_url(release)
    if "tidal" in urls:
        urls["tidal"] = urls["tidal"].replace("listen.tidal.com", "tidal.com")
    if "amazon-store" in urls:
        urls["amazon-store"] = urls["amazon-store"].replace("//amazon.com", "//www.amazon.com")
    return [_relation(service, url) for service, url in sorted(urls.items())]


def _relation(service: str, url: str) -> Json:
    kind = "free streaming" if service in _FREE else "purchase for download" if service in _SHOPS else "streaming"
    if service == "amazon-store":
        kind = "amazon asin"
    return {
        "type": kind,
        "type-id": identifiers.uuid("relation type", kind),
        "target-type": "url",
        "direction": "forward",
        "ended": False,
        "begin": None,
        "end": None,
        "attributes": [],
        "url": {"id": identifiers.uuid("url", url), "resource": url},
    }
