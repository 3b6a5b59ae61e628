"""The pixels of all pages of an artist (SL-27). Ids and nothing else: no code, tag or address is ever taken (R5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backline.accounts.types import ArtistAccess
from backline.core.errors import Rejected
from backline.links.services.own import finish_settings, own_settings
from backline.links.services.rerendering import queue_all


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a company writes its ids, and what to say of anything else. ``field`` is that of the row too."""

    field: str
    pattern: re.Pattern[str]
    message: str


_SHAPES = (
    _Shape(
        "meta_pixel_id",
        re.compile(r"[0-9]{15,16}"),
        "A Meta pixel ID is 15 or 16 digits. Paste the number alone, without code or an address.",
    ),
    _Shape(
        "tiktok_pixel_id",
        re.compile(r"[A-Z0-9]{20}"),
        "A TikTok pixel ID is 20 capital letters and digits. Paste it alone, without code or an address.",
    ),
    _Shape(
        "google_ads_id",
        re.compile(r"AW-[0-9]{9,11}"),
        "A Google Ads ID is AW- and 9 to 11 digits. Paste it alone, without a label after a slash, code or an address.",
    ),
)


def set_pixels(
    access: ArtistAccess,
    *,
    meta_pixel_id: str,
    tiktok_pixel_id: str,
    google_ads_id: str,
    expected_updated_at: datetime,
) -> int:
    """Set whose pixels all pages load once a fan agrees, empty for none; return how many pages are made again.

    Raises :class:`Rejected` with a sentence for each field that is no id, ``StaleError`` and ``NotAllowedError``.
    """
    access.must_edit()
    typed = {"meta_pixel_id": meta_pixel_id, "tiktok_pixel_id": tiktok_pixel_id, "google_ads_id": google_ads_id}
    wanted = {field: text.strip() for field, text in typed.items()}
    wrong = {
        shape.field: shape.message
        for shape in _SHAPES
        if wanted[shape.field] and not shape.pattern.fullmatch(wanted[shape.field])
    }
    if wrong:
        raise Rejected(" ".join(wrong.values()), field_errors=wrong)
    with transaction.atomic():
        row = own_settings(access, expected_updated_at=expected_updated_at)
        before = {field: getattr(row, field) for field in wanted}
        if before == wanted:
            return 0
        for field, pixel_id in wanted.items():
            setattr(row, field, pixel_id)
        finish_settings(access, row, "link_settings.set_pixels", detail={"from": before, "to": wanted})
        return queue_all(artist_id=access.artist_id, reason="The pixels changed.", actor_id=access.user_id)
