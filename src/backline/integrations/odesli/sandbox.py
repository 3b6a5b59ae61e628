"""Odesli (song.link) on this machine, as its public API was: ``/v1-alpha.1/links``.

It takes an address, or a platform, a type and an id; it never took a UPC or an ISRC. The limit is ten requests a minute
without a key, sixty with one. In mode ``keyed`` it refuses whoever has none. Linktree has retired the public API.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.sandbox import presence
from backline.sandbox.answers import json
from backline.sandbox.catalogue import Release, Track
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import Limit, Window, whole_seconds
from backline.sandbox.presence import Knows
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/odesli"
LIMIT = Limit(requests=10, seconds=60)
KEYED_LIMIT = Limit(requests=60, seconds=60)
_ADDRESS = re.compile(r"(?:https?://open\.spotify\.com/(?:intl-[a-z-]+/)?|spotify:)(album|track)[/:]([0-9A-Za-z]{22})")
_PLATFORMS = {
    "tidal": "tidal", "youtube": "youtube", "youtube-music": "youtubeMusic", "amazon-music": "amazonMusic",
    "amazon-store": "amazonStore", "soundcloud": "soundcloud", "bandcamp": "bandcamp", "pandora": "pandora",
    "napster": "napster", "audiomack": "audiomack", "audius": "audius", "anghami": "anghami", "boomplay": "boomplay",
    "yandex-music": "yandex",
}  # fmt: skip
_PROVIDERS = {"youtubeMusic": "youtube", "amazonMusic": "amazon", "amazonStore": "amazon", "appleMusic": "itunes"}

Json = dict[str, Any]


def refusal(status: int, code: str, *, headers: dict[str, str] | None = None) -> Response:
    """Answer with an error in Odesli's shape."""
    return json({"statusCode": status, "code": code}, status, headers=headers)


