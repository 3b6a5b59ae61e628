"""How every change begins: who may, which row, locked and as it was read; and how it ends: written down, published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backline.accounts import services as artists
from backline.accounts.selectors import actor_of
from backline.accounts.types import ArtistAccess
from backline.core import audit, clock
from backline.core.audit import Actor
from backline.core.errors import NotFoundError, StaleError
from backline.links.models import ArtistLinkSettings, SmartLink
from backline.links.services.publishing import hub_changed, publish_links
from backline.links.types import NEVER_CHANGED


def own_link(access: ArtistAccess, link_id: UUID, *, expected_updated_at: datetime | None = None) -> SmartLink:
    """Return the artist's link, locked. Raises ``NotAllowedError`` for viewers, ``NotFoundError`` for foreign links.

    ``expected_updated_at`` is when the link had last changed as the person read it; raises :class:`StaleError` when
    somebody changed it since. None where a change cannot overwrite anybody's.
    """
    access.must_edit()
    artists.hold_artist(artist_id=access.artist_id)
    row = SmartLink.objects.select_for_update(no_key=True).filter(pk=link_id, artist_id=access.artist_id).first()
    if row is None:
        raise NotFoundError("There is no such link, or it is not yours.")
    _must_be_as_read(row.updated_at, expected_updated_at)
    return row


def own_settings(access: ArtistAccess, *, expected_updated_at: datetime | None = None) -> ArtistLinkSettings:
    """Return what holds for all links of the artist, locked. Raises like :func:`own_link`."""
    access.must_edit()
    artists.hold_artist(artist_id=access.artist_id)
    row, _ = ArtistLinkSettings.objects.select_for_update().get_or_create(
        artist_id=access.artist_id, defaults={"updated_at": NEVER_CHANGED}
    )
    _must_be_as_read(row.updated_at, expected_updated_at)
    return row


def finish_settings(
    access: ArtistAccess, row: ArtistLinkSettings, action: str, *, detail: Mapping[str, Any] | None = None
) -> None:
    """Save changed settings and write the change into the audit log; publishing is the caller's."""
    row.updated_at = clock.now()
    row.save()
    audit.record(action, actor=actor_of(access), object_type="link_settings", artist_id=access.artist_id, detail=detail)


def _must_be_as_read(updated_at: datetime, expected: datetime | None) -> None:
    if expected is not None and updated_at != expected:
        raise StaleError(
            "Somebody changed this while you were editing it. Nothing was overwritten: "
            "look at it as it is now, then save again."
        )


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
