"""Google on this machine: consent, YouTube, Google Ads, and what happens there without the product asking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.integrations.google.sandbox_ads import STATUSES, AccessLevel, Ads, FailureError
from backline.integrations.google.sandbox_grants import Grants
from backline.integrations.google.sandbox_oauth import OAuth
from backline.integrations.google.sandbox_people import people
from backline.integrations.google.sandbox_studio import Studio
from backline.integrations.google.sandbox_youtube import ProblemError, YoutubeData
from backline.sandbox.answers import as_object, body_of, json
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import whole_seconds
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/google"

_Values = dict[str, Any]


class GoogleSandbox:
    """The service's state and what can happen to it out of band."""

    def __init__(self, world: World) -> None:
        self._people = people()
        self._grants = Grants(world)
        self._oauth = OAuth(world, self._grants, self._people)
        self._youtube = YoutubeData(world, self._grants, self._people)
        self._ads = Ads(world, self._grants, self._people)
        self._studio = Studio(world, self._people, self._ads)

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        changes = {
            "revoke": self.revoke, "channels/delete": self.delete_channel, "links": self.set_link,
            "modes": self.set_modes, "profile": self.set_profile,
        }  # fmt: skip
        return Provider(
            key="google",
            name="Google, YouTube, Google Ads",
            prefix=PREFIX,
            instead_of="https://accounts.google.com",
            routes=[
                *self._oauth.routes(PREFIX),
                *self._youtube.routes(PREFIX),
                *self._ads.routes(PREFIX),
                *self._studio.routes(PREFIX),
                Route(PREFIX + "/-/state", self.state),
                *(Route(f"{PREFIX}/-/{path}", _change(change), methods=["POST"]) for path, change in changes.items()),
            ],
            refuse=self.refuse,
            admit=_admit,
            clear=self.clear,
        )

    def clear(self) -> None:
        """Go back to how everything was at the start."""
        self._people.clear()
        self._people.update(people())
        self._grants.clear()
        self._youtube.units.used = 0
        self._ads.clear()

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as the part of Google that is asked does when it is broken, busy, or does not know us."""
        service = route.split("/", 2)[1]
        answer = {"youtube": _youtube_fault, "ads": _ads_fault}.get(service, _oauth_fault)(kind)
        if kind is FaultKind.TOO_MANY:
            answer.headers["Retry-After"] = str(whole_seconds(seconds))
        return answer

    def revoke(self, values: _Values) -> None:
        """``POST /-/revoke`` {person}: they remove the app from their account."""
        self._grants.revoke_person(str(values["person"]))

    def delete_channel(self, values: _Values) -> None:
        """``POST /-/channels/delete`` {channel_id}."""
        for person in self._people.values():
            person.channels = [channel for channel in person.channels if channel.id != values["channel_id"]]

    def set_profile(self, values: _Values) -> None:
        """``POST /-/profile`` {person, name?, email?, verified?, workspace?}: what their id tokens say from now on."""
        person = self._people[str(values["person"])]
        person.name = str(values.get("name", person.name))
        person.address = str(values.get("email", person.address))
        person.is_email_verified = bool(values.get("verified", person.is_email_verified))
        person.workspace = str(values.get("workspace", person.workspace))

    def set_link(self, values: _Values) -> None:
        """``POST /-/links`` {channel_id, status}: a ``DataLinkStatus``, any other word, or none to remove the link."""
        channel_id = str(values["channel_id"])
        if channel_id not in {channel.id for person in self._people.values() for channel in person.channels}:
            raise ValueError("There is no such channel.")
        self._ads.set_link(channel_id, str(values["status"]))

    def set_modes(self, values: _Values) -> None:
        """``POST /-/modes``: testing (bool), access_level, youtube_units_used, ads_operations_used."""
        if "testing" in values:
            self._grants.is_testing = bool(values["testing"])
        if "access_level" in values:
            if values["access_level"] not in get_args(AccessLevel):
                raise ValueError(f"access_level must be one of {', '.join(get_args(AccessLevel))}.")
            self._ads.level = values["access_level"]
        if "youtube_units_used" in values:
            self._youtube.units.used = int(values["youtube_units_used"])
        if "ads_operations_used" in values:
            self._ads.operations.used = int(values["ads_operations_used"])

    async def state(self, request: Request) -> Response:
        """``GET /-/state``: who there is, their channels, the links and the quotas."""
        del request
        return json(
            {
                "people": [
                    {
                        "id": person.id,
                        "name": person.name,
                        "scopes": sorted(self._grants.granted(person.id)),
                        "channels": [{"id": channel.id, "title": channel.title} for channel in person.channels],
                    }
                    for person in self._people.values()
                ],
                "links": [
                    {"channel_id": link.channel_id, "video_id": link.video_id, "status": link.status}
                    for link in self._ads.links.values()
                ],
                "link_statuses": STATUSES,
                "testing": self._grants.is_testing,
                "access_level": self._ads.level,
                "youtube_units_used": self._youtube.units.used,
                "ads_operations_used": self._ads.operations.used,
            }
        )


def provider(world: World) -> Provider:
    """Return Google's stand-in."""
    return GoogleSandbox(world).provider()


def _admit(scope: Scope, route: str) -> None:
    """Let everything through: the quotas are counted where an answer is made."""
    del scope, route


def _change(change: Callable[[_Values], None]) -> Callable[[Request], Awaitable[Response]]:
    async def changed(request: Request) -> Response:
        values = as_object(await body_of(request))
        try:
            change(values or {})
        except (KeyError, ValueError) as error:
            return json({"error": str(error)}, 422)
        return json({})

    return changed


def _oauth_fault(kind: FaultKind) -> Response:
    match kind:
        case FaultKind.TOO_MANY:
            return json({"error": "rate_limit_exceeded", "error_description": "Rate Limit Exceeded"}, 429)
        case FaultKind.REVOKED:
            return json({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400)
        case FaultKind.ERROR_INSIDE:
            return json({"error": "internal_failure"})
        case _:
            return json({"error": "internal_failure", "error_description": "Backend Error"}, 500)


def _youtube_fault(kind: FaultKind) -> Response:
    match kind:
        case FaultKind.TOO_MANY:
            return ProblemError(429, "rateLimitExceeded", "Too many requests.", domain="youtube.quota").answer()
        case FaultKind.REVOKED:
            return ProblemError(401, "authError", "Invalid Credentials").answer()
        case FaultKind.ERROR_INSIDE:
            return json({"error": {"code": 500, "message": "Backend Error", "errors": [{"reason": "backendError"}]}})
        case _:
            return ProblemError(500, "backendError", "Backend Error").answer()


def _ads_fault(kind: FaultKind) -> Response:
    match kind:
        case FaultKind.TOO_MANY:
            return FailureError(429, "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", "Too many requests.").answer()
        case FaultKind.REVOKED:
            return FailureError(401, "authenticationError", "OAUTH_TOKEN_REVOKED", "OAuth token was revoked.").answer()
        case FaultKind.ERROR_INSIDE:
            return json([{"error": {"code": 500, "message": "Internal error encountered.", "status": "INTERNAL"}}])
        case _:
            return FailureError(500, "internalError", "INTERNAL_ERROR", "An internal error has occurred.").answer()
