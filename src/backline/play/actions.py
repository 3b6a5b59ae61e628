"""What a fan does on a page: goes to a service, shares, fetches the QR code, answers, reports from the page's script.

Destinations come from the stored page and from nowhere else. The answer to a click, a share, a report or an answer is
given when its event is on disk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal
from urllib.parse import parse_qs

import msgspec

from backline.contract.events import EventKind
from backline.contract.pages import PublishedPage
from backline.play import consent
from backline.play.cookies import Cookies
from backline.play.page_server import PageServer, address
from backline.play.pixels import companies
from backline.play.posted import RefusedError, posted
from backline.play.replies import Reply, Security
from backline.play.sharing import Sharing, share_location
from backline.play.spool import Spool
from backline.play.store import Store
from backline.play.visits import Visit, Visits
from backline.play.ways import film_way, service_way, sub_link, sub_link_way


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
        sharing: Sharing,
        cookies: Cookies,
        security: Security,
        host: str,
        counts_views: bool = False,
    ) -> None:
        self._store = store
        self._spool = spool
        self._visits = visits
        self._pages = pages
        self._sharing = sharing
        self._cookies = cookies
        self._host = host
        self._counts_views = counts_views
        self._headers = [
            ("cache-control", "no-store"),
            ("x-robots-tag", "noindex"),
            *security.with_policy(),
        ]
        self._late_headers = [*self._headers, NOT_WAITED_FOR]

    async def reply(self, page: PublishedPage, rest: str, visit: Visit, *, is_head: bool) -> Reply:
        """Return the answer for a page's ``go/{service}``, ``share/{way}``, ``video``, ``out/{n}``, and what it shares.

        404 for anything else.
        """
        if shared := await self._sharing.reply(page, rest, visit):
            return shared
        url, kind, what = self._way(page, rest, visit)
        if url:
            return await self._lead_to(url, b"" if is_head else self._event(visit, kind, page, service=what))
        return self._pages.not_found(visit) if page.kind == "hub" else await self._pages.missing(page.path, visit)

    def _way(self, page: PublishedPage, rest: str, visit: Visit) -> tuple[str, EventKind, str]:
        """Return where a way on leads (empty for nowhere), the event that it is, and the service it leads to."""
        verb, _, name = rest.partition("/")
        if verb == "out":
            link = sub_link(page, name)
            return (sub_link_way(link), "sub_link_click", link.kind) if link else ("", "sub_link_click", "")
        if page.kind != "hub" and verb == "go":
            return service_way(page, name, visit.country), "service_click", name
        if page.kind != "hub" and rest == "video" and page.video is not None:
            return film_way(page), "video_play", ""
        return "" if page.kind == "hub" or verb != "share" else share_location(page, name, visit), "share", ""

    async def _lead_to(self, url: str, event: bytes) -> Reply:
        """Lead on when the event, if there is one, is on disk; else the answer says that it was not waited for."""
        is_kept = not event or await self._spool.write(event)
        return Reply(302, [("location", url), *(self._headers if is_kept else self._late_headers)])

    async def beacon(  # noqa: PLR0911 a list of refusals reads best flat
        self, body: AsyncIterator[bytes], visit: Visit
    ) -> int:
        """Take a report of a page's script; returns 204, 400 for rubbish, 408 for too slow, 413 for too much."""
        try:
            beacon = _decoder.decode(await posted(body, visit.headers, self._host))
        except RefusedError as error:
            return error.status
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
        await self._spool.write(self._event(visit, beacon.kind, page))
        return 204

    async def consent(self, page: PublishedPage, body: AsyncIterator[bytes], visit: Visit) -> Reply | int:
        """Take a fan's answer to the artist's pixels and lead back to the page when it is on disk.

        A refusal forgets what was kept of ads. Returns 400, 408 or 413 for what no page of ours sends.
        """
        try:
            form = parse_qs((await posted(body, visit.headers, self._host)).decode(), max_num_fields=10)
        except RefusedError as error:
            return error.status
        except ValueError:  # no UTF-8, or more fields than the form has
            return 400
        wish = form.get("answer", [])
        if wish not in (["yes"], ["no"]):
            return 400
        back = ("location", address(f"/{page.path}", consent.opened_with(page, visit, self._host) or ""))
        if not companies(page.pixels):  # they were taken off while the question was open
            return Reply(303, [back, *self._headers])
        answer = "granted" if wish == ["yes"] and not consent.refuses_by_browser(visit.headers) else "refused"
        is_kept = await self._spool.write(self._visits.event(visit, "consent", page, consent=answer))
        kept = self._cookies.kept(page, consent.COOKIE, consent.value(page, answer), consent.KEPT_SECONDS)
        if answer == "refused":
            kept += self._cookies.without_ad(page)
        return Reply(303, [back, *kept, *(self._headers if is_kept else self._late_headers)])

    def _event(self, visit: Visit, kind: EventKind, page: PublishedPage, *, service: str = "") -> bytes:
        """Return the event of what a fan does on a page, with the fan's word on the page's pixels."""
        return self._visits.event(visit, kind, page, service=service, consent=consent.given(page, visit))
