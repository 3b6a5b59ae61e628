"""What people paste: Spotify's addresses and URIs, understood strictly. Pure."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import unquote, urlsplit

from backline.catalog.types import RefKind, SourceRef
from backline.core.errors import Rejected

_HOST = "open.spotify.com"
_SHORT_HOSTS = frozenset({"spotify.link", "spotify.app.link", "spoti.fi", "spotify.smart.link"})
_KINDS = frozenset({"artist", "album", "track", "playlist"})
_UNUSABLE = {"show": "a podcast", "episode": "a podcast episode", "audiobook": "an audiobook", "concert": "a concert"}

_ID = re.compile(r"[0-9A-Za-z]{22}", re.ASCII)
_USER = re.compile(r"[^\s/:?#\\<>\"]{1,100}")
_LOCALE = re.compile(r"intl-[a-z]{2}(-[a-z]{2})?", re.ASCII)
_LONGEST = 2000


def understand(text: str) -> SourceRef | None:
    """Return what the pasted text names on Spotify, or None when it names nothing there.

    Raises :class:`Rejected` (field ``url``) for what is Spotify's but cannot be used: a short link, which
    only Spotify can resolve, and things that are no music.
    """
    text = text.strip().strip("<>\"'")
    if not text or len(text) > _LONGEST or any(character.isspace() for character in text):
        return None
    if text[:8].lower() == "spotify:":
        return _from_parts(text.split(":")[1:])
    if "://" not in text:
        text = "https://" + text
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc or port not in (None, 80, 443):
        return None
    if host in _SHORT_HOSTS:
        raise _refusal("This is a short link. Open it, then copy the full address that starts with open.spotify.com.")
    if host != _HOST:
        return None
    return _from_parts([part for part in parts.path.split("/") if part])


def _from_parts(parts: list[str]) -> SourceRef | None:
    if parts and _LOCALE.fullmatch(parts[0].lower()):
        parts = parts[1:]
    if parts and parts[0] == "embed":
        parts = parts[1:]
    if len(parts) < 2:
        return None
    kind, name, rest = parts[0], parts[1], parts[2:]
    if kind in _UNUSABLE:
        raise _refusal(f"This is {_UNUSABLE[kind]}, no music. Copy the address from the artist's page on Spotify.")
    if kind == "user":
        if len(rest) == 2 and rest[0] == "playlist":  # how playlists were written until 2018
            return _from_parts(rest)
        user = unquote(name)
        return SourceRef("user", user) if not rest and _USER.fullmatch(user) else None
    if kind not in _KINDS or not _ID.fullmatch(name):
        return None
    if rest and not (kind == "artist" and rest[0] == "discography"):
        return None
    return SourceRef(cast(RefKind, kind), name)


def _refusal(message: str) -> Rejected:
    return Rejected(message, field_errors={"url": message})
