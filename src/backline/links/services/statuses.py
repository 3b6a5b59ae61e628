"""Changes of a link's statuses: the artist publishes, the operator approves and takes down."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backline.accounts import services as artists
from backline.accounts.selectors import actor_of
from backline.accounts.types import ArtistAccess
from backline.connections import selectors as connections
from backline.connections import services as claims
from backline.connections.types import ClaimBasis
from backline.core import clock
from backline.core.audit import Actor
from backline.core.errors import NotFoundError
from backline.core.state import StateMachine
from backline.links.models import SmartLink
from backline.links.services.own import own_link, record
from backline.links.services.publishing import hub_changed, lock_slugs, publish_links
from backline.links.state import CLAIM, PUBLISH, TAKEDOWN
from backline.links.types import ClaimStatus, PublishState, TakedownStatus

LONGEST_REASON = 500


def publish(access: ArtistAccess, *, link_id: UUID) -> None:
    """Open a page to fans again. While its claim is in review or it is taken down it stays closed all the same.

    Raises ``TransitionRefusedError`` when it is published already, ``NotFoundError`` and ``NotAllowedError``.
    """
    with transaction.atomic():
        row = own_link(access, link_id)
        reason = "The artist published it."
        _move(row, PUBLISH, PublishState.PUBLISHED, action="link.publish", actor=actor_of(access), reason=reason)


def unpublish(access: ArtistAccess, *, link_id: UUID) -> None:
    """Close a page to fans; its address says that it is gone, and publishing it again brings everything back.

    Raises like :func:`publish`.
    """
    with transaction.atomic():
        row = own_link(access, link_id)
        reason = "The artist unpublished it."
        _move(row, PUBLISH, PublishState.UNPUBLISHED, action="link.unpublish", actor=actor_of(access), reason=reason)


def approve_claim(*, link_id: UUID, actor: Actor, reason: str = "An operator approved it.") -> None:
    """Approve a page that waits for review or was rejected. For operators. Raises ``TransitionRefusedError``."""
    with transaction.atomic():
        row = _locked(link_id)
        _move(row, CLAIM, ClaimStatus.APPROVED_BY_OPS, action="link.approve", actor=actor, reason=reason)


def reject_claim(*, link_id: UUID, actor: Actor, reason: str) -> None:
    """Refuse a page, whatever it was before. For operators; ``reason`` is shown. Raises ``TransitionRefusedError``."""
    with transaction.atomic():
        row = _locked(link_id)
        _move(row, CLAIM, ClaimStatus.REJECTED, action="link.reject", actor=actor, reason=reason)


def take_down(*, link_id: UUID, actor: Actor, reason: str) -> None:
    """Close a page because somebody with rights asked. For operators; ``reason`` is shown."""
    with transaction.atomic():
        row = _locked(link_id)
        _move(row, TAKEDOWN, TakedownStatus.ACTIVE, action="link.take_down", actor=actor, reason=reason)


def resolve_takedown(*, link_id: UUID, actor: Actor, reason: str) -> None:
    """End a takedown; the page opens again if the artist has it published. For operators."""
    with transaction.atomic():
        row = _locked(link_id)
        _move(row, TAKEDOWN, TakedownStatus.RESOLVED, action="link.resolve_takedown", actor=actor, reason=reason)


def settle_claims(*, artist_id: UUID, actor: Actor) -> None:
    """Carry an operator's word on the artist's connection over to all links. Running it again changes nothing."""
    with transaction.atomic():
        try:
            artists.hold_artist(artist_id=artist_id)
        except NotFoundError:  # deleted since the job was enqueued
            return
        lock_slugs(artist_id)  # a link that is being made reads the word as it was: wait for it, then move it too
        connection = connections.spotify_connection_of(artist_id=artist_id)
        if connection is None or claims.must_be_reviewed(connection.claim_basis):
            return
        rows = SmartLink.objects.filter(artist_id=artist_id)
        if connection.claim_basis is ClaimBasis.REFUSED:
            rows, to, reason = rows.exclude(claim_status=ClaimStatus.REJECTED), ClaimStatus.REJECTED, "Claim refused."
        else:
            rows = rows.filter(claim_status__in=(ClaimStatus.PENDING_OPS_REVIEW, ClaimStatus.REJECTED))
            to, reason = ClaimStatus.APPROVED_BY_OPS, "Claim confirmed."
        moved = CLAIM.move_all(rows, to=to, reason=reason, actor_id=actor.id)
        publish_links(moved)
        hub_changed(artist_id)


def _move(row: SmartLink, machine: StateMachine, to: str, *, action: str, actor: Actor, reason: str) -> None:
    machine.move(
        SmartLink.objects.all(),
        pk=row.pk,
        to=to,
        reason=reason[:LONGEST_REASON],
        actor_id=actor.id,
        also={"updated_at": clock.now()},
    )
    record(row, action, actor=actor, detail={"reason": reason[:LONGEST_REASON]})
    publish_links([row.pk])
    hub_changed(row.artist_id)


def _locked(link_id: UUID) -> SmartLink:
    artist_id = SmartLink.objects.filter(pk=link_id).values_list("artist_id", flat=True).first()
    if artist_id is not None:
        artists.hold_artist(artist_id=artist_id)
    row = SmartLink.objects.select_for_update(no_key=True).filter(pk=link_id).first()
    if row is None:
        raise NotFoundError("There is no such link.")
    return row
