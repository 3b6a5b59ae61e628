"""The independent statuses of a Smart Link (R5) and what is true of them together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from django.db import models

from backline.catalog.types import Cover
from backline.links.health import RowHealth


class LinkKind(models.TextChoices):
    """What a link leads to."""

    RELEASE = "release", "Release"
    PLAYLIST = "playlist", "Playlist"


class ClaimStatus(models.TextChoices):
    """Whether the artist's right to the page is settled."""

    AUTO_APPROVED = "auto_approved", "Approved"
    PENDING_OPS_REVIEW = "pending_ops_review", "Waiting for review"
    APPROVED_BY_OPS = "approved_by_ops", "Approved by review"
    REJECTED = "rejected", "Rejected"


class ReportReason(models.TextChoices):
    """What is wrong with a page, as those who report it say."""

    NOT_MINE = "not_mine", "It is my music, and I did not make this page"
    WRONG_ARTIST = "wrong_artist", "It is filed under the wrong artist"
    MALICIOUS = "malicious", "It leads to something harmful or false"
    ILLEGAL = "illegal", "What it shows is against the law"
    OTHER = "other", "Something else"


class PublishState(models.TextChoices):
    """Whether the artist wants the page to be public."""

    PUBLISHED = "published", "Published"
    UNPUBLISHED = "unpublished", "Unpublished"


class TakedownStatus(models.TextChoices):
    """Whether somebody with rights had the page taken down."""

    NONE = "none", "None"
    ACTIVE = "active", "Taken down"
    RESOLVED = "resolved", "Resolved"


class RenderState(models.TextChoices):
    """Whether the published document is up to date."""

    QUEUED = "queued", "Queued"
    RENDERING = "rendering", "Rendering"
    RENDERED = "rendered", "Rendered"
    FAILED = "failed", "Failed"


class OrderMode(models.TextChoices):
    """How services are ordered on an artist's pages."""

    AUTOMATIC = "automatic", "By the fan's country"
    FIXED = "fixed", "The same for every fan"


class Theme(models.TextChoices):
    """The looks a page can have."""

    CLASSIC = "classic", "Classic"
    BRUTALIST = "brutalist", "Brutalist"
    AURORA = "aurora", "Aurora"
    CINEMATIC = "cinematic", "Cinematic"


THEME_ACCENTS: dict[str, str] = {
    Theme.CLASSIC: "#2ef2a2",
    Theme.BRUTALIST: "#ffe45c",
    Theme.AURORA: "#73f7ff",
    Theme.CINEMATIC: "#ffb36b",
}
"""The accent that each theme has of its own (R5)."""

NEVER_CHANGED = datetime(1970, 1, 1, tzinfo=UTC)
"""When the settings of an artist who never touched them were last changed."""

APPROVED_CLAIMS = frozenset({ClaimStatus.AUTO_APPROVED, ClaimStatus.APPROVED_BY_OPS})


class LinkState(models.TextChoices):
    """The one word for a link that people read, derived from its independent statuses."""

    PUBLIC = "public", "Published"
    UNPUBLISHED = "unpublished", "Unpublished"
    IN_REVIEW = "in_review", "In review"
    REJECTED = "rejected", "Not approved"
    TAKEN_DOWN = "taken_down", "Taken down"


STATE_MEANINGS: dict[LinkState, str] = {
    LinkState.PUBLIC: "Fans can open this page.",
    LinkState.UNPUBLISHED: "You took this page offline. Publish it to open it to fans again.",
    LinkState.IN_REVIEW: "We check that this catalogue is yours before the page opens. You need not do anything.",
    LinkState.REJECTED: "This page was not approved. Write to the operator if you hold the rights.",
    LinkState.TAKEN_DOWN: "This page was taken down at a rights holder's request. Write to the operator to settle it.",
}
"""What each state means and what to do next."""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One line of the list of links. ``public_url`` is absolute, ``public_path`` without a leading slash.

    ``release_type`` is empty for playlists. ``released`` is ISO 8601 with the precision that is known.
    """

    id: UUID
    title: str
    kind: LinkKind
    release_type: str
    slug: str
    public_url: str
    public_path: str
    artwork_key: str
    artwork_small_key: str
    state: LinkState
    state_label: str
    state_meaning: str
    is_public: bool
    claim_status: ClaimStatus
    publish_state: PublishState
    takedown_status: TakedownStatus
    render_state: RenderState
    released: str
    language: str
    total_tracks: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """How many links an artist has, in all and by state."""

    total: int
    public: int
    unpublished: int
    in_review: int
    rejected: int
    taken_down: int


@dataclass(frozen=True, slots=True)
class LinksPage:
    """One page of an artist's links, newest first; ``next_cursor`` is empty on the last."""

    rows: tuple[LinkRow, ...]
    next_cursor: str
    counts: LinkCounts


