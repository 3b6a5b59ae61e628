"""How much of a day's quota is used, by the virtual clock."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from backline.sandbox.clock import VirtualClock

_PACIFIC = ZoneInfo("America/Los_Angeles")


class DailyCount:
    """Counts within a day of California's, where Google's quotas begin anew at midnight."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._day: date | None = None
        self._used = 0

    @property
    def used(self) -> int:
        """How much was used today."""
        return self._used if self._day == self._today() else 0

    @used.setter
    def used(self, used: int) -> None:
        self._day, self._used = self._today(), used

    def _today(self) -> date:
        return self._clock.now().astimezone(_PACIFIC).date()
