"""The YouTube Data API v3 on this machine: channels, playlistItems and videos, with its quota and its refusals."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from backline.integrations.google.sandbox_grants import Grants
from backline.integrations.google.sandbox_people import Channel, Person, Video
from backline.integrations.google.sandbox_quota import DailyCount
from backline.sandbox import artwork
from backline.sandbox.answers import json, whole
from backline.sandbox.world import World

UNITS_PER_DAY = 10_000
MAY_READ = frozenset({"https://www.googleapis.com/auth/youtube.readonly", "https://www.googleapis.com/auth/youtube"})
_STANDARD = frozenset({"alt", "prettyPrint", "quotaUser", "key", "maxResults", "pageToken", "part", "hl"})
_SIZES = {"default": 88, "medium": 240, "high": 800}
_PARTS: Mapping[str, frozenset[str]] = {
    "channels": frozenset({"id", "snippet", "statistics", "contentDetails", "status"}),
    "playlistItems": frozenset({"id", "snippet", "contentDetails", "status"}),
    "videos": frozenset({"id", "snippet", "statistics", "contentDetails", "status"}),
}
_FILTERS: Mapping[str, frozenset[str]] = {
    "channels": frozenset({"mine", "id", "forHandle"}),
    "playlistItems": frozenset({"playlistId", "id"}),
    "videos": frozenset({"id"}),
}

_Item = dict[str, Any]


class ProblemError(Exception):
    """A request that the API refuses."""

    def __init__(self, status: int, reason: str, message: str, *, domain: str = "global", location: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.message = message
        self.domain = domain
        self.location = location

    def answer(self) -> Response:
        """Return the answer in the API's shape."""
        error = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location:
            error |= {"location": self.location, "locationType": "parameter"}
        body: _Item = {"code": self.status, "message": self.message, "errors": [error]}
        names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
        if self.domain == "global" and self.status in names:
            body["status"] = names[self.status]
        return json({"error": body}, self.status)


