"""What the artist says on the hub."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backline.accounts.types import ArtistAccess
from backline.core.errors import Rejected
from backline.links.models import DESCRIPTION_LENGTH
from backline.links.services.editing import clean_lines
from backline.links.services.own import finish_settings, own_settings
from backline.links.services.publishing import hub_changed


def set_bio(access: ArtistAccess, *, bio: str, expected_updated_at: datetime) -> None:
    """Set the text under the artist's name on the hub, at most 500 characters.

    Raises :class:`Rejected` (field ``bio``), ``StaleError`` and ``NotAllowedError``.
    """
    text = clean_lines(bio)
    if len(text) > DESCRIPTION_LENGTH:
        message = f"Use at most {DESCRIPTION_LENGTH} characters; this has {len(text)}."
        raise Rejected(message, field_errors={"bio": message})
    with transaction.atomic():
        row = own_settings(access, expected_updated_at=expected_updated_at)
        before, row.bio = row.bio, text
        if before == text:
            return
        finish_settings(access, row, "link_settings.set_bio", detail={"from": before, "to": text})
        hub_changed(access.artist_id)
