"""Answers for stored documents: a page in the fan's variant and encoding, a redirect, gone, not found."""

from __future__ import annotations

from urllib.parse import quote, unquote_plus

from backline.contract.pages import Gone, PublishedPage, Redirected
from backline.contract.paths import RESERVED_SLUGS, page_tags
from backline.play import locales
from backline.play.documents import Entry
from backline.play.locales.words import Words
from backline.play.render import content_security_policy, render, render_words, variant_for, words_policy
from backline.play.replies import Headers, Reply, Security, compress, encoding_of, entity_tag
from backline.play.store import AwayError, Store
from backline.play.visits import Visit

RETRY_SECONDS = 10
_HTML = ("content-type", "text/html; charset=utf-8")
# The order of services depends on the fan's country, which no shared cache can tell apart, and every view counts: a
# browser may keep the page but has to ask again, which costs it a 304 without a body.
_KEEP: Headers = [("cache-control", "private, no-cache")]
_PASS: Headers = [("cache-control", "no-store")]
# What else tells copies apart of a page that has pixels: only its fan may keep it.
_FANS_APART = ", Cookie, Sec-GPC"
_STALE_SECONDS = 60
_STALE_ON_ERROR_SECONDS = 86_400
_MOVED = ("cache-control", "private, max-age=60")
# What may stand in a query as it is; everything else is written in per cent.
_QUERY = "%&=+-._~!$'()*,;:@/?[]"
_VISIT_BYTES = 250
_MOST_VISITS = 2_000
# One page in all languages, orders, places and encodings: more than that is made anew, so that it pushes no other out.
_MOST_REPLIES = 1_000
_MOST_FIXED = 200


