"""The audit log in words, for the artist, the organization and the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from backline.accounts.models import Artist
from backline.accounts.types import ArtistAccess, AuditLine, AuditPage, OrganizationAccess
from backline.core import audit
from backline.core.models import AuditEntry

PAGE = 25

_WORDS = {
    "artist.create": "created the artist",
    "artist.rename": "renamed the artist",
    "artist.change_slug": "changed the address",
    "artist.set_genres": "changed the genres",
    "artist.move": "moved the artist to another organization",
    "artist.delete": "deleted the artist",
    "organization.create": "created the organization",
    "organization.rename": "renamed the organization",
    "member.change_role": "changed the role of",
    "member.remove": "removed from the team",
    "member.leave": "left the team",
    "invitation.create": "invited somebody to",
    "invitation.revoke": "took back an invitation to",
    "invitation.accept": "accepted the invitation to",
    "person.change_settings": "changed their settings",
    "person.sign_up": "signed up",
    "person.sign_in": "signed in",
    "person.sign_out": "signed out",
    "person.confirm_email": "confirmed an e-mail address",
    "person.change_email": "changed the e-mail address",
    "person.change_password": "changed the password",
    "person.reset_password": "reset the password",
    "person.add_authenticator": "added a second factor",
    "person.remove_authenticator": "removed a second factor",
    "person.new_recovery_codes": "made new recovery codes",
}


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
    return AuditPage(
        lines=tuple(_line(row) for row in shown),
        next_cursor=str(shown[-1].pk) if len(rows) > limit else "",
    )


def _line(row: AuditEntry) -> AuditLine:
    return AuditLine(
        at=row.at,
        who=row.actor_name or "Somebody whose account was erased",
        what=_WORDS.get(row.action) or _spelled_out(row.action),
        item=row.object_name,
        detail=_detail_in_words(row.detail),
        origin=row.origin,
    )


def _spelled_out(action: str) -> str:
    """Turn ``link.set_description`` into "set description (link)", for acts of rooms that we do not know."""
    thing, _, verb = action.rpartition(".")
    return f"{verb.replace('_', ' ')} ({thing.replace('_', ' ')})" if thing else action


def _detail_in_words(detail: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in detail.items() if value not in ("", None, [], {})}
    parts = []
    if "from" in rest and "to" in rest:
        parts.append(f"from {_said(rest.pop('from'))} to {_said(rest.pop('to'))}")
    parts += [f"{key.replace('_', ' ')}: {_said(value)}" for key, value in rest.items()]
    return ", ".join(parts)


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
