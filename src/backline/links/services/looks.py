"""How pages look (SL-28): the theme and the accent of one link, and those of all that chose none."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backline.accounts.types import ArtistAccess
from backline.core.errors import Rejected
from backline.links import choices
from backline.links.models import SmartLink
from backline.links.services.own import finish_change, finish_settings, own_link, own_settings
from backline.links.services.rerendering import queue_all


def set_look(access: ArtistAccess, *, link_id: UUID, theme: str, accent: str, expected_updated_at: datetime) -> None:
    """Give a link's page a theme and an accent of its own; either may be empty for what holds for all links.

    The accent is kept as it was wished and repaired where it is drawn. Raises :class:`Rejected` (fields ``theme``,
    ``accent``), ``StaleError``, ``NotFoundError`` and ``NotAllowedError``.
    """
    look = {"theme": choices.theme_of(theme), "accent": choices.accent_of(accent)}
    with transaction.atomic():
        row = own_link(access, link_id, expected_updated_at=expected_updated_at)
        before = {"theme": row.theme, "accent": row.accent}
        if before == look:
            return
        SmartLink.objects.filter(pk=row.pk).update(**look)
        finish_change(access, row, "link.set_look", detail={"from": before, "to": look}, is_on_hub=False)


def set_default_look(access: ArtistAccess, *, theme: str, accent: str, expected_updated_at: datetime) -> int:
    """Give all pages that have none of their own a theme and an accent; return how many pages are made again.

    Raises :class:`Rejected` (fields ``theme``, ``accent``), ``StaleError`` and ``NotAllowedError``.
    """
    wanted = {"theme": choices.theme_of(theme), "accent": choices.accent_of(accent)}
    if not wanted["theme"]:
        message = "Choose one of the four themes."
        raise Rejected(message, field_errors={"theme": message})
    with transaction.atomic():
        row = own_settings(access, expected_updated_at=expected_updated_at)
        before = {"theme": row.default_theme, "accent": row.accent}
        if before == wanted:
            return 0
        row.default_theme, row.accent = wanted["theme"], wanted["accent"]
        finish_settings(access, row, "link_settings.set_look", detail={"from": before, "to": wanted})
        return queue_all(artist_id=access.artist_id, reason="The look of all pages changed.", actor_id=access.user_id)
