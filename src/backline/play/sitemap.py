"""The sitemap: an index and parts, read from the table in bounded portions (sitemaps.org, protocol 0.9)."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from urllib.parse import quote
from xml.sax.saxutils import escape

from backline.play.replies import Headers, Reply, Security, compress
from backline.play.store import Store

PART_ROWS = 10_000
"""Pages per part; the protocol allows 50,000."""
_MOST_PARTS = 50_000
_KEEP_SECONDS = 600
_KEPT_PARTS = 20
_OPEN = '<?xml version="1.0" encoding="UTF-8"?>\n<{0} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'


class Sitemap:
    """Answers for ``/sitemap.xml`` and its parts, kept for ten minutes; one question to the database at a time."""

    def __init__(self, store: Store, security: Security, *, origin: str) -> None:
        self._store = store
        self._origin = origin
        self._headers: Headers = [
            ("content-type", "application/xml; charset=utf-8"),
            ("cache-control", "public, max-age=600"),
            ("vary", "Accept-Encoding"),
            *security.with_policy(),
        ]
        self._kept: OrderedDict[tuple[int, str], tuple[float, Reply]] = OrderedDict()
        self._parts = 0
        self._parts_until = 0.0
        self._turn = asyncio.Lock()

    async def reply(self, name: str, encoding: str) -> Reply | None:
        """Return the index (an empty ``name``) or the part of that number; None when there is no such part.

        Raises :class:`backline.play.store.AwayError` when the database cannot be asked.
        """
        if name and not (name.isascii() and name.isdigit() and 1 <= int(name) <= _MOST_PARTS and name[0] != "0"):
            return None
        number = int(name or 0)
        encoding = "gzip" if encoding else ""  # crawlers know gzip for certain
        async with self._turn:
            kept = self._kept.get((number, encoding))
            if kept is not None and kept[0] > time.monotonic():
                return kept[1]
            if number > await self._part_count():
                return None
            text = await self._part(number) if number else self._index()
            body = await asyncio.to_thread(compress, text.encode(), encoding)
            headers = [*self._headers, ("content-encoding", "gzip")] if encoding else self._headers
            reply = Reply(200, headers, body)
            self._kept[number, encoding] = (time.monotonic() + _KEEP_SECONDS, reply)
            if len(self._kept) > _KEPT_PARTS:
                self._kept.popitem(last=False)
            return reply

    async def _part_count(self) -> int:
        """Return how many parts there are. It is kept, so that a part that is not there costs the database nothing."""
        if self._parts_until < time.monotonic():
            self._parts = -(-await self._store.indexable_count() // PART_ROWS)
            self._parts_until = time.monotonic() + _KEEP_SECONDS
        return self._parts

    def _index(self) -> str:
        rows = (
            f"<sitemap><loc>{self._origin}/sitemaps/{part + 1}.xml</loc></sitemap>\n" for part in range(self._parts)
        )
        return _OPEN.format("sitemapindex") + "".join(rows) + "</sitemapindex>\n"

    async def _part(self, number: int) -> str:
        rows = await self._store.indexable_page(number, PART_ROWS)
        return await asyncio.to_thread(self._urls, rows)

    def _urls(self, rows: list[tuple[str, str]]) -> str:
        lines = (
            f"<url><loc>{escape(self._origin)}/{quote(path)}</loc><lastmod>{day}</lastmod></url>\n"
            for path, day in rows
        )
        return _OPEN.format("urlset") + "".join(lines) + "</urlset>\n"
