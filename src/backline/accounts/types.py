"""Roles, access and the errors of this room."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import models


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
class ArtistAccess:
    """The acting membership: one person's access to one artist. Selectors of every room take it."""

    user_id: UUID
    user_name: str
    artist_id: UUID
    organization_id: UUID
    role: Role
    source: Source

    @property
    def can_edit(self) -> bool:
        """Tell whether the role may change things."""
        return self.role.rank >= Role.EDITOR.rank

    @property
    def can_manage_members(self) -> bool:
        """Tell whether the role may invite, change and remove members."""
        return self.role is Role.ADMIN


@dataclass(frozen=True, slots=True)
class OrganizationAccess:
    """One person's access to one organization."""

    user_id: UUID
    user_name: str
    organization_id: UUID
    role: Role
    is_creator: bool

    @property
    def can_edit(self) -> bool:
        """Tell whether the role may change things."""
        return self.role.rank >= Role.EDITOR.rank

    @property
    def can_manage_members(self) -> bool:
        """Tell whether the role may invite, change and remove members."""
        return self.role is Role.ADMIN
