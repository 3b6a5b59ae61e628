"""The published page: everything play needs to serve a path, and nothing it has to look up.

``links.services`` writes one document per path; ``play`` reads it. Documents are stored
as JSON so that an operator can read them.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

PageKind = Literal["release", "playlist", "hub"]
ReleaseType = Literal["album", "single", "ep", "compilation", "playlist", ""]
OrderMode = Literal["automatic", "fixed"]
ThemeId = Literal["classic", "brutalist", "aurora", "cinematic"]
THEMES: tuple[ThemeId, ...] = get_args(ThemeId)
CARD_SIZE = (1200, 630)
"""Width and height of a card in pixels: the format of Open Graph."""
SubLinkKind = Literal[
    "merch", "tickets", "website", "newsletter", "instagram", "tiktok", "youtube", "facebook", "x", "threads",
    "bluesky", "discord", "other",
]  # fmt: skip
SUB_LINK_KINDS: tuple[SubLinkKind, ...] = get_args(SubLinkKind)

NOTIFY_CHANNEL = "backline_published_page"
"""PostgreSQL channel on which a changed path is announced (payload: the path)."""


class Artwork(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cover as the streaming service gave it: whole, uncropped. ``key`` names a file in the media folder."""

    key: str
    width: int
    height: int
    small_key: str = ""


class Service(msgspec.Struct, frozen=True, omit_defaults=True):
    """One destination. ``url`` serves every country that ``territories`` does not name.

    ``territories`` maps an ISO 3166-1 alpha-2 country to its own URL; an empty string
    means that the service has nothing there.
    """

    service: str
    url: str = ""
    territories: dict[str, str] = {}


class Track(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of the tracklist; ``duration_ms`` in milliseconds."""

    number: int
    title: str
    duration_ms: int = 0
    disc: int = 1


class Video(msgspec.Struct, frozen=True, omit_defaults=True):
    """A film of the release on YouTube; ``poster`` is a still of our own, so nothing is loaded before a tap."""

    id: str
    title: str = ""
    poster: Artwork | None = None


class SubLink(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way on that is no music service: a shop, tickets, a profile. ``label`` is the artist's own word, if any."""

    kind: SubLinkKind
    url: str
    label: str = ""


class Pixels(msgspec.Struct, frozen=True, omit_defaults=True):
    """The artist's pixel ids (SL-27). Ids and nothing else; nothing is loaded before the fan consents."""

    meta: str = ""
    tiktok: str = ""
    google_ads: str = ""


class HubItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One release or playlist on an artist's hub. ``released`` is ISO 8601, year to day."""

    path: str
    title: str
    release_type: ReleaseType
    released: str = ""
    artwork: Artwork | None = None
    language: str = ""
    total_tracks: int = 0


class PublishedPage(msgspec.Struct, frozen=True, omit_defaults=True, tag="page", kw_only=True):
    """A page that is open to fans.

    ``path`` has no leading slash (``artist`` or ``artist/link``). ``released`` is an
    ISO 8601 date with the precision that is known (``2024``, ``2024-05``, ``2024-05-17``).
    ``services`` stand in the default order; hidden ones are left out. Colours are ``#rrggbb``: ``accent`` is the
    artist's wish, empty for the theme's own; ``palette`` is taken from the cover, the strongest first.
    ``card_key`` names the picture of the page that is shown where it is shared, in the media folder.
    """

    kind: PageKind
    path: str
    version: int
    artist_id: str
    link_id: str
    artist_name: str
    artist_slug: str
    title: str
    canonical_url: str
    release_type: ReleaseType = ""
    released: str = ""
    description: str = ""
    language: str = ""
    artwork: Artwork | None = None
    services: tuple[Service, ...] = ()
    order: OrderMode = "automatic"
    fixed_order: tuple[str, ...] = ()
    tracks: tuple[Track, ...] = ()
    total_tracks: int = 0
    genres: tuple[str, ...] = ()
    label: str = ""
    upc: str = ""
    theme: ThemeId = "classic"
    accent: str = ""
    palette: tuple[str, ...] = ()
    video: Video | None = None
    sub_links: tuple[SubLink, ...] = ()
    pixels: Pixels = Pixels()
    card_key: str = ""
    items: tuple[HubItem, ...] = ()
    is_indexable: bool = True
    updated_at: str = ""


class Redirected(msgspec.Struct, frozen=True, omit_defaults=True, tag="redirect", kw_only=True):
    """The path moved; ``to`` is the new path, without a leading slash. Answered with 301."""

    path: str
    version: int
    to: str


class Gone(msgspec.Struct, frozen=True, omit_defaults=True, tag="gone", kw_only=True):
    """The path was public once and is not any more. Answered with 410, or 404 where ``is_secret``."""

    path: str
    version: int
    artist_slug: str = ""
    artist_name: str = ""
    is_secret: bool = False


Document = PublishedPage | Redirected | Gone

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)


def encode(document: Document) -> bytes:
    """Return the document as JSON bytes."""
    return _encoder.encode(document)


def decode(data: bytes) -> Document:
    """Return the document; raises :class:`msgspec.ValidationError` when it is not one."""
    return _decoder.decode(data)
