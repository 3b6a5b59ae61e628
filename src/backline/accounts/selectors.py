"""What this room answers. Everything that belongs to somebody takes who asks."""

from __future__ import annotations

from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from backline.accounts import ports
from backline.accounts.models import Artist, ArtistSlug, Membership, Organization, User
from backline.accounts.types import (
    SYSTEM_USER_ID,
    ArtistAccess,
    ArtistDetail,
    ArtistIdentity,
    ArtistSummary,
    GenresMode,
    OrganizationAccess,
    OrganizationDetail,
    OrganizationSummary,
    Person,
    Role,
    Source,
)
from backline.core.audit import SYSTEM, Actor
from backline.core.errors import NotFoundError
from backline.settings import environment

_NO_ARTIST = "There is no such artist, or it is not yours. Check the address, or ask its admin for an invitation."
_NO_ORGANIZATION = "There is no such organization, or it is not yours. Ask its admin for an invitation."


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
    user = _active_user(user_id, _NO_ORGANIZATION)
    found = (
        Organization.objects.filter(pk=organization_id)
        .annotate(member_role=_role_of(user_id, organization=OuterRef("pk")))
        .values("creator_id", "member_role")
        .first()
    )
    if found is None:
        raise NotFoundError(_NO_ORGANIZATION)
    is_creator = found["creator_id"] == user_id
    role = Role.ADMIN if user.is_superuser or is_creator else found["member_role"]
    if role is None:
        raise NotFoundError(_NO_ORGANIZATION)
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
        raise NotFoundError(_NO_ARTIST)
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


def artists_of(*, user_id: UUID) -> tuple[ArtistSummary, ...]:
    """Return the artists that the person created or is a member of, by name: the artist switcher.

    An operator's switcher holds their own artists too, not everybody's.
    """
    mine = Membership.objects.filter(user_id=user_id)
    rows = (
        Artist.objects.filter(
            Q(creator_id=user_id)
            | Q(organization__creator_id=user_id)
            | Q(pk__in=mine.values("artist_id"))
            | Q(organization_id__in=mine.values("organization_id"))
        )
        .annotate(
            direct_role=_role_of(user_id, artist=OuterRef("pk")),
            inherited_role=_role_of(user_id, organization=OuterRef("organization_id")),
        )
        .select_related("organization")
        .order_by("name", "slug")
    )
    return tuple(
        ArtistSummary(
            id=row.pk,
            name=row.name,
            slug=row.slug,
            image_key=row.image_key,
            organization_id=row.organization_id,
            organization_name=row.organization.name,
            role=_first_match(
                user_id,
                creator_id=row.creator_id,
                direct=row.direct_role,
                organization_creator_id=row.organization.creator_id,
                inherited=row.inherited_role,
            )[0],
        )
        for row in rows
    )


def organizations_of(*, user_id: UUID) -> tuple[OrganizationSummary, ...]:
    """Return the organizations that the person created or is a member of, by name."""
    rows = (
        Organization.objects.filter(Q(creator_id=user_id) | Q(memberships__user_id=user_id))
        .annotate(member_role=_role_of(user_id, organization=OuterRef("pk")))
        .prefetch_related("artists")
        .order_by("name", "pk")
        .distinct()
    )
    limit = environment.current().artists_per_organization
    return tuple(
        OrganizationSummary(
            id=row.pk,
            name=row.name,
            role=Role.ADMIN if row.creator_id == user_id else Role(row.member_role),
            is_creator=row.creator_id == user_id,
            artists=len(row.artists.all()),
            room=max(0, limit - len(row.artists.all())),
        )
        for row in rows
    )


def organization_detail(access: OrganizationAccess) -> OrganizationDetail:
    """Return what the organization's settings show."""
    row = Organization.objects.select_related("creator").get(pk=access.organization_id)
    return OrganizationDetail(
        id=row.pk,
        name=row.name,
        creator_name=display_name(row.creator),
        artists=tuple(identity_of(artist) for artist in row.artists.order_by("name", "slug")),
        artists_limit=environment.current().artists_per_organization,
    )


