"""Use cases of teams: change a role, remove somebody, leave."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backline.accounts import selectors
from backline.accounts.models import Artist, Membership, Organization, User
from backline.accounts.services.invitations import revoke_invitations_of
from backline.accounts.services.organizations import locked as locked_organization
from backline.accounts.types import ArtistAccess, OrganizationAccess, Role
from backline.core import audit
from backline.core.errors import NotAllowedError, NotFoundError

_NO_MEMBER = "This person is not on the team any more."


@transaction.atomic
def change_artist_member(access: ArtistAccess, *, user_id: UUID, role: Role) -> None:
    """Give a direct member of the artist another role. Admins only.

    Raises :class:`NotFoundError` for somebody who is no direct member: roles that come from the organization or from
    having created the artist are not changed here.
    """
    access.must_manage_members()
    Artist.objects.select_for_update().get(pk=access.artist_id)
    membership = _membership(user_id, Q(artist_id=access.artist_id))
    _change(access, membership, role)


@transaction.atomic
def remove_artist_member(access: ArtistAccess, *, user_id: UUID) -> None:
    """Take a direct member off the artist; anybody may leave. Raises like :func:`change_artist_member`."""
    if user_id != access.user_id:
        access.must_manage_members()
    Artist.objects.select_for_update().get(pk=access.artist_id)
    _remove(access, _membership(user_id, Q(artist_id=access.artist_id)))


@transaction.atomic
def change_organization_member(access: OrganizationAccess, *, user_id: UUID, role: Role) -> None:
    """Give a member of the organization another role. Admins only; the creator stays an admin.

    Raises :class:`NotFoundError` for somebody who is no member, :class:`NotAllowedError` for the creator.
    """
    access.must_manage_members()
    organization = locked_organization(access.organization_id)
    membership = _membership(user_id, Q(organization_id=organization.pk))
    if organization.creator_id == user_id and role is not Role.ADMIN:
        raise NotAllowedError("The organization's creator stays an admin, so that it is never without one.")
    _change(access, membership, role)


@transaction.atomic
def remove_organization_member(access: OrganizationAccess, *, user_id: UUID) -> None:
    """Take a member off the organization, and with it off its artists.

    Artists that they created pass to the organization's creator; memberships of single artists stay. Admins only, and
    never the creator, who leaves with :func:`leave_organization`. Raises :class:`NotFoundError`,
    :class:`NotAllowedError`.
    """
    access.must_manage_members()
    organization = locked_organization(access.organization_id)
    if organization.creator_id == user_id:
        raise NotAllowedError("The organization's creator cannot be removed, but can leave to another admin.")
    membership = _membership(user_id, Q(organization_id=organization.pk))
    Artist.objects.filter(organization=organization, creator_id=user_id).update(creator_id=organization.creator_id)
    _remove(access, membership)


@transaction.atomic
def leave_organization(access: OrganizationAccess) -> None:
    """Take the person who acts off the organization.

    When its creator leaves, the longest-serving other admin takes their place; with no other admin
    :class:`NotAllowedError` is raised, for an organization is never without one.
    """
    organization = locked_organization(access.organization_id)
    membership = _membership(access.user_id, Q(organization_id=organization.pk))
    if membership.role == Role.ADMIN:
        heir = next_admin(organization, leaving=access.user_id)
        if heir is None:
            raise NotAllowedError(
                "You are the only admin of this organization. Make somebody else an admin first, then leave."
            )
        if organization.creator_id == access.user_id:
            hand_over(organization, to=heir)
    Artist.objects.filter(organization=organization, creator_id=access.user_id).update(
        creator_id=organization.creator_id
    )
    _remove(access, membership)


def next_admin(organization: Organization, *, leaving: UUID) -> User | None:
    """Return the longest-serving admin other than ``leaving``, or None; for this room."""
    membership = (
        Membership.objects.filter(organization=organization, role=Role.ADMIN, user__is_active=True)
        .exclude(user_id=leaving)
        .select_related("user")
        .order_by("created_at", "pk")
        .first()
    )
    return None if membership is None else membership.user


def hand_over(organization: Organization, *, to: User) -> None:
    """Make ``to`` the organization's creator; for this room."""
    organization.creator = to
    organization.save(update_fields=["creator"])


def _membership(user_id: UUID, place: Q) -> Membership:
    membership = Membership.objects.select_related("user").filter(place, user_id=user_id).first()
    if membership is None:
        raise NotFoundError(_NO_MEMBER)
    return membership


def _change(access: ArtistAccess | OrganizationAccess, membership: Membership, role: Role) -> None:
    before = Role(membership.role)
    if before is role:
        return
    membership.role = role
    membership.save(update_fields=["role"])
    _record(access, membership, "member.change_role", {"from": before.label, "to": role.label})
    if before is Role.ADMIN:
        _revoke_offers(access, membership)


def _remove(access: ArtistAccess | OrganizationAccess, membership: Membership) -> None:
    verb = "member.leave" if membership.user_id == access.user_id else "member.remove"
    _record(access, membership, verb, {"role": Role(membership.role).label})
    membership.delete()
    _revoke_offers(access, membership)


def _revoke_offers(access: ArtistAccess | OrganizationAccess, membership: Membership) -> None:
    """Take back the invitations of somebody who may not invite any more: they would let in whom nobody wants.

    Where they stay an admin by another way, as the artist's creator for one, their invitations stay too.
    """
    user_id = membership.user_id
    artists = Q(pk=membership.artist_id)
    if membership.organization_id is not None:
        revoke_invitations_of(access, user_id=user_id, place=Q(organization_id=membership.organization_id))
        artists = Q(organization_id=membership.organization_id)
    offered = Artist.objects.filter(artists, invitations__invited_by=user_id).distinct()
    for artist_id in offered.values_list("pk", flat=True):
        if not _is_admin(user_id, artist_id):
            revoke_invitations_of(access, user_id=user_id, place=Q(artist_id=artist_id))


def _is_admin(user_id: UUID, artist_id: UUID) -> bool:
    try:
        return selectors.artist_access_by_id(user_id=user_id, artist_id=artist_id).can_manage_members
    except NotFoundError:
        return False


def _record(
    access: ArtistAccess | OrganizationAccess, membership: Membership, action: str, detail: dict[str, str]
) -> None:
    audit.record(  # the member's name is looked up when the log is read, so that it can be forgotten
        action,
        actor=selectors.actor_of(access),
        object_type="member",
        object_id=membership.user_id,
        artist_id=membership.artist_id,
        organization_id=access.organization_id,
        detail=detail,
    )
