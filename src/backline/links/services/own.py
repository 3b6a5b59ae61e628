"""How every change of a link begins: who may, which link, locked; and how it ends: written down and published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backline.accounts import services as artists
from backline.accounts.selectors import actor_of
from backline.accounts.types import ArtistAccess
from backline.core import audit, clock
from backline.core.audit import Actor
from backline.core.errors import NotFoundError
from backline.links.models import SmartLink
from backline.links.services.publishing import hub_changed, publish_links


def own_link(access: ArtistAccess, link_id: UUID) -> SmartLink:
    """Return the artist's link, locked. Raises ``NotAllowedError`` for viewers, ``NotFoundError`` for foreign links."""
    access.must_edit()
    artists.hold_artist(artist_id=access.artist_id)
    row = SmartLink.objects.select_for_update(no_key=True).filter(pk=link_id, artist_id=access.artist_id).first()
    if row is None:
        raise NotFoundError("There is no such link, or it is not yours.")
    return row


def record(row: SmartLink, action: str, *, actor: Actor, detail: Mapping[str, Any] | None = None) -> None:
    """Write one entry about the link into the audit log."""
    audit.record(
        action,
        actor=actor,
        object_type="smart_link",
        object_id=row.pk,
        object_name=row.title,
        artist_id=row.artist_id,
        detail=detail,
    )


def finish_change(
    access: ArtistAccess, row: SmartLink, action: str, *, detail: Mapping[str, Any] | None = None, is_on_hub: bool
) -> None:
    """Note when it changed, write it down and publish; ``is_on_hub`` tells that the hub shows the change too."""
    SmartLink.objects.filter(pk=row.pk).update(updated_at=clock.now())
    record(row, action, actor=actor_of(access), detail=detail)
    publish_links([row.pk])
    if is_on_hub:
        hub_changed(row.artist_id)
