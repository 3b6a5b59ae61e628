"""How often a service may be asked, within this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from backline.core import clock

_LONGEST_PROMISE_SECONDS = 3600.0
_LONGEST_PAUSE = timedelta(minutes=15)


class RateLimiter:
    """A token bucket that never makes a caller wait for long, and a pause for when the service says stop.

    ``per_second`` is the rate, None for no limit; ``burst`` is how many requests may go at once after a
    quiet time (default: a second's worth, at least one). Callers that cannot be served soon are told
    when to come back, each a slot later than the one before, so that they do not return all together.
    Thread-safe; one per service and process.
    """

    def __init__(
        self,
        per_second: float | None = None,
        *,
        burst: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = per_second
        self._burst = max(1.0, burst if burst is not None else (per_second or 1.0))
        self._tokens = self._burst
        self._monotonic = monotonic
        self._filled_at = monotonic()
        self._next_promise = 0.0
        self._paused_until: datetime | None = None
        self._lock = threading.Lock()

    def take(self, *, longest_wait_seconds: float) -> float:
        """Take a token and return how many seconds to wait before using it; negative means: none was taken.

        A negative answer is minus the seconds after which the caller may come back.
        """
        if self._rate is None and self._paused_until is None:
            return 0.0
        with self._lock:
            pause = self._pause_left()
            if pause > 0:
                return -pause
            if self._rate is None:
                return 0.0
            now = self._monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now
            wait = max(0.0, (1.0 - self._tokens) / self._rate)
            if wait <= longest_wait_seconds:
                self._tokens -= 1.0
                return wait
            promise = min(max(self._next_promise, now + wait), now + _LONGEST_PROMISE_SECONDS)
            self._next_promise = promise + 1.0 / self._rate
            return -(promise - now)

    def pause(self, duration: timedelta) -> None:
        """Let nobody through for ``duration``, at most a quarter of an hour: then one may try again."""
        with self._lock:
            until = clock.now() + min(duration, _LONGEST_PAUSE)
            self._paused_until = max(until, self._paused_until or until)

    def _pause_left(self) -> float:
        if self._paused_until is None:
            return 0.0
        left = (self._paused_until - clock.now()).total_seconds()
        if left <= 0:
            self._paused_until = None
        return max(0.0, left)
