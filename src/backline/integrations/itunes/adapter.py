"""The iTunes Search API as a link source: Apple Music, and the iTunes Store where the release is sold."""

from __future__ import annotations

from collections.abc import Sequence

from backline.catalog.rules import normal_upc
from backline.catalog.types import Confidence, FoundLink, ReleaseKey
from backline.contract.services import belongs
from backline.core.errors import Rejected
from backline.integrations import matching
from backline.integrations.apple_links import apple_album
from backline.integrations.itunes.client import Item, ItunesClient

_MOST_CANDIDATES = 2


class ItunesLinks:
    """Implements ``catalog.ports.LinkSource``.

    ``storefronts`` are asked in order (ISO 3166-1 alpha-2, lower case). What the first one knows is filed
    for everywhere, because Apple leads visitors on to their own storefront; what only a later one knows
    is filed for its country.
    """

    key = "itunes"
    is_quick = True

    def __init__(self, client: ItunesClient, *, storefronts: Sequence[str] = ("us",)) -> None:
        self._client = client
        self._storefronts = tuple(storefronts)

    def find(self, release: ReleaseKey) -> tuple[FoundLink, ...]:
        """Return Apple's pages of the release: by UPC, else by title, artist and length."""
        for place, country in enumerate(self._storefronts):
            territory = "" if place == 0 else country.upper()
            try:
                album = self._with_upc(release, country)
                if album is not None:
                    return _links(album, Confidence.EXACT, territory)
                album = self._with_name(release, country)
            except Rejected:
                continue
            if album is not None:
                return _links(album, Confidence.NAME, territory)
        return ()

    def _with_upc(self, release: ReleaseKey, country: str) -> Item | None:
        """Return the album with the release's UPC. Apple compares the digits without leading zeros."""
        upc = normal_upc(release.upc)
        return _collection(self._client.with_upc(upc, country=country)) if upc else None

    def _with_name(self, release: ReleaseKey, country: str) -> Item | None:
        if not release.title or not release.artist_name:
            return None
        hits = self._client.search_albums(f"{release.artist_name} {release.title}", country=country)
        candidates = [
            hit
            for hit in hits
            if hit.collection_id
            and hit.track_count == release.total_tracks
            and matching.same_title(hit.collection_name, release.title)
            and matching.same_artist(hit.artist_name, release.artist_name)
        ]
        for candidate in candidates[:_MOST_CANDIDATES]:
            items = self._client.album(candidate.collection_id, country=country)
            if matching.same_length(release, _track_lengths(items)):
                return _collection(items) or candidate
        return None


def _collection(items: Sequence[Item]) -> Item | None:
    return next((item for item in items if item.wrapper_type == "collection" and item.collection_view_url), None)


def _track_lengths(items: Sequence[Item]) -> list[int]:
    tracks = [item for item in items if item.wrapper_type == "track"]
    return [item.track_time_millis for item in sorted(tracks, key=lambda item: (item.disc_number, item.track_number))]


def _links(album: Item, confidence: Confidence, territory: str) -> tuple[FoundLink, ...]:
    apple = apple_album(album.collection_view_url)
    if apple is None:
        return ()
    found = [FoundLink("apple-music", apple.apple_music_url, confidence, territory)]
    if album.collection_price is not None and album.collection_price > 0:
        found.append(FoundLink("itunes", apple.itunes_url, confidence, territory))
    return tuple(link for link in found if belongs(link.url, link.service))
