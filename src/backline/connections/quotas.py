"""What platforms said of our quota, kept for all workers, and how long to leave one alone."""

from __future__ import annotations

from collections.abc import Iterable
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
class Quota:
    """What is known of our quota at a service. ``rests_until`` is set while it is left alone."""

    label: str
    used_percent: int | None
    access_level: str
    rests_until: datetime | None
    seen_at: datetime

    @property
    def is_used_up(self) -> bool:
        """Tell whether it rests because nothing is left, not so that something is."""
        return self.used_percent is None or self.used_percent >= 100


def seen(facts: Iterable[PlatformFacts]) -> dict[str, tuple[Quota, ...]]:
    """Return what is known for each platform, by its key: of its own quota, and of those that its checks use too."""
    now = clock.now()
    rows = {usage.provider: usage for usage in Usage.objects.all()}
    return {
        one.key: tuple(
            _quota(label, rows[key], now) for key, label in {one.key: one.label, **one.asks_too}.items() if key in rows
        )
        for one in facts
    }


def _quota(label: str, usage: Usage, now: datetime) -> Quota:
    until = usage.resting_until
    rests_until = until if until is not None and until > now else None
    return Quota(label, usage.used_percent, usage.access_level, rests_until, usage.seen_at)
