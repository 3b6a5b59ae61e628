"""Publishing: turns links into the pages that play serves. Everything else in this room ends here.

Locks are taken in one order: the artist, then the artist's slugs or hub, then rows of links, then the pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from backline.accounts import services as artists
from backline.catalog.types import ReleaseDetails
from backline.connections import selectors as connections
from backline.connections import services as claims
from backline.connections.types import ClaimBasis
from backline.contract import pages as contract
from backline.core import clock, jobs
from backline.core.errors import NotFoundError
from backline.core.ids import new_id
from backline.links import document, pages, state
from backline.links.cards.card import with_card
from backline.links.models import LinkSlug, SmartLink
from backline.links.selectors.facts import (
    Details,
    Frame,
    details_of,
    edits_of,
    facts_of,
    frame_of,
    public_facts,
    subject_of,
)
from backline.links.services.cards import see_to_cards
from backline.links.slugging import slug_for
from backline.links.types import ClaimStatus, EditFacts, LinkKind, RenderState

HUB_AT_MOST_EVERY = timedelta(seconds=2)


def make_link(details: Details) -> tuple[UUID, bool]:
    """Make and publish the link of a release or playlist; return its id and whether it is new. One is never made twice.

    Whether it is public at once depends on the artist's claim (R5): a contested one waits for an operator, whose word
    is carried over to all links under the same lock, so that a link is either made after it or moved by it.
    Raises :class:`NotFoundError` when the artist was deleted.
    """
    with transaction.atomic():
        artists.hold_artist(artist_id=details.artist_id)
        lock_slugs(details.artist_id)
        existing = _link_of(details)
        if existing is not None:
            publish_links([existing])
            return existing, False
        return _make(details, frame_of(details.artist_id), claim_for(details.artist_id)), True


def lock_slugs(artist_id: UUID) -> None:
    """Let one transaction at a time give an artist's links their addresses and their claims."""
    pages.lock(f"links.slugs:{artist_id}")


def _make(details: Details, frame: Frame, claim: ClaimStatus) -> UUID:
    kind = LinkKind.RELEASE if isinstance(details, ReleaseDetails) else LinkKind.PLAYLIST
    slug = _free_slug(details, kind)
    row = SmartLink(
        id=new_id(),
        artist_id=details.artist_id,
        kind=kind,
        release_id=details.id if kind is LinkKind.RELEASE else None,
        playlist_id=details.id if kind is LinkKind.PLAYLIST else None,
        slug=slug,
        claim_status=claim,
        render_state=RenderState.RENDERED,
    )
    known = pages.of_links([], paths=_paths(frame, row, details, [slug])) if _is_public(row) else {}
    plan = _plan(frame, [row], {details.id: details}, edits={}, known=known, slugs={row.pk: [slug]})
    row.save(force_insert=True)
    LinkSlug.objects.create(artist_id=details.artist_id, link=row, slug=slug)
    pages.write(plan)
    return row.pk


def publish_links(link_ids: Sequence[UUID]) -> bool:
    """Write the pages of links of one artist as they are now: open, gone, and redirects from older addresses.

    May run inside a transaction that changed the links; their rows are locked, and the catalogue is read after that,
    so that of two at once the later one knows everything. Returns whether anything changed.
    """
    with transaction.atomic():
        rows = list(SmartLink.objects.select_for_update(no_key=True).filter(pk__in=link_ids).order_by("pk"))
        if not rows:
            return False
        frame = frame_of(rows[0].artist_id)
        details = details_of(rows)
        rows = [row for row in rows if subject_of(row) in details]
        slugs = _slugs_of(rows)
        paths = [path for row in rows for path in _paths(frame, row, details[subject_of(row)], slugs[row.pk])]
        known = pages.of_links([row.pk for row in rows], paths=paths)
        edits = edits_of([row.pk for row in rows])
        before = {row.pk: _copied(row) for row in rows}
        plan = _plan(frame, rows, details, edits=edits, known=known, slugs=slugs)
        changed = [row for row in rows if _copied(row) != before[row.pk]]
        if changed:
            SmartLink.objects.bulk_update(changed, COPIED_FIELDS)
        pages.write(plan)
        return bool(changed or plan.fresh)


