"""What a page has for being passed on: QR codes, its card, its embed, and the ways to share it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from urllib.parse import parse_qs

from backline.contract.pages import PublishedPage, Redirected
from backline.play import locales, oembed, qr
from backline.play.embed import embed_policy, render_embed
from backline.play.page_server import PageServer
from backline.play.replies import Headers, Reply, Security, compress, entity_tag
from backline.play.store import Store
from backline.play.visits import Visit
from backline.play.ways import share_ways

FILES = frozenset({"qr.svg", "qr.png", "card.png"})
"""The files that every page has below its address, hubs too."""
_FORMS = {"svg": "image/svg+xml", "png": "image/png"}
_FOR_A_DAY = ("cache-control", "public, max-age=86400")
_FOR_A_MOMENT = ("cache-control", "public, max-age=300")
_QR_CODES = 2_000
_FIELDS = 20


def share_location(page: PublishedPage, way: str, visit: Visit) -> str:
    """Return where a way to share a page leads, empty for a way that there is not."""
    return share_ways(page, locales.WORDS[visit.language]).get(way, "")


class Sharing:
    """Answers for the files and the embed of a page, and oEmbed's questions. ``host`` is our authority, with its port.

    ``picture_headers`` go with pictures that are opened by themselves.
    """

    def __init__(
        self, store: Store, pages: PageServer, security: Security, *, host: str, picture_headers: Headers
    ) -> None:
        self._store = store
        self._pages = pages
        self._security = security
        self._host = host.lower()
        self._picture_headers = picture_headers
        self._text_headers = security.with_policy()
        self._qr_codes: OrderedDict[tuple[str, str, int], Reply] = OrderedDict()

    async def reply(self, page: PublishedPage, rest: str, visit: Visit) -> Reply | None:
        """Return ``qr.svg``, ``qr.png``, ``card.png`` or ``embed`` of a page, None for anything else."""
        if rest in ("qr.svg", "qr.png"):
            return await self._qr_code(page, rest.removeprefix("qr."), visit)
        if rest == "card.png":
            return self._card(page)
        if rest == "embed" and page.kind != "hub":
            return self._embed(page, visit)
        return None

    async def _qr_code(self, page: PublishedPage, form: str, visit: Visit) -> Reply:
        """Return the QR code of a page; a PNG at most ``?size=`` wide, with ``?download`` as a file to keep."""
        try:
            fields = parse_qs(visit.query, keep_blank_values=True, max_num_fields=_FIELDS)
        except ValueError:
            fields = {}
        size = fields.get("size", [""])[0]
        pixels = int(size) if size.isascii() and size.isdecimal() and len(size) <= 6 else qr.USUAL_PIXELS
        known = (page.canonical_url, form, 0 if form == "svg" else min(pixels, qr.LARGEST_PIXELS))
        reply = self._qr_codes.get(known)
        if reply is None:
            url = page.canonical_url
            content = await (
                asyncio.to_thread(qr.png, url, pixels=pixels) if form == "png" else asyncio.to_thread(qr.svg, url)
            )
            headers: Headers = [("content-type", _FORMS[form]), _FOR_A_DAY, *self._picture_headers]
            reply = self._qr_codes[known] = Reply(200, headers, content, etag=entity_tag(content, ""))
            if len(self._qr_codes) > _QR_CODES:
                self._qr_codes.popitem(last=False)
        if "download" not in fields:
            return reply
        name = f"{page.path.replace('/', '-')}-qr.{form}"
        kept = ("content-disposition", f'attachment; filename="{name}"')
        return Reply(200, [*reply.headers, kept], reply.content)

    def _card(self, page: PublishedPage) -> Reply | None:
        """Lead to the card as it is now, or to the cover until it is drawn."""
        key = page.card_key or (page.artwork.key if page.artwork else "")
        keep = _FOR_A_MOMENT if page.card_key else ("cache-control", "no-store")
        return Reply(302, [("location", f"/art/{key}"), keep, *self._text_headers]) if key else None

    def _embed(self, page: PublishedPage, visit: Visit) -> Reply:
        encoding = self._pages.encoding(visit)
        content = compress(render_embed(page, country=visit.country, locale=visit.language), encoding)
        headers: Headers = [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "private, no-cache"),
            ("content-language", visit.language),
            ("x-robots-tag", "noindex"),
            *self._security.with_policy(embed_policy(page), is_framed=True),
        ]
        if encoding:
            headers.append(("content-encoding", encoding))
        return Reply(200, headers, content, etag=entity_tag(content, encoding))

    async def oembed(self, visit: Visit) -> Reply:
        """Answer a question of oEmbed: 404 for what is no page of ours, 400 for rubbish, 501 for another format."""
        try:
            question = oembed.question_of(visit.query, host=self._host)
            content = oembed.answer(await self._page_at(question.path), question)
        except oembed.RefusedError as error:
            headers: Headers = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")]
            return Reply(error.status, [*headers, *self._text_headers], f"{error}\n".encode())
        headers = [
            ("content-type", "application/json"),
            _FOR_A_MOMENT,
            ("access-control-allow-origin", "*"),
            *self._text_headers,
        ]
        return Reply(200, headers, content, etag=entity_tag(content, ""))

    async def _page_at(self, path: str) -> PublishedPage:
        """Return the page at a path, or the one that an old address leads to; raises ``RefusedError``."""
        entry = await self._store.find(path)
        if entry is not None and isinstance(entry.document, Redirected):
            entry = await self._store.find(entry.document.to)
        page = entry.page if entry else None
        if page is None or page.kind == "hub":
            raise oembed.RefusedError(404, "There is nothing to embed at this address.")
        return page
