"""Answers for stored documents: a page in the fan's variant and encoding, a redirect, gone, not found."""

from __future__ import annotations

from urllib.parse import quote

from backline.contract.pages import Gone, PublishedPage, Redirected
from backline.contract.paths import RESERVED_SLUGS
from backline.play import locales
from backline.play.render import content_security_policy, render, render_words, variant_for
from backline.play.replies import Headers, Reply, Security, compress, encoding_of, entity_tag
from backline.play.store import AwayError, Entry, Store
from backline.play.visits import Visit

RETRY_SECONDS = 10
_HTML = (b"content-type", b"text/html; charset=utf-8")
_VARY = (b"vary", b"Accept-Encoding, Accept-Language")
# The order of services depends on the fan's country, which no shared cache can tell apart, and every view counts: a
# browser may keep the page but has to ask again, which costs it a 304 without a body.
_KEEP = (b"cache-control", b"private, no-cache")
_PASS = (b"cache-control", b"no-store")
_MOVED = (b"cache-control", b"private, max-age=60")
_VISIT_BYTES = 250
_MOST_VISITS = 2_000
_MOST_FIXED = 200


class PageServer:
    """Makes answers and keeps those that can be sent again. ``is_sandbox`` makes every page say so."""

    def __init__(self, store: Store, security: Security, *, contact_email: str, is_sandbox: bool) -> None:
        self._store = store
        self._contact = contact_email
        self._is_sandbox = is_sandbox
        self._security = security
        self._policies = {
            kind: security.with_policy(content_security_policy(kind).encode())
            for kind in ("release", "playlist", "hub", "words")
        }
        self._encodings: dict[bytes, str] = {}
        self._fixed: dict[tuple[object, ...], Reply] = {}

    def warm(self) -> None:
        """Compile the templates, so that the first fan does not wait for that."""
        for kind in ("release", "hub"):
            page = PublishedPage(
                kind="release" if kind == "release" else "hub", path="a", version=1, artist_id="", link_id="",
                artist_name="", artist_slug="", title="", canonical_url="",
            )  # fmt: skip
            render(page, variant_for(page))
        self.not_found(Visit({}, b"", "", "", locales.DEFAULT, ""))

    def encoding(self, visit: Visit) -> str:
        """Return the content encoding for a visit."""
        accepted = visit.headers.get(b"accept-encoding", b"")
        known = self._encodings.get(accepted)
        if known is None:
            known = encoding_of(accepted)
            if len(self._encodings) < _MOST_FIXED and len(accepted) < _MOST_FIXED:
                self._encodings[accepted] = known
        return known

    def page(self, entry: Entry, page: PublishedPage, visit: Visit) -> Reply:
        """Return a page as this fan sees it; made once per variant and encoding."""
        encoding = self.encoding(visit)
        if visit.query and page.kind == "hub":
            return self._variant(entry, page, visit, encoding, _after(visit.query))
        key = (visit.country, visit.language, encoding)
        reply = entry.by_visit.get(key)
        if reply is None:
            reply = self._variant(entry, page, visit, encoding, "")
            if len(entry.by_visit) < _MOST_VISITS:
                entry.by_visit[key] = reply
                self._store.grew(entry, _VISIT_BYTES)
        return reply

    def _variant(self, entry: Entry, page: PublishedPage, visit: Visit, encoding: str, after: str) -> Reply:
        variant = variant_for(
            page, country=visit.country, locale=visit.language, after=after, is_sandbox=self._is_sandbox
        )
        reply = entry.replies.get((variant, encoding))
        if reply is None:
            reply = self._html(200, render(page, variant), encoding, visit.language, page.kind, _KEEP)
            entry.replies[variant, encoding] = reply
            self._store.grew(entry, reply.size)
        return reply

    def _html(
        self, status: int, html: bytes, encoding: str, language: str, kind: str, keep: tuple[bytes, bytes]
    ) -> Reply:
        body = compress(html, encoding)
        headers: Headers = [_HTML, keep, _VARY, (b"content-language", language.encode()), *self._policies[kind]]
        if encoding:
            headers.append((b"content-encoding", encoding.encode()))
        return Reply(status, headers, body, etag=entity_tag(body, encoding) if status == 200 else b"")

    def moved(self, location: str, query: bytes) -> Reply:
        """Return a lasting redirect to a path of our own, the query kept."""
        target = location.encode("ascii") + (b"?" + query if query else b"")
        return Reply(301, [(b"location", target), _MOVED, *self._security.with_policy()])

    def redirected(self, document: Redirected, visit: Visit, suffix: str = "") -> Reply:
        """Return the redirect of a path that moved; ``suffix`` (such as ``/qr.svg``) is kept."""
        return self.moved("/" + quote(document.to.strip("/") + suffix), visit.query)

    async def gone(self, document: Gone, visit: Visit) -> Reply:
        """Return 410 for what was public once, with the way to the artist; 404 where that is a secret."""
        if document.is_secret:
            return await self.missing(document.path, visit)
        words = locales.WORDS[visit.language]
        link = await self._hub_of(document.artist_slug, document.path)
        return self._words_reply(
            410, visit, words.gone_title, (words.gone_text,), *self._to_artist(words, link)
        )  # fmt: skip

    async def missing(self, path: str, visit: Visit) -> Reply:
        """Return 404 for a path, with the way to the artist if the path names one."""
        artist = path.partition("/")[0]
        page = await self._hub_of(artist, path) if "/" in path else None
        if page is None:
            return self.not_found(visit)
        words = locales.WORDS[visit.language]
        return self._words_reply(
            404, visit, words.missing_title, (words.missing_text,), *self._to_artist(words, page)
        )  # fmt: skip

    def not_found(self, visit: Visit) -> Reply:
        """Return 404 where no artist is known."""
        words = locales.WORDS[visit.language]
        return self._fixed_reply(404, visit, words.missing_title, (words.missing_text,))

    def away(self, visit: Visit) -> Reply:
        """Return 503 for a path that cannot be looked up now: it may well exist, so this is no 404."""
        words = locales.WORDS[visit.language]
        return self._fixed_reply(
            503, visit, words.away_title, (words.away_text,), (b"retry-after", str(RETRY_SECONDS).encode())
        )

    def privacy(self, visit: Visit) -> Reply:
        """Return the page that says what is counted."""
        words = locales.WORDS[visit.language]
        text = words.privacy_text
        if self._contact:
            text = (*text, words.privacy_contact.replace("{email}", self._contact))
        return self._fixed_reply(200, visit, words.privacy_title, text)

    async def _hub_of(self, artist: str, path: str) -> PublishedPage | None:
        if not artist or artist == path or artist in RESERVED_SLUGS:
            return None
        try:
            entry = await self._store.find(artist)
        except AwayError:
            return None
        document = entry.document if entry else None
        return document if isinstance(document, PublishedPage) else None

    @staticmethod
    def _to_artist(words: locales.Words, page: PublishedPage | None) -> tuple[str, str]:
        if page is None:
            return "", ""
        return "/" + quote(page.path), words.to_artist.replace("{artist}", page.artist_name)

    def _words_reply(
        self, status: int, visit: Visit, heading: str, text: tuple[str, ...], link: str = "", link_text: str = "",
        *headers: tuple[bytes, bytes],
    ) -> Reply:  # fmt: skip
        html = render_words(
            heading=heading, paragraphs=text, locale=visit.language, link=link, link_text=link_text,
            is_sandbox=self._is_sandbox,
        )  # fmt: skip
        reply = self._html(status, html, self.encoding(visit), visit.language, "words", _PASS)
        return Reply(status, [*reply.start["headers"], *headers], reply.body["body"]) if headers else reply

    def _fixed_reply(
        self, status: int, visit: Visit, heading: str, text: tuple[str, ...], *headers: tuple[bytes, bytes]
    ) -> Reply:
        key = (status, heading, visit.language, self.encoding(visit))
        reply = self._fixed.get(key)
        if reply is None:
            reply = self._fixed[key] = self._words_reply(status, visit, heading, text, "", "", *headers)
        return reply


def _after(query: bytes) -> str:
    """Return the value of ``after``; anything but a slug counts as none."""
    for part in query[:500].split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"after":
            return value.decode("latin-1")
    return ""
