"""Apple's addresses: what one names, and those of an album.

One album has a page in Apple Music and, where it is sold, one in the iTunes Store.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_HOSTS = frozenset({"music.apple.com", "geo.music.apple.com", "itunes.apple.com", "geo.itunes.apple.com"})
_ALBUM = re.compile(r"/(?:(?P<storefront>[a-z]{2})/)?album/(?:(?P<slug>[^/?#]+)/)?(?:id)?(?P<id>\d{1,20})/?", re.ASCII)

_THING = re.compile(
    r"/(?:[a-z]{2}/)?(?P<kind>[a-z-]{3,20})/(?:[^/?#]+/)?(?:id(?=\d))?(?P<id>[\w.-]{1,60})(?:/[a-z-]{1,30})?/?",
    re.ASCII,
)
_ARTIST_ID = re.compile(r"[1-9]\d{0,19}", re.ASCII)
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class AppleThing:
    """Something on Apple's services; ``kind`` is Apple's word in the address, such as ``artist`` or ``playlist``."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class AppleAlbum:
    """An album on Apple's services; ``storefront`` is a country (ISO 3166-1 alpha-2, lower case)."""

    storefront: str
    album_id: str
    slug: str = ""

    @property
    def apple_music_url(self) -> str:
        """Where it is streamed."""
        slug = f"{self.slug}/" if self.slug else ""
        return f"https://music.apple.com/{self.storefront}/album/{slug}{self.album_id}"

    @property
    def itunes_url(self) -> str:
        """Where it is sold; ``app=itunes`` keeps Apple from leading on to Apple Music."""
        slug = f"{self.slug}/" if self.slug else ""
        return f"https://itunes.apple.com/{self.storefront}/album/{slug}id{self.album_id}?app=itunes"


def apple_album(url: str) -> AppleAlbum | None:
    """Return what album one of Apple's addresses names, or None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme != "https" or parts.hostname not in _HOSTS:
        return None
    match = _ALBUM.fullmatch(parts.path)
    if match is None:
        return None
    return AppleAlbum(match["storefront"] or "us", match["id"], match["slug"] or "")


def apple_thing(text: str) -> AppleThing | None:
    """Return what a pasted address names on Apple's services, or None. It may lack its scheme."""
    text = text.strip().strip("<>\"'")
    if not text or len(text) > _LONGEST or any(character.isspace() for character in text):
        return None
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc or port not in (None, 80, 443):
        return None
    match = _THING.fullmatch(parts.path) if host in _HOSTS else None
    if match is None or (match["kind"] == "artist" and not _ARTIST_ID.fullmatch(match["id"])):
        return None
    return AppleThing(match["kind"], match["id"])
