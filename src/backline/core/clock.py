"""The one place that knows what time it is. Instants are aware and in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class _Clock:
    held_at: datetime | None = None


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return _Clock.held_at or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[Callable[[timedelta], None]]:
    """Hold the clock of this process at ``at`` (aware); yields a function that advances it.

    Made for tests: every thread sees the held time.
    """
    if at.tzinfo is None:
        raise ValueError("The clock needs an aware instant.")

    def advance(by: timedelta) -> None:
        _Clock.held_at = now() + by

    before, _Clock.held_at = _Clock.held_at, at.astimezone(UTC)
    try:
        yield advance
    finally:
        _Clock.held_at = before
