"""Roles, access, and what this room tells the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from backline.core.errors import NotAllowedError

SYSTEM_USER_ID = UUID(int=0)
"""Stands in an access for the product itself, acting for an operator at the command line or in a job."""


class Role(models.TextChoices):
    """What a member may do. Admins also manage members; editors change everything else; viewers look."""

    ADMIN = "admin", "Admin"
    EDITOR = "editor", "Editor"
    VIEWER = "viewer", "Viewer"

    @property
    def rank(self) -> int:
        """Return 1 (viewer) to 3 (admin)."""
        return _RANKS[self.value]


_RANKS = {"viewer": 1, "editor": 2, "admin": 3}


class Source(models.TextChoices):
    """Where an access comes from, in the order in which it is looked for (R3)."""

    SUPER_ADMIN = "super_admin", "Operator"
    CREATOR = "creator", "Creator"
    DIRECT = "direct", "Member of the artist"
    ORGANIZATION = "organization", "Member of the organization"


class InvitationStatus(models.TextChoices):
    """Where an invitation stands."""

    PENDING = "pending", "Pending"
    ACCEPTED = "accepted", "Accepted"
    REVOKED = "revoked", "Revoked"
    EXPIRED = "expired", "Expired"


class GenresMode(models.TextChoices):
    """Whether an artist's genres follow the connected music data or were picked by hand."""

    AUTOMATIC = "automatic", "Automatic"
    MANUAL = "manual", "Manual"


@dataclass(frozen=True, slots=True)
class _Access:
    """Who acts, in which organization, and what their role allows."""

    user_id: UUID
    user_name: str
    organization_id: UUID
    role: Role

    @property
    def can_edit(self) -> bool:
        """Tell whether the role may change things."""
        return self.role.rank >= Role.EDITOR.rank

    @property
    def can_manage_members(self) -> bool:
        """Tell whether the role may invite, change and remove members."""
        return self.role is Role.ADMIN

    def must_edit(self) -> None:
        """Raise :class:`NotAllowedError` unless the role may change things."""
        if not self.can_edit:
            raise NotAllowedError("You are a viewer here: you can look, but not change anything.")

    def must_manage_members(self) -> None:
        """Raise :class:`NotAllowedError` unless the role may manage members."""
        if not self.can_manage_members:
            raise NotAllowedError("Only an admin can do this. Ask one of the admins on the team list.")


@dataclass(frozen=True, slots=True)
class ArtistAccess(_Access):
    """The acting membership: one person's access to one artist. Selectors of every room take it."""

    artist_id: UUID
    source: Source


@dataclass(frozen=True, slots=True)
class OrganizationAccess(_Access):
    """One person's access to one organization."""

    is_creator: bool


@dataclass(frozen=True, slots=True)
class ArtistIdentity:
    """An artist as the rest of the product knows it. ``image_key`` names a file in the media folder or is empty."""

    id: UUID
    name: str
    slug: str
    image_key: str
    genres: tuple[str, ...]
    organization_id: UUID


@dataclass(frozen=True, slots=True)
class ArtistSummary:
    """One line of the artist switcher: an artist and the reader's role in it.

    ``is_in_organization`` tells whether the reader may also see the organization: a member of one artist may not.
    """

    id: UUID
    name: str
    slug: str
    image_key: str
    organization_id: UUID
    organization_name: str
    role: Role
    is_in_organization: bool = True


@dataclass(frozen=True, slots=True)
class OrganizationSummary:
    """An organization and the reader's role in it. ``room`` says how many more artists it can hold."""

    id: UUID
    name: str
    role: Role
    is_creator: bool
    artists: int
    room: int


@dataclass(frozen=True, slots=True)
class OrganizationDetail:
    """What the settings of an organization show. ``artists`` are sorted by name."""

    id: UUID
    name: str
    creator_name: str
    artists: tuple[ArtistIdentity, ...]
    artists_limit: int


@dataclass(frozen=True, slots=True)
class ArtistDetail:
    """What the settings of an artist show. ``old_slugs`` still lead to the present one."""

    identity: ArtistIdentity
    organization_name: str
    genres_mode: GenresMode
    found_genres: tuple[str, ...]
    old_slugs: tuple[str, ...]
    delete_refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One person on a team list. ``is_fixed`` means that the role comes from elsewhere and is not changed here."""

    user_id: UUID
    name: str
    email: str
    role: Role
    source: Source
    is_you: bool
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class PendingInvitation:
    """An invitation that can still be accepted."""

    id: UUID
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationOffer:
    """What the person who opened an invitation's link is shown before accepting."""

    place: str
    is_organization: bool
    role: Role
    invited_by: str
    email: str
    status: InvitationStatus
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AcceptedInvitation:
    """Where an accepted invitation leads: ``artist_slug`` is empty for an organization."""

    place: str
    organization_id: UUID
    artist_slug: str
    role: Role


@dataclass(frozen=True, slots=True)
class Person:
    """A person's own settings."""

    id: UUID
    email: str
    name: str
    language: str
    timezone: str
    has_password: bool


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of a log. ``action`` is ``object.verb``; ``actor_name`` is empty for an erased person."""

    at: datetime
    actor_id: UUID | None
    actor_name: str
    action: str
    item: str
    detail: Mapping[str, Any]
    origin: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some lines of a log, newest first. ``next_cursor`` is empty on the last page."""

    lines: tuple[AuditLine, ...]
    next_cursor: str