def publish_hub(*, artist_id: UUID) -> None:
    """Write the artist's hub with the public links, newest first, and redirects from older addresses.

    While an operator has not settled whose catalogue it is and nothing is public, the hub does not exist (SL-11).
    """
    with transaction.atomic():
        try:
            artists.hold_artist(artist_id=artist_id)
        except NotFoundError:  # deleted since the job was enqueued
            return
        # One at a time: each reads what those before it committed, so the last one to write has seen everything.
        pages.lock(f"links.hub:{artist_id}")
        frame = frame_of(artist_id)
        slug = frame.artist.slug
        links = public_facts(artist_id)
        known = pages.of_hub(artist_id, path=slug)
        documents: list[tuple[UUID | None, contract.Document]] = []
        connection = connections.spotify_connection_of(artist_id=artist_id)
        is_doubtful = (
            connection is not None
            and connection.claim_basis is not ClaimBasis.CONFIRMED
            and (claims.must_be_reviewed(connection.claim_basis) or connection.claim_basis is ClaimBasis.REFUSED)
        )
        if links or not is_doubtful:
            hub = document.hub_of(frame.artist, links, version=0, settings=frame.settings, play_url=frame.play_url)
            documents.append((None, with_card(hub)))
            documents.extend(
                (None, contract.Redirected(path=path, version=0, to=slug)) for path in known if path != slug
            )
        else:
            documents.extend((None, contract.Gone(path=path, version=0, is_secret=True)) for path in known)
        see_to_cards(artist_id, documents, known=known)
        pages.write(pages.plan(artist_id, documents, known=known))


def hub_changed(artist_id: UUID) -> None:
    """Have the hub written as soon as the present transaction is committed."""
    jobs.enqueue("links.publish_hub", priority=10, artist_id=str(artist_id))


def hub_changes(artist_id: UUID) -> None:
    """Have the hub written soon, once for everything that changes in the next two seconds. Call it after the commit."""
    jobs.enqueue(
        "links.publish_hub",
        once=f"links.publish_hub:{artist_id}",
        after=HUB_AT_MOST_EVERY,
        priority=10,
        artist_id=str(artist_id),
    )


def claim_for(artist_id: UUID) -> ClaimStatus:
    """Return the claim that a new link of the artist has."""
    connection = connections.spotify_connection_of(artist_id=artist_id)
    if connection is None:
        return ClaimStatus.AUTO_APPROVED
    if connection.claim_basis is ClaimBasis.REFUSED:
        return ClaimStatus.REJECTED
    if claims.must_be_reviewed(connection.claim_basis):
        return ClaimStatus.PENDING_OPS_REVIEW
    return ClaimStatus.AUTO_APPROVED


COPIED_FIELDS = (
    "title", "released", "release_type", "sort_key", "language", "total_tracks", "artwork_key", "artwork_small_key",
    "artwork_width", "artwork_height", "artwork_palette", "card_key", "version", "first_public_at",
)  # fmt: skip
"""What publishing itself writes on a link."""


def _copied(row: SmartLink) -> tuple[object, ...]:
    return tuple(getattr(row, field) for field in COPIED_FIELDS)


def _plan(
    frame: Frame,
    rows: Sequence[SmartLink],
    details: Mapping[UUID, Details],
    *,
    edits: Mapping[UUID, Sequence[EditFacts]],
    known: Mapping[str, pages.KnownPage],
    slugs: Mapping[UUID, Sequence[str]],
) -> pages.Plan:
    """Bring the rows up to date with the catalogue and return what to write for them."""
    now = clock.now()
    documents: list[tuple[UUID | None, contract.Document]] = []
    for row in rows:
        subject = details[subject_of(row)]
        _copy(row, subject)
        paths = _paths(frame, row, subject, slugs[row.pk])
        if _is_public(row):
            row.first_public_at = row.first_public_at or now
            facts = facts_of(row, updated_at=now)
            page = with_card(
                document.document_of(
                    facts,
                    artist=frame.artist,
                    details=subject,
                    edits=edits.get(row.pk, ()),
                    settings=frame.settings,
                    play_url=frame.play_url,
                )
            )
            row.card_key = page.card_key
            documents.append((row.pk, page))
            documents.extend((row.pk, moved) for moved in _redirects(row, paths, known))
        else:
            documents.extend((row.pk, gone) for gone in _gone(frame, row, paths, known))
    see_to_cards(frame.artist.id, documents, known=known)
    plan = pages.plan(frame.artist.id, documents, known=known)
    for row in rows:
        row.version = plan.versions.get(document.path_of(frame.artist.slug, row.slug), row.version)
    return plan


