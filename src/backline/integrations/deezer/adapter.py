"""Deezer as a link source."""

from __future__ import annotations

from backline.catalog.rules import normal_upc
from backline.catalog.types import Confidence, FoundLink, ReleaseKey
from backline.contract.services import belongs
from backline.core.errors import Rejected
from backline.integrations import matching
from backline.integrations.deezer.client import Album, DeezerClient

_MOST_CANDIDATES = 3


class DeezerLinks:
    """Implements ``catalog.ports.LinkSource``."""

    key = "deezer"
    is_quick = True

    def __init__(self, client: DeezerClient) -> None:
        self._client = client

    def find(self, release: ReleaseKey) -> tuple[FoundLink, ...]:
        """Return Deezer's page of the release: by UPC or ISRC, else by title, artist and length."""
        try:
            album = self._with_upc(release.upc) or self._with_isrc(release)
            if album is not None:
                return _links(album, Confidence.EXACT)
            album = self._with_name(release)
        except Rejected:
            return ()
        return _links(album, Confidence.NAME) if album is not None else ()

    def _with_upc(self, upc: str) -> Album | None:
        wanted = normal_upc(upc)
        for form in dict.fromkeys((wanted, wanted.rjust(13, "0"))) if wanted else ():
            album = self._client.album_with_upc(form)
            if album is not None and (not album.upc or normal_upc(album.upc) == wanted):
                return album
        return None

    def _with_isrc(self, release: ReleaseKey) -> Album | None:
        """Return the album of the first recording, where the whole album is the same: one stands on several."""
        if not release.isrcs:
            return None
        track = self._client.track_with_isrc(release.isrcs[0])
        album = self._client.album(track.album.id) if track is not None else None
        return album if album is not None and _is_same(album, release) else None

    def _with_name(self, release: ReleaseKey) -> Album | None:
        if not release.title or not release.artist_name:
            return None
        hits = self._client.search(artist=release.artist_name, album=release.title)
        candidates = dict.fromkeys(
            hit.album.id
            for hit in hits
            if matching.same_title(hit.album.title, release.title)
            and matching.same_artist(hit.artist.name, release.artist_name)
        )
        for album_id in list(candidates)[:_MOST_CANDIDATES]:
            album = self._client.album(album_id)
            if album is not None and _is_same(album, release):
                return album
        return None


def _is_same(album: Album, release: ReleaseKey) -> bool:
    tracks = album.tracks.data if album.tracks else ()
    return (
        matching.same_title(album.title, release.title)
        and matching.same_artist(album.artist.name, release.artist_name)
        and matching.same_length(release, [track.duration * 1000 for track in tracks])
    )


def _links(album: Album, confidence: Confidence) -> tuple[FoundLink, ...]:
    if not belongs(album.link, "deezer"):
        return ()
    return (FoundLink("deezer", album.link, confidence),)
