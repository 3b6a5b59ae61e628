"""Team lists and pending invitations."""

from __future__ import annotations

from collections.abc import Iterable

from backline.accounts.models import Artist, Invitation, Membership, Organization, User
from backline.accounts.selectors.access import display_name
from backline.accounts.types import (
    ArtistAccess,
    InvitationStatus,
    Member,
    OrganizationAccess,
    PendingInvitation,
    Role,
    Source,
)
from backline.core import clock


def artist_team(access: ArtistAccess) -> tuple[Member, ...]:
    """Return everybody with access to the artist: its creator, its own members, then the organization's.

    Each person stands there once, with the role that counts. Operators of the product are not listed.
    """
    artist = Artist.objects.select_related("creator", "organization__creator").get(pk=access.artist_id)
    organization = artist.organization
    direct = Membership.objects.filter(artist=artist).select_related("user")
    inherited = Membership.objects.filter(organization=organization).select_related("user")
    found = [
        (artist.creator, Role.ADMIN, Source.CREATOR),
        *((one.user, Role(one.role), Source.DIRECT) for one in _by_name(direct)),
        (organization.creator, Role.ADMIN, Source.ORGANIZATION),
        *((one.user, Role(one.role), Source.ORGANIZATION) for one in _by_name(inherited)),
    ]
    return _each_once(found, you=access, own=Source.DIRECT)


def organization_team(access: OrganizationAccess) -> tuple[Member, ...]:
    """Return the organization's creator and its members, each once."""
    organization = Organization.objects.select_related("creator").get(pk=access.organization_id)
    members = Membership.objects.filter(organization=organization).select_related("user")
    found = [
        (organization.creator, Role.ADMIN, Source.CREATOR),
        *((one.user, Role(one.role), Source.ORGANIZATION) for one in _by_name(members)),
    ]
    return _each_once(found, you=access, own=Source.ORGANIZATION)


def pending_invitations(access: ArtistAccess | OrganizationAccess) -> tuple[PendingInvitation, ...]:
    """Return the invitations that can still be accepted, newest first; nothing for those who do not manage members."""
    if not access.can_manage_members:
        return ()
    waiting = Invitation.objects.filter(status=InvitationStatus.PENDING, expires_at__gt=clock.now())
    if isinstance(access, ArtistAccess):
        waiting = waiting.filter(artist_id=access.artist_id)
    else:
        waiting = waiting.filter(organization_id=access.organization_id)
    return tuple(
        PendingInvitation(
            id=row.pk,
            email=row.email,
            role=Role(row.role),
            invited_by=display_name(row.invited_by),
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        for row in waiting.select_related("invited_by").order_by("-created_at", "-pk")
    )


def _by_name(memberships: Iterable[Membership]) -> list[Membership]:
    return sorted(memberships, key=lambda one: (display_name(one.user).casefold(), one.user_id))


def _each_once(
    found: Iterable[tuple[User, Role, Source]], *, you: ArtistAccess | OrganizationAccess, own: Source
) -> tuple[Member, ...]:
    once: dict[object, Member] = {}
    for user, role, source in found:
        if user.is_active:
            once.setdefault(
                user.pk,
                Member(
                    user_id=user.pk,
                    name=user.name,
                    email=user.email,
                    role=role,
                    source=source,
                    is_you=user.pk == you.user_id,
                    is_fixed=source is not own,
                ),
            )
    return tuple(once.values())
