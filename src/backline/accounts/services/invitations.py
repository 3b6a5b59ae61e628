"""Use cases of invitations: invite by e-mail, accept, revoke, let expire.

The link in the mail carries a token that is derived from the invitation and the product's secret key; the database
holds its hash only. So neither the database nor a queued job is enough to accept an invitation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from backline.accounts import selectors
from backline.accounts.models import Artist, Invitation, Membership, User
from backline.accounts.types import (
    AcceptedInvitation,
    ArtistAccess,
    InvitationOffer,
    InvitationStatus,
    OrganizationAccess,
    Role,
)
from backline.core import audit, clock, jobs
from backline.core.audit import Actor
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.core.ids import new_id

LIFETIME = timedelta(days=7)
KEPT_AFTER_END = timedelta(days=30)
PENDING_LIMIT = 100
"""How many invitations to one place may wait, so that nobody mails the world through us."""

DAILY_LIMIT = 100
"""How many mails of invitation one person may have sent to one place within ``DAY``, whatever became of them."""
DAY = timedelta(hours=24)

_UNKNOWN = "This invitation does not exist. Open the link in the mail once more, or ask for a new invitation."
_ENDED = {
    InvitationStatus.ACCEPTED: "This invitation has been used already.",
    InvitationStatus.REVOKED: "This invitation was taken back. Ask the person who invited you for a new one.",
    InvitationStatus.EXPIRED: "This invitation has expired. Ask the person who invited you for a new one.",
}


def invite_to_artist(access: ArtistAccess, *, email: str, role: Role) -> UUID:
    """Invite an address to one artist and return the invitation's id; a job sends the mail. Admins only.

    A second invitation of the same address takes the first one's place. Raises :class:`Rejected` (field ``email``).
    """
    return _invite(access, email=email, role=role, artist_id=access.artist_id, organization_id=None)


def invite_to_organization(access: OrganizationAccess, *, email: str, role: Role) -> UUID:
    """Invite an address to an organization and so to all of its artists; otherwise as :func:`invite_to_artist`."""
    return _invite(access, email=email, role=role, artist_id=None, organization_id=access.organization_id)


@transaction.atomic
def revoke_invitation(access: ArtistAccess | OrganizationAccess, *, invitation_id: UUID) -> None:
    """Take a pending invitation back. Admins only. Raises :class:`NotFoundError` and :class:`Rejected`."""
    access.must_manage_members()
    if isinstance(access, ArtistAccess):
        place = Q(artist_id=access.artist_id)
    else:
        place = Q(organization_id=access.organization_id)
    invitation = Invitation.objects.select_for_update().filter(place, pk=invitation_id).first()
    if invitation is None:
        raise NotFoundError(_UNKNOWN)
    status = status_of(invitation)
    if status is not InvitationStatus.PENDING:
        raise Rejected(_ENDED[status])
    _revoke(invitation, access)


def revoke_invitations_of(access: ArtistAccess | OrganizationAccess, *, user_id: UUID, place: Q) -> None:
    """Take back what a person who is no admin of the place any more has offered there; for this room."""
    pending = Invitation.objects.select_for_update().filter(
        place, invited_by_id=user_id, status=InvitationStatus.PENDING
    )
    for invitation in pending.order_by("created_at", "pk"):
        _revoke(invitation, access)


def invitation_offer(*, token: str) -> InvitationOffer:
    """Return what an invitation's link offers. Raises :class:`NotFoundError` for a token that is none of ours."""
    known = Invitation.objects.select_related("artist", "organization", "invited_by")
    invitation = known.filter(token_hash=hash_of(token)).first()
    if invitation is None:
        raise NotFoundError(_UNKNOWN)
    return InvitationOffer(
        place=_place_name(invitation),
        is_organization=invitation.organization_id is not None,
        role=Role(invitation.role),
        invited_by=selectors.display_name(invitation.invited_by),
        email=invitation.email,
        status=status_of(invitation),
        expires_at=invitation.expires_at,
    )


@transaction.atomic
def accept_invitation(*, user_id: UUID, token: str) -> AcceptedInvitation:
    """Make the person a member of the place that invited them; a role they have there is never lowered.

    Raises :class:`NotFoundError` for an unknown token, :class:`Rejected` for an invitation that was used, taken back
    or has expired, and :class:`NotAllowedError` unless the invited address is a confirmed one of the person.
    """
    invitation = Invitation.objects.select_for_update().filter(token_hash=hash_of(token)).first()
    if invitation is None:
        raise NotFoundError(_UNKNOWN)
    status = status_of(invitation)
    if status is not InvitationStatus.PENDING:
        raise Rejected(_ENDED[status])
    user = User.objects.select_for_update().get(pk=user_id)
    if not EmailAddress.objects.filter(user=user, email__iexact=invitation.email, verified=True).exists():
        raise NotAllowedError(
            f"This invitation was sent to {masked(invitation.email)}. Sign in with that address, or confirm it in your"
            " settings first."
        )
    invited = Role(invitation.role)
    membership = Membership.objects.filter(place_of(invitation), user=user).first()
    if membership is None:
        membership = Membership.objects.create(
            user=user, artist=invitation.artist, organization=invitation.organization, role=invited
        )
    elif Role(membership.role).rank < invited.rank:
        membership.role = invited
        membership.save(update_fields=["role"])
    invitation.status = InvitationStatus.ACCEPTED
    invitation.save(update_fields=["status"])
    organization_id = _organization_of(invitation)
    actor = Actor(id=user.pk, name=selectors.display_name(user))
    _record(invitation, "invitation.accept", actor, organization_id)
    return AcceptedInvitation(
        place=_place_name(invitation),
        organization_id=organization_id,
        artist_slug="" if invitation.artist is None else invitation.artist.slug,
        role=Role(membership.role),
    )


