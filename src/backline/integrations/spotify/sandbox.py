"""Spotify on this machine: accounts (client credentials) and the parts of the Web API that read a catalogue.

It answers as in development mode, which every new app gets: batch reads and several other routes are gone, ``label``,
``genres``, ``popularity`` and ``available_markets`` are empty where the published contract demands them and absent
elsewhere. Mode ``extended`` fills them.
Sources: Spotify's OpenAPI description, version 2026.5.31, and Spotify's own pages on development mode and rate limits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.integrations.spotify import sandbox_search, sandbox_shapes
from backline.integrations.spotify.sandbox_accounts import Accounts, RefusedError, token_refusal
from backline.sandbox import artwork
from backline.sandbox.answers import json, whole
from backline.sandbox.faults import FaultKind
from backline.sandbox.identifiers import is_spotify_id
from backline.sandbox.limits import Limit, Window, whole_seconds
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/spotify"
WINDOW_SECONDS = 30
QUOTA_SECONDS = 3 * 3600
COVER_SIZES = (640, 300, 64, 320, 160)
GROUPS = ("album", "single", "appears_on", "compilation")
_REMOVED = (
    "/albums", "/tracks", "/artists", "/artists/{id}/top-tracks", "/artists/{id}/related-artists", "/markets",
    "/playlists/{id}/tracks", "/playlists/{id}/followers", "/users/{id}", "/users/{id}/playlists", "/audio-features",
    "/audio-features/{id}", "/audio-analysis/{id}", "/recommendations", "/browse/{rest:path}",
)  # fmt: skip


def refusal(status: int, message: str, *, reason: str = "", retry_after: int = 0) -> Response:
    """Answer with an error in the Web API's shape."""
    error: dict[str, Any] = {"status": status, "message": message}
    if reason:
        error["reason"] = reason
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return json({"error": error}, status, headers=headers)


