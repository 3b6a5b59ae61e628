"""Answers that are made once and sent many times."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import brotli

Headers = list[tuple[str, str]]

_BROTLI_QUALITY = 5
_GZIP_LEVEL = 6
_GZIP_WINDOW = 31

_EVERYWHERE: Headers = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"),
    ("x-frame-options", "DENY"),
]
NO_CONTENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For answers that are no page."""


class Security:
    """The security headers of every answer. ``is_https`` adds HSTS for a year."""

    def __init__(self, *, is_https: bool) -> None:
        self._headers = list(_EVERYWHERE)
        if is_https:
            self._headers.append(("strict-transport-security", "max-age=31536000"))

    def with_policy(self, policy: str = NO_CONTENT_POLICY, *, is_framed: bool = False) -> Headers:
        """Return the headers with this content security policy; what ``is_framed`` may stand in another site's page."""
        headers = [header for header in self._headers if header[0] != "x-frame-options"] if is_framed else self._headers
        return [*headers, ("content-security-policy", policy)]


class Reply:
    """One complete answer, in no server's terms yet. ``size`` is its room in memory, in bytes.

    With a ``file`` the content is that file's and ``content`` is empty.
    """

    __slots__ = ("content", "etag", "file", "headers", "size", "status")

    def __init__(
        self, status: int, headers: Headers, content: bytes = b"", *, etag: str = "", file: Path | None = None
    ) -> None:
        self.status = status
        self.headers = [*headers, ("etag", etag)] if etag else headers
        self.content = content
        self.etag = etag
        self.file = file
        self.size = len(content) + 2_500

    def and_also(self, headers: Headers) -> Reply:
        """Return this answer with further headers, for one fan alone."""
        reply = Reply(self.status, [*self.headers, *headers], self.content)
        reply.etag = self.etag
        return reply

    def unchanged(self) -> Reply:
        """Return the 304 that stands for this answer."""
        return Reply(304, [header for header in self.headers if header[0] not in _LEFT_OUT_OF_304])


_LEFT_OUT_OF_304 = frozenset({"content-type", "content-length", "content-encoding"})


_TEXTS = {
    204: "",
    400: "This is nothing that a page of ours sends.\n",
    405: "This address does not take that method.\n",
    408: "It took too long to arrive.\n",
    413: "A page of ours sends at most 2 kB.\n",
    414: "The address is too long.\n",
}


class PlainReplies:
    """Short answers in plain text."""

    def __init__(self, security: Security) -> None:
        self._headers = [("cache-control", "no-store"), *security.with_policy()]
        self._known: dict[tuple[int, str], Reply] = {}

    def text(self, status: int, text: str, *, allow: str = "") -> Reply:
        """Return an answer with a text of its own."""
        headers = [*self._headers, ("allow", allow)] if allow else self._headers
        if status != 204:
            headers = [("content-type", "text/plain; charset=utf-8"), *headers]
        return Reply(status, headers, text.encode())

    def of(self, status: int, *, allow: str = "") -> Reply:
        """Return the answer that goes with a status, made once."""
        reply = self._known.get((status, allow))
        if reply is None:
            reply = self._known[status, allow] = self.text(status, _TEXTS[status], allow=allow)
        return reply


def matches(if_none_match: str, etag: str) -> bool:
    """Tell whether ``If-None-Match`` names this entity tag, compared weakly (RFC 9110, 13.1.2)."""
    if if_none_match.strip() == "*":
        return True
    bare = etag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") == bare for part in if_none_match[:2_000].split(","))


def entity_tag(body: bytes, encoding: str) -> str:
    """Return a strong entity tag for a body in an encoding."""
    return f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}-{encoding[:2] or "id"}"'


def encoding_of(accept_encoding: str) -> str:
    """Return ``br``, ``gzip`` or an empty string for identity, by an ``Accept-Encoding`` header."""
    accepted = set()
    for part in accept_encoding[:500].lower().split(","):
        name, _, parameters = part.strip().partition(";")
        if parameters.replace(" ", "").rstrip("0").rstrip(".") not in ("q=", "q=0"):
            accepted.add(name.strip())
    if "br" in accepted:
        return "br"
    return "gzip" if "gzip" in accepted or "*" in accepted else ""


def compress(body: bytes, encoding: str) -> bytes:
    """Return ``body`` in an encoding that :func:`encoding_of` named."""
    if encoding == "br":
        packed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY, mode=brotli.MODE_TEXT)
        return packed
    if encoding == "gzip":
        packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        return packer.compress(body) + packer.flush()
    return body
