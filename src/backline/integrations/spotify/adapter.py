"""Spotify as the catalogue source."""

from __future__ import annotations

import html
from collections.abc import Sequence

from backline.catalog.rules import normal_isrc, normal_upc
from backline.catalog.types import (
    FoundArtist,
    FoundImage,
    FoundPlaylist,
    FoundRelease,
    FoundTrack,
    ReleasePage,
    SourceRef,
)
from backline.core.errors import Rejected
from backline.integrations.spotify import addresses, shapes
from backline.integrations.spotify.client import SpotifyClient

_MOST_TRACKS = 2000
"""Where reading a release's tracks ends: far above the longest real one, and a bound on a faulty answer."""


class SpotifyCatalog:
    """Implements ``catalog.ports.CatalogSource``."""

    def __init__(self, client: SpotifyClient) -> None:
        self._client = client

    def understand(self, text: str) -> SourceRef | None:
        """Return what a pasted address or URI names; raises ``Rejected`` for short links. No network."""
        return addresses.understand(text)

    def artist(self, external_id: str) -> FoundArtist:
        """Return the artist."""
        artist = self._client.artist(external_id)
        images = _images(artist.images)
        return FoundArtist(
            external_id=artist.id,
            name=artist.name,
            url=_url("artist", artist.id),
            image=images[0] if images else None,
            genres=artist.genres or (),
            popularity=artist.popularity,
        )

    def releases(self, artist_id: str, *, offset: int) -> ReleasePage:
        """Return a page of the artist's own releases."""
        page = self._client.albums_of(artist_id, offset=offset)
        next_offset = offset + len(page.items) if page.next and page.items else None
        return ReleasePage(tuple(_release(album) for album in page.items), page.total, next_offset)

    def release(self, external_id: str) -> FoundRelease:
        """Return a release with its UPC and all its tracks.

        Spotify's list of an album's tracks has no ISRC, and one request per track is more than its
        limits bear: only a release without a UPC gets the ISRC of its first track.
        """
        album = self._client.album(external_id)
        tracks = list(album.tracks.items) if album.tracks else []
        page = album.tracks
        while page is not None and page.next and page.items and len(tracks) < _MOST_TRACKS:
            page = self._client.tracks_of(external_id, offset=len(tracks))
            tracks.extend(page.items)
        first_isrc = ""
        if not _upc(album) and tracks and tracks[0].id:
            first_isrc = _isrc(self._client.track(tracks[0].id).external_ids)
        return _release(album, tracks, first_isrc)

    def release_of_track(self, track_id: str) -> FoundRelease:
        """Return the release that a track stands on."""
        return self.release(self._client.track(track_id).album.id)

    def release_by_upc(self, upc: str) -> FoundRelease:
        """Return the release with this UPC, however it is padded."""
        wanted = normal_upc(upc)
        for form in dict.fromkeys((wanted, wanted.rjust(13, "0"), wanted.rjust(14, "0"))) if wanted else ():
            for album_id in self._client.albums_with_upc(form):
                release = self.release(album_id)
                if normal_upc(release.upc) == wanted:
                    return release
        raise _unknown("Spotify has no release with this UPC.")

    def release_by_isrc(self, isrc: str) -> FoundRelease:
        """Return the release of the recording with this ISRC; the first that Spotify names."""
        wanted = normal_isrc(isrc)
        if wanted:
            for track in self._client.tracks_with_isrc(wanted):
                if _isrc(track.external_ids) == wanted:
                    return self.release(track.album.id)
        raise _unknown("Spotify has no track with this ISRC.")

    def playlist(self, external_id: str) -> FoundPlaylist:
        """Return a playlist's public face."""
        playlist = self._client.playlist(external_id)
        count = playlist.items or playlist.tracks
        return FoundPlaylist(
            external_id=playlist.id,
            title=playlist.name,
            owner_name=playlist.owner.display_name or playlist.owner.id,
            description=html.unescape(playlist.description or ""),  # the one text that Spotify sends as HTML
            url=_url("playlist", playlist.id),
            total_tracks=count.total if count else 0,
            images=_images(playlist.images),
        )


def _release(album: shapes.Album, tracks: Sequence[shapes.AlbumTrack] = (), first_isrc: str = "") -> FoundRelease:
    return FoundRelease(
        external_id=album.id,
        title=album.name,
        group=album.album_type,
        released=album.release_date,
        total_tracks=album.total_tracks,
        url=_url("album", album.id),
        artist_names=tuple(artist.name for artist in album.artists),
        artist_ids=tuple(artist.id or "" for artist in album.artists),
        images=_images(album.images),
        upc=_upc(album),
        label=album.label or "",
        tracks=tuple(
            FoundTrack(
                external_id=track.id or "",
                title=track.name,
                number=track.track_number,
                disc=track.disc_number,
                duration_ms=track.duration_ms,
                isrc=_isrc(track.external_ids) or (first_isrc if place == 0 else ""),
                is_explicit=track.explicit,
            )
            for place, track in enumerate(tracks)
        ),
    )


def _upc(album: shapes.Album) -> str:
    codes = album.external_ids
    return (codes.upc or codes.ean or "") if codes else ""


def _isrc(codes: shapes.ExternalIds | None) -> str:
    return normal_isrc(codes.isrc or "") if codes else ""


def _images(images: Sequence[shapes.Image] | None) -> tuple[FoundImage, ...]:
    return tuple(FoundImage(image.url, image.width or 0, image.height or 0) for image in images or ())


def _url(kind: str, external_id: str) -> str:
    return f"https://open.spotify.com/{kind}/{external_id}"


def _unknown(message: str) -> Rejected:
    return Rejected(message, field_errors={"url": message})
