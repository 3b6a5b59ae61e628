"""Enums and neutral shapes of the catalogue; what ports speak."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from django.db import models


class ReleaseType(models.TextChoices):
    """What kind of release it is. Spotify knows no EP: see ``catalog.rules.release_type``."""

    ALBUM = "album", "Album"
    SINGLE = "single", "Single"
    EP = "ep", "EP"
    COMPILATION = "compilation", "Compilation"


class Confidence(models.TextChoices):
    """How sure a source is that the link is the same release."""

    EXACT = "exact", "Same UPC or ISRC"
    NAME = "name", "Same title, artist and length"


class Decision(models.TextChoices):
    """What was decided about a found link. Only accepted ones reach a page."""

    ACCEPTED = "accepted", "Accepted"
    WAITING = "waiting", "Waiting for a yes or no"
    REFUSED = "refused", "Refused"


class ImportStatus(models.TextChoices):
    """Where the import of an artist's catalogue stands."""

    QUEUED = "queued", "Waiting to start"
    LISTING = "listing", "Listing releases"
    RESOLVING = "resolving", "Finding services"
    PAUSED = "paused", "Waiting for a service"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class ItemStatus(models.TextChoices):
    """Where one release of an import stands."""

    PENDING = "pending", "Waiting"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


RefKind = Literal["artist", "album", "track", "playlist", "user", "upc", "isrc"]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """What a person pasted, understood: a thing on the catalogue source, or a UPC or ISRC."""

    kind: RefKind
    value: str


@dataclass(frozen=True, slots=True)
class FoundImage:
    """A cover at the source; width and height in pixels, 0 where the source does not say."""

    url: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class FoundArtist:
    """An artist at the catalogue source."""

    external_id: str
    name: str
    url: str
    image: FoundImage | None = None
    genres: tuple[str, ...] = ()
    popularity: int | None = None


@dataclass(frozen=True, slots=True)
class FoundTrack:
    """A track at the catalogue source; ``duration_ms`` in milliseconds."""

    external_id: str
    title: str
    number: int
    disc: int
    duration_ms: int
    isrc: str = ""
    is_explicit: bool = False


@dataclass(frozen=True, slots=True)
class FoundRelease:
    """A release at the catalogue source.

    ``group`` is the source's own word (album, single, compilation). ``released`` is ISO 8601 with the
    precision that is known. ``upc`` and ``tracks`` are empty in a listing and filled in a single fetch.
    """

    external_id: str
    title: str
    group: str
    released: str
    total_tracks: int
    url: str
    artist_names: tuple[str, ...]
    artist_ids: tuple[str, ...]
    images: tuple[FoundImage, ...] = ()
    upc: str = ""
    label: str = ""
    tracks: tuple[FoundTrack, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPlaylist:
    """A playlist's public face; its items need the owner's own sign-in and are not read."""

    external_id: str
    title: str
    owner_name: str
    description: str
    url: str
    total_tracks: int
    images: tuple[FoundImage, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """One page of an artist's releases; ``next_offset`` is None on the last, ``total`` as the source says."""

    releases: tuple[FoundRelease, ...]
    total: int
    next_offset: int | None


@dataclass(frozen=True, slots=True)
class ReleaseKey:
    """What a link source is asked for. ``upc`` has digits only; ``isrcs`` are upper case without dashes.

    ``total_ms`` is the sum of the track lengths in milliseconds, for checking a match by name.
    """

    upc: str
    isrcs: tuple[str, ...]
    title: str
    artist_name: str
    total_tracks: int
    total_ms: int
    spotify_id: str = ""
    track_titles: tuple[str, ...] = ()
    track_ms: tuple[int, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link that a source found. ``territory`` is ISO 3166-1 alpha-2, empty for everywhere."""

    service: str
    url: str
    confidence: Confidence
    territory: str = ""