def _redirects(row: SmartLink, paths: Sequence[str], known: Mapping[str, pages.KnownPage]) -> list[contract.Redirected]:
    """Return a redirect from every other address that this link has or had, and from those of its tracks (SL-05)."""
    path = paths[0]
    return [
        contract.Redirected(path=other, version=0, to=path) for other in _theirs(row, paths, known) if other != path
    ]


def _gone(
    frame: Frame, row: SmartLink, paths: Sequence[str], known: Mapping[str, pages.KnownPage]
) -> list[contract.Gone]:
    """Return what stands at the addresses of a link that is not public; nothing where nothing ever stood.

    Every address is closed, also those under an older address of the artist that no redirect has reached yet.
    """
    was_public = row.first_public_at is not None
    theirs = _theirs(row, paths, known) if was_public or _stood(row, paths[0], known) else []
    is_secret = state.is_secret(claim_status=row.claim_status, was_public=was_public)
    return [
        contract.Gone(
            path=other,
            version=0,
            artist_slug="" if is_secret else frame.artist.slug,
            artist_name="" if is_secret else frame.artist.name,
            is_secret=is_secret,
        )
        for other in theirs
    ]


def _theirs(row: SmartLink, paths: Sequence[str], known: Mapping[str, pages.KnownPage]) -> list[str]:
    """Return every address of a link, its present one first; another page's address is left to that page."""
    stored = [other for other, page in known.items() if page.link_id == row.pk]
    free = [other for other in paths[1:] if other not in known or known[other].link_id == row.pk]
    return list(dict.fromkeys([paths[0], *stored, *free]))


def _stood(row: SmartLink, path: str, known: Mapping[str, pages.KnownPage]) -> bool:
    return path in known or any(page.link_id == row.pk for page in known.values())


def _copy(row: SmartLink, details: Details) -> None:
    row.title = details.title
    row.language = details.language
    row.total_tracks = details.total_tracks
    row.artwork_key, row.artwork_small_key = details.cover.key, details.cover.small_key
    row.artwork_width, row.artwork_height = details.cover.width, details.cover.height
    row.artwork_palette = list(details.cover.palette)
    row.sort_key = row.created_at.date().isoformat()
    if isinstance(details, ReleaseDetails):
        row.released, row.release_type = details.released, details.release_type.value
        row.sort_key = details.released


def _is_public(row: SmartLink) -> bool:
    return state.is_public(
        claim_status=row.claim_status, publish_state=row.publish_state, takedown_status=row.takedown_status
    )


def _paths(frame: Frame, row: SmartLink, details: Details, slugs: Sequence[str]) -> list[str]:
    """Return a link's addresses under the artist's present one: its own, its older ones (``slugs``), its tracks'."""
    artist = frame.artist.slug
    own = [document.path_of(artist, slug) for slug in dict.fromkeys([row.slug, *slugs])]
    return [*own, *document.track_paths(artist, details)]


def _slugs_of(rows: Sequence[SmartLink]) -> dict[UUID, list[str]]:
    """Return every slug that the links have or had."""
    slugs: dict[UUID, list[str]] = {row.pk: [] for row in rows}
    for link_id, slug in LinkSlug.objects.filter(link__in=slugs).order_by("created_at").values_list("link_id", "slug"):
        slugs[link_id].append(slug)
    return slugs


def _link_of(details: Details) -> UUID | None:
    if isinstance(details, ReleaseDetails):
        return SmartLink.objects.filter(release_id=details.id).values_list("pk", flat=True).first()
    return SmartLink.objects.filter(playlist_id=details.id).values_list("pk", flat=True).first()


def _free_slug(details: Details, kind: LinkKind) -> str:
    word = details.release_type.value if isinstance(details, ReleaseDetails) else kind.value
    mine = LinkSlug.objects.filter(artist_id=details.artist_id)
    wanted = slug_for(title=details.title, kind=word, external_id=details.external_id, taken=frozenset())
    taken = frozenset(mine.filter(slug__startswith=wanted[:40]).values_list("slug", flat=True))
    return slug_for(title=details.title, kind=word, external_id=details.external_id, taken=taken)
