"""What platforms said of our quota, kept for all workers, and how long to leave one alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backline.connections.models import Usage
from backline.connections.types import PlatformFacts
from backline.core import clock

FULL_PERCENT = 80
"""From here on a platform is left alone (docs/developers/outside-services.md: pause at 80 %)."""

REST = timedelta(minutes=5)
"""For how long, where it does not say."""


def note_usage(
    *, provider: str, used_percent: int | None = None, access_level: str = "", resting_until: datetime | None = None
) -> None:
    """Keep what an answer of ``provider`` said. ``used_percent`` is of the window that is fullest.

    From :data:`FULL_PERCENT` on the platform rests, until ``resting_until`` where it said so. Nothing is written when
    nothing changed, so that a busy client does not write with every answer.
    """
    now = clock.now()
    if resting_until is None and used_percent is not None and used_percent >= FULL_PERCENT:
        resting_until = now + REST
    row = Usage.objects.filter(pk=provider).first()
    level = access_level or (row.access_level if row else "")
    percent = used_percent if used_percent is not None else (row.used_percent if row else None)
    rests = resting_until or (row.resting_until if row and row.resting_until and row.resting_until > now else None)
    if row is not None and (row.used_percent, row.access_level, row.resting_until) == (percent, level, rests):
        return
    Usage.objects.update_or_create(
        pk=provider,
        defaults={"used_percent": percent, "access_level": level, "resting_until": rests, "seen_at": now},
    )


def rest_of(provider: str) -> timedelta | None:
    """Return for how long ``provider`` has to be left alone still, or None."""
    until = Usage.objects.filter(pk=provider).values_list("resting_until", flat=True).first()
    now = clock.now()
    return until - now if until is not None and until > now else None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the quotas that a platform's checks use: the fullest, and until when one of them rests."""

    used_percent: int | None = None
    access_level: str = ""
    rests_until: datetime | None = None
    seen_at: datetime | None = None


def seen(facts: Iterable[PlatformFacts]) -> dict[str, Seen]:
    """Return what is known for each platform, by its key; for this room's selectors."""
    rows = {usage.provider: usage for usage in Usage.objects.all()}
    return {one.key: _together([rows[key] for key in (one.key, *one.asks_too) if key in rows]) for one in facts}


def _together(usages: Sequence[Usage]) -> Seen:
    now = clock.now()
    return Seen(
        used_percent=max((one.used_percent for one in usages if one.used_percent is not None), default=None),
        access_level=next((one.access_level for one in usages if one.access_level), ""),
        rests_until=max((at for one in usages if (at := one.resting_until) and at > now), default=None),
        seen_at=max((one.seen_at for one in usages), default=None),
    )
