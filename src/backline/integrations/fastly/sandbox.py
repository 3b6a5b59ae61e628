"""Fastly's purging on this machine: takes surrogate keys, and refuses what Fastly refuses.

The limit of 256 keys is that of Fastly's API reference ("Purging"), the refusal of more is as fastly/fastly-magento2
#104 shows it, refused credentials as fastly/fastly-js #14; every other refusal has the API's common ``{msg, detail}``.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.sandbox import identifiers
from backline.sandbox.answers import as_object, body_of, json
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import whole_seconds
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/fastly"
MOST_KEYS = 256
MOST_KEY_BYTES = 1024


class FastlySandbox:
    """The service's state and its answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._purged: list[str] = []

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        return Provider(
            key="fastly",
            name="Fastly",
            prefix=PREFIX,
            instead_of="https://api.fastly.com",
            routes=[
                Route(PREFIX + "/service/{service}/purge", self.purge, methods=["POST"]),
                Route(PREFIX + "/sandbox/purged", self.purged),
                Route(PREFIX + "/{rest:path}", self.unknown, methods=["GET", "POST", "PUT", "DELETE"]),
            ],
            refuse=self.refuse,
            admit=self.admit,
            clear=self._purged.clear,
        )

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as Fastly does when it is broken, busy, or does not know us."""
        del route
        match kind:
            case FaultKind.TOO_MANY:
                after = {"retry-after": str(whole_seconds(seconds))}
                return _refusal(429, "Too many requests", "You have exceeded your hourly rate limit.", headers=after)
            case FaultKind.REVOKED:
                return _refusal(401, "Provided credentials are missing or invalid")
            case FaultKind.ERROR_INSIDE:
                return json({"status": "error", "msg": {"text": "An error occurred"}})
            case _:
                return _refusal(500, "Internal Server Error")

    def admit(self, scope: Scope, route: str) -> None:
        """Let everybody in: purges by key do not count among 1,000 writes an hour; 100,000 are theirs."""
        del scope, route

    async def purge(self, request: Request) -> Response:
        """``POST /service/{id}/purge``."""
        body = as_object(await body_of(request))
        if not request.headers.get("fastly-key"):
            return _refusal(401, "Provided credentials are missing or invalid")
        if not request.headers.get("content-type", "").startswith("application/json") or body is None:
            return _refusal(400, "Bad request", "The body is no JSON object.")
        keys: Any = body.get("surrogate_keys")
        if set(body) != {"surrogate_keys"} or not isinstance(keys, list) or not keys:
            return _refusal(400, "Bad request", "surrogate_keys must be a list of keys.")
        if len(keys) > MOST_KEYS:
            reason = "Batch surrogate key request only supports up to 256 surrogate keys"
            return json({"status": "fail", "reason": reason}, 400)
        if any(not isinstance(key, str) or not 0 < len(key) <= MOST_KEY_BYTES or " " in key for key in keys):
            return _refusal(400, "Bad request", "A surrogate key has 1 to 1024 bytes and no space.")
        self._purged += keys
        return json({key: identifiers.text("0123456789", 16, "purge", key, len(self._purged)) for key in keys})

    async def purged(self, request: Request) -> Response:
        """What was purged so far, for tests; Fastly has no such thing."""
        del request
        return json(self._purged)

    async def unknown(self, request: Request) -> Response:
        """Any other path."""
        del request
        return _refusal(404, "Record not found", "Cannot find the endpoint.")


def _refusal(status: int, msg: str, detail: str = "", *, headers: dict[str, str] | None = None) -> Response:
    return json({"msg": msg, **({"detail": detail} if detail else {})}, status, headers=headers)


def provider(world: World) -> Provider:
    """Return the stand-in, for :data:`backline.sandbox.app.PROVIDERS`."""
    return FastlySandbox(world).provider()
