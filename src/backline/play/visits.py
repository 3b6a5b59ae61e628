"""What a request says about the fan who makes it, and the event that is written down of it.

The address is used here to find the country and to make the visitor code; it goes no further.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from msgspec.structs import replace
from uuid_utils import uuid7

from backline.contract.events import Event, EventKind, encode
from backline.contract.pages import PublishedPage
from backline.play import locales
from backline.play.country import Countries, Proxies, country_code
from backline.play.networks import Networks
from backline.play.visitor import Visitors

TEXT_CHARACTERS = 200
"""Most characters kept of a campaign word or a click id."""
USER_AGENT_CHARACTERS = 512
CLICK_IDS = ("gclid", "gbraid", "wbraid", "fbclid", "ttclid")
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
QUERY_FIELDS = 60
_CACHE_SIZE = 10_000
_CACHED_CHARACTERS = 160
_PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_GUESSES = ("prefetch", "prerender", "preview")


class RequestHeaders(Protocol):
    """The headers of a request by lower-case name, as the server keeps them."""

    def get(self, key: str, default: str, /) -> str:
        """Return the value of a header, or ``default``."""

    def get_all(self, key: str, /) -> Sequence[str]:
        """Return every value of a header, in order."""

    def __contains__(self, key: object, /) -> bool: ...


_Languages = tuple[str, str, bool]


class Visit:
    """One request and what it says of the fan.

    ``language`` is ours, which the address itself names where ``has_chosen``; ``locale`` is the fan's own first choice.
    """

    __slots__ = ("address", "country", "has_chosen", "headers", "language", "locale", "peer", "query")

    def __init__(  # noqa: PLR0917 names would cost more than the object
        self, headers: RequestHeaders, query: str, peer: str, address: str, country: str, languages: _Languages
    ) -> None:
        self.headers = headers
        self.query = query
        self.peer = peer
        self.address = address
        self.country = country
        self.language, self.locale, self.has_chosen = languages


class Visits:
    """Reads requests and writes events. ``origin`` is the public address of play itself.

    ``languages`` are those that pages are shown in, the first for fans who read none of them.
    """

    def __init__(
        self,
        *,
        proxies: Proxies,
        countries: Countries,
        visitors: Visitors,
        country_header: str,
        origin: str,
        networks: Networks | None = None,
        languages: tuple[str, ...] = locales.ALL,
    ) -> None:
        self._proxies = proxies
        self._countries = countries
        self._visitors = visitors
        self._country_header = country_header
        self._networks = networks or Networks()
        self._is_secure = origin.startswith("https:")
        self._own_host = (urlsplit(origin).hostname or "").lower()
        self._offered = languages
        self._languages: dict[str, _Languages] = {}
        self._hosts: dict[str, str] = {}

    def read(self, headers: RequestHeaders, query: str, peer: str) -> Visit:
        """Return who asks, from where and in which language; ``peer`` is the address at the other end of the line."""
        address = peer
        country = ""
        if self._proxies.trusts(peer):
            # A header that comes twice is one list, in order.
            address = self._proxies.client(peer, ",".join(headers.get_all("x-forwarded-for")))
            if self._country_header:
                country = country_code(headers.get(self._country_header, ""))
        if not country:
            country = self._countries.of(address)
        accepted = headers.get("accept-language", "")
        languages = self._languages.get(accepted)
        if languages is None:
            languages = (*locales.negotiate(accepted, self._offered), False)
            _remember(self._languages, accepted, languages)
        if "lang=" in query and (chosen := locales.chosen(query, self._offered)):
            languages = (chosen, languages[1], True)
        return Visit(headers, query, peer, address, country, languages)

    def event(
        self,
        visit: Visit,
        kind: EventKind,
        page: PublishedPage,
        *,
        service: str = "",
        is_head: bool = False,
        came_from: str = "",
        consent: str = "",
    ) -> bytes:
        """Return the event of a visit, ready for the spool.

        ``came_from`` is what a page's script says led to it, ``consent`` the fan's word on the page's pixels.
        """
        headers = visit.headers
        agent = headers.get("user-agent", "")[:USER_AGENT_CHARACTERS]
        at_ms = time.time_ns() // 1_000_000
        referrer = headers.get("referer", "")
        host = self._host(referrer) if referrer else ""
        query = visit.query
        if host == self._own_host and host:
            # From one of our own pages: the campaign that led there led here too.
            host = ""
            led_by = referrer.partition("?")[2].partition("#")[0]
            if not query:
                query = led_by
            elif visit.has_chosen:
                query = f"{query}&{led_by}"
            if came_from and (host := self._host(came_from)) == self._own_host:
                host = ""
        event = Event(
            id=uuid7().hex,
            at_ms=at_ms,
            kind=kind,
            artist_id=page.artist_id,
            link_id=page.link_id,
            service=service,
            country=visit.country,
            referrer_host=host,
            locale=visit.locale,
            visitor=self._visitors.code(at_ms, page.artist_id, visit.address, agent),
            consent=consent,
            user_agent=agent,
            signals=self._signals(visit, is_head=is_head),
        )
        # Most visits have no query, and `**` even of nothing would make the event three times as dear.
        return encode(replace(event, **_campaign(query)) if query else event)

    def _signals(self, visit: Visit, *, is_head: bool) -> tuple[str, ...]:
        headers = visit.headers
        signals = _signals(headers, is_head=is_head) if is_head or _has_purpose(headers) else ()
        # Over plain HTTP browsers send no Sec-Fetch-*, so there it means nothing that it is missing.
        if self._is_secure and "sec-fetch-mode" not in headers and not headers.get("accept-language", ""):
            signals = (*signals, "bare")
        if self._networks.is_data_centre(visit.address):
            signals = (*signals, "data_centre")
        return signals

    def _host(self, referrer: str) -> str:
        host = self._hosts.get(referrer)
        if host is None:
            try:
                host = (urlsplit(referrer[:2_000]).hostname or "")[:TEXT_CHARACTERS].lower()
            except ValueError:
                host = ""
            if len(referrer) <= _CACHED_CHARACTERS:
                _remember(self._hosts, referrer, host)
        return host


def _remember(cache: dict[str, Any], key: str, value: object) -> None:
    if len(cache) >= _CACHE_SIZE:
        cache.clear()
    if len(key) <= _CACHED_CHARACTERS:
        cache[key] = value


def _has_purpose(headers: RequestHeaders) -> bool:
    return "sec-purpose" in headers or "purpose" in headers or "x-moz" in headers or "x-purpose" in headers


def _signals(headers: RequestHeaders, *, is_head: bool) -> tuple[str, ...]:
    found = ["head"] if is_head else []
    for name in _PURPOSES:
        if name in headers:
            text = headers.get(name, "")[:100].lower()
            found += [guess for guess in _GUESSES if guess in text]
    return tuple(dict.fromkeys(found))


def _campaign(query: str) -> dict[str, Any]:
    try:
        fields = parse_qsl(query, max_num_fields=QUERY_FIELDS, errors="replace")
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
