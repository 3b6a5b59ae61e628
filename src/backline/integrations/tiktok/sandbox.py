"""TikTok on this machine: Login Kit, API for Business, and what happens there without us.

``POST /tiktok/-/…`` with JSON is for tests and the control plane: a person takes back what they gave, an advertiser
changes or is gone.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.integrations.tiktok import sandbox_business, sandbox_login
from backline.integrations.tiktok.sandbox_business import Business
from backline.integrations.tiktok.sandbox_grants import Grants
from backline.integrations.tiktok.sandbox_login import LoginKit
from backline.integrations.tiktok.sandbox_people import ADVERTISER_STATUSES, Person, people
from backline.sandbox.answers import as_object, body_of, json
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import Limit, Window, whole_seconds
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/tiktok"
LIMIT = Limit(requests=10, seconds=1)
"""What an app of the lowest level may ask of API for Business."""


class TiktokSandbox:
    """The service's state and its answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._people: dict[str, Person] = people()
        self._grants = Grants(world)
        self._window = Window(world.clock)
        self._login = LoginKit(world, self._grants, self._people, PREFIX)
        self._business = Business(world, self._grants, self._people, PREFIX)

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        return Provider(
            key="tiktok",
            name="TikTok",
            prefix=PREFIX,
            instead_of="https://business-api.tiktok.com",
            routes=[
                *self._login.routes,
                *self._business.routes,
                Route(PREFIX + "/-/revoke", self.revoke, methods=["POST"]),
                Route(PREFIX + "/-/advertiser", self.change_advertiser, methods=["POST"]),
                Route(PREFIX + "/{rest:path}", self.unknown, methods=["GET", "POST"]),
            ],
            refuse=self.refuse,
            admit=self.admit,
            clear=self.clear,
        )

    def clear(self) -> None:
        """Forget every consent, and what was changed."""
        self._grants.clear()
        self._window.clear()
        self._people.clear()
        self._people.update(people())

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as TikTok does when it is broken, busy, or does not know us."""
        if route.startswith("/business"):
            return self._refuse_business(kind)
        if kind is FaultKind.TOO_MANY:
            answer = sandbox_login.refusal("rate_limit_exceeded", "The API rate limit was exceeded.", 429)
            answer.headers["retry-after"] = str(whole_seconds(seconds))
            return answer
        is_revoked, status = kind is FaultKind.REVOKED, 200 if kind is FaultKind.ERROR_INSIDE else 500
        if route.startswith("/open/v2/oauth"):
            word = ("invalid_grant", 400) if is_revoked else ("server_error", status)
            return sandbox_login.token_refusal(word[0], "It does not work.", word[1])
        word = ("access_token_invalid", 401) if is_revoked else ("internal_error", status)
        return sandbox_login.refusal(word[0], "It does not work.", word[1])

    def _refuse_business(self, kind: FaultKind) -> Response:
        match kind:
            case FaultKind.TOO_MANY:
                return _throttled()
            case FaultKind.REVOKED:
                return sandbox_business.envelope(
                    sandbox_business.BAD_TOKEN, "Access token is incorrect or has been revoked."
                )
            case FaultKind.ERROR_INSIDE:
                return sandbox_business.envelope(sandbox_business.SERVER_ERROR, "System error.")
            case _:
                return Response("<html><body>502 Bad Gateway</body></html>", 500, media_type="text/html")

    def admit(self, scope: Scope, route: str) -> Response | None:
        """Keep the limit of API for Business."""
        del scope
        is_counted = self._world.modes.limits == "real" and route.startswith("/business/open_api")
        if is_counted and self._window.admit(LIMIT) is not None:
            return _throttled()
        return None

    async def revoke(self, request: Request) -> Response:
        """``POST /-/revoke`` with ``person``, and ``kind`` (login, business) where not both are meant."""
        body = as_object(await body_of(request)) or {}
        return json({"revoked": self._grants.revoke(person=str(body.get("person")), kind=str(body.get("kind", "")))})

    async def change_advertiser(self, request: Request) -> Response:
        """``POST /-/advertiser`` with ``advertiser_id`` and ``status``, ``identities``, ``pixels`` or ``is_gone``."""
        body: dict[str, Any] = as_object(await body_of(request)) or {}
        for person in self._people.values():
            for advertiser in person.advertisers:
                if advertiser.id != body.get("advertiser_id"):
                    continue
                advertiser.status = str(body.get("status", advertiser.status))
                advertiser.identities = list(body.get("identities", advertiser.identities))
                advertiser.pixels = list(body.get("pixels", advertiser.pixels))
                if body.get("is_gone"):
                    person.advertisers.remove(advertiser)
                is_known = advertiser.status in ADVERTISER_STATUSES
                return json({"advertiser_id": advertiser.id, "status": advertiser.status, "is_known": is_known})
        return json({"error": "No such advertiser."}, 404)

    async def unknown(self, request: Request) -> Response:
        """Any other path."""
        del request
        return Response("Not found\n", 404, media_type="text/plain")


def provider(world: World) -> Provider:
    """Return TikTok's stand-in."""
    return TiktokSandbox(world).provider()


def _throttled() -> Response:
    message = "Due to too many requests, requests from App are temporarily restricted."
    return sandbox_business.envelope(sandbox_business.THROTTLED, message)
