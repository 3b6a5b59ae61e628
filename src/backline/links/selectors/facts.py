"""What publishing reads: links as documents speak of them. Not scoped to a person; never call it from a view."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistIdentity
from backline.catalog import selectors as catalog
from backline.catalog.rules import guess_language
from backline.catalog.types import Cover, PlaylistDetails, ReleaseDetails
from backline.core.errors import NotFoundError
from backline.links import state as states
from backline.links.models import ArtistLinkSettings, ServiceEdit, SmartLink
from backline.links.types import (
    APPROVED_CLAIMS,
    NEVER_CHANGED,
    ClaimStatus,
    EditFacts,
    LinkFacts,
    LinkKind,
    LinkSettings,
    LinkState,
    OrderMode,
    PublishState,
    SubLinkFacts,
    TakedownStatus,
    Theme,
    VideoFacts,
)
from backline.settings import environment

Details = ReleaseDetails | PlaylistDetails

_TAKEN_DOWN = Q(takedown_status=TakedownStatus.ACTIVE)
IN_STATE = {
    LinkState.TAKEN_DOWN: _TAKEN_DOWN,
    LinkState.REJECTED: Q(claim_status=ClaimStatus.REJECTED) & ~_TAKEN_DOWN,
    LinkState.IN_REVIEW: Q(claim_status=ClaimStatus.PENDING_OPS_REVIEW) & ~_TAKEN_DOWN,
    LinkState.UNPUBLISHED: Q(claim_status__in=APPROVED_CLAIMS, publish_state=PublishState.UNPUBLISHED) & ~_TAKEN_DOWN,
    LinkState.PUBLIC: Q(claim_status__in=APPROVED_CLAIMS, publish_state=PublishState.PUBLISHED) & ~_TAKEN_DOWN,
}
"""The same as ``state.state_of``, as conditions on rows; a test compares the two over every combination."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all pages of an artist share."""

    artist: ArtistIdentity
    settings: LinkSettings
    play_url: str


def frame_of(artist_id: UUID) -> Frame:
    """Return what all pages of the artist share. Raises :class:`NotFoundError`."""
    artist = accounts.artist_identity(artist_id=artist_id)
    return Frame(artist, settings_of(artist), environment.current().play_url)


def subject_of(row: SmartLink) -> UUID:
    """Return the id of the release or playlist that a link leads to."""
    subject = row.release_id or row.playlist_id
    if subject is None:
        raise NotFoundError("This link leads to nothing.")
    return subject


def details_of(rows: Sequence[SmartLink]) -> dict[UUID, Details]:
    """Return what the catalogue knows of the links' releases and playlists, by the id of each."""
    releases = catalog.release_details_of([row.release_id for row in rows if row.release_id is not None])
    playlists = catalog.playlist_details_of([row.playlist_id for row in rows if row.playlist_id is not None])
    return {**releases, **playlists}


def settings_of(artist: ArtistIdentity) -> LinkSettings:
    """Return what holds for all links of an artist: for publishing."""
    hub_url = f"{environment.current().play_url}/{artist.slug}"
    row = ArtistLinkSettings.objects.filter(pk=artist.id).first()
    row = row or ArtistLinkSettings(pk=artist.id, updated_at=NEVER_CHANGED)
    return LinkSettings(
        order_mode=OrderMode(row.order_mode),
        fixed_order=tuple(row.fixed_order),
        default_theme=Theme(row.default_theme),
        updated_at=row.updated_at,
        hub_url=hub_url,
        hub_path=artist.slug,
        accent=row.accent,
        bio=row.bio,
        sub_links=sub_links_of(row.sub_links),
        meta_pixel_id=row.meta_pixel_id,
        tiktok_pixel_id=row.tiktok_pixel_id,
        google_ads_id=row.google_ads_id,
    )


def edits_of(link_ids: Iterable[UUID]) -> dict[UUID, tuple[EditFacts, ...]]:
    """Return the artist's own words on the services of the links: for publishing."""
    found: dict[UUID, list[EditFacts]] = defaultdict(list)
    for edit in ServiceEdit.objects.filter(link_id__in=list(link_ids)).order_by("service", "territory"):
        found[edit.link_id].append(
            EditFacts(service=edit.service, territory=edit.territory, url=edit.url, is_hidden=edit.is_hidden)
        )
    return {link_id: tuple(edits) for link_id, edits in found.items()}


def public_facts(artist_id: UUID) -> tuple[LinkFacts, ...]:
    """Return the artist's public links, newest first: for the hub."""
    rows = SmartLink.objects.filter(IN_STATE[LinkState.PUBLIC], artist_id=artist_id).order_by("-sort_key", "-id")
    return tuple(facts_of(row, updated_at=row.updated_at) for row in rows)


def facts_of(row: SmartLink, *, updated_at: datetime) -> LinkFacts:
    """Return what a document says of the link itself."""
    return LinkFacts(
        id=row.pk,
        kind=LinkKind(row.kind),
        title=row.own_title or row.title,
        slug=row.slug,
        released=row.released,
        release_type=row.release_type,
        description=row.description,
        language=language_of(row),
        total_tracks=row.total_tracks,
        cover=Cover(
            key=row.artwork_key,
            small_key=row.artwork_small_key,
            width=row.artwork_width,
            height=row.artwork_height,
            palette=tuple(row.artwork_palette),
        ),
        version=row.version,
        is_public=states.is_public(
            claim_status=row.claim_status, publish_state=row.publish_state, takedown_status=row.takedown_status
        ),
        updated_at=updated_at,
        theme=row.theme,
        accent=row.accent,
        service_order=tuple(row.service_order),
        video=video_of(row) if row.video_title else None,
        sub_links=sub_links_of(row.sub_links),
        card_key=row.card_key,
    )


def language_of(row: SmartLink) -> str:
    """Return the language of the title that fans read, as far as its script tells: the artist's own, or Spotify's."""
    return guess_language(row.own_title) if row.own_title else row.language


def video_of(row: SmartLink) -> VideoFacts | None:
    """Return the film that the artist put on a link, also one that YouTube has not confirmed: that has no title."""
    if not row.video_id:
        return None
    poster = Cover(key=row.video_poster_key, width=row.video_poster_width, height=row.video_poster_height)
    return VideoFacts(id=row.video_id, title=row.video_title, poster=poster)


def sub_links_of(rows: Iterable[Mapping[str, str]]) -> tuple[SubLinkFacts, ...]:
    """Return the ways on as they are stored."""
    return tuple(SubLinkFacts(kind=row["kind"], url=row["url"], label=row["label"]) for row in rows)
