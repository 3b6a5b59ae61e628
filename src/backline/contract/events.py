"""What a fan did, as play writes it down and analytics reads it.

Never an IP address: country and a daily-salted visitor hash are computed at the edge
and the address is dropped there.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

EventKind = Literal[
    "view",
    "service_click",
    "sub_link_click",
    "share",
    "save",
    "video_play",
    "promote_click",
    "consent",
    "AUTH",
    "SAVE_TRACK",
    "FOLLOW_ARTIST",
    "STREAM",
]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)
BEACON_KINDS: frozenset[EventKind] = frozenset({"share", "video_play"})
"""The kinds that a page's own script may report; everything else is counted by the server."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One event. ``id`` is a UUIDv7 in hex, ``at_ms`` milliseconds since 1970 in UTC.

    ``visitor`` is 16 hex digits of HMAC-SHA256(daily salt; artist, address and user agent);
    ``click_ids`` holds advertising click ids by parameter name (``gclid``, ``fbclid``...).
    ``signals`` are hints that only the edge sees: ``prefetch``, ``prerender``, ``preview``, ``head``, ``bare`` (none of
    the headers that every browser sends), ``data_centre`` (an address of a hosting company).
    """

    id: str
    at_ms: int
    kind: EventKind
    artist_id: str
    link_id: str = ""
    service: str = ""
    country: str = ""
    referrer_host: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    locale: str = ""
    visitor: str = ""
    click_ids: dict[str, str] = {}
    consent: str = ""
    user_agent: str = ""
    signals: tuple[str, ...] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


def encode(event: Event) -> bytes:
    """Return the event as MessagePack bytes."""
    return _encoder.encode(event)


def decode(data: bytes) -> Event:
    """Return the event; raises :class:`msgspec.ValidationError` when it is not one."""
    return _decoder.decode(data)
