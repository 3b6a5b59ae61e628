"""Apple's addresses for albums: one album has a page in Apple Music and, where it is sold, one in the iTunes Store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_HOSTS = frozenset({"music.apple.com", "geo.music.apple.com", "itunes.apple.com", "geo.itunes.apple.com"})
_ALBUM = re.compile(r"/(?:(?P<storefront>[a-z]{2})/)?album/(?:(?P<slug>[^/?#]+)/)?(?:id)?(?P<id>\d{1,20})/?", re.ASCII)


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
