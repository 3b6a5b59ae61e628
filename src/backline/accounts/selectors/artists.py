"""Artists and organizations as their people, jobs and the command line see them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from backline.accounts import ports
from backline.accounts.models import Artist, ArtistSlug, Membership, Organization
from backline.accounts.selectors.access import NO_ARTIST, display_name, first_match, role_of
from backline.accounts.types import (
    ArtistAccess,
    ArtistDetail,
    ArtistIdentity,
    ArtistSummary,
    GenresMode,
    OrganizationAccess,
    OrganizationDetail,
    OrganizationSummary,
    Role,
)
from backline.core.errors import NotFoundError
from backline.settings import environment


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
            direct_role=role_of(user_id, artist=OuterRef("pk")),
            inherited_role=role_of(user_id, organization=OuterRef("organization_id")),
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
            role=first_match(
                user_id,
                creator_id=row.creator_id,
                direct=row.direct_role,
                organization_creator_id=row.organization.creator_id,
                inherited=row.inherited_role,
            )[0],
            is_in_organization=user_id == row.organization.creator_id or row.inherited_role is not None,
        )
        for row in rows
    )


def organizations_of(*, user_id: UUID) -> tuple[OrganizationSummary, ...]:
    """Return the organizations that the person created or is a member of, by name."""
    rows = (
        Organization.objects.filter(Q(creator_id=user_id) | Q(memberships__user_id=user_id))
        .annotate(member_role=role_of(user_id, organization=OuterRef("pk")))
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
        raise NotFoundError(NO_ARTIST)
    return identity_of(row)


def artist_identity_by_slug(*, slug: str) -> ArtistIdentity:
    """Return the artist at ``slug`` (or an old address of it), whoever asks: for the command line."""
    row = Artist.objects.filter(slugs__slug=slug).first()
    if row is None:
        raise NotFoundError(NO_ARTIST)
    return identity_of(row)


def old_slugs(*, artist_id: UUID) -> tuple[str, ...]:
    """Return the addresses the artist had before the present one, oldest first."""
    present = Artist.objects.filter(pk=artist_id).values("slug")
    rows = ArtistSlug.objects.filter(artist_id=artist_id).exclude(slug__in=Subquery(present))
    return tuple(rows.order_by("created_at", "slug").values_list("slug", flat=True))


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
