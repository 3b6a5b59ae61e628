"""Who may do what: the resolution of R3 (operator, creator, direct membership, organization membership, none)."""

from __future__ import annotations

from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from backline.accounts.models import Artist, Membership, Organization, User
from backline.accounts.types import SYSTEM_USER_ID, ArtistAccess, OrganizationAccess, Role, Source
from backline.core.audit import SYSTEM, Actor
from backline.core.errors import NotFoundError

NO_ARTIST = "There is no such artist, or it is not yours. Check the address, or ask its admin for an invitation."
NO_ORGANIZATION = "There is no such organization, or it is not yours. Ask its admin for an invitation."


def artist_access(*, user_id: UUID, slug: str) -> ArtistAccess:
    """Return the person's access to the artist at ``slug``, which may be an old address of it.

    Raises :class:`NotFoundError` when there is no such artist or the person has no access: the two look the same.
    """
    return _artist_access(user_id, Artist.objects.filter(slugs__slug=slug))


def artist_access_by_id(*, user_id: UUID, artist_id: UUID) -> ArtistAccess:
    """Return the person's access to the artist; raises :class:`NotFoundError` like :func:`artist_access`."""
    return _artist_access(user_id, Artist.objects.filter(pk=artist_id))


def organization_access(*, user_id: UUID, organization_id: UUID) -> OrganizationAccess:
    """Return the person's access to the organization: operator, creator, member, in this order.

    Raises :class:`NotFoundError` when there is no such organization or the person has no access.
    """
    user = _active_user(user_id, NO_ORGANIZATION)
    found = (
        Organization.objects.filter(pk=organization_id)
        .annotate(member_role=role_of(user_id, organization=OuterRef("pk")))
        .values("creator_id", "member_role")
        .first()
    )
    if found is None:
        raise NotFoundError(NO_ORGANIZATION)
    is_creator = found["creator_id"] == user_id
    role = Role.ADMIN if user.is_superuser or is_creator else found["member_role"]
    if role is None:
        raise NotFoundError(NO_ORGANIZATION)
    return OrganizationAccess(
        user_id=user_id,
        user_name=display_name(user),
        organization_id=organization_id,
        role=Role(role),
        is_creator=is_creator,
    )


def system_access(*, artist_id: UUID) -> ArtistAccess:
    """Return the product's own access to an artist, for jobs and the command line.

    Raises :class:`NotFoundError` when the artist does not exist.
    """
    organization_id = Artist.objects.filter(pk=artist_id).values_list("organization_id", flat=True).first()
    if organization_id is None:
        raise NotFoundError(NO_ARTIST)
    return ArtistAccess(
        user_id=SYSTEM_USER_ID,
        user_name=SYSTEM.name,
        artist_id=artist_id,
        organization_id=organization_id,
        role=Role.ADMIN,
        source=Source.SUPER_ADMIN,
    )


def actor_of(access: ArtistAccess | OrganizationAccess, origin: str = "web") -> Actor:
    """Return who acts, for the audit log. The system's access acts as nobody."""
    if access.user_id == SYSTEM_USER_ID:
        return Actor(id=None, name=access.user_name, origin="system" if origin == "web" else origin)
    return Actor(id=access.user_id, name=access.user_name, origin=origin)


def display_name(user: User) -> str:
    """Return what others see of a person: their name, or their address as long as they gave none."""
    return user.name or user.email


def _artist_access(user_id: UUID, artists: QuerySet[Artist]) -> ArtistAccess:
    user = _active_user(user_id, NO_ARTIST)
    found = (
        artists.annotate(
            direct_role=role_of(user_id, artist=OuterRef("pk")),
            inherited_role=role_of(user_id, organization=OuterRef("organization_id")),
        )
        .values("pk", "organization_id", "creator_id", "organization__creator_id", "direct_role", "inherited_role")
        .first()
    )
    if found is None:
        raise NotFoundError(NO_ARTIST)
    role, source = first_match(
        user_id,
        is_operator=user.is_superuser,
        creator_id=found["creator_id"],
        direct=found["direct_role"],
        organization_creator_id=found["organization__creator_id"],
        inherited=found["inherited_role"],
    )
    return ArtistAccess(
        user_id=user_id,
        user_name=display_name(user),
        artist_id=found["pk"],
        organization_id=found["organization_id"],
        role=role,
        source=source,
    )


def first_match(
    user_id: UUID,
    *,
    creator_id: UUID,
    direct: str | None,
    organization_creator_id: UUID,
    inherited: str | None,
    is_operator: bool = False,
) -> tuple[Role, Source]:
    """Resolve a role in the order of R3; raises :class:`NotFoundError` for none. For this room."""
    if is_operator:
        return Role.ADMIN, Source.SUPER_ADMIN
    if creator_id == user_id:
        return Role.ADMIN, Source.CREATOR
    if direct is not None:
        return Role(direct), Source.DIRECT
    if organization_creator_id == user_id:
        return Role.ADMIN, Source.ORGANIZATION
    if inherited is not None:
        return Role(inherited), Source.ORGANIZATION
    raise NotFoundError(NO_ARTIST)


def role_of(user_id: UUID, **place: OuterRef) -> Subquery:
    """Return the person's membership role in a place, for annotations; for this room."""
    return Subquery(Membership.objects.filter(user_id=user_id, **place).values("role")[:1])


def _active_user(user_id: UUID, message: str) -> User:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFoundError(message)
    return user
