"""The sandbox's virtual clock: real time and how far it was put forward."""

from __future__ import annotations

from datetime import datetime, timedelta

from backline.core import clock

LONGEST_ADVANCE = timedelta(days=3660)


class VirtualClock:
    """Tells the sandbox's time, which runs like real time but can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of real time."""
        return self._ahead

    def now(self) -> datetime:
        """Return the virtual instant, aware, in UTC."""
        return clock.now() + self._ahead

    def seconds(self) -> float:
        """Return the virtual instant in seconds since 1970."""
        return self.now().timestamp()

    def advance(self, by: timedelta) -> None:
        """Put it forward. Raises ``ValueError`` for a step back or one of more than ten years in all."""
        if by <= timedelta():
            raise ValueError("The clock only goes forward: give a length of time above zero.")
        if self._ahead + by > LONGEST_ADVANCE:
            raise ValueError("The clock can be at most ten years ahead.")
        self._ahead += by

    def reset(self) -> None:
        """Go back to real time."""
        self._ahead = timedelta()
