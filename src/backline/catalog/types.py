"""Enums and neutral shapes of the catalogue; what ports speak."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

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


class Health(models.TextChoices):
    """Whether an address that pages lead to still answers. Only two definite answers make it dead."""

    ALIVE = "alive", "Answers"
    SUSPECTED = "suspected", "Gone, as it said once"
    DEAD = "dead", "Gone, as it said twice"


class Verdict(StrEnum):
    """What one look at an address told. Whatever is not definite is unknown."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"


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


RUNNING_IMPORTS = frozenset({ImportStatus.QUEUED, ImportStatus.LISTING, ImportStatus.RESOLVING, ImportStatus.PAUSED})
"""The statuses of an import that is not over. An artist has at most one such import."""


@dataclass(frozen=True, slots=True)
class Cover:
    """A stored cover: names of files in the media folder, and the pixels of the larger one (0 where unknown).

    ``palette`` holds colours of the cover as ``#rrggbb``, the strongest first.
    """

    key: str = ""
    small_key: str = ""
    width: int = 0
    height: int = 0
    palette: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackDetails:
    """One row of a tracklist; ``duration_ms`` in milliseconds, 0 where unknown."""

    external_id: str
    title: str
    disc: int
    number: int
    duration_ms: int
    isrc: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a page leads to: an https URL, and the service it is filed under."""

    url: str
    service: str


@dataclass(frozen=True, slots=True)
class Look:
    """What came of one look at an address. ``answer`` is a status of HTTP or a word, such as ``404`` or ``silence``.

    ``rest`` is for how long its host wants to be left alone, None where it said nothing of the kind.
    """

    verdict: Verdict
    answer: str
    rest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class HealthDetails:
    """How an address answered. ``answered_at`` is when it last said yes or no, ``checked_at`` when it was last asked.

    ``suspected_at`` is when the first no came, ``dead_at`` when the second; None while there was none.
    """

    status: Health
    answer: str
    checked_at: datetime
    answered_at: datetime | None
    suspected_at: datetime | None
    dead_at: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceLinkDetails:
    """A link that a source found, with what was decided about it. ``territory`` is empty for everywhere.

    ``is_dead`` tells that its address said twice that it is gone: it is left off pages until it answers.
    """

    id: UUID
    service: str
    territory: str
    url: str
    source: str
    confidence: Confidence
    decision: Decision
    fetched_at: datetime
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseDetails:
    """Everything a page of the release needs. ``released`` is ISO 8601 with the precision that is known."""

    id: UUID
    artist_id: UUID
    external_id: str
    title: str
    release_type: ReleaseType
    released: str
    total_tracks: int
    upc: str
    label: str
    source_url: str
    artist_names: tuple[str, ...]
    language: str
    cover: Cover
    tracks: tuple[TrackDetails, ...]
    service_links: tuple[ServiceLinkDetails, ...]
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlaylistDetails:
    """Everything a page of the playlist needs."""

    id: UUID
    artist_id: UUID
    external_id: str
    title: str
    owner_name: str
    source_url: str
    total_tracks: int
    language: str
    cover: Cover


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """What a person wants to know of an import. The counts are counted, so they are right after a crash.

    ``listed`` of ``total`` releases are known (``total`` is None until the source said it), ``done`` are published or
    were already, ``failed`` could not be imported. ``current_title`` is worked on now. ``message`` says why it waits or
    how it ended; ``retry_at`` when it goes on by itself. ``seconds_left`` is an estimate, None before there is one.
    ``waiting_links`` is the number of found links that wait for a yes or no.
    """

    id: UUID
    status: ImportStatus
    listed: int
    total: int | None
    done: int
    failed: int
    current_title: str
    message: str
    retry_at: datetime | None
    waiting_links: int
    seconds_left: int | None
    started_at: datetime
    finished_at: datetime | None

    @property
    def is_running(self) -> bool:
        """Tell whether the import is not over yet."""
        return self.status in RUNNING_IMPORTS


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """A release that an import could not bring in, and why in one sentence."""

    title: str
    source_url: str
    message: str


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A link that was found by name only and waits for a yes or no."""

    service_link_id: UUID
    release_id: UUID
    release_title: str
    release_type: ReleaseType
    released: str
    total_tracks: int
    artist_names: tuple[str, ...]
    artwork_small_key: str
    source_url: str
    service: str
    service_name: str
    url: str
    source: str
    fetched_at: datetime
