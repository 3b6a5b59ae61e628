"""What a page of ours sends back: taken from our own pages only, whole, of at most 2 kB, and in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from backline.play.visits import RequestHeaders

MOST_BYTES = 2_048
MOST_SECONDS = 5.0
"""What takes longer to arrive is answered with 408."""


class RefusedError(Exception):
    """What was sent is not taken; ``status`` is the answer: 400, 408 or 413."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def posted(body: AsyncIterator[bytes], headers: RequestHeaders, host: str) -> bytes:
    """Return what a page of ``host`` (the authority of our public address) sent. Raises :class:`RefusedError`."""
    origin = headers.get("origin", "")
    if headers.get("sec-fetch-site", "same-origin") != "same-origin" or (origin and not _is_of(origin, host)):
        raise RefusedError(400)
    length = headers.get("content-length", "")
    if length.isdigit() and (len(length) > 9 or int(length) > MOST_BYTES):
        raise RefusedError(413)
    # In a task of its own: the server's tasks know no time-outs, and a reading that is cancelled may never end.
    reading = asyncio.ensure_future(_whole(body))
    await asyncio.wait({reading}, timeout=MOST_SECONDS)
    if not reading.done():
        reading.cancel()
        raise RefusedError(408)
    return reading.result()


async def _whole(body: AsyncIterator[bytes]) -> bytes:
    whole = b""
    async for part in body:
        whole += part
        if len(whole) > MOST_BYTES:
            raise RefusedError(413)
    return whole


def _is_of(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin[:300]).netloc == host
    except ValueError:
        return False