class OdesliSandbox:
    """The service's state and its answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open_window = Window(world.clock)
        self._keyed_window = Window(world.clock)

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        return Provider(
            key="odesli",
            name="Odesli",
            prefix=PREFIX,
            instead_of="https://api.song.link",
            routes=[Route(PREFIX + "/v1-alpha.1/links", self.links), Route(PREFIX + "/{rest:path}", self.unknown)],
            refuse=self.refuse,
            admit=self.admit,
            clear=self.clear,
        )

    def clear(self) -> None:
        """Forget requests."""
        self._open_window.clear()
        self._keyed_window.clear()

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as Odesli does when it is broken, busy, or does not know us."""
        del route
        match kind:
            case FaultKind.TOO_MANY:
                return refusal(429, "too_many_requests", headers={"Retry-After": str(whole_seconds(seconds))})
            case FaultKind.REVOKED:
                return refusal(401, "invalid_api_key")
            case FaultKind.ERROR_INSIDE:
                return json({"statusCode": 500, "code": "internal_server_error"})
            case _:
                return refusal(500, "internal_server_error")

    def admit(self, scope: Scope, route: str) -> Response | None:
        """Keep the limits and, in mode ``keyed``, demand the key of our settings (any key where they have none)."""
        del route
        key = QueryParams(scope["query_string"]).get("key", "")
        own = self._world.settings.odesli.key
        if key and own and key != own:
            return refusal(401, "invalid_api_key")
        if self._world.modes.odesli == "keyed" and not key:
            return refusal(401, "missing_api_key")
        if self._world.modes.limits == "real":
            window, limit = (self._keyed_window, KEYED_LIMIT) if key else (self._open_window, LIMIT)
            wait = window.admit(limit)
            if wait is not None:
                return refusal(429, "too_many_requests", headers={"Retry-After": str(whole_seconds(wait))})
        return None

    async def links(self, request: Request) -> Response:
        """``GET /links``: every platform's address for one album or song."""
        query = request.query_params
        country = query.get("userCountry", "US").upper()
        if not re.fullmatch(r"[A-Z]{2}", country):
            return refusal(400, "invalid_user_country")
        if url := query.get("url"):
            match = _ADDRESS.match(url)
            if match is None:
                return refusal(400, "could_not_parse_url")
            kind, thing_id = match[1], match[2]
        elif query.get("platform") and query.get("id") and query.get("type"):
            if query["platform"] != "spotify" or query["type"] not in ("song", "album"):
                return refusal(404, "could_not_resolve_entity")
            kind, thing_id = ("album" if query["type"] == "album" else "track"), query["id"]
        else:
            return refusal(400, "missing_parameters")
        thing: Release | Track | None
        if kind == "album":
            thing = self._world.catalogue.releases.get(thing_id)
            if isinstance(thing, Release) and query.get("songIfSingle") == "true" and len(thing.tracks) == 1:
                thing = thing.tracks[0]
        else:
            thing = self._world.catalogue.tracks.get(thing_id)
        release = thing.release if isinstance(thing, Track) else thing
        if thing is None or release is None or not presence.is_in_odesli(release):
            return refusal(404, "could_not_resolve_entity")
        return json(self._answer(thing, release, country))

    async def unknown(self, request: Request) -> Response:
        """Any other path."""
        del request
        return refusal(404, "not_found")

    def _answer(self, thing: Release | Track, release: Release, country: str) -> Json:
        is_song = isinstance(thing, Track)
        entities: Json = {}
        links: Json = {}
        for platform, url in _urls(thing, release).items():
            origin = _PROVIDERS.get(platform, platform)
            number = thing.id if origin == "spotify" else _last_part(url)
            unique = f"{origin.upper()}_{'SONG' if is_song else 'ALBUM'}::{number}"
            entity = entities.setdefault(
                unique,
                {
                    "id": number,
                    "type": "song" if is_song else "album",
                    "title": thing.title,
                    "artistName": release.artist.name,
                    "thumbnailUrl": f"{self._world.base_url}/spotify/covers/{release.id}/640.jpg",
                    "thumbnailWidth": 640,
                    "thumbnailHeight": 640,
                    "apiProvider": origin,
                    "platforms": [],
                },
            )
            entity["platforms"].append(platform)
            links[platform] = {"country": country, "url": url, "entityUniqueId": unique}
            if platform == "spotify":
                links[platform]["nativeAppUriDesktop"] = f"spotify:{'track' if is_song else 'album'}:{thing.id}"
        letter = "song" if is_song else "album"
        return {
            "entityUniqueId": links["spotify"]["entityUniqueId"],
            "userCountry": country,
            "pageUrl": f"https://{letter}.link/s/{thing.id}",
            "entitiesByUniqueId": entities,
            "linksByPlatform": links,
        }


def provider(world: World) -> Provider:
    """Return Odesli's stand-in."""
    return OdesliSandbox(world).provider()


def _urls(thing: Release | Track, release: Release) -> dict[str, str]:
    """Return addresses by Odesli's names. A song is led to within its album where the service has such addresses."""
    is_song = isinstance(thing, Track)
    urls = {"spotify": f"https://open.spotify.com/{'track' if is_song else 'album'}/{thing.id}"}
    if presence.itunes_knows(release) in (Knows.BY_UPC, Knows.BY_ISRC):
        number = presence.itunes_id(release)
        song = f"i={presence.itunes_track_id(thing)}&" if isinstance(thing, Track) else ""
        urls["appleMusic"] = f"https://geo.music.apple.com/us/album/_/{number}?{song}mt=1&app=music&ls=1"
        urls["itunes"] = f"https://geo.music.apple.com/us/album/_/{number}?{song}mt=1&app=itunes&ls=1"
    if presence.deezer_knows(release) in (Knows.BY_UPC, Knows.BY_ISRC):
        urls["deezer"] = (
            f"https://www.deezer.com/track/{presence.deezer_track_id(thing)}"
            if isinstance(thing, Track)
            else presence.deezer_url(release)
        )
    known = presence.service_urls(release)
    urls.update((platform, known[service]) for service, platform in _PLATFORMS.items() if service in known)
    return urls


def _last_part(url: str) -> str:
    return re.split(r"[/=:.]", url.partition("?")[0] if "list=" not in url else url)[-1]
