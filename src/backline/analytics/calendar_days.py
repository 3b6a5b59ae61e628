"""Calendar days of a time zone, as offsets that any engine can add to an instant.

Engines bring their own time zone data, of their own age; the offsets are worked out here, once, from Python's, so all
engines agree and a day begins where the person who asks expects it.
"""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backline.core.errors import Rejected

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
WEEK_HOURS = 168
MONDAY_HOURS = 72
"""1970 began on a Thursday: so many hours after a Monday."""
_STEP = timedelta(hours=24)

Offsets = tuple[tuple[int, int], ...]
"""Pairs of an instant (ms since 1970) and the offset from UTC (ms) that holds from then on, in order."""


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone; raises :class:`Rejected` when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Rejected(
            f"There is no time zone called {name!r}.", field_errors={"timezone": "Pick a time zone from the list."}
        ) from None


@functools.lru_cache(maxsize=512)
def offsets(name: str, since: datetime, until: datetime) -> Offsets:
    """Return the offsets of a time zone between two aware instants; one pair where no clock changes."""
    where = zone(name)
    at, end = since.astimezone(UTC), until.astimezone(UTC)
    found = [(_milliseconds(at), _offset(at, where))]
    while at < end:
        later = min(at + _STEP, end)
        if _offset(later, where) != found[-1][1]:
            changed = _first_change(at, later, where)
            found.append((_milliseconds(changed), _offset(changed, where)))
            later = changed
        at = later
    return tuple(found)


def days(name: str, since: datetime, until: datetime) -> tuple[date, ...]:
    """Return every calendar day that has a moment between ``since`` (included) and ``until`` (excluded)."""
    if until <= since:
        return ()
    where = zone(name)
    first = since.astimezone(where).date()
    last = (until - timedelta(microseconds=1)).astimezone(where).date()
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def _first_change(low: datetime, high: datetime, where: ZoneInfo) -> datetime:
    """Return the first whole second after ``low`` at which the offset is another one, by halving."""
    before = _offset(low, where)
    low_second, high_second = int(low.timestamp()), int(high.timestamp()) + 1
    while high_second - low_second > 1:
        middle = (low_second + high_second) // 2
        if _offset(datetime.fromtimestamp(middle, tz=UTC), where) == before:
            low_second = middle
        else:
            high_second = middle
    return datetime.fromtimestamp(high_second, tz=UTC)


def _offset(at: datetime, where: ZoneInfo) -> int:
    offset = at.astimezone(where).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() * 1000)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