class YoutubeData:
    """The API's answers; ``units`` is how much of the project's quota was used today."""

    def __init__(self, world: World, grants: Grants, people: Mapping[str, Person]) -> None:
        self._world = world
        self._grants = grants
        self._people = people
        self.units = DailyCount(world.clock)

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Return the routes below ``prefix``."""
        base = prefix + "/youtube/youtube/v3"
        return [
            Route(base + "/channels", self._signed_in("channels", self._channels)),
            Route(base + "/playlistItems", self._signed_in("playlistItems", self._playlist_items)),
            Route(base + "/videos", self._signed_in("videos", self._videos)),
            Route(prefix + "/yt3/{id}=s{size:int}", self.picture),
        ]

    async def picture(self, request: Request) -> Response:
        """A channel's or a person's picture, generated."""
        size = request.path_params["size"]
        if size not in _SIZES.values():
            return Response(status_code=404)
        return Response(artwork.cover(request.path_params["id"], size), media_type="image/jpeg")

    def _signed_in(
        self, resource: str, find: Callable[[Request, Person], tuple[Sequence[_Item], int]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                person = self._person(request)
                self._spend()
                parts = self._check(resource, request)
                found, total = find(request, person)
            except ProblemError as problem:
                return problem.answer()
            return _list(resource, request, parts, found, total)

        return answer

    def _person(self, request: Request) -> Person:
        authorization = request.headers.get("authorization", "")
        if not authorization:
            raise ProblemError(403, "forbidden", "The request is missing a valid API key.")
        token = self._grants.bearer(authorization)
        if token is None:
            raise ProblemError(401, "authError", "Invalid Credentials")
        if not token.scopes & MAY_READ:
            raise ProblemError(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        return self._people[token.person]

    def _spend(self) -> None:
        if self.units.used >= UNITS_PER_DAY:
            quota = '<a href="/youtube/v3/getting-started#quota">quota</a>'
            message = f"The request cannot be completed because you have exceeded your {quota}."
            raise ProblemError(403, "quotaExceeded", message, domain="youtube.quota")
        self.units.used += 1

    def _check(self, resource: str, request: Request) -> frozenset[str]:
        """Return the parts that are asked for; raises :class:`ProblemError` for a parameter the API does not take."""
        asked = request.query_params
        filters = _FILTERS[resource]
        for name in sorted(set(asked) - _STANDARD - filters):
            message = f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
            raise ProblemError(400, "badRequest", message)
        parts = frozenset(part for value in asked.getlist("part") for part in value.split(",") if part)
        if not parts:
            raise ProblemError(400, "required", "Required parameter: part", location="part")
        for part in sorted(parts - _PARTS[resource]):
            raise ProblemError(400, "unknownPart", f"'{part}'", domain="youtube.part", location="part")
        chosen = filters & set(asked)
        if not chosen:
            message = f"No filter selected. Expected one of: {', '.join(sorted(filters))}"
            raise ProblemError(400, "missingRequiredParameter", message, domain="youtube.parameter")
        if len(chosen) > 1:
            message = f"Incompatible parameters specified in the request: {', '.join(sorted(chosen))}"
            raise ProblemError(400, "incompatibleParameters", message, domain="youtube.parameter")
        return parts

    def _channels(self, request: Request, person: Person) -> tuple[Sequence[_Item], int]:
        asked = request.query_params
        if "mine" in asked:
            if asked["mine"] != "true":
                raise ProblemError(400, "invalidValue", "Invalid value for parameter mine", location="mine")
            if not person.is_on_youtube:
                raise ProblemError(401, "youtubeSignupRequired", "Unauthorized", domain="youtube.header")
            found = person.channels
        else:
            wanted = asked.get("id", asked.get("forHandle", "")).replace("@", "").split(",")
            found = [channel for channel in self._all_channels() if {channel.id, channel.handle} & set(wanted)]
        return _page(request, [self._channel(channel) for channel in found])

    def _playlist_items(self, request: Request, person: Person) -> tuple[Sequence[_Item], int]:
        del person
        wanted = request.query_params.get("playlistId", "")
        channel = next((one for one in self._all_channels() if one.uploads == wanted), None)
        if channel is None:
            message = "The playlist identified with the request's <code>playlistId</code> parameter cannot be found."
            raise ProblemError(404, "playlistNotFound", message, domain="youtube.playlistItem", location="playlistId")
        items = [_playlist_item(channel, place, video) for place, video in enumerate(channel.videos)]
        return _page(request, items)

    def _videos(self, request: Request, person: Person) -> tuple[Sequence[_Item], int]:
        wanted = request.query_params["id"].split(",")
        items = [
            _video(channel, video)
            for channel in self._all_channels()
            for video in channel.videos
            if video.id in wanted and (video.privacy == "public" or channel in person.channels)
        ]
        return items, len(items)

    def _all_channels(self) -> list[Channel]:
        return [channel for person in self._people.values() for channel in person.channels]

    def _channel(self, channel: Channel) -> _Item:
        pictures = {
            name: {"url": f"{self._world.base_url}/google/yt3/{channel.id}=s{size}", "width": size, "height": size}
            for name, size in _SIZES.items()
        }
        return {
            "kind": "youtube#channel",
            "id": channel.id,
            "snippet": {
                "title": channel.title, "description": "", "customUrl": f"@{channel.handle}",
                "country": channel.country, "publishedAt": "2016-04-01T09:00:00Z", "thumbnails": pictures,
                "localized": {"title": channel.title, "description": ""},
            },
            "statistics": {
                "viewCount": str(channel.subscribers * 117), "subscriberCount": str(channel.subscribers),
                "hiddenSubscriberCount": False, "videoCount": str(len(channel.videos)),
            },
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": channel.uploads}},
            "status": {
                "privacyStatus": "public", "isLinked": True, "longUploadsStatus": "allowed", "madeForKids": False,
            },
        }  # fmt: skip


def _playlist_item(channel: Channel, place: int, video: Video) -> _Item:
    return {
        "kind": "youtube#playlistItem",
        "id": f"{channel.uploads}.{video.id}",
        "snippet": {
            "publishedAt": f"2026-0{9 - place}-01T12:00:00Z", "channelId": channel.id, "title": video.title,
            "playlistId": channel.uploads, "position": place,
            "resourceId": {"kind": "youtube#video", "videoId": video.id},
        },
        "contentDetails": {"videoId": video.id, "videoPublishedAt": f"2026-0{9 - place}-01T12:00:00Z"},
        "status": {"privacyStatus": video.privacy},
    }  # fmt: skip


def _video(channel: Channel, video: Video) -> _Item:
    return {
        "kind": "youtube#video",
        "id": video.id,
        "snippet": {"channelId": channel.id, "channelTitle": channel.title, "title": video.title, "categoryId": "10"},
        "statistics": {"viewCount": str(channel.subscribers * 9), "likeCount": str(channel.subscribers // 3)},
        "contentDetails": {"duration": f"PT{video.seconds // 60}M{video.seconds % 60}S", "definition": "hd"},
        "status": {
            "uploadStatus": "processed", "privacyStatus": video.privacy, "embeddable": True, "madeForKids": False,
        },
    }  # fmt: skip


def _page(request: Request, items: Sequence[_Item]) -> tuple[Sequence[_Item], int]:
    """Return the page that is asked for; its token is the offset."""
    limit = whole(request.query_params.get("maxResults"), 5, 0, 50)
    offset = whole(request.query_params.get("pageToken", "").removeprefix("C"), 0, 0, 10_000)
    if limit is None or offset is None:
        name = "maxResults" if limit is None else "pageToken"
        raise ProblemError(400, "invalidValue", f"Invalid value for parameter {name}", location=name)
    return items[offset : offset + limit], len(items)


def _list(resource: str, request: Request, parts: frozenset[str], items: Sequence[_Item], total: int) -> Response:
    kept = parts | {"kind", "id", "etag"}
    asked = request.query_params
    limit = whole(asked.get("maxResults"), 5, 0, 50) or 5
    end = int(asked.get("pageToken", "").removeprefix("C") or "0") + len(items)
    body: _Item = {
        "kind": f"youtube#{resource.removesuffix('s')}ListResponse",
        "pageInfo": {"totalResults": total, "resultsPerPage": limit},
    }
    if items:  # an account without a channel gets no list at all, not an empty one
        body["items"] = [{key: value for key, value in item.items() if key in kept} for item in items]
        body["items"] = [{**item, "etag": _etag(item)} for item in body["items"]]
    if end < total:
        body["nextPageToken"] = f"C{end}"
    etag = _etag(body)
    if request.headers.get("if-none-match", "").strip('"') == etag:
        return Response(status_code=304, headers={"ETag": f'"{etag}"'})
    return json({**body, "etag": etag}, headers={"ETag": f'"{etag}"'})


def _etag(value: object) -> str:
    digest = hashlib.sha1(msgspec.json.encode(value), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
