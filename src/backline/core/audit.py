"""The audit log: append-only, shown to the artist, the organization and the person who acted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from backline.core import clock
from backline.core.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``origin`` says from where: ``web``, ``cli``, ``job:<name>``. ``id`` is None for the system."""

    id: UUID | None
    name: str
    origin: str = "web"


SYSTEM = Actor(id=None, name="Backline", origin="system")


def record(
    action: str,
    *,
    actor: Actor,
    object_type: str,
    object_id: UUID | None = None,
    object_name: str = "",
    artist_id: UUID | None = None,
    organization_id: UUID | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry. ``action`` is ``object.verb``, such as ``link.publish``."""
    AuditEntry.objects.create(
        at=clock.now(),
        action=action,
        actor_id=actor.id,
        actor_name=actor.name[:200],
        artist_id=artist_id,
        organization_id=organization_id,
        object_type=object_type,
        object_id=object_id,
        object_name=object_name[:300],
        detail=dict(detail or {}),
        origin=actor.origin,
    )


def of_artist(artist_id: UUID) -> QuerySet[AuditEntry]:
    """Return the artist's entries, newest first."""
    return AuditEntry.objects.filter(artist_id=artist_id).order_by("-at", "-id")


def of_organization(organization_id: UUID, *, artist_ids: Sequence[UUID] = ()) -> QuerySet[AuditEntry]:
    """Return the organization's own entries and those of the artists it holds, newest first."""
    where = Q(organization_id=organization_id) | Q(artist_id__in=artist_ids)
    return AuditEntry.objects.filter(where).order_by("-at", "-id")


def of_actor(actor_id: UUID) -> QuerySet[AuditEntry]:
    """Return what one person did, newest first."""
    return AuditEntry.objects.filter(actor_id=actor_id).order_by("-at", "-id")


def forget_name(*, actor_id: UUID) -> None:
    """Take an erased person's name out of what they did: the one change that the database allows here."""
    AuditEntry.objects.filter(actor_id=actor_id).exclude(actor_name="").update(actor_name="")
