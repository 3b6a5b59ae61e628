"""What the catalogue needs from outside: one catalogue source, any number of link sources, and a checker of links."""

from __future__ import annotations

from typing import Protocol

from backline.catalog.types import (
    Address,
    FoundArtist,
    FoundLink,
    FoundPlaylist,
    FoundRelease,
    Look,
    ReleaseKey,
    ReleasePage,
    SourceRef,
)
from backline.core.registry import Registry


class CatalogSource(Protocol):
    """Where an artist's catalogue comes from.

    Every call may raise ``RetryLater`` (limits, faults), ``NeedsAction`` (our credentials are refused) or
    ``Rejected`` (there is no such thing).
    """

    def understand(self, text: str) -> SourceRef | None:
        """Return what a pasted address or URI names, or None when it is not of this source. No network."""

    def artist(self, external_id: str) -> FoundArtist:
        """Return the artist."""

    def releases(self, artist_id: str, *, offset: int) -> ReleasePage:
        """Return a page of the artist's own albums, singles and compilations, from ``offset``."""

    def release(self, external_id: str) -> FoundRelease:
        """Return a release with its UPC and all its tracks."""

    def release_of_track(self, track_id: str) -> FoundRelease:
        """Return the release that a track stands on."""

    def release_by_upc(self, upc: str) -> FoundRelease:
        """Return the release with this UPC."""

    def release_by_isrc(self, isrc: str) -> FoundRelease:
        """Return the release of the recording with this ISRC."""

    def playlist(self, external_id: str) -> FoundPlaylist:
        """Return a playlist's public face."""


class LinkSource(Protocol):
    """Where links to other services come from."""

    key: str
    """Name of the source as it is kept with each link, such as ``deezer``."""

    is_quick: bool
    """Whether it may be asked before a page is first published; slow sources add their links later."""

    def find(self, release: ReleaseKey) -> tuple[FoundLink, ...]:
        """Return the links for the release, none when it is unknown. May raise ``RetryLater`` or ``NeedsAction``."""


class ImageSource(Protocol):
    """Fetches a cover."""

    def fetch(self, url: str) -> bytes:
        """Return the bytes of an image of at most 10 MB. May raise ``RetryLater`` or ``Rejected``."""


class LinkChecker(Protocol):
    """Looks whether what a page leads to is still there."""

    def look(self, address: Address) -> Look:
        """Ask the address and return what it told; never raises for what goes wrong outside.

        Gone are a 404 and a 410 of the address itself and nothing else. Callers are many threads at once; how often
        one host is asked is the checker's to keep.
        """


catalog_sources: Registry[CatalogSource] = Registry("catalogue source")
"""Holds ``spotify``."""

link_sources: Registry[LinkSource] = Registry("link source")
"""Sources in the order in which they are asked."""

image_sources: Registry[ImageSource] = Registry("image source")
"""Holds ``covers``."""

link_checkers: Registry[LinkChecker] = Registry("link checker")
"""Holds ``stores``."""
