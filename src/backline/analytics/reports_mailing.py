"""The mail of a report: the six metrics of the week or month, and where fans came from."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.utils import formats

from backline.accounts import mails
from backline.accounts import selectors as accounts
from backline.analytics import breakdowns, metrics, questions, reports
from backline.analytics.breakdowns import Breakdown
from backline.analytics.models import ReportSchedule
from backline.analytics.types import Cadence, Dimension, Metric, Totals
from backline.core.errors import NotFoundError
from backline.settings import environment

_SHOWN = 5
_NOTHING = "\N{EN DASH}"
_LISTS = (
    ("Countries", Dimension.COUNTRY),
    ("Referrers", Dimension.REFERRER_HOST),
    ("Music services", Dimension.SERVICE),
)


def send(*, schedule_id: UUID, user_id: UUID, due_at: datetime) -> bool:
    """Send a report to one reader, unless they are not on its list or not on the team any more; tells whether it went.

    Raises :class:`~backline.core.errors.RetryLater` while figures or the mail service are away.
    """
    row = ReportSchedule.objects.filter(pk=schedule_id, members__contains=[user_id]).first()
    if row is None:
        return False
    try:
        access = accounts.artist_access_by_id(user_id=user_id, artist_id=row.artist_id)
    except NotFoundError:
        return False
    cadence = Cadence(row.cadence)
    calendar = reports.calendar_of(cadence, row.timezone, due_at=due_at)
    stretch = calendar.stretch
    now = questions.totals(access, since=stretch.since, until=stretch.until)
    before = questions.totals(access, since=stretch.before_since, until=stretch.before_until)
    found = breakdowns.by_dimensions(access, [each for _, each in _LISTS], stretch, whole=now)
    lists = [(title, found[each]) for title, each in _LISTS]
    lists.append(("Pages", breakdowns.by_page(access, stretch, whole=now)))
    artist = accounts.artist_identity(artist_id=row.artist_id)
    base = f"{environment.current().web_url}/a/{artist.slug}/audience/"
    mails.send(
        "analytics/mail/report",
        to=accounts.person(user_id=user_id).email,
        context={
            "artist": artist.name,
            "cadence": cadence.value,
            "first": long_day(calendar.first_day),
            "last": long_day(calendar.last_day),
            "metrics": [(metric.label, value_of(metric, now), value_of(metric, before)) for metric in metrics.METRICS],
            "has_any": any(getattr(now, key) for key in metrics.KINDS),
            "lists": [(title, rows) for title, each in lists if (rows := _rows(each))],
            "url": f"{base}?from={calendar.first_day}&to={calendar.last_day}",
            "reports_url": f"{base}reports/",
        },
        once=f"report-{row.pk}-{calendar.last_day}-{user_id}",
    )
    return True


def value_of(metric: Metric, totals: Totals) -> str:
    """Write a metric; a dash where it has no value."""
    value = getattr(totals, metric.key)
    if value is None:
        return _NOTHING
    if metric.is_rate:
        return f"{formats.number_format(round(value * 100, 1), decimal_pos=1)}%"
    return formats.number_format(value, force_grouping=True)


def long_day(day: date) -> str:
    """Write a day with its month and year, such as "11 November 2026"."""
    return f"{day.day} {day:%B %Y}"


def _rows(found: Breakdown) -> list[tuple[str, str]]:
    top = found.first(_SHOWN)
    return [(line.label, formats.number_format(top.of(line), force_grouping=True)) for line in top.lines]
