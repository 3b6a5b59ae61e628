"""The mails of this room, to everybody who may change the artist's connections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from backline.accounts import mails
from backline.accounts import selectors as accounts
from backline.accounts.types import Role
from backline.connections.models import Connection
from backline.connections.services.moving import platform_of
from backline.connections.state import State
from backline.connections.types import LinkStatus
from backline.settings import environment

_LOST = Q(state=State.DISCONNECTED) | Q(state=State.FAILED, failed_step="consent")
_STILL_TRUE: Mapping[str, Q] = {"lost": _LOST, "link_sent": Q(link__status=LinkStatus.SENT)}
"""When a mail still says something true."""


def send(what: str, *, connection_id: UUID, at: datetime) -> None:
    """Send the mail ``lost`` or ``link_sent``, unless it is out of date; once to each. Raises ``RetryLater``."""
    row = Connection.objects.filter(_STILL_TRUE[what], pk=connection_id).first()
    if row is None:
        return
    facts = platform_of(row.provider).facts
    artist = accounts.artist_identity(artist_id=row.artist_id)
    context: dict[str, object] = {
        "artist": artist.name,
        "platform": facts.label,
        "name": row.display_name,
        "why": row.problem,
        "at": at,
        "link": facts.link_label,
        "place": facts.link_place,
        "steps": facts.link_steps,
        "url": f"{environment.current().web_url}/a/{artist.slug}/connections/",
    }
    for member in accounts.artist_team(accounts.system_access(artist_id=row.artist_id)):
        if member.role.rank >= Role.EDITOR.rank:
            once = f"{what}-{row.pk}-{int(at.timestamp())}-{member.user_id}"
            mails.send(f"connections/mail/{what}", to=member.email, context=context, once=once)