def waiting_invitation(*, user_id: UUID) -> str:
    """Return the token of the newest invitation that waits for a confirmed address of the person, or ""."""
    addresses = EmailAddress.objects.filter(user_id=user_id, verified=True).values_list("email", flat=True)
    newest = (
        Invitation.objects.filter(
            email__in=[address.lower() for address in addresses],
            status=InvitationStatus.PENDING,
            expires_at__gt=clock.now(),
        )
        .order_by("-created_at", "-pk")
        .first()
    )
    return "" if newest is None else token_of(newest.pk)


@transaction.atomic
def forget_old_invitations() -> int:
    """Mark what has expired, and delete what ended 30 days ago: it holds addresses of people who may never join.

    Returns how many were deleted.
    """
    now = clock.now()
    Invitation.objects.filter(status=InvitationStatus.PENDING, expires_at__lte=now).update(
        status=InvitationStatus.EXPIRED
    )
    ended = Invitation.objects.exclude(status=InvitationStatus.PENDING).filter(expires_at__lte=now - KEPT_AFTER_END)
    deleted, _ = ended.delete()
    return deleted


def token_of(invitation_id: UUID) -> str:
    """Return the secret in an invitation's link; for this room's mail."""
    key = hashlib.sha256(b"backline invitation" + settings.SECRET_KEY.encode()).digest()
    return base64.urlsafe_b64encode(hmac.digest(key, invitation_id.bytes, "sha256")).rstrip(b"=").decode()


def hash_of(token: str) -> str:
    """Return what the database holds of a token; for this room."""
    return hashlib.sha256(token.encode()).hexdigest()


def status_of(invitation: Invitation) -> InvitationStatus:
    """Return where the invitation stands now, an expiry that nobody has written down included; for this room."""
    status = InvitationStatus(invitation.status)
    if status is InvitationStatus.PENDING and invitation.expires_at <= clock.now():
        return InvitationStatus.EXPIRED
    return status


def place_of(invitation: Invitation) -> Q:
    """Return the condition for memberships of the place that the invitation leads to; for this room."""
    if invitation.artist_id is not None:
        return Q(artist_id=invitation.artist_id)
    return Q(organization_id=invitation.organization_id)


def masked(email: str) -> str:
    """Return an address that its owner recognises and nobody else learns: ``j…@example.org``."""
    local, _, host = email.partition("@")
    return f"{local[:1]}…@{host}"


@transaction.atomic
def _invite(
    access: ArtistAccess | OrganizationAccess,
    *,
    email: str,
    role: Role,
    artist_id: UUID | None,
    organization_id: UUID | None,
) -> UUID:
    access.must_manage_members()
    address = _clean_email(email)
    place = Q(artist_id=artist_id) if artist_id else Q(organization_id=organization_id)
    if Membership.objects.filter(place, user__email=address).exists():
        raise _refused_email(f"{address} is on the team already. Change their role in the list instead.")
    User.objects.select_for_update().get(pk=access.user_id)  # one invitation at a time per person who invites
    pending = Invitation.objects.select_for_update().filter(place, status=InvitationStatus.PENDING)
    pending.filter(email=address).update(status=InvitationStatus.REVOKED)
    pending.filter(expires_at__lte=clock.now()).update(status=InvitationStatus.EXPIRED)
    if pending.count() >= PENDING_LIMIT:
        raise _refused_email(f"{PENDING_LIMIT} invitations are waiting here, which is the most. Take some back first.")
    now = clock.now()
    of_today = Invitation.objects.filter(place, invited_by_id=access.user_id, created_at__gt=now - DAY)
    if of_today.count() >= DAILY_LIMIT:
        raise _refused_email(
            f"You have sent {DAILY_LIMIT} invitations here within a day, which is the most. Send this one tomorrow."
        )
    invitation_id = new_id()
    invitation = Invitation.objects.create(
        pk=invitation_id,
        email=address,
        role=role,
        artist_id=artist_id,
        organization_id=organization_id,
        invited_by_id=access.user_id,
        token_hash=hash_of(token_of(invitation_id)),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    _record(invitation, "invitation.create", selectors.actor_of(access), access.organization_id)
    jobs.enqueue("accounts.mail_invitation", queue="mail", invitation_id=str(invitation_id))
    return invitation_id


def _revoke(invitation: Invitation, access: ArtistAccess | OrganizationAccess) -> None:
    invitation.status = InvitationStatus.REVOKED
    invitation.save(update_fields=["status"])
    _record(invitation, "invitation.revoke", selectors.actor_of(access), access.organization_id)


def _clean_email(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise _refused_email("Enter an e-mail address, such as name@example.org.") from None
    if len(address) > 254:
        raise _refused_email("This address is too long: an e-mail address has at most 254 characters.")
    return address


def _refused_email(problem: str) -> Rejected:
    return Rejected(problem, field_errors={"email": problem})


def _place_name(invitation: Invitation) -> str:
    place = invitation.artist or invitation.organization
    return "" if place is None else place.name


def _organization_of(invitation: Invitation) -> UUID:
    place = invitation.artist or invitation.organization
    if place is None:
        raise NotFoundError(_UNKNOWN)
    return place.organization_id if isinstance(place, Artist) else place.pk


def _record(invitation: Invitation, action: str, actor: Actor, organization_id: UUID) -> None:
    audit.record(
        action,
        actor=actor,
        object_type="invitation",
        object_id=invitation.pk,
        object_name=_place_name(invitation),
        artist_id=invitation.artist_id,
        organization_id=organization_id,
        detail={"role": Role(invitation.role).label, "to": masked(invitation.email)},
    )
