"""The public program: a bare ASGI application. Routing is by hand, on the raw bytes of the path.

What is fast is fast because nothing happens twice: a known page costs a look into a dictionary, the fan's country,
language and visitor code, one encoded event, and two messages that were made long ago.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit


from backline.contract.pages import Gone, PublishedPage, Redirected
from backline.contract.paths import RESERVED_SLUGS
from backline.play import metrics
from backline.play.actions import Actions
from backline.play.country import Countries, Proxies
from backline.play.files import Files
from backline.play.page_server import PageServer
from backline.play.replies import Reply, Security, Send
from backline.play.sitemap import Sitemap
from backline.play.spool import Spool
from backline.play.store import AwayError, Entry, Store
from backline.play.visitor import Visitors
from backline.play.visits import Visit, Visits
from backline.settings.environment import Environment

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]

HEADER_BYTES = 32 * 1024
"""All header values together; more is answered with 431."""
PATH_BYTES = 1_024
QUERY_BYTES = 8 * 1024
"""Longer paths and queries are answered with 414."""

_PATH = re.compile(r"[a-z0-9-]{1,120}(?:/[a-z0-9-]{1,120})?")
_TRACK = re.compile(r"/[a-z0-9-]{1,120}/t/[0-9A-Za-z]{1,64}")
"""A track's path leads to its release. Its last part is the streaming service's id, where case matters."""

_READ_METHODS = frozenset({"GET", "HEAD"})


class Play:
    """The application. One per process; everything it keeps belongs to the server's event loop."""

    def __init__(self, settings: Environment) -> None:
        origin = settings.play_url
        security = Security(is_https=origin.startswith("https://"))
        self.visitors = Visitors()
        self.countries = Countries(settings.geo_database)
        self.store = Store(settings.play_database_url or settings.database_url, self.visitors)
        self.spool = Spool(settings.spool_folder)
        self.counts = metrics.Counts()
        self._visits = Visits(
            proxies=Proxies(settings.trusted_proxies),
            countries=self.countries,
            visitors=self.visitors,
            country_header=settings.country_header,
            origin=origin,
        )
        self._pages = PageServer(
            self.store, security, contact_email=settings.contact_email, is_sandbox=not settings.is_production
        )
        self._files = Files(settings.media_folder, security, origin=origin)
        self._sitemap = Sitemap(self.store, security, origin=origin)
        self._actions = Actions(
            self.store, self.spool, self._visits, self._pages, self._files, security, host=urlsplit(origin).netloc
        )
        self._plain = _PlainReplies(security)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and stop."""
        if scope["type"] == "http":
            headers: dict[bytes, bytes] = dict(scope["headers"])
            reply = self._known_page(scope, headers)
            if reply is None:
                await self._answer(scope, headers, receive, send)
            else:
                await send(reply.start)
                await send(reply.body)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            raise RuntimeError("Play speaks HTTP only.")

    async def start(self) -> None:
        """Open the spool and the country file, begin to read pages; does not wait for the database."""
        self.store.start()
        self._pages.warm()
        await asyncio.gather(self.spool.open(), self.countries.load())

    async def stop(self) -> None:
        """Bring the last events to disk and let everything go."""
        await self.store.stop()
        await self.spool.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _known_page(self, scope: Scope, headers: dict[bytes, bytes]) -> Reply | None:
        """Return the answer to nearly every request: a page in memory, asked for whole and by its own name."""
        if scope["method"] != "GET" or b"if-none-match" in headers or _excess(scope, headers):
            return None
        entry = self.store.known(scope["raw_path"][1:].decode("latin-1"))
        if entry is None or entry.page is None:
            return None
        visit = self._visits.read(scope, headers)
        return self._view(entry, entry.page, visit)

    def _view(self, entry: Entry, page: PublishedPage, visit: Visit, *, is_head: bool = False) -> Reply:
        self.counts.pages += 1
        self.spool.put(self._visits.event(visit, "view", page, is_head=is_head))
        return self._pages.page(entry, page, visit)

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        excess = _excess(scope, headers)
        if excess:
            return await self._plain.send(send, excess)
        visit = self._visits.read(scope, headers)
        try:
            await self._route(scope, receive, send, visit, scope["raw_path"])
        except AwayError:
            self.counts.away += 1
            await self._pages.away(visit).send(send, is_head=scope["method"] == "HEAD")
        return None

    async def _route(self, scope: Scope, receive: Receive, send: Send, visit: Visit, raw: bytes) -> None:
        method = scope["method"]
        if raw == b"/e":
            if method != "POST":
                return await self._plain.send(send, 405, allow=b"POST")
            self.counts.beacons += 1
            return await self._plain.send(send, await self._actions.beacon(receive, visit))
        if method not in _READ_METHODS:
            return await self._plain.send(send, 405, allow=b"GET, HEAD")
        is_head = method == "HEAD"
        match = visit.headers.get(b"if-none-match")
        if raw.startswith(b"/art/"):
            if await self._files.art(raw[5:], scope, send, is_head=is_head, if_none_match=match):
                return None
            return await self._pages.not_found(visit).send(send, is_head=is_head)
        reply = await self._fixed(scope, visit, raw) or await self._document(visit, raw, is_head=is_head)
        return await reply.send(send, is_head=is_head, if_none_match=match)

    async def _fixed(self, scope: Scope, visit: Visit, raw: bytes) -> Reply | None:
        """Return the answer for one of our own paths, None for any other path."""
        match raw:
            case b"/robots.txt":
                return self._files.robots
            case b"/favicon.svg":
                return self._files.favicon
            case b"/favicon.ico":
                return self._files.favicon_moved
            case b"/-/privacy":
                return self._pages.privacy(visit)
            case b"/healthz":
                return self._plain.text(200, "alive\n")
            case b"/readyz":
                problems = self._problems()
                return self._plain.text(
                    503 if problems else 200, "".join(f"{line}\n" for line in problems) or "ready\n"
                )
            case b"/metrics":
                if not metrics.may_read(scope, visit.headers):
                    return self._pages.not_found(visit)
                return self._plain.text(200, metrics.text(self.counts, self.store, self.spool))
        if raw == b"/sitemap.xml" or (raw.startswith(b"/sitemaps/") and raw.endswith(b".xml")):
            name = "" if raw == b"/sitemap.xml" else raw[10:-4].decode("latin-1")
            return await self._sitemap.reply(name, self._pages.encoding(visit)) or self._pages.not_found(visit)
        return None

    def _problems(self) -> list[str]:
        problems = []
        if not self.store.has_connected:
            problems.append("database: not reached yet")
        if self.spool.problem:
            problems.append(f"spool: {self.spool.problem}")
        return problems

    async def _document(self, visit: Visit, raw: bytes, *, is_head: bool) -> Reply:
        """Return the answer for a path of an artist."""
        path = raw.decode("latin-1")
        plain = _plain_path(path)
        if plain is None:
            self.counts.unknown += 1
            return self._pages.not_found(visit)
        is_track = _TRACK.fullmatch(path) is not None
        path_of_page, rest = (path[1:], "") if is_track else _page_and_rest(plain)
        is_possible = is_track or _PATH.fullmatch(path_of_page) is not None
        if path_of_page.partition("/")[0] in RESERVED_SLUGS or not is_possible:
            self.counts.unknown += 1
            return self._pages.not_found(visit)
        entry = await self.store.find(path_of_page)
        if entry is None:
            self.counts.unknown += 1
            return await self._pages.missing(path_of_page, visit)
        document = entry.document
        if isinstance(document, Redirected):
            return self._pages.redirected(document, visit, f"/{rest}" if rest else "")
        if isinstance(document, Gone):
            return await self._pages.gone(document, visit)
        if f"/{plain}" != path:
            return self._pages.moved(f"/{plain}", visit.query)
        if rest:
            return await self._actions.reply(document, rest, visit, is_head=is_head)
        return self._view(entry, document, visit, is_head=is_head)


def _excess(scope: Scope, headers: Mapping[bytes, bytes]) -> int:
    """Return the status for a request that is too long in some part, 0 for any other."""
    if len(scope["raw_path"]) > PATH_BYTES or len(scope["query_string"]) > QUERY_BYTES:
        return 414
    return 431 if len(b"".join(headers.values())) > HEADER_BYTES else 0


def _plain_path(path: str) -> str | None:
    """Return a path as we write it, without slashes around it: decoded, lower case. None when it cannot be one of ours.

    An encoded slash stays unknown, and so does a second slash in a row: neither may come to mean another host.
    """
    lowered = path[1:].lower()
    if "%" in lowered:
        if "%2f" in lowered or "%5c" in lowered:
            return None
        lowered = unquote(lowered, errors="replace").lower()
    lowered = lowered.removesuffix("/")
    if not lowered or not all(part and part.isascii() and part.isprintable() for part in lowered.split("/")):
        return None
    return lowered


def _page_and_rest(plain: str) -> tuple[str, str]:
    """Split ``artist/link/go/spotify`` into the path of the page and what is asked of it."""
    parts = plain.split("/", 2)
    return "/".join(parts[:2]), parts[2] if len(parts) > 2 else ""


class _PlainReplies:
    """Short answers in plain text."""

    def __init__(self, security: Security) -> None:
        self._headers = [(b"cache-control", b"no-store"), *security.with_policy()]
        self._known: dict[tuple[int, bytes], Reply] = {}

    def text(self, status: int, text: str, *, allow: bytes = b"") -> Reply:
        headers = [(b"content-type", b"text/plain; charset=utf-8"), *self._headers]
        if status == 204:
            headers = self._headers
        if allow:
            headers = [*headers, (b"allow", allow)]
        return Reply(status, headers, text.encode())

    async def send(self, send: Send, status: int, *, allow: bytes = b"") -> None:
        reply = self._known.get((status, allow))
        if reply is None:
            reply = self._known[status, allow] = self.text(status, _TEXTS[status], allow=allow)
        await reply.send(send)


_TEXTS = {
    204: "",
    400: "This is not a report that a page of ours makes.\n",
    405: "This address does not take that method.\n",
    413: "A report has at most 2 kB.\n",
    414: "The address is too long.\n",
    431: "The request's headers are too long.\n",
}


def make_app(settings: Environment) -> Play:
    """Return the application for these settings; nothing is opened before the server starts it."""
    return Play(settings)
