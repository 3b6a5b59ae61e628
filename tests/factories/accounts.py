"""People, organizations and artists for the tests of every room. All invented."""

from __future__ import annotations

from itertools import count
from uuid import UUID

from backline.accounts import selectors, services
from backline.accounts.models import Membership, User
from backline.accounts.types import ArtistAccess, ArtistIdentity, OrganizationAccess, Role

_number = count(1)
PASSWORD = "a long enough password"


def make_user(*, email: str = "", name: str = "", is_superuser: bool = False, password: str | None = None) -> User:
    """Make a person with a confirmed address. Without ``password`` they have none, which is quicker."""
    number = next(_number)
    user_id = services.create_person(
        email=email or f"person{number}@example.org",
        password=password,
        name=name or f"Person {number}",
        is_operator=is_superuser,
    )
    return User.objects.get(pk=user_id)


def make_organization(*, creator: User | None = None, name: str = "Night Ferry Records") -> UUID:
    """Make an organization and return its id."""
    return services.create_organization(user_id=(creator or make_user()).pk, name=name)


def make_artist(
    *, creator: User | None = None, name: str = "Halla Norden", organization_id: UUID | None = None
) -> ArtistIdentity:
    """Make an artist; without a creator somebody new has made it."""
    return services.create_artist(user_id=(creator or make_user()).pk, name=name, organization_id=organization_id)


def make_member(
    artist: ArtistIdentity | None = None,
    *,
    organization_id: UUID | None = None,
    role: Role = Role.VIEWER,
    user: User | None = None,
) -> User:
    """Make a person a member of an artist, or of an organization."""
    user = user or make_user()
    Membership.objects.create(
        user=user, artist_id=None if artist is None else artist.id, organization_id=organization_id, role=role
    )
    return user


def access_of(user: User, artist: ArtistIdentity) -> ArtistAccess:
    """Return the person's access to the artist."""
    return selectors.artist_access_by_id(user_id=user.pk, artist_id=artist.id)


def organization_access_of(user: User, organization_id: UUID) -> OrganizationAccess:
    """Return the person's access to the organization."""
    return selectors.organization_access(user_id=user.pk, organization_id=organization_id)


def make_access(role: Role = Role.ADMIN) -> ArtistAccess:
    """Make an artist and a member with ``role``; return the member's access."""
    artist = make_artist()
    return access_of(make_member(artist, role=role), artist)
