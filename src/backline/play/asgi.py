"""ASGI's words for what the application says: for servers other than Granian, and for the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol

from backline.play.replies import Reply
from backline.play.visits import RequestHeaders

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

HEADER_BYTES = 32 * 1024
"""All headers together; more is answered with 431, as Granian does by its own limit (``http1_buffer_size``)."""


class Application(Protocol):
    """What is spoken for."""

    async def start(self) -> None:
        """Get ready for requests."""

    async def stop(self) -> None:
        """Let everything go."""

    def known_page(self, method: str, path: str, query: str, headers: RequestHeaders, peer: str) -> Reply | None:
        """Return the answer that needs no waiting, if there is one."""

    async def answer(
        self, method: str, path: str, query: str, *, headers: RequestHeaders, peer: str, body: AsyncIterator[bytes]
    ) -> Reply:
        """Return the answer to any request."""


class Headers(dict[str, str]):
    """The headers of a request; a name that comes twice keeps its last value, and :meth:`get_all` all of them."""

    def __init__(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self._pairs = [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in pairs]
        super().__init__(self._pairs)

    def get_all(self, key: str, /) -> list[str]:
        """Return every value of a header, in order."""
        return [value for name, value in self._pairs if name == key]


async def answer(app: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request."""
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
        text = b"The request's headers are too long.\n"
        await _send(send, Reply(431, [("content-type", "text/plain"), ("cache-control", "no-store")], text), "GET")
        return
    client = scope.get("client")
    method, path, query = scope["method"], scope["path"], scope["query_string"].decode("latin-1")
    headers, peer = Headers(scope["headers"]), client[0] if client else ""
    reply = app.known_page(method, path, query, headers, peer)
    if reply is None:
        reply = await app.answer(method, path, query, headers=headers, peer=peer, body=_body(receive))
    await _send(send, reply, method)


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


async def _send(send: Send, reply: Reply, method: str) -> None:
    content = reply.content
    if reply.file is not None:
        content = await asyncio.to_thread(reply.file.read_bytes)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.status not in (204, 304) and reply.file is None:
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else content})


async def live(app: Application, receive: Receive, send: Send) -> None:
    """Start and stop with the server."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await app.start()
            await send({"type": "lifespan.startup.complete"})
        else:
            await app.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
