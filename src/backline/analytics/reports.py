"""Reports by mail: which of the team get the figures of the last week or month, and when they are due.

A report is about whole calendar weeks or months of one time zone, against the week or month before. It goes to members
of the team only, and to nobody who has left it meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.analytics import calendar_days
from backline.analytics.breakdowns import Stretch
from backline.analytics.models import ReportSchedule
from backline.analytics.types import Cadence
from backline.core import audit, clock, jobs

SENT_AT = time(8)
"""When a report is sent, in its time zone."""
TOO_OLD = timedelta(days=3)
"""A report that could not be sent for so long, because nothing ran, is left out; the next one comes in time."""
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a report is about: whole days in its time zone, against as whole a stretch before them."""

    first_day: date
    last_day: date
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who gets a report, how often, and when the next one goes."""

    cadence: Cadence
    members: frozenset[UUID]
    next_at: datetime


def schedules_of(access: ArtistAccess) -> dict[Cadence, Schedule]:
    """Return the artist's schedules by cadence; one that is absent sends nothing."""
    rows = ReportSchedule.objects.filter(artist_id=access.artist_id)
    return {Cadence(row.cadence): Schedule(Cadence(row.cadence), frozenset(row.members), row.next_at) for row in rows}


def choose(access: ArtistAccess, cadence: Cadence, *, members: Iterable[UUID], timezone: str) -> int:
    """Say who of the team gets a report from now on; nobody ends it. Returns how many do.

    People who are not on the team are left out.
    """
    access.must_edit()
    calendar_days.zone(timezone)
    team = {member.user_id for member in accounts.artist_team(access)}
    chosen = sorted(team.intersection(members))
    with transaction.atomic():
        if chosen:
            ReportSchedule.objects.update_or_create(
                artist_id=access.artist_id,
                cadence=cadence.value,
                defaults={
                    "members": chosen,
                    "timezone": timezone,
                    "next_at": next_due(cadence, timezone, after=clock.now()),
                },
            )
        else:
            ReportSchedule.objects.filter(artist_id=access.artist_id, cadence=cadence.value).delete()
        audit.record(
            "report.schedule",
            actor=accounts.actor_of(access),
            object_type="report",
            object_name=cadence.label,
            artist_id=access.artist_id,
            detail={"people": len(chosen)},
        )
    return len(chosen)


def enqueue_due() -> int:
    """Enqueue a mail to each reader of every report that is due; returns how many. Each report is taken once."""
    now = clock.now()
    enqueued = 0
    with transaction.atomic():
        due = ReportSchedule.objects.filter(next_at__lte=now).order_by("next_at", "pk")
        for row in due.select_for_update(skip_locked=True)[:_AT_ONCE]:
            if row.next_at > now - TOO_OLD:
                for member in row.members:
                    jobs.enqueue(
                        "analytics.mail_report",
                        queue="mail",
                        schedule_id=str(row.pk),
                        user_id=str(member),
                        due_at=row.next_at.isoformat(),
                    )
                    enqueued += 1
            row.next_at = next_due(Cadence(row.cadence), row.timezone, after=now)
            row.save(update_fields=["next_at"])
    return enqueued


def next_due(cadence: Cadence, timezone: str, *, after: datetime) -> datetime:
    """Return the first Monday, or first day of a month, at eight in the time zone that comes after an instant."""
    where = calendar_days.zone(timezone)
    day = after.astimezone(where).date()
    while True:
        begins = day.weekday() == 0 if cadence is Cadence.WEEK else day.day == 1
        due = datetime.combine(day, SENT_AT, tzinfo=where)
        if begins and due > after:
            return due
        day += timedelta(days=1)


def calendar_of(cadence: Cadence, timezone: str, *, due_at: datetime) -> Calendar:
    """Return what the report that is due at an instant is about: the last whole week or month."""
    where = calendar_days.zone(timezone)
    end = due_at.astimezone(where).date()
    if cadence is Cadence.WEEK:
        end -= timedelta(days=end.weekday())
        first, before = end - timedelta(days=7), end - timedelta(days=14)
    else:
        end = end.replace(day=1)
        first = (end - timedelta(days=1)).replace(day=1)
        before = (first - timedelta(days=1)).replace(day=1)

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=where)

    return Calendar(
        first, end - timedelta(days=1), Stretch(midnight(first), midnight(end), midnight(before), midnight(first))
    )
