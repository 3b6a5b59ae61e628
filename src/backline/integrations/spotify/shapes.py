"""What the Web API sends, as far as we read it. A field that is not read is not declared.

Optional is what development mode leaves out or what real answers were seen to set to null.
"""

from __future__ import annotations

import msgspec


class Token(msgspec.Struct, frozen=True):
    """An app's access token; ``expires_in`` in seconds."""

    access_token: str
    expires_in: int


class TokenProblem(msgspec.Struct, frozen=True):
    """The accounts service refuses (RFC 6749, 5.2)."""

    error: str


class Problem(msgspec.Struct, frozen=True):
    """The inside of the Web API's error; ``reason`` says more since July 2026."""

    status: int
    message: str = ""
    reason: str = ""


class ProblemBody(msgspec.Struct, frozen=True):
    """The Web API's error."""

    error: Problem


class Image(msgspec.Struct, frozen=True):
    """A picture; sizes in pixels."""

    url: str
    height: int | None = None
    width: int | None = None


class ArtistName(msgspec.Struct, frozen=True):
    """An artist as named on a release."""

    id: str | None
    name: str


class Artist(msgspec.Struct, frozen=True):
    """``GET /artists/{id}``."""

    id: str
    name: str
    images: tuple[Image, ...] | None = None
    genres: tuple[str, ...] | None = None
    popularity: int | None = None


class ExternalIds(msgspec.Struct, frozen=True):
    """Codes of the trade."""

    upc: str | None = None
    ean: str | None = None
    isrc: str | None = None


class AlbumTrack(msgspec.Struct, frozen=True):
    """A track in an album's list; it carries no ISRC there."""

    id: str | None
    name: str
    track_number: int
    duration_ms: int
    disc_number: int = 1
    explicit: bool = False
    external_ids: ExternalIds | None = None


class TrackPage(msgspec.Struct, frozen=True):
    """A page of an album's tracks."""

    items: tuple[AlbumTrack, ...]
    total: int
    next: str | None = None


class Album(msgspec.Struct, frozen=True):
    """An album in a listing, and with ``tracks`` and ``external_ids`` on its own."""

    id: str
    name: str
    album_type: str
    total_tracks: int
    release_date: str
    artists: tuple[ArtistName, ...]
    images: tuple[Image, ...] | None = None
    external_ids: ExternalIds | None = None
    label: str | None = None
    tracks: TrackPage | None = None


class AlbumPage(msgspec.Struct, frozen=True):
    """A page of albums."""

    items: tuple[Album, ...]
    total: int
    next: str | None = None


class AlbumOfTrack(msgspec.Struct, frozen=True):
    """The release a track stands on."""

    id: str


class Track(msgspec.Struct, frozen=True):
    """``GET /tracks/{id}``."""

    id: str
    album: AlbumOfTrack
    external_ids: ExternalIds | None = None


class FoundAlbums(msgspec.Struct, frozen=True):
    """A page of album hits; a hit may be null."""

    items: tuple[AlbumOfTrack | None, ...]


class FoundTracks(msgspec.Struct, frozen=True):
    """A page of track hits; a hit may be null."""

    items: tuple[Track | None, ...]


class FoundArtists(msgspec.Struct, frozen=True):
    """A page of artist hits; a hit may be null."""

    items: tuple[Artist | None, ...]


class ArtistSearch(msgspec.Struct, frozen=True):
    """``GET /search?type=artist``."""

    artists: FoundArtists


class AlbumSearch(msgspec.Struct, frozen=True):
    """``GET /search?type=album``."""

    albums: FoundAlbums


class TrackSearch(msgspec.Struct, frozen=True):
    """``GET /search?type=track``."""

    tracks: FoundTracks


class Owner(msgspec.Struct, frozen=True):
    """Whose playlist it is."""

    id: str
    display_name: str | None = None


class Count(msgspec.Struct, frozen=True):
    """How many items a playlist has."""

    total: int = 0


class Playlist(msgspec.Struct, frozen=True):
    """``GET /playlists/{id}``: ``items`` took the place of ``tracks`` in development mode."""

    id: str
    name: str
    owner: Owner
    description: str | None = None
    images: tuple[Image, ...] | None = None
    items: Count | None = None
    tracks: Count | None = None
