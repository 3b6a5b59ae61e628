"""YouTube's oEmbed and stills on this machine: a few invented videos, and the refusals that YouTube has for the others.

The statuses are YouTube's as programs that ask it report them (mellowagain/pomu #9, extractus/oembed-extractor #168,
ruby-oembed/ruby-oembed #80): 400 for what is no video's address, 401 where embedding is off, 403 for a private video,
404 for an unknown one, each with one word of text as its body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.sandbox import artwork
from backline.sandbox.answers import json
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import whole_seconds
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/youtube"
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_WORDS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
_SIZES = {"maxresdefault": (1280, 720), "hqdefault": (480, 360)}


@dataclass(frozen=True, slots=True)
class Film:
    """A video. ``status`` is what oEmbed answers; not every video ``is_large``, that is, has a large still."""

    title: str
    author: str = "Oleander Pike"
    status: int = 200
    is_large: bool = True


FILMS = {
    "night-ferry": Film("Oleander Pike: Night Ferry (Official Video)"),
    "slow-harbor": Film("Oleander Pike: Slow Harbor (Live in a Boathouse)", is_large=False),
    "tide-script": Film("潮のあいだ「夜の連絡船」ミュージックビデオ", "潮のあいだ"),
    "private-one": Film("Rough cut", status=403),
    "not-for-you": Film("Oleander Pike: Label Showcase", status=401),
}
"""Every video there is, by its id."""


class YoutubeSandbox:
    """The service's answers; it keeps nothing."""

    def __init__(self, world: World) -> None:
        self._world = world

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        return Provider(
            key="youtube_oembed",
            name="YouTube videos",
            prefix=PREFIX,
            instead_of="https://www.youtube.com",
            routes=[
                Route(PREFIX + "/www/oembed", self.oembed),
                Route(PREFIX + "/ytimg/vi/{id}/{name}.jpg", self.still),
            ],
            refuse=self.refuse,
            admit=self.admit,
        )

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as YouTube does when it is broken or busy. It knows no credentials here, so none can be revoked."""
        del route
        match kind:
            case FaultKind.TOO_MANY:
                after = {"retry-after": str(whole_seconds(seconds))}
                return Response("Too Many Requests", 429, after, "text/plain")
            case FaultKind.ERROR_INSIDE:
                return Response("<!doctype html><title>Before you continue</title>", media_type="text/html")
            case _:
                return Response("Internal Server Error", 500, media_type="text/plain")

    def admit(self, scope: Scope, route: str) -> None:
        """Let everybody in: no limit is published."""
        del scope, route

    async def oembed(self, request: Request) -> Response:
        """``GET /oembed?url=&format=json``."""
        video_id = _id_in(request.query_params.get("url", ""))
        if not _ID.fullmatch(video_id) or request.query_params.get("format", "json") != "json":
            return _word(400)
        film = FILMS.get(video_id)
        if film is None or film.status != 200:
            return _word(film.status if film else 404)
        still = f"{self._world.base_url}{PREFIX}/ytimg/vi/{video_id}/hqdefault.jpg"
        frame = (
            f'<iframe width="200" height="113" src="https://www.youtube.com/embed/{video_id}?feature=oembed"></iframe>'
        )
        return json(
            {
                "title": film.title,
                "author_name": film.author,
                "author_url": "https://www.youtube.com/@sandbox",
                "type": "video",
                "height": 113,
                "width": 200,
                "version": "1.0",
                "provider_name": "YouTube",
                "provider_url": "https://www.youtube.com/",
                "thumbnail_height": 360,
                "thumbnail_width": 480,
                "thumbnail_url": still,
                "html": frame,
            }
        )

    async def still(self, request: Request) -> Response:
        """A still, generated; an unknown one is a grey picture with the status 404, as there."""
        video_id, name = request.path_params["id"], request.path_params["name"]
        film, size = FILMS.get(video_id), _SIZES.get(name)
        if film is None or size is None or (name == "maxresdefault" and not film.is_large):
            return Response(artwork.still("grey", 120, 90), 404, media_type="image/jpeg")
        return Response(artwork.still(video_id, *size), media_type="image/jpeg")


def provider(world: World) -> Provider:
    """Return YouTube's stand-in."""
    return YoutubeSandbox(world).provider()


def _id_in(url: str) -> str:
    parts = urlsplit(url)
    is_youtube = parts.hostname in ("www.youtube.com", "youtube.com") and parts.path == "/watch"
    return parse_qs(parts.query).get("v", [""])[0] if is_youtube else ""


def _word(status: int) -> Response:
    return Response(_WORDS[status], status, media_type="text/plain")
