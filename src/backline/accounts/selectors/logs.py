"""The audit log, for the artist, the organization and the person."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q, QuerySet

from backline.accounts.models import Artist, User
from backline.accounts.selectors.access import display_name
from backline.accounts.types import ArtistAccess, AuditLine, AuditPage, OrganizationAccess
from backline.core import audit
from backline.core.models import AuditEntry

PAGE = 25

_PEOPLE = ("member", "person")
"""What an entry calls somebody whose name is looked up when the log is read."""


def artist_log(access: ArtistAccess, *, cursor: str = "", limit: int = PAGE) -> AuditPage:
    """Return what was done to the artist, newest first."""
    return _page(audit.of_artist(access.artist_id), cursor=cursor, limit=limit)


def organization_log(access: OrganizationAccess, *, cursor: str = "", limit: int = PAGE) -> AuditPage:
    """Return what was done in the organization and to the artists it holds, newest first."""
    artist_ids = list(Artist.objects.filter(organization_id=access.organization_id).values_list("pk", flat=True))
    entries = audit.of_organization(access.organization_id, artist_ids=artist_ids)
    return _page(entries, cursor=cursor, limit=limit)


def activity_of(*, user_id: UUID, cursor: str = "", limit: int = PAGE) -> AuditPage:
    """Return what a person did, newest first: only they see it."""
    return _page(audit.of_actor(user_id), cursor=cursor, limit=limit)


def _page(entries: QuerySet[AuditEntry], *, cursor: str, limit: int) -> AuditPage:
    last_shown = _uuid(cursor)
    after = None if last_shown is None else entries.filter(pk=last_shown).first()
    if after is not None:
        entries = entries.filter(Q(at__lt=after.at) | Q(at=after.at, pk__lt=after.pk))
    rows = list(entries[: limit + 1])
    shown = rows[:limit]
    members = _names_of({row.object_id for row in shown if row.object_type in _PEOPLE and row.object_id})
    return AuditPage(
        lines=tuple(_line(row, members) for row in shown),
        next_cursor=str(shown[-1].pk) if len(rows) > limit else "",
    )


def _names_of(user_ids: set[UUID]) -> Mapping[UUID, str]:
    """Return what people are called now; an erased person is called nothing."""
    if not user_ids:
        return {}
    people = User.objects.filter(pk__in=user_ids, is_active=True)
    return {person.pk: display_name(person) for person in people}


def _line(row: AuditEntry, members: Mapping[UUID, str]) -> AuditLine:
    item = row.object_name
    if row.object_type in _PEOPLE and row.object_id is not None and row.object_id != row.actor_id:
        item = members.get(row.object_id, "somebody who is no longer here")
    return AuditLine(
        at=row.at,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        action=row.action,
        item=item,
        detail=dict(row.detail),
        origin=row.origin,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
