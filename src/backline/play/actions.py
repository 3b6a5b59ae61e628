"""What a fan does on a page: goes to a service, shares, fetches the QR code, reports from the page's script.

Destinations come from the stored page and from nowhere else. The answer to a click, a share or a report is given
when its event is on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Literal
from urllib.parse import quote, urlsplit

import msgspec

from backline.contract.pages import PublishedPage
from backline.play import locales
from backline.play.files import Files
from backline.play.order import destination
from backline.play.page_server import PageServer
from backline.play.replies import Reply, Security
from backline.play.spool import Spool
from backline.play.store import Store
from backline.play.visits import Visit, Visits

BEACON_BYTES = 2_048
BEACON_SECONDS = 5.0
"""A report that takes longer to arrive is answered with 408."""
_SAFE_IN_URL = "%/:=&?~#+!$,;'@()*[]"


class Beacon(msgspec.Struct, frozen=True):
    """What a page's own script may report. The page is named by its path; no id is taken from a client.

    ``referrer`` is where the fan came from: the report itself comes from the page.
    """

    kind: Literal["view", "share", "video_play"]
    path: str
    referrer: str = ""


_decoder = msgspec.json.Decoder(Beacon)

NOT_WAITED_FOR = ("backline-event", "late")
"""Stands in an answer that was given before its event was on disk, for whoever measures what was acknowledged."""


class Actions:
    """Answers what is asked of a page. ``host`` is the authority of the public address, with its port.

    ``counts_views`` takes views from the pages' script, because a shared cache answers for us.
    """

    def __init__(
        self,
        *,
        store: Store,
        spool: Spool,
        visits: Visits,
        pages: PageServer,
        files: Files,
        security: Security,
        host: str,
        counts_views: bool = False,
    ) -> None:
        self._store = store
        self._spool = spool
        self._visits = visits
        self._pages = pages
        self._files = files
        self._host = host
        self._counts_views = counts_views
        self._headers = [
            ("cache-control", "no-store"),
            ("x-robots-tag", "noindex"),
            *security.with_policy(),
        ]
        self._late_headers = [*self._headers, NOT_WAITED_FOR]

    async def reply(self, page: PublishedPage, rest: str, visit: Visit, *, is_head: bool) -> Reply:
        """Return the answer for ``go/{service}``, ``share/{way}`` and ``qr.svg`` of a page; 404 for anything else."""
        verb, _, name = rest.partition("/")
        if page.kind == "hub":
            return self._pages.not_found(visit)
        if rest == "qr.svg":
            return self._files.qr_code(page.canonical_url)
        if verb == "go":
            url = _destination(page, name, visit.country)
            if url:
                event = b"" if is_head else self._visits.event(visit, "service_click", page, service=name)
                return await self._lead_to(url, event)
        if verb == "share":
            location = self._share_location(page, name, visit)
            if location:
                return await self._lead_to(location, b"" if is_head else self._visits.event(visit, "share", page))
        return await self._pages.missing(page.path, visit)

    async def _lead_to(self, url: str, event: bytes) -> Reply:
        """Lead on when the event, if there is one, is on disk; else the answer says that it was not waited for."""
        is_kept = not event or await self._spool.write(event)
        return Reply(302, [("location", url), *(self._headers if is_kept else self._late_headers)])

    @staticmethod
    def _share_location(page: PublishedPage, way: str, visit: Visit) -> str:
        url = page.canonical_url
        if way == "whatsapp":
            return f"https://wa.me/?text={quote(url, safe='')}"
        if way == "email":
            words = locales.WORDS[visit.language]
            subject = words.title_by.replace("{artist}", page.artist_name).replace("{title}", page.title)
            return f"mailto:?subject={quote(subject, safe='')}&body={quote(url, safe='')}"
        if way == "qr":
            return f"/{quote(page.path)}/qr.svg"
        return ""

    async def beacon(  # noqa: PLR0911 a list of refusals reads best flat
        self, body: AsyncIterator[bytes], visit: Visit
    ) -> int:
        """Take a report of a page's script; returns 204, 400 for rubbish, 408 for too slow, 413 for too much."""
        headers = visit.headers
        origin = headers.get("origin", "")
        if headers.get("sec-fetch-site", "same-origin") != "same-origin" or (origin and not self._is_own(origin)):
            return 400
        length = headers.get("content-length", "")
        if length.isdigit() and (len(length) > 9 or int(length) > BEACON_BYTES):
            return 413
        # In a task of its own: the server's tasks know no time-outs, and a reading that is cancelled may never end.
        reading = asyncio.ensure_future(_whole(body))
        await asyncio.wait({reading}, timeout=BEACON_SECONDS)
        if not reading.done():
            reading.cancel()
            return 408
        try:
            beacon = _decoder.decode(reading.result())
        except _TooMuchError:
            return 413
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return 400
        entry = await self._store.find(beacon.path.strip("/").lower()) if len(beacon.path) <= 250 else None
        page = entry.document if entry else None
        if not isinstance(page, PublishedPage):
            return 400
        if beacon.kind == "view":
            if not self._counts_views:
                return 400
            self._spool.put(self._visits.event(visit, "view", page, came_from=beacon.referrer))
            return 204
        if page.kind == "hub":
            return 400
        await self._spool.write(self._visits.event(visit, beacon.kind, page))
        return 204

    def _is_own(self, origin: str) -> bool:
        try:
            return urlsplit(origin[:300]).netloc == self._host
        except ValueError:
            return False


class _TooMuchError(Exception):
    """A report is longer than any that a page of ours makes."""


async def _whole(body: AsyncIterator[bytes]) -> bytes:
    report = b""
    async for part in body:
        report += part
        if len(report) > BEACON_BYTES:
            raise _TooMuchError
    return report


def _destination(page: PublishedPage, name: str, country: str) -> str:
    """Return where a service of a page leads a fan of a country, ready for a header; empty when nowhere."""
    for service in page.services:
        if service.service == name:
            url = destination(service, country)
            # What is stored was checked when it was stored; this is the second lock on the same door.
            if not url.startswith(("https://", "http://")) or not url.isprintable() or " " in url or "\\" in url:
                return ""
            return quote(url, safe=_SAFE_IN_URL)
    return ""