@dataclass(frozen=True, slots=True)
class TerritoryRow:
    """What a service has in one country (ISO 3166-1 alpha-2); an empty ``url`` means nothing there."""

    territory: str
    url: str
    found_url: str
    is_edited: bool
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service of a link as the editor shows it.

    ``url`` is what fans get, ``found_url`` what the sources say; ``source``, ``confidence`` and ``fetched_at`` belong
    to the found one and are empty where the artist added the service.
    """

    service: str
    name: str
    url: str
    found_url: str
    is_edited: bool
    is_hidden: bool
    source: str
    confidence: str
    fetched_at: datetime | None
    territories: tuple[TerritoryRow, ...]
    health: RowHealth | None = None
    """None where no address of it was ever looked at."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A found link of this release that waits for a yes or no."""

    service_link_id: UUID
    service: str
    name: str
    url: str
    source: str


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One row of the tracklist; ``duration_ms`` in milliseconds."""

    disc: int
    number: int
    title: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class LinkDetail:
    """A link as its own page in the dashboard shows it."""

    row: LinkRow
    found_title: str
    """What Spotify calls it; ``own_title`` is the artist's word, empty where Spotify's stands."""
    own_title: str
    description: str
    theme: str
    """Empty, like ``accent`` and ``service_order``, where what holds for all links holds here."""
    accent: str
    service_order: tuple[str, ...]
    video: VideoFacts | None
    """The film on the page; without a title YouTube has not confirmed it, and fans do not see it."""
    sub_links: tuple[SubLinkFacts, ...]
    services: tuple[ServiceRow, ...]
    addable_services: tuple[tuple[str, str], ...]
    """Known services that the link has not yet, as (slug, name); an ``other-N`` slug comes last."""
    waiting: tuple[WaitingRow, ...]
    tracks: tuple[TrackRow, ...]
    artist_names: tuple[str, ...]
    label: str
    upc: str
    source_url: str
    qr_url: str
    localized_public_urls: tuple[str, ...]
    old_paths: tuple[str, ...]
    artwork_width: int
    artwork_height: int
    fetched_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SubLinkFacts:
    """A way on that is no music service. ``kind`` is one of ``contract.pages.SUB_LINK_KINDS``."""

    kind: str
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """A film on YouTube: its id there and its title, and the still that is kept of it."""

    id: str
    title: str
    poster: Cover


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """What is being typed or chosen and not saved: for the preview. None stands for what is saved."""

    title: str | None = None
    description: str | None = None
    theme: str | None = None
    accent: str | None = None
    service_order: tuple[str, ...] | None = None
    sub_links: tuple[SubLinkFacts, ...] | None = None


@dataclass(frozen=True, slots=True)
class RenderProgress:
    """How far publishing all links of an artist again has come.

    ``waiting`` of ``total`` are still to be published; ``current_title`` is one that is being published. ``failed``
    names some of the ``failed_count`` that could not be.
    """

    total: int
    waiting: int
    current_title: str
    failed_count: int
    failed: tuple[LinkRow, ...]

    @property
    def done(self) -> int:
        """How many are published again, or could not be."""
        return self.total - self.waiting

    @property
    def percent(self) -> int:
        """How much of it is done, 0 to 100."""
        return 100 * self.done // self.total if self.total else 100


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """What holds for all links of an artist. ``fixed_order`` holds service slugs, first to last.

    ``accent`` is a colour as ``#rrggbb``, empty for the theme's own. ``bio`` and ``sub_links`` stand on the hub.
    The pixel ids are empty where none is set.
    """

    order_mode: OrderMode
    fixed_order: tuple[str, ...]
    default_theme: Theme
    updated_at: datetime
    hub_url: str
    hub_path: str
    accent: str = ""
    bio: str = ""
    sub_links: tuple[SubLinkFacts, ...] = ()
    meta_pixel_id: str = ""
    tiktok_pixel_id: str = ""
    google_ads_id: str = ""


@dataclass(frozen=True, slots=True)
class AddOutcome:
    """What came of pasting something: a link (new or already there), or an import under way."""

    kind: Literal["created", "existing", "import_started"]
    title: str
    link_id: UUID | None = None
    import_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EditFacts:
    """The artist's word on one service of a link. An empty ``url`` keeps the found one."""

    service: str
    territory: str
    url: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What a document needs to know of the link itself. ``version`` is that of the document to be made.

    ``title`` is the artist's own where there is one. ``theme`` and ``accent`` are empty where the artist's default
    holds; ``service_order`` is empty where the artist's order does.
    """

    id: UUID
    kind: LinkKind
    title: str
    slug: str
    released: str
    release_type: str
    description: str
    language: str
    total_tracks: int
    cover: Cover
    version: int
    is_public: bool
    updated_at: datetime
    theme: str = ""
    accent: str = ""
    service_order: tuple[str, ...] = ()
    video: VideoFacts | None = None
    sub_links: tuple[SubLinkFacts, ...] = ()
    card_key: str = ""
