"""The stores' public pages on this machine: ``/stores/{host}/{path}`` is what ``https://{host}/{path}`` answers.

As out there, every host has its ways: Amazon takes no HEAD, some refuse whoever is no browser, Deezer puts a language
into the path, YouTube Music asks Europe for consent first, Pandora shuts out most of the world, and TIDAL answers 200
to anything. Spotify, Deezer and Apple know their albums; elsewhere every page is there until it is taken away.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from backline.sandbox import presence
from backline.sandbox.answers import as_object, body_of, json
from backline.sandbox.catalogue import Release
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import Limit, Window, whole_seconds
from backline.sandbox.numbers import Numbers
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/stores"
LIMIT = Limit(requests=5, seconds=1)
_GONE_STATUSES = (404, 410)
_LOCALE = re.compile(r"/(?:intl-)?[a-z]{2}(?=/)")
_SPOTIFY = re.compile(r"(?:/intl-[a-z]{2})?/(album|artist|track|playlist)/([0-9A-Za-z]{22})")
_DEEZER = re.compile(r"/en/album/(\d{1,18})")
_APPLE = re.compile(r"/[a-z]{2}/album/(?:[^/]+/)?(?:id)?(\d{1,18})")
_APPLE_HOSTS = ("music.apple.com", "itunes.apple.com")
_WITH_LANGUAGES = ("open.spotify.com", "www.deezer.com")
_BROWSERS_ONLY = ("www.qobuz.com", "www.beatport.com")


class StoresSandbox:
    """The pages that are gone, and the answers of all others."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._gone: dict[str, int] = {}
        self._windows: dict[str, Window] = {}
        self._deezer = Numbers(
            world,
            knows=presence.deezer_knows,
            of_release=presence.deezer_id,
            of_track=presence.deezer_track_id,
        )
        self._apple = Numbers(
            world,
            knows=presence.itunes_knows,
            of_release=presence.itunes_id,
            of_track=presence.itunes_track_id,
        )

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        return Provider(
            key="stores",
            name="Pages of the stores",
            prefix=PREFIX,
            instead_of="https://open.spotify.com, https://www.deezer.com, https://music.apple.com and so on",
            routes=[
                Route(PREFIX + "/-/gone", self.take_away, methods=["POST"]),
                Route(PREFIX + "/-/back", self.bring_back, methods=["POST"]),
                Route(PREFIX + "/{host}/{path:path}", self.page),
            ],
            refuse=self.refuse,
            admit=self.admit,
            clear=self._clear,
        )

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as a host does that is broken, busy or wants nobody."""
        del route
        match kind:
            case FaultKind.TOO_MANY:
                return _page(429, "Too many requests", {"retry-after": str(whole_seconds(seconds))})
            case FaultKind.REVOKED:
                return _page(403, "Forbidden")
            case FaultKind.ERROR_INSIDE:
                return _page(200, "Oops, we could not find that page")
            case _:
                return _page(500, "Internal Server Error")

    def admit(self, scope: Scope, route: str) -> Response | None:
        """Keep each host's limit."""
        del scope
        host = route.split("/")[1]
        if self._world.modes.limits != "real" or host == "-":
            return None
        wait = self._windows.setdefault(host, Window(self._world.clock)).admit(LIMIT)
        return None if wait is None else self.refuse(FaultKind.TOO_MANY, wait, route)

    async def take_away(self, request: Request) -> Response:
        """``POST /stores/-/gone`` with ``url`` and, if it is not to be 404, ``status``."""
        values = as_object(await body_of(request)) or {}
        status = values.get("status", 404)
        if status not in _GONE_STATUSES:
            return json({"error": "status must be 404 or 410."}, 422)
        self._gone[_key(str(values.get("url", "")))] = status
        return json({"gone": len(self._gone)})

    async def bring_back(self, request: Request) -> Response:
        """``POST /stores/-/back`` with ``url``."""
        values = as_object(await body_of(request)) or {}
        self._gone.pop(_key(str(values.get("url", ""))), None)
        return json({"gone": len(self._gone)})

    async def page(self, request: Request) -> Response:
        """What the host answers to GET and HEAD."""
        host, path = request.path_params["host"], "/" + request.path_params["path"]
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"https://{host}{path}{query}"
        if (answer := self._way_of(request, host, path, url)) is not None:
            return answer
        if (status := self._gone.get(_key(url))) is not None:
            return _page(status, "Page not found")
        return _page(200, "Listen") if self._knows(host, path) else _page(404, "Page not found")

    def _way_of(self, request: Request, host: str, path: str, url: str) -> Response | None:
        """Return what a host answers whatever is asked for, None where it looks for the page."""
        to = ""
        if "amazon." in host and request.method == "HEAD":
            return _page(405, "Method Not Allowed", {"allow": "GET"})
        if host in _BROWSERS_ONLY and "Mozilla/" not in request.headers.get("user-agent", ""):
            return _page(403, "Please enable JavaScript")
        if host == "www.deezer.com" and not path.startswith("/en/"):
            to = "/en" + url.removeprefix(f"https://{host}")
        elif host == "music.youtube.com":
            to = f"https://consent.youtube.com/m?continue={url}"
        elif host == "www.pandora.com" and path != "/restricted":
            to = "/restricted"
        elif host == "geo.music.apple.com":
            to = f"https://music.apple.com{path}"
        return RedirectResponse(to, 302) if to else None

    def _knows(self, host: str, path: str) -> bool:
        catalogue = self._world.catalogue
        if host == "open.spotify.com":
            match = _SPOTIFY.fullmatch(path)
            if match is None or match[1] == "track":
                return match is not None
            return any(
                match[1] == kind and match[2] in known
                for kind, known in (
                    ("album", catalogue.releases),
                    ("artist", catalogue.artists),
                    ("playlist", catalogue.playlists),
                )
            )
        if host == "www.deezer.com":
            match = _DEEZER.fullmatch(path)
            return match is not None and isinstance(self._deezer.find(int(match[1])), Release)
        if host in _APPLE_HOSTS:
            match = _APPLE.fullmatch(path)
            return match is not None and isinstance(self._apple.find(int(match[1])), Release)
        return True

    def _clear(self) -> None:
        self._gone.clear()
        self._windows.clear()


def _key(url: str) -> str:
    """Return what names a page, whichever language its path is in."""
    parts = urlsplit(url)
    path = _LOCALE.sub("", parts.path, count=1) if parts.hostname in _WITH_LANGUAGES else parts.path
    return f"{parts.hostname}{path}?{parts.query}"


def _page(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    body = f"<!doctype html><html lang=en><meta charset=utf-8><title>{words}</title><h1>{words}</h1></html>\n"
    return Response(body, status, headers, "text/html")


def provider(world: World) -> Provider:
    """Return the stores' stand-in."""
    return StoresSandbox(world).provider()
