"""The typed questions that the dashboard asks of the events. Bots are left out of every number and counted apart.

``since`` is included, ``until`` is not; both are aware instants. Every question takes the access of whoever asks, which
names the artist; the product asks for itself with ``accounts.selectors.system_access``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from backline.accounts.types import ArtistAccess
from backline.analytics import calendar_days, engine
from backline.analytics.types import BotSummary, DayTotals, Dimension, Scope, Totals, ValueTotals
from backline.core import clock

_NOTHING = Totals()
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)  # a play process's clock may be ahead of ours


def totals(access: ArtistAccess, *, since: datetime, until: datetime, link_id: UUID | None = None) -> Totals:
    """Return the metrics of an artist, or of one of their links."""
    return engine.in_use().totals(Scope(access.artist_id, since, until, link_id))


def by_link(access: ArtistAccess, *, since: datetime, until: datetime) -> Mapping[str, Totals]:
    """Return the metrics of every link that has any event, by link id as text; the hub's own stand under ``""``."""
    return engine.in_use().by_link(Scope(access.artist_id, since, until))


def series(
    access: ArtistAccess, *, since: datetime, until: datetime, timezone: str, link_id: UUID | None = None
) -> tuple[DayTotals, ...]:
    """Return the metrics of each calendar day in the IANA time zone, days without events included."""
    found = engine.in_use().by_day(
        Scope(access.artist_id, since, until, link_id), calendar_days.offsets(timezone, since, until)
    )
    return tuple(_of_day(day, found.get(number, _NOTHING)) for number, day in _numbered_days(timezone, since, until))


def by_link_series(
    access: ArtistAccess, *, since: datetime, until: datetime, timezone: str, link_ids: Iterable[UUID]
) -> Mapping[str, tuple[DayTotals, ...]]:
    """Return the daily metrics of many links in one question; every link asked for has every day."""
    links = tuple(link_ids)
    found = (
        engine.in_use().by_link_and_day(
            Scope(access.artist_id, since, until), calendar_days.offsets(timezone, since, until), links
        )
        if links
        else {}
    )
    every_day = _numbered_days(timezone, since, until)
    return {
        str(link): tuple(_of_day(day, found.get((str(link), number), _NOTHING)) for number, day in every_day)
        for link in links
    }


def by_dimension(
    access: ArtistAccess,
    *,
    since: datetime,
    until: datetime,
    dimension: Dimension,
    link_id: UUID | None = None,
    limit: int = 50,
) -> tuple[ValueTotals, ...]:
    """Return the metrics by country, device and so on, most views first."""
    found = by_dimensions(access, since=since, until=until, dimensions=(dimension,), link_id=link_id, limit=limit)
    return found[dimension]


def by_dimensions(
    access: ArtistAccess,
    *,
    since: datetime,
    until: datetime,
    dimensions: Sequence[Dimension],
    link_id: UUID | None = None,
    limit: int = 50,
) -> Mapping[Dimension, tuple[ValueTotals, ...]]:
    """Return the metrics by each of some dimensions, in one question: far quicker than one after the other."""
    found = engine.in_use().by_values(Scope(access.artist_id, since, until, link_id), dimensions, limit)
    return {dimension: tuple(found.get(dimension, ())) for dimension in dimensions}


def by_hour(
    access: ArtistAccess, *, since: datetime, until: datetime, timezone: str, link_id: UUID | None = None
) -> tuple[tuple[Totals, ...], ...]:
    """Return the metrics of each weekday (Monday first) by hour of the day, in the IANA time zone; 7 times 24."""
    found = engine.in_use().by_hour(
        Scope(access.artist_id, since, until, link_id), calendar_days.offsets(timezone, since, until)
    )
    return tuple(tuple(found.get(24 * weekday + hour, _NOTHING) for hour in range(24)) for weekday in range(7))


def bot_reasons(access: ArtistAccess, *, since: datetime, until: datetime, link_id: UUID | None = None) -> BotSummary:
    """Return how many hits were set aside, by reason."""
    reasons = engine.in_use().bot_reasons(Scope(access.artist_id, since, until, link_id))
    return BotSummary(total=sum(reasons.values()), reasons=reasons)


def last_event_at(access: ArtistAccess, *, link_id: UUID | None = None) -> datetime | None:
    """Return when a person last did anything on the artist's pages, or None."""
    return engine.in_use().last_event_at(Scope(access.artist_id, _EVER, clock.now() + _AHEAD, link_id))


def _numbered_days(timezone: str, since: datetime, until: datetime) -> list[tuple[int, date]]:
    return [((day - date(1970, 1, 1)).days, day) for day in calendar_days.days(timezone, since, until)]


def _of_day(day: date, found: Totals) -> DayTotals:
    return DayTotals(
        views=found.views,
        service_clicks=found.service_clicks,
        share_clicks=found.share_clicks,
        saves=found.saves,
        video_plays=found.video_plays,
        bots=found.bots,
        day=day,
    )
