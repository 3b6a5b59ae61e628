"""Which outside services had better be left alone for a while, as this process knows it.

A service that cannot answer is not asked again for every release: the first failure lets it rest, and when the rest is
over one caller tries while the others go on without.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from backline.core import clock

REST = timedelta(seconds=60)
TRIAL = timedelta(seconds=30)
"""While one caller tries a service that rested, the others leave it alone for at most this long."""

_until: dict[str, datetime] = {}
_lock = threading.Lock()


def may_ask(service: str) -> bool:
    """Tell whether to ask ``service`` now; of many callers after a rest one is told yes."""
    now = clock.now()
    with _lock:
        until = _until.get(service)
        if until is None:
            return True
        if until > now:
            return False
        _until[service] = now + TRIAL
        return True


def let_rest(service: str, *, after: timedelta | None) -> None:
    """Leave ``service`` alone for as long as it said, or a minute."""
    with _lock:
        _until[service] = clock.now() + max(after or REST, timedelta(seconds=1))


def time_left(service: str) -> timedelta:
    """Return how long ``service`` rests still."""
    until = _until.get(service)
    return timedelta() if until is None else max(until - clock.now(), timedelta())


def has_answered(service: str) -> None:
    """End the rest of ``service``."""
    if service in _until:
        with _lock:
            _until.pop(service, None)
