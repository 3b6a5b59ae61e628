"""What a request says about the fan who makes it, and the event that is written down of it.

The address is used here to find the country and to make the visitor code; it goes no further.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from uuid_utils import uuid7

from backline.contract.events import Event, EventKind, encode
from backline.contract.pages import PublishedPage
from backline.play import locales
from backline.play.country import Countries, Proxies, country_code
from backline.play.visitor import Visitors

TEXT_CHARACTERS = 200
"""Most characters kept of a campaign word or a click id."""
USER_AGENT_BYTES = 512
CLICK_IDS = ("gclid", "gbraid", "wbraid", "fbclid", "ttclid")
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_QUERY_FIELDS = 60
_CACHE_SIZE = 10_000
_CACHED_BYTES = 160
_PURPOSES = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
_GUESSES = ("prefetch", "prerender", "preview")

Scope = Mapping[str, Any]


class Visit:
    """One request as far as it concerns the fan. ``language`` is ours, ``locale`` the fan's own first choice."""

    __slots__ = ("address", "country", "headers", "language", "locale", "query")

    def __init__(  # noqa: PLR0917 a call with names costs more than the object
        self, headers: dict[bytes, bytes], query: bytes, address: str, country: str, language: str, locale: str
    ) -> None:
        self.headers = headers
        self.query = query
        self.address = address
        self.country = country
        self.language = language
        self.locale = locale


class Visits:
    """Reads requests and writes events. ``origin`` is the public address of play itself."""

    def __init__(
        self, *, proxies: Proxies, countries: Countries, visitors: Visitors, country_header: str, origin: str
    ) -> None:
        self._proxies = proxies
        self._countries = countries
        self._visitors = visitors
        self._country_header = country_header.encode()
        self._own_host = (urlsplit(origin).hostname or "").lower()
        self._languages: dict[bytes, tuple[str, str]] = {}
        self._hosts: dict[bytes, str] = {}

    def read(self, scope: Scope, headers: dict[bytes, bytes]) -> Visit:
        """Return who asks, from where and in which language."""
        client = scope.get("client")
        peer = address = client[0] if client else ""
        country = ""
        if self._proxies.trusts(peer):
            # A header that comes twice is one list, in order.
            forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
            address = self._proxies.client(peer, forwarded.decode("latin-1"))
            if self._country_header:
                country = country_code(headers.get(self._country_header, b"").decode("latin-1"))
        if not country:
            country = self._countries.of(address)
        accepted = headers.get(b"accept-language", b"")
        languages = self._languages.get(accepted)
        if languages is None:
            languages = locales.negotiate(accepted.decode("latin-1"))
            _remember(self._languages, accepted, languages)
        return Visit(headers, scope["query_string"], address, country, *languages)

    def event(  # noqa: PLR0917 as above
        self,
        visit: Visit,
        kind: EventKind,
        page: PublishedPage,
        service: str = "",
        is_head: bool = False,  # noqa: FBT001, FBT002
    ) -> bytes:
        """Return the event of a visit, ready for the spool."""
        headers = visit.headers
        agent = headers.get(b"user-agent", b"")[:USER_AGENT_BYTES]
        at_ms = time.time_ns() // 1_000_000
        referrer = headers.get(b"referer", b"")
        host = self._host(referrer) if referrer else ""
        query = visit.query
        if host == self._own_host and host:
            # From one of our own pages: the campaign that led there led here too.
            host = ""
            if not query:
                query = referrer.partition(b"?")[2].partition(b"#")[0]
        return encode(
            Event(
                id=uuid7().hex,
                at_ms=at_ms,
                kind=kind,
                artist_id=page.artist_id,
                link_id=page.link_id,
                service=service,
                country=visit.country,
                referrer_host=host,
                locale=visit.locale,
                visitor=self._visitors.code(at_ms, visit.address, agent),
                user_agent=agent.decode("utf-8", "replace"),
                signals=_signals(headers, is_head=is_head),
                **(_campaign(query) if query else {}),
            )
        )

    def _host(self, referrer: bytes) -> str:
        host = self._hosts.get(referrer)
        if host is None:
            try:
                host = (urlsplit(referrer[:2_000].decode("latin-1")).hostname or "")[:TEXT_CHARACTERS].lower()
            except ValueError:
                host = ""
            if len(referrer) <= _CACHED_BYTES:
                _remember(self._hosts, referrer, host)
        return host


def _remember(cache: dict[bytes, Any], key: bytes, value: object) -> None:
    if len(cache) >= _CACHE_SIZE:
        cache.clear()
    if len(key) <= _CACHED_BYTES:
        cache[key] = value


def _signals(headers: dict[bytes, bytes], *, is_head: bool) -> tuple[str, ...]:
    found = ["head"] if is_head else []
    for name in _PURPOSES:
        value = headers.get(name)
        if value is not None:
            text = value[:100].decode("latin-1").lower()
            found += [guess for guess in _GUESSES if guess in text]
    return tuple(dict.fromkeys(found))


def _campaign(query: bytes) -> dict[str, Any]:
    try:
        fields = parse_qsl(query.decode("latin-1"), max_num_fields=_QUERY_FIELDS, errors="replace")
    except ValueError:  # more fields than a campaign link has
        return {}
    known: dict[str, Any] = {}
    click_ids: dict[str, str] = {}
    for name, value in fields:
        if name in _UTM:
            known.setdefault(name, value[:TEXT_CHARACTERS])
        elif name in CLICK_IDS:
            click_ids.setdefault(name, value[:TEXT_CHARACTERS])
    if click_ids:
        known["click_ids"] = click_ids
    return known
