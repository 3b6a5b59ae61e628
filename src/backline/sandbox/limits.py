"""The limits that real services set: how many requests in how long a time."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from backline.sandbox.clock import VirtualClock


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``requests`` in any ``seconds``."""

    requests: int
    seconds: float


class Window:
    """A rolling window over the requests that were let through, in virtual time."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._passed: deque[float] = deque()

    def admit(self, limit: Limit) -> float | None:
        """Count a request. Returns None when it may pass, else the seconds until one may."""
        now = self._clock.seconds()
        while self._passed and self._passed[0] <= now - limit.seconds:
            self._passed.popleft()
        if len(self._passed) >= limit.requests:
            return max(0.001, self._passed[0] + limit.seconds - now)
        self._passed.append(now)
        return None

    def clear(self) -> None:
        """Forget every request."""
        self._passed.clear()


def whole_seconds(seconds: float) -> int:
    """Return a wait as Retry-After has it: whole seconds, at least one."""
    return max(1, math.ceil(seconds))
