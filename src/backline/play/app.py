"""The public program. Routing is by hand; what is fast is fast because nothing happens twice.

A known page costs a look into a dictionary, the fan's country, language and visitor code, one encoded event, and an
answer that was made long ago. The application speaks RSGI, Granian's own protocol, because ASGI's messages cost a
fifth of the throughput (``docs/decisions/0008``), and ASGI for every other server and for the tests.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from time import perf_counter_ns
from typing import Any
from urllib.parse import urlsplit

import structlog

from backline.contract.pages import Gone, PublishedPage, Redirected
from backline.contract.paths import RESERVED_SLUGS
from backline.core.telemetry.exposition import Family, may_read
from backline.core.telemetry.processes import Process
from backline.play import asgi, consent, metrics, settled
from backline.play.actions import Actions
from backline.play.cookies import Cookies
from backline.play.country import Countries, Proxies
from backline.play.documents import Entry
from backline.play.files import Files
from backline.play.networks import Networks
from backline.play.page_server import PageServer
from backline.play.replies import PlainReplies, Reply, Security, matches
from backline.play.sharing import FILES, Sharing
from backline.play.sitemap import Sitemap
from backline.play.spool import Spool
from backline.play.store import PATH, TRACK_PATH, AwayError, Store
from backline.play.visitor import Visitors
from backline.play.visits import RequestHeaders, Visit, Visits
from backline.settings.environment import Environment

PATH_CHARACTERS = 1_024
QUERY_CHARACTERS = 8 * 1024
"""Longer paths and queries are answered with 414."""
_CLOSE = ("connection", "close")
_log = structlog.get_logger(__name__)


class Play:
    """The application. One per process; everything it keeps belongs to the server's event loop."""

    def __init__(self, settings: Environment) -> None:
        origin = settings.play_url
        security = Security(is_https=origin.startswith("https://"))
        self.visitors = Visitors()
        self.countries = Countries(settings.geo_database)
        self.store = Store(settings.play_database_url or settings.database_url, self.visitors)
        self.spool = Spool(settings.spool_folder, limit_bytes=settings.spool_limit_bytes)
        self.counts = metrics.Counts()
        self._lag = metrics.Lag()
        self._process = Process("play", settings.home, self._figures)
        self._metrics_token = settings.metrics_token
        self._visits = Visits(
            proxies=Proxies(settings.trusted_proxies),
            countries=self.countries,
            visitors=self.visitors,
            networks=Networks(settings.asn_database),
            country_header=settings.country_header,
            origin=origin,
            languages=settings.public_languages,
        )
        self._pages = PageServer(
            self.store,
            security,
            contact_email=settings.contact_email,
            report_url=f"{settings.web_url}/report/",
            is_sandbox=not settings.is_production,
            languages=settings.public_languages,
            shared_seconds=settings.edge.shared_seconds,
            country_header=settings.country_header,
        )
        self._counts_requests = not settings.edge.shared_seconds
        self._files = Files(settings.media_folder, security, origin=origin)
        self._sitemap = Sitemap(self.store, security, origin=origin)
        self._cookies = Cookies(origin)
        self._host = urlsplit(origin).netloc
        self._sharing = Sharing(
            self.store, self._pages, security, host=self._host, picture_headers=self._files.picture_headers
        )
        self._actions = Actions(
            store=self.store,
            spool=self.spool,
            visits=self._visits,
            pages=self._pages,
            sharing=self._sharing,
            cookies=self._cookies,
            security=security,
            host=self._host,
            counts_views=bool(settings.edge.shared_seconds),
        )
        self._plain = PlainReplies(security)
        self._is_leaving = False

    async def start(self) -> None:
        """Open the spool and the country file, begin to read pages; does not wait for the database."""
        self.store.start()
        self._pages.warm()
        await asyncio.gather(self.spool.open(), self.countries.load())
        if self.spool.problem:
            _log.error("spool.not_opened", problem=self.spool.problem)
        self._lag.watch(asyncio.get_running_loop())
        self._process.start()

    async def stop(self) -> None:
        """Bring the last events to disk and let everything go."""
        self._lag.stop()
        await self.store.stop()
        await self.spool.close()
        await asyncio.to_thread(self._process.stop)

    # RSGI: https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start, before the server takes requests."""
        loop.run_until_complete(self.start())
        # From the process above, when another one has taken over: see ``server/handover.py``.
        loop.add_signal_handler(signal.SIGUSR1, self.leave)
        settled.settle()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop, after the server's last request."""
        loop.run_until_complete(self.stop())

    def leave(self) -> None:
        """Close every connection with the answer it gets from now on, so that its next request goes elsewhere."""
        self._is_leaving = True

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request of Granian's."""
        method, headers = scope.method, scope.headers
        peer = scope.client.rpartition(":")[0].strip("[]")
        reply = self.known_page(method, scope.path, scope.query_string, headers, peer)
        if reply is None:
            reply = await self.answer(method, scope.path, scope.query_string, headers=headers, peer=peer, body=protocol)
        answered = [*reply.headers, _CLOSE] if self._is_leaving else reply.headers
        if reply.file is not None:
            protocol.response_file(reply.status, answered, str(reply.file))
        else:  # for HEAD the server leaves the content out and keeps its length
            protocol.response_bytes(reply.status, answered, reply.content)

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Answer one ASGI request, or follow the server's start and stop."""
        if scope["type"] == "http":
            await asgi.answer(self, scope, receive, send)
        elif scope["type"] == "lifespan":
            await asgi.live(self, receive, send)
        else:
            raise RuntimeError("Play speaks HTTP only.")

    # In no server's terms.

    def known_page(self, method: str, path: str, query: str, headers: RequestHeaders, peer: str) -> Reply | None:
        """Return the answer to nearly every request: a page in memory, asked for whole and by its own name."""
        began = perf_counter_ns()
        entry = self.store.known(path[1:])
        if entry is None or entry.page is None or method != "GET" or len(query) > QUERY_CHARACTERS:
            return None
        if "if-none-match" in headers:
            return None
        reply = self._view(entry, entry.page, self._visits.read(headers, query, peer))
        self.counts.answered("page", reply.status, began)
        return reply

    async def answer(
        self, method: str, path: str, query: str, *, headers: RequestHeaders, peer: str, body: AsyncIterator[bytes]
    ) -> Reply:
        """Return the answer to any request; ``path`` is decoded, ``body`` is read for reports only."""
        began = perf_counter_ns()
        status = 500
        try:
            reply = await self._reply(method, path, query, headers=headers, peer=peer, body=body)
            status = reply.status
        finally:
            self.counts.answered(metrics.route_of(path), status, began)
        return reply

    async def _reply(  # noqa: PLR0911 a list of refusals reads best flat
        self, method: str, path: str, query: str, *, headers: RequestHeaders, peer: str, body: AsyncIterator[bytes]
    ) -> Reply:
        if len(path) > PATH_CHARACTERS or len(query) > QUERY_CHARACTERS:
            return self._plain.of(414)
        visit = self._visits.read(headers, query, peer)
        try:
            if path == "/e":
                if method != "POST":
                    return self._plain.of(405, allow="POST")
                self.counts.beacons += 1
                return self._plain.of(await self._actions.beacon(body, visit))
            if method == "POST" and path.endswith("/consent"):
                return await self._consent(path.removesuffix("/consent"), body, visit)
            if method not in ("GET", "HEAD"):
                return self._plain.of(405, allow="GET, HEAD")
            reply = await self._fixed(path, visit) or await self._document(path, visit, is_head=method == "HEAD")
        except AwayError:
            self.counts.away += 1
            return self._pages.away(visit)
        if reply.etag and matches(headers.get("if-none-match", ""), reply.etag):
            return reply.unchanged()
        return reply

    async def _fixed(self, path: str, visit: Visit) -> Reply | None:
        """Return the answer for one of our own paths, None for any other path."""
        reply = self._files.fixed.get(path)
        match path:
            case "/-/privacy":
                reply = self._pages.privacy(visit)
            case "/-/report":
                reply = self._pages.report(visit)
            case "/oembed":
                reply = await self._sharing.oembed(visit)
            case "/healthz":
                reply = self._plain.text(200, "alive\n")
            case "/readyz":
                problems = self._problems()
                reply = self._plain.text(503 if problems else 200, "".join(problems) or "ready\n")
            case "/metrics" if may_read(visit.headers.get("authorization", ""), self._metrics_token):
                reply = self._plain.text(200, (await asyncio.to_thread(self._process.exposition)).decode())
            case "/sitemap.xml":
                reply = await self._sitemap.reply("", self._pages.encoding(visit))
            case _ if path.startswith("/sitemaps/") and path.endswith(".xml"):
                reply = await self._sitemap.reply(path[10:-4], self._pages.encoding(visit))
            case _ if path.startswith("/art/"):
                reply = await self._files.art(path[5:])
        return reply

    def _figures(self) -> list[Family]:
        return metrics.figures(self.counts, self.store, self.spool, self._lag)

    def _problems(self) -> list[str]:
        problems = []
        if not self.store.has_connected:
            problems.append("database: not reached yet\n")
        if self.spool.problem:
            problems.append("spool: it takes no events; the log says why\n")
        return problems

    async def _document(  # noqa: PLR0911 one return per kind of document
        self, path: str, visit: Visit, *, is_head: bool
    ) -> Reply:
        """Return the answer for a path of an artist."""
        if TRACK_PATH.fullmatch(path[1:]):
            return await self._track(path[1:], visit)
        plain = path[1:].lower().removesuffix("/")
        artist, link, rest = (*plain.split("/", 2), "", "")[:3]
        if link == "out" and rest.isdecimal():  # a hub's sub-link: no page of a link has a number below it
            link, rest = "", f"out/{rest}"
        elif link in FILES and not rest:
            link, rest = "", link
        page_path = f"{artist}/{link}" if link else artist
        if artist in RESERVED_SLUGS or not PATH.fullmatch(page_path) or (plain != page_path and not rest):
            self.counts.unknown += 1
            return self._pages.not_found(visit)
        entry = await self.store.find(page_path)
        if entry is None:
            self.counts.unknown += 1
            return await self._pages.missing(page_path, visit)
        suffix = plain[len(page_path) :]
        match entry.document:
            case Redirected() as document:
                return self._pages.redirected(document, visit, suffix)
            case Gone() as document:
                return await self._pages.gone(document, visit)
            case PublishedPage() as document if rest:
                return await self._actions.reply(document, rest, visit, is_head=is_head)
            case PublishedPage() as document if path[1:] == page_path:
                return self._view(entry, document, visit, is_head=is_head)
        return self._pages.moved(f"/{page_path}", visit.query)

    async def _track(self, path: str, visit: Visit) -> Reply:
        """Lead a track to its release. The streaming service's id in the path keeps its case."""
        entry = await self.store.find(path)
        match entry.document if entry else None:
            case Redirected() as document:
                return self._pages.redirected(document, visit, "")
            case Gone() as document:
                return await self._pages.gone(document, visit)
        self.counts.unknown += 1
        return await self._pages.missing(path, visit)

    def _view(self, entry: Entry, page: PublishedPage, visit: Visit, *, is_head: bool = False) -> Reply:
        self.counts.pages += 1
        if entry.has_pixels:
            return self._view_with_pixels(entry, page, visit, is_head=is_head)
        if self._counts_requests:  # else the page reports its view itself, whoever served it
            self.spool.put(self._visits.event(visit, "view", page, is_head=is_head))
        return self._pages.page(entry, page, visit)

    def _view_with_pixels(self, entry: Entry, page: PublishedPage, visit: Visit, *, is_head: bool) -> Reply:
        """Show the page as the fan's word allows. No shared cache keeps it, so its views are always counted here."""
        standing = consent.standing(page, visit)
        if consent.opened_with(page, visit, self._host) != visit.query:  # else it comes back after an answer
            self.spool.put(self._visits.event(visit, "view", page, is_head=is_head, consent=standing.given))
        reply = self._pages.page(entry, page, visit, consent=standing.shown)
        kept = self._cookies.of_ad(page, visit) if standing.given == "granted" else []
        return reply.and_also(kept) if kept else reply

    async def _consent(self, path: str, body: AsyncIterator[bytes], visit: Visit) -> Reply:
        """Take a fan's answer on a page; a path that is no open page answers for itself."""
        entry = await self.store.find(path[1:]) if PATH.fullmatch(path[1:]) else None
        if entry is None or entry.page is None:
            return await self._document(path, visit, is_head=False)
        answered = await self._actions.consent(entry.page, body, visit)
        return answered if isinstance(answered, Reply) else self._plain.of(answered)


def make_app(settings: Environment) -> Play:
    """Return the application for these settings; nothing is opened before the server starts it."""
    return Play(settings)
