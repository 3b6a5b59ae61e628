"""Answers that are made once and sent many times."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import brotli

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_BROTLI_QUALITY = 5
_GZIP_LEVEL = 6
_GZIP_WINDOW = 31

_EVERYWHERE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"),
    (b"x-frame-options", b"DENY"),
]
NO_CONTENT_POLICY = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For answers that are no page."""


class Security:
    """The security headers of every answer. ``is_https`` adds HSTS for a year."""

    def __init__(self, *, is_https: bool) -> None:
        self._headers = list(_EVERYWHERE)
        if is_https:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    def with_policy(self, policy: bytes = NO_CONTENT_POLICY) -> Headers:
        """Return the headers with this content security policy."""
        return [*self._headers, (b"content-security-policy", policy)]


class Reply:
    """One complete answer, its ASGI messages made in advance. ``size`` is its room in memory, in bytes."""

    __slots__ = ("body", "etag", "head", "size", "start", "unchanged")

    def __init__(self, status: int, headers: Headers, body: bytes = b"", *, etag: bytes = b"") -> None:
        if etag:
            headers = [*headers, (b"etag", etag)]
        self.etag = etag
        self.start = {"type": "http.response.start", "status": status, "headers": headers}
        length = (b"content-length", str(len(body)).encode())
        self.head = {**self.start, "headers": [*headers, length]} if status not in (204, 304) else self.start
        self.unchanged = {"type": "http.response.start", "status": 304, "headers": _of_unchanged(headers)}
        self.body = {"type": "http.response.body", "body": body}
        self.size = len(body) + 3_000

    async def send(self, send: Send, *, is_head: bool = False, if_none_match: bytes | None = None) -> None:
        """Send the answer: whole, without its body for HEAD, or 304 when the client has it already."""
        if if_none_match is not None and self.etag and matches(if_none_match, self.etag):
            await send(self.unchanged)
            await send(_NO_BODY)
        elif is_head:
            await send(self.head)
            await send(_NO_BODY)
        else:
            await send(self.start)
            await send(self.body)


_NO_BODY = {"type": "http.response.body", "body": b""}
_LEFT_OUT_OF_304 = frozenset({b"content-type", b"content-length", b"content-encoding"})


def _of_unchanged(headers: Headers) -> Headers:
    return [header for header in headers if header[0] not in _LEFT_OUT_OF_304]


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """Tell whether ``If-None-Match`` names this entity tag, compared weakly (RFC 9110, 13.1.2)."""
    if if_none_match.strip() == b"*":
        return True
    bare = etag.removeprefix(b"W/")
    return any(part.strip().removeprefix(b"W/") == bare for part in if_none_match[:2_000].split(b","))


def entity_tag(body: bytes, encoding: str) -> bytes:
    """Return a strong entity tag for a body in an encoding."""
    return f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}-{encoding[:2] or "id"}"'.encode()


def encoding_of(accept_encoding: bytes) -> str:
    """Return ``br``, ``gzip`` or an empty string for identity, by an ``Accept-Encoding`` header."""
    accepted = set()
    for part in accept_encoding[:500].lower().split(b","):
        name, _, parameters = part.strip().partition(b";")
        if parameters.replace(b" ", b"").rstrip(b"0").rstrip(b".") not in (b"q=", b"q=0"):
            accepted.add(name.strip())
    if b"br" in accepted:
        return "br"
    return "gzip" if b"gzip" in accepted or b"*" in accepted else ""


def compress(body: bytes, encoding: str) -> bytes:
    """Return ``body`` in an encoding that :func:`encoding_of` named."""
    if encoding == "br":
        packed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY, mode=brotli.MODE_TEXT)
        return packed
    if encoding == "gzip":
        packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        return packer.compress(body) + packer.flush()
    return body
