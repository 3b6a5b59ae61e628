"""Stands before every stand-in: strikes with faults, keeps the limits, writes the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backline.sandbox.faults import Fault, FaultKind
from backline.sandbox.provider import Provider
from backline.sandbox.severing import sever
from backline.sandbox.world import RequestRecord, World

_FLUSH_SECONDS = 0.03


class Gate:
    """ASGI middleware around all stand-ins."""

    def __init__(self, own: ASGIApp, world: World, providers: Sequence[tuple[Provider, ASGIApp]]) -> None:
        self._own = own
        self.world = world
        self._providers = {provider.prefix.removeprefix("/"): (provider, app) for provider, app in providers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or not."""
        if scope["type"] != "http":
            await self._own(scope, receive, send)
            return
        path: str = scope["path"]
        known = self._providers.get(path.split("/", 2)[1])
        if known is None:
            await self._own(scope, receive, send)
            return
        provider, app = known
        route = path[len(provider.prefix) :]
        fault = self.world.faults.strike(provider.key, route)
        started = perf_counter()
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        visit = _Visit(app, provider, route, scope, receive, watched_send)
        try:
            await (visit.answer() if fault is None else visit.break_(fault))
        finally:
            seconds = perf_counter() - started
            self.world.tally.note(provider.key, status, seconds)
            query = scope["query_string"].decode("latin-1")
            self.world.journal.write(
                RequestRecord(
                    self.world.clock.now(),
                    provider.key,
                    scope["method"],
                    f"{path}?{_without_key(query)}" if query else path,
                    status,
                    seconds,
                    fault.kind.value if fault else "",
                )
            )


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request to one stand-in."""

    app: ASGIApp
    provider: Provider
    route: str
    scope: Scope
    receive: Receive
    send: Send

    async def answer(self, send: Send | None = None) -> None:
        answer = self.provider.admit(self.scope, self.route) or self.app
        await answer(self.scope, self.receive, send or self.send)

    async def break_(self, fault: Fault) -> None:
        match fault.kind:
            case FaultKind.HANG:
                await asyncio.sleep(fault.seconds)
                await self.answer()
            case FaultKind.RESET:
                _cut(self.scope)
            case FaultKind.HALF_BODY:
                await self._answer_half()
            case _:
                refusal = self.provider.refuse(fault.kind, fault.seconds, self.route)
                await refusal(self.scope, self.receive, self.send)

    async def _answer_half(self) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.answer(keep)
        body = b"".join(message.get("body", b"") for message in messages[1:])
        await self.send(messages[0])
        await self.send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await asyncio.sleep(_FLUSH_SECONDS)
        _cut(self.scope)


def _cut(scope: Scope) -> None:
    client = scope.get("client")
    if not client or not sever(client):
        raise ConnectionResetError("The connection to cut was not found.")


def _without_key(query: str) -> str:
    return "&".join(part for part in query.split("&") if not part.startswith("key="))
