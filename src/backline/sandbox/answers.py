"""How a stand-in answers: JSON made quickly, pages of a list, form bodies read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response

LARGEST_BODY = 2_000_000

_encoder = msgspec.json.Encoder()


class BodyTooLargeError(Exception):
    """A request's body is larger than any service here takes."""


def json(
    body: object, status: int = 200, *, headers: Mapping[str, str] | None = None, media_type: str = "application/json"
) -> Response:
    """Answer with JSON."""
    return Response(_encoder.encode(body), status, headers, media_type)


async def body_of(request: Request) -> bytes:
    """Return a request's body. Raises :class:`BodyTooLargeError` above 2 MB."""
    parts = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise BodyTooLargeError
        parts.append(part)
    return b"".join(parts)


async def form_of(request: Request) -> dict[str, str]:
    """Return a form body's fields, the last value of each."""
    text = (await body_of(request)).decode("utf-8", "replace")
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}


def whole(text: str | None, default: int, low: int, high: int) -> int | None:
    """Read a whole number from ``low`` to ``high``; None when it is not one."""
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    value = int(text)
    return value if low <= value <= high else None


def as_object(body: bytes) -> dict[str, Any] | None:
    """Read a JSON object; None when it is not one."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return value if isinstance(value, dict) else None