def artist_detail(access: ArtistAccess) -> ArtistDetail:
    """Return what the artist's settings show."""
    row = Artist.objects.select_related("organization").get(pk=access.artist_id)
    return ArtistDetail(
        identity=identity_of(row),
        organization_name=row.organization.name,
        genres_mode=GenresMode(row.genres_mode),
        found_genres=tuple(row.found_genres),
        old_slugs=old_slugs(artist_id=row.pk),
        delete_refusals=delete_refusals(artist_id=row.pk),
    )


def delete_refusals(*, artist_id: UUID) -> tuple[str, ...]:
    """Return why the artist cannot be deleted now, in sentences; empty when it can."""
    return tuple(filter(None, (holder.refusal(artist_id=artist_id) for holder in ports.ARTIST_HOLDERS)))


def artist_identity(*, artist_id: UUID) -> ArtistIdentity:
    """Return the artist, whoever asks: for jobs and publishing. Raises :class:`NotFoundError`."""
    row = Artist.objects.filter(pk=artist_id).first()
    if row is None:
        raise NotFoundError(_NO_ARTIST)
    return identity_of(row)


def artist_identity_by_slug(*, slug: str) -> ArtistIdentity:
    """Return the artist at ``slug`` (or an old address of it), whoever asks: for the command line."""
    row = Artist.objects.filter(slugs__slug=slug).first()
    if row is None:
        raise NotFoundError(_NO_ARTIST)
    return identity_of(row)


def old_slugs(*, artist_id: UUID) -> tuple[str, ...]:
    """Return the addresses the artist had before the present one, oldest first."""
    present = Artist.objects.filter(pk=artist_id).values("slug")
    rows = ArtistSlug.objects.filter(artist_id=artist_id).exclude(slug__in=Subquery(present))
    return tuple(rows.order_by("created_at", "slug").values_list("slug", flat=True))


def person(*, user_id: UUID) -> Person:
    """Return a person's own settings; raises :class:`NotFoundError`."""
    row = User.objects.filter(pk=user_id).first()
    if row is None:
        raise NotFoundError("This person has no account here.")
    return Person(
        id=row.pk,
        email=row.email,
        name=row.name,
        language=row.language,
        timezone=row.timezone,
        has_password=row.has_usable_password(),
    )


def user_id_by_email(*, email: str) -> UUID | None:
    """Return whose address this is, in any case of letters, or None: for the command line."""
    return User.objects.filter(email=email.strip().lower()).values_list("pk", flat=True).first()


def display_name(user: User) -> str:
    """Return what others see of a person: their name, or their address as long as they gave none."""
    return user.name or user.email


def identity_of(row: Artist) -> ArtistIdentity:
    """Return the row as the other rooms see it."""
    return ArtistIdentity(
        id=row.pk,
        name=row.name,
        slug=row.slug,
        image_key=row.image_key,
        genres=tuple(row.genres),
        organization_id=row.organization_id,
    )


def _artist_access(user_id: UUID, artists: QuerySet[Artist]) -> ArtistAccess:
    user = _active_user(user_id, _NO_ARTIST)
    found = (
        artists.annotate(
            direct_role=_role_of(user_id, artist=OuterRef("pk")),
            inherited_role=_role_of(user_id, organization=OuterRef("organization_id")),
        )
        .values("pk", "organization_id", "creator_id", "organization__creator_id", "direct_role", "inherited_role")
        .first()
    )
    if found is None:
        raise NotFoundError(_NO_ARTIST)
    role, source = _first_match(
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


def _first_match(
    user_id: UUID,
    *,
    creator_id: UUID,
    direct: str | None,
    organization_creator_id: UUID,
    inherited: str | None,
    is_operator: bool = False,
) -> tuple[Role, Source]:
    """Resolve a role in the order of R3: operator, creator, direct membership, organization, none."""
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
    raise NotFoundError(_NO_ARTIST)


def _role_of(user_id: UUID, **place: OuterRef) -> Subquery:
    return Subquery(Membership.objects.filter(user_id=user_id, **place).values("role")[:1])


def _active_user(user_id: UUID, message: str) -> User:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFoundError(message)
    return user