class PageServer:
    """Makes answers and keeps those that can be sent again. ``is_sandbox`` makes every page say so.

    ``languages`` are those that a page offers. ``report_url`` is the form that takes reports about pages.
    ``shared_seconds`` is how long a shared cache may keep a page, 0 for not at all; it tells countries apart by
    ``country_header``.
    """

    def __init__(
        self,
        store: Store,
        security: Security,
        *,
        contact_email: str,
        report_url: str = "",
        is_sandbox: bool,
        languages: tuple[str, ...] = locales.ALL,
        shared_seconds: int = 0,
        country_header: str = "",
    ) -> None:
        self._store = store
        self._contact = contact_email
        self._report_url = report_url
        self._is_sandbox = is_sandbox
        self._languages = languages
        self._security = security
        self._shared_seconds = shared_seconds
        apart = ("Accept-Encoding", "Accept-Language", *([country_header] if shared_seconds else []))
        self._vary = ", ".join(apart)
        self._encodings: dict[str, str] = {}
        self._fixed: dict[tuple[object, ...], Reply] = {}

    def warm(self) -> None:
        """Compile the templates, so that the first fan does not wait for that."""
        for kind in ("release", "hub"):
            page = PublishedPage(
                kind="release" if kind == "release" else "hub", path="a", version=1, artist_id="", link_id="",
                artist_name="", artist_slug="", title="", canonical_url="",
            )  # fmt: skip
            render(page, variant_for(page))
        render_words(heading="", paragraphs=(), locale=locales.DEFAULT)

    def encoding(self, visit: Visit) -> str:
        """Return the content encoding for a visit."""
        accepted = visit.headers.get("accept-encoding", "")
        known = self._encodings.get(accepted)
        if known is None:
            known = encoding_of(accepted)
            if len(self._encodings) < _MOST_FIXED and len(accepted) < _MOST_FIXED:
                self._encodings[accepted] = known
        return known

    def page(self, entry: Entry, page: PublishedPage, visit: Visit, *, consent: str = "") -> Reply:
        """Return a page as this fan sees it; made once per variant and encoding.

        ``consent`` is what :class:`backline.play.consent.Standing` shows on a page that has pixels.
        """
        if visit.query and (page.kind == "hub" or visit.has_chosen):
            return self._variant(entry, page, visit, consent=consent)
        key = (visit.country, visit.language, self.encoding(visit), consent)
        reply = entry.by_visit.get(key)
        if reply is None:
            reply = self._variant(entry, page, visit, consent=consent)
            if len(entry.by_visit) < _MOST_VISITS and len(entry.replies) < _MOST_REPLIES:
                entry.by_visit[key] = reply
                self._store.grew(entry, _VISIT_BYTES)
        return reply

    def _variant(self, entry: Entry, page: PublishedPage, visit: Visit, *, consent: str) -> Reply:
        encoding = self.encoding(visit)
        variant = variant_for(
            page,
            country=visit.country,
            locale=visit.language,
            languages=self._languages,
            has_chosen=visit.has_chosen,
            consent=consent,
            after=_field(visit.query, "after"),
            query=_field(visit.query, "q"),
            is_sandbox=self._is_sandbox,
            counts_views=bool(self._shared_seconds) and not entry.has_pixels,
        )
        reply = entry.replies.get((variant, encoding))
        if reply is None:
            policy = content_security_policy(page, variant)
            keep, apart = (_KEEP, _FANS_APART) if entry.has_pixels else (self._keep(page), "")
            reply = self._html(200, render(page, variant), visit, policy=policy, keep=keep, apart=apart)
            # What fans search for has no end, so it is not kept.
            if len(entry.replies) < _MOST_REPLIES and not variant.query:
                entry.replies[variant, encoding] = reply
                self._store.grew(entry, reply.size)
        return reply

    def _keep(self, page: PublishedPage) -> Headers:
        """Return who may keep a page for how long; a shared cache is given the tags by which it is told of a change."""
        if not self._shared_seconds:
            return _KEEP
        tags = page_tags(page.path)
        stale = f"stale-while-revalidate={_STALE_SECONDS}, stale-if-error={_STALE_ON_ERROR_SECONDS}"
        return [
            ("cache-control", f"public, max-age=0, s-maxage={self._shared_seconds}, {stale}"),
            ("surrogate-key", " ".join(tags)),
            ("cache-tag", ",".join(tags)),
        ]

    def _html(self, status: int, html: bytes, visit: Visit, *, policy: str, keep: Headers, apart: str = "") -> Reply:
        encoding = self.encoding(visit)
        content = compress(html, encoding)
        guards = self._security.with_policy(policy)
        vary = ("vary", self._vary + apart)
        headers: Headers = [_HTML, *keep, vary, ("content-language", visit.language), *guards]
        if encoding:
            headers.append(("content-encoding", encoding))
        return Reply(status, headers, content, etag=entity_tag(content, encoding) if status == 200 else "")

    def moved(self, location: str, query: str) -> Reply:
        """Return a lasting redirect to a path of our own, the query kept."""
        return Reply(301, [("location", address(location, query)), _MOVED, *self._security.with_policy()])

    def redirected(self, document: Redirected, visit: Visit, suffix: str) -> Reply:
        """Return the redirect of a path that moved; ``suffix`` (such as ``/qr.svg``) is kept."""
        return self.moved("/" + quote(document.to.strip("/") + suffix), visit.query)

    async def gone(self, document: Gone, visit: Visit) -> Reply:
        """Return 410 for what was public once, with the way to the artist; 404 where that is a secret."""
        if document.is_secret:
            return await self.missing(document.path, visit)
        words = locales.WORDS[visit.language]
        artist = await self._hub_of(document.artist_slug, document.path)
        return self._words_reply(410, visit, words.gone_title, (words.gone_text,), to_artist=artist)

    async def missing(self, path: str, visit: Visit) -> Reply:
        """Return 404 for a path, with the way to the artist if the path names one."""
        artist = await self._hub_of(path.partition("/")[0], path)
        if artist is None:
            return self.not_found(visit)
        words = locales.WORDS[visit.language]
        return self._words_reply(404, visit, words.missing_title, (words.missing_text,), to_artist=artist)

    def not_found(self, visit: Visit) -> Reply:
        """Return 404 where no artist is known."""
        words = locales.WORDS[visit.language]
        return self._fixed_reply(404, visit, words.missing_title, (words.missing_text,))

    def away(self, visit: Visit) -> Reply:
        """Return 503 for a path that cannot be looked up now: it may well exist, so this is no 404."""
        words = locales.WORDS[visit.language]
        retry = [("retry-after", str(RETRY_SECONDS))]
        return self._fixed_reply(503, visit, words.away_title, (words.away_text,), headers=retry)

    def privacy(self, visit: Visit) -> Reply:
        """Return the page that says what is counted."""
        words = locales.WORDS[visit.language]
        text = (words.privacy_text[0], *words.privacy_exceptions, *words.privacy_text[1:])
        if self._contact:
            text = (*text, words.fill(words.privacy_contact, email=self._contact))
        return self._fixed_reply(200, visit, words.privacy_title, text)

    def report(self, visit: Visit) -> Reply:
        """Lead to the form in which a page is reported, on the dashboard's host: nothing is written down here."""
        return Reply(302, [("location", address(self._report_url, visit.query)), *_PASS, *self._security.with_policy()])

    async def _hub_of(self, artist: str, path: str) -> PublishedPage | None:
        if not artist or artist == path or artist in RESERVED_SLUGS:
            return None
        try:
            entry = await self._store.find(artist)
        except AwayError:
            return None
        return entry.page if entry else None

    def _words_reply(
        self,
        status: int,
        visit: Visit,
        heading: str,
        text: tuple[str, ...],
        *,
        to_artist: PublishedPage | None = None,
        headers: Headers | None = None,
    ) -> Reply:
        words: Words = locales.WORDS[visit.language]
        theme = to_artist.theme if to_artist else ""
        html = render_words(
            heading=heading,
            paragraphs=text,
            locale=visit.language,
            theme=theme,
            link=f"/{quote(to_artist.path)}" if to_artist else "",
            link_text=words.fill(words.to_artist, artist=to_artist.artist_name) if to_artist else "",
            is_sandbox=self._is_sandbox,
            languages=self._languages,
            has_chosen=visit.has_chosen,
        )
        reply = self._html(status, html, visit, policy=words_policy(theme), keep=_PASS)
        return Reply(status, [*reply.headers, *headers], reply.content) if headers else reply

    def _fixed_reply(
        self, status: int, visit: Visit, heading: str, text: tuple[str, ...], *, headers: Headers | None = None
    ) -> Reply:
        key = (status, heading, visit.language, visit.has_chosen, self.encoding(visit))
        reply = self._fixed.get(key)
        if reply is None:
            reply = self._fixed[key] = self._words_reply(status, visit, heading, text, headers=headers)
        return reply


def address(location: str, query: str) -> str:
    """Return a path of our own with the query of a request, ready for a header."""
    return f"{location}?{quote(query, safe=_QUERY)}" if query else location


def _field(query: str, name: str) -> str:
    """Return the first value that a query gives a name, empty when it gives none."""
    for part in query.split("&") if query else ():
        found, _, value = part.partition("=")
        if found == name:
            return unquote_plus(value)
    return ""
