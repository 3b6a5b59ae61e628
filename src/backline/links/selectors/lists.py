"""Lists of an artist's links, scoped by the acting membership."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess, ArtistIdentity
from backline.core.errors import NotFoundError
from backline.links import state as states
from backline.links.document import path_of
from backline.links.models import SmartLink
from backline.links.selectors import facts
from backline.links.selectors.facts import IN_STATE
from backline.links.types import (
    STATE_MEANINGS,
    ClaimStatus,
    LinkCounts,
    LinkKind,
    LinkRow,
    LinkSettings,
    LinksPage,
    LinkState,
    PublishState,
    RenderProgress,
    RenderState,
    TakedownStatus,
)
from backline.settings import environment

LARGEST_PAGE = 100
LONGEST_QUERY = 120
FAILED_SHOWN = 5
"""Links that could not be published are named up to here; the list of links shows them all."""


def links_page(
    access: ArtistAccess, *, state: str = "", query: str = "", after: str = "", limit: int = 25
) -> LinksPage:
    """Return a page of the artist's links, newest release first.

    ``state`` is one of :class:`LinkState` or empty for all, ``query`` a part of the title or of the address (120
    characters at most), ``after`` the cursor of the page before. An unknown state or cursor finds nothing rather than
    everything.
    """
    artist = accounts.artist_identity(artist_id=access.artist_id)
    mine = SmartLink.objects.filter(artist_id=access.artist_id)
    rows = _fitting(mine, state=state, query=query)
    if after:
        rows = _after(rows, after)
    limit = min(max(limit, 1), LARGEST_PAGE)
    found = list(rows.order_by("-sort_key", "-id")[: limit + 1])
    shown = found[:limit]
    return LinksPage(
        rows=tuple(row_of(row, artist) for row in shown),
        next_cursor=_cursor(shown[-1]) if len(found) > limit else "",
        counts=_counts(mine),
    )


def link_ids(access: ArtistAccess, *, state: str = "", query: str = "") -> tuple[UUID, ...]:
    """Return which links fit, as :func:`links_page` does, newest release first: for tables sorted by something else."""
    rows = _fitting(SmartLink.objects.filter(artist_id=access.artist_id), state=state, query=query)
    return tuple(rows.order_by("-sort_key", "-id").values_list("pk", flat=True))


def link_counts(access: ArtistAccess) -> LinkCounts:
    """Return how many links the artist has, in all and by state."""
    return _counts(SmartLink.objects.filter(artist_id=access.artist_id))


def links_by_id(access: ArtistAccess, *, link_ids: Iterable[UUID]) -> dict[UUID, LinkRow]:
    """Return the artist's own among the given links: for tables that are sorted by something else."""
    artist = accounts.artist_identity(artist_id=access.artist_id)
    rows = SmartLink.objects.filter(artist_id=access.artist_id, pk__in=list(link_ids))
    return {row.pk: row_of(row, artist) for row in rows}


def link_row(access: ArtistAccess, *, link_id: UUID) -> LinkRow:
    """Return one link of the artist. Raises :class:`NotFoundError`."""
    found = links_by_id(access, link_ids=[link_id])
    if link_id not in found:
        raise NotFoundError("There is no such link, or it is not yours.")
    return found[link_id]


def artist_link_settings(access: ArtistAccess) -> LinkSettings:
    """Return what holds for all links of the artist."""
    return facts.settings_of(accounts.artist_identity(artist_id=access.artist_id))


def render_progress(access: ArtistAccess) -> RenderProgress:
    """Return how far publishing all links of the artist again has come."""
    mine = SmartLink.objects.filter(artist_id=access.artist_id)
    waits = Q(render_state__in=(RenderState.QUEUED, RenderState.RENDERING))
    has_failed = Q(render_state=RenderState.FAILED)
    counts = mine.aggregate(total=Count("pk"), waiting=Count("pk", filter=waits), failed=Count("pk", filter=has_failed))
    current = mine.filter(render_state=RenderState.RENDERING).order_by("-sort_key", "-pk").first()
    artist = accounts.artist_identity(artist_id=access.artist_id) if counts["failed"] else None
    failed = mine.filter(has_failed).order_by("-sort_key", "-pk")[:FAILED_SHOWN] if artist else ()
    return RenderProgress(
        total=counts["total"],
        waiting=counts["waiting"],
        current_title=(current.own_title or current.title) if current else "",
        failed_count=counts["failed"],
        failed=tuple(row_of(row, artist) for row in failed) if artist else (),
    )


def row_of(row: SmartLink, artist: ArtistIdentity) -> LinkRow:
    """Return a link as lists show it."""
    state = states.state_of(
        claim_status=row.claim_status, publish_state=row.publish_state, takedown_status=row.takedown_status
    )
    path = path_of(artist.slug, row.slug)
    return LinkRow(
        id=row.pk,
        title=row.own_title or row.title,
        kind=LinkKind(row.kind),
        release_type=row.release_type,
        slug=row.slug,
        public_url=f"{environment.current().play_url}/{path}",
        public_path=path,
        artwork_key=row.artwork_key,
        artwork_small_key=row.artwork_small_key,
        state=state,
        state_label=str(state.label),
        state_meaning=STATE_MEANINGS[state],
        is_public=state is LinkState.PUBLIC,
        claim_status=ClaimStatus(row.claim_status),
        publish_state=PublishState(row.publish_state),
        takedown_status=TakedownStatus(row.takedown_status),
        render_state=RenderState(row.render_state),
        released=row.released,
        language=facts.language_of(row),
        total_tracks=row.total_tracks,
        updated_at=row.updated_at,
    )


def _fitting(rows: QuerySet[SmartLink], *, state: str, query: str) -> QuerySet[SmartLink]:
    if state:
        rows = rows.filter(IN_STATE[LinkState(state)]) if state in LinkState else rows.none()
    words = query.strip()[:LONGEST_QUERY].replace("\x00", "")
    return (
        rows.filter(Q(title__icontains=words) | Q(own_title__icontains=words) | Q(slug__icontains=words))
        if words
        else rows
    )


def _counts(rows: QuerySet[SmartLink]) -> LinkCounts:
    by_state = {state.value: Count("pk", filter=condition) for state, condition in IN_STATE.items()}
    counts = rows.aggregate(total=Count("pk"), **by_state)
    return LinkCounts(**counts)


def _after(rows: QuerySet[SmartLink], cursor: str) -> QuerySet[SmartLink]:
    try:
        sort_key, _, link_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        last = UUID(link_id)
    except (ValueError, binascii.Error):
        return rows.none()
    if "\x00" in sort_key:
        return rows.none()
    return rows.filter(Q(sort_key__lt=sort_key) | Q(sort_key=sort_key, id__lt=last))


def _cursor(row: SmartLink) -> str:
    return base64.urlsafe_b64encode(f"{row.sort_key}|{row.pk}".encode()).decode()
