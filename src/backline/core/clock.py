"""The one place that knows what time it is. Instants are aware and in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


def _system_now() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _system_now


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return _now()


@contextmanager
def frozen(at: datetime) -> Iterator[Callable[[timedelta], None]]:
    """Hold the clock at ``at`` (aware); yields a function that advances it.

    For tests and for the sandbox's virtual clock. Not safe across threads that
    want different times.
    """
    global _now
    if at.tzinfo is None:
        raise ValueError("The clock needs an aware instant.")
    current = at.astimezone(UTC)

    def advance(by: timedelta) -> None:
        nonlocal current
        current += by

    before, _now = _now, lambda: current
    try:
        yield advance
    finally:
        _now = before