class SpotifySandbox:
    """The service's state and its answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts = Accounts(world)
        self._window = Window(world.clock)

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        v1 = PREFIX + "/v1"
        return Provider(
            key="spotify",
            name="Spotify",
            prefix=PREFIX,
            instead_of="https://api.spotify.com",
            routes=[
                Route(v1 + "/albums/{id}", self._signed_in(self.album)),
                Route(v1 + "/artists/{id}/albums", self._signed_in(self.artist_albums)),
                Route(PREFIX + "/covers/{id}/{size:int}.jpg", self.picture),
                Route(v1 + "/search", self._signed_in(self.search)),
                Route(v1 + "/artists/{id}", self._signed_in(self.artist)),
                Route(v1 + "/albums/{id}/tracks", self._signed_in(self.album_tracks)),
                Route(v1 + "/tracks/{id}", self._signed_in(self.track)),
                Route(v1 + "/playlists/{id}", self._signed_in(self.playlist)),
                Route(v1 + "/playlists/{id}/items", self._signed_in(self.playlist_items)),
                Route(PREFIX + "/accounts/api/token", self._accounts.token, methods=["POST"]),
                *(Route(v1 + path, self._signed_in(self.removed)) for path in _REMOVED),
                Route(v1 + "/me", self._signed_in(self.needs_user), methods=["GET", "PUT", "DELETE", "POST"]),
                Route(
                    v1 + "/me/{rest:path}", self._signed_in(self.needs_user), methods=["GET", "PUT", "DELETE", "POST"]
                ),
                Route(v1 + "/{rest:path}", self._signed_in(self.unknown)),
            ],
            refuse=self.refuse,
            admit=self.admit,
            clear=self.clear,
        )

    def clear(self) -> None:
        """Forget every token and request."""
        self._accounts.clear()
        self._window.clear()

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as Spotify does when it is broken, busy, or does not know us."""
        match kind:
            case FaultKind.TOO_MANY:
                return refusal(429, "API rate limit exceeded", retry_after=whole_seconds(seconds))
            case FaultKind.REVOKED if route.startswith("/accounts"):
                return token_refusal("invalid_client", "Invalid client")
            case FaultKind.REVOKED:
                self._accounts.clear()
                return refusal(401, "Invalid access token")
            case FaultKind.ERROR_INSIDE:
                return json({"error": {"status": 500, "message": "Server error."}})
            case _:
                return refusal(500, "Server error.")

    def admit(self, scope: Scope, route: str) -> Response | None:
        """Keep the rolling 30-second window and the account's quota; pictures come from another network."""
        del scope
        if not route.startswith("/v1"):
            return None
        modes = self._world.modes
        if modes.is_spotify_quota_exceeded:
            return refusal(429, "Too many requests", reason="QUOTA_EXCEEDED", retry_after=QUOTA_SECONDS)
        if modes.limits == "real":
            wait = self._window.admit(Limit(modes.spotify_requests_per_window, WINDOW_SECONDS))
            if wait is not None:
                return refusal(429, "API rate limit exceeded", retry_after=whole_seconds(wait))
        return None

    def _signed_in(self, answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            try:
                self._accounts.check(request.headers.get("authorization", ""))
                market = request.query_params.get("market")
                if market is not None and not (len(market) == 2 and market.isascii() and market.isalpha()):
                    raise RefusedError(400, "Invalid market code")
                identifier = request.path_params.get("id")
                if identifier is not None and not is_spotify_id(identifier):
                    raise RefusedError(400, "Invalid base62 id")
                return answer(request)
            except RefusedError as error:
                return refusal(error.status, error.message)

        return checked

    def artist(self, request: Request) -> Response:
        """``GET /artists/{id}``."""
        artist = self._world.catalogue.artists.get(request.path_params["id"])
        return json(sandbox_shapes.artist(self._world, artist)) if artist else _not_found()

    def artist_albums(self, request: Request) -> Response:
        """``GET /artists/{id}/albums``: at most ten a page, five when not asked."""
        artist = self._world.catalogue.artists.get(request.path_params["id"])
        if artist is None:
            return _not_found()
        groups = request.query_params.get("include_groups", ",".join(GROUPS)).split(",")
        if any(group not in GROUPS for group in groups):
            return refusal(400, "Invalid include_groups")
        limit, offset = _place(request, default=5, low=0, high=10)
        releases = self._world.catalogue.releases_of(artist, groups)
        items = [
            {**sandbox_shapes.simple_album(self._world, release), "album_group": release.spotify_type}
            for release in releases[offset : offset + limit]
        ]
        return json(
            sandbox_shapes.page(
                self._world,
                f"/artists/{artist.id}/albums",
                items,
                limit=limit,
                offset=offset,
                total=len(releases),
                query={"include_groups": ",".join(groups)},
            )
        )

    def album(self, request: Request) -> Response:
        """``GET /albums/{id}``: the only place that gives the UPC."""
        release = self._world.catalogue.releases.get(request.path_params["id"])
        return json(sandbox_shapes.album(self._world, release)) if release else _not_found()

    def album_tracks(self, request: Request) -> Response:
        """``GET /albums/{id}/tracks``: at most fifty a page, twenty when not asked."""
        release = self._world.catalogue.releases.get(request.path_params["id"])
        if release is None:
            return _not_found()
        limit, offset = _place(request, default=20, low=1, high=50)
        return json(sandbox_shapes.album_tracks(self._world, release, limit, offset))

    def track(self, request: Request) -> Response:
        """``GET /tracks/{id}``."""
        track = self._world.catalogue.tracks.get(request.path_params["id"])
        return json(sandbox_shapes.track(self._world, track)) if track else _not_found()

    def playlist(self, request: Request) -> Response:
        """``GET /playlists/{id}``: the public face; an app's own token never sees the items."""
        playlist = self._world.catalogue.playlists.get(request.path_params["id"])
        return json(sandbox_shapes.playlist(self._world, playlist)) if playlist else _not_found()

    def playlist_items(self, request: Request) -> Response:
        """``GET /playlists/{id}/items``: for the owner only, and an app is nobody's owner."""
        return (
            refusal(403, "Forbidden") if request.path_params["id"] in self._world.catalogue.playlists else _not_found()
        )

    def search(self, request: Request) -> Response:
        """``GET /search``."""
        query = request.query_params
        words = query.get("q", "").strip()
        if not words:
            raise RefusedError(400, "No search query")
        types = [kind for kind in query.get("type", "").split(",") if kind]
        if not types:
            raise RefusedError(400, "Missing parameter type")
        for kind in types:
            if kind not in sandbox_search.TYPES:
                raise RefusedError(400, f"Bad search type field {kind}")
        limit, offset = _place(request, default=5, low=1, high=10, furthest=sandbox_search.MOST_RESULTS)
        return json(sandbox_search.search(self._world, words, types, limit=limit, offset=offset))

    def removed(self, request: Request) -> Response:
        """Routes that apps in development mode lost, and that nothing here may lean on."""
        del request
        return refusal(403, "Forbidden")

    def needs_user(self, request: Request) -> Response:
        """Everything under ``/me`` needs a person's token."""
        del request
        return refusal(401, "Valid user authentication required")

    def unknown(self, request: Request) -> Response:
        """Any other path."""
        del request
        return refusal(404, "Service not found")

    async def picture(self, request: Request) -> Response:
        """A cover, a portrait or a playlist's picture, generated."""
        picture_id, size = request.path_params["id"], request.path_params["size"]
        catalogue = self._world.catalogue
        is_known = (
            picture_id in catalogue.releases or picture_id in catalogue.artists or picture_id in catalogue.playlists
        )
        if not is_known or size not in COVER_SIZES:
            return Response(status_code=404)
        return Response(
            artwork.cover(picture_id, size), media_type="image/jpeg", headers={"Cache-Control": "public, max-age=86400"}
        )


def provider(world: World) -> Provider:
    """Return Spotify's stand-in."""
    return SpotifySandbox(world).provider()


def _not_found() -> Response:
    return refusal(404, "Resource not found")


def _place(request: Request, *, default: int, low: int, high: int, furthest: int = 999_999_999) -> tuple[int, int]:
    """Return the limit and offset that were asked for."""
    limit = whole(request.query_params.get("limit"), default, low, high)
    offset = whole(request.query_params.get("offset"), 0, 0, furthest)
    if limit is None:
        raise RefusedError(400, "Invalid limit")
    if offset is None:
        raise RefusedError(400, "Invalid offset")
    return limit, offset
