"""The stretch of days that figures are about: chosen by ``?days=`` in the address, or given by its ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import HttpRequest
from django.utils import timezone

from backline.core import clock

LENGTHS = (7, 28, 90)
DEFAULT_DAYS = 28


@dataclass(frozen=True, slots=True)
class Period:
    """So many calendar days, and as many before them. ``today`` is the last day: today, unless another one is given.

    ``since`` to ``until`` is the period. Today is not over, so the one before ends ``days`` days before now: the two
    are equally long and may be compared. ``zone`` is the IANA name of the reader's time zone.
    """

    days: int
    today: date
    since: datetime
    until: datetime
    before_since: datetime
    before_until: datetime
    zone: str

    @property
    def first_day(self) -> date:
        """Return the first day of the period."""
        return self.today - timedelta(days=self.days - 1)

    @property
    def is_running(self) -> bool:
        """Tell whether its last day is not over."""
        return self.before_until < self.since

    @property
    def label(self) -> str:
        """Return the period in words, such as "15 October to 11 November"."""
        return _stretch(long_day(self.first_day), long_day(self.today))

    @property
    def short_label(self) -> str:
        """Return the period in short, such as "15 Oct to 11 Nov"."""
        return _stretch(short_day(self.first_day), short_day(self.today))

    @property
    def before_short_label(self) -> str:
        """Return the period before in short."""
        last = self.first_day - timedelta(days=1)
        return _stretch(short_day(last - timedelta(days=self.days - 1)), short_day(last))


def _stretch(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def long_day(day: date) -> str:
    """Write a day with its whole month, such as "11 November"."""
    return f"{day.day} {day:%B}"


def short_day(day: date) -> str:
    """Write a day with its month in short, such as "11 Nov"."""
    return f"{day.day} {day:%b}"


def last(days: int) -> Period:
    """Return the period of the last ``days`` calendar days of the reader's time zone."""
    today = _today()
    return between(today - timedelta(days=days - 1), today)


def between(first: date, last: date) -> Period:
    """Return the period of the calendar days ``first`` to ``last``, both of it, in the reader's time zone."""
    zone = timezone.get_current_timezone()
    days = (last - first).days + 1

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=zone)

    return Period(
        days=days,
        today=last,
        since=midnight(first),
        until=midnight(last + timedelta(days=1)),
        before_since=midnight(first - timedelta(days=days)),
        before_until=clock.now().astimezone(zone) - timedelta(days=days) if last == _today() else midnight(first),
        zone=timezone.get_current_timezone_name(),
    )


def _today() -> date:
    return clock.now().astimezone(timezone.get_current_timezone()).date()


def of(request: HttpRequest) -> Period:
    """Return the period that the address asks for, the default one when it asks for nothing or for nonsense."""
    asked = request.GET.get("days", "")
    return last(int(asked) if asked.isdigit() and int(asked) in LENGTHS else DEFAULT_DAYS)
