"""The typed questions that the dashboard asks of the events. Bots are left out of every number and counted apart.

``since`` is included, ``until`` is not; both are aware instants. Callers pass the artist of the acting membership
(``access.artist_id``), so nobody is answered about an artist that is not theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from backline.analytics.types import BotSummary, DayTotals, Dimension, Totals, ValueTotals


def totals(*, artist_id: UUID, since: datetime, until: datetime, link_id: UUID | None = None) -> Totals:
    """Return the metrics of an artist, or of one of their links."""
    raise NotImplementedError


def by_link(*, artist_id: UUID, since: datetime, until: datetime) -> Mapping[str, Totals]:
    """Return the metrics of every link that has any event, by link id as text; the hub's own stand under ``""``."""
    raise NotImplementedError


def series(
    *, artist_id: UUID, since: datetime, until: datetime, timezone: str, link_id: UUID | None = None
) -> tuple[DayTotals, ...]:
    """Return the metrics of each calendar day in the IANA time zone, days without events included."""
    raise NotImplementedError


def by_link_series(
    *, artist_id: UUID, since: datetime, until: datetime, timezone: str, link_ids: Iterable[UUID]
) -> Mapping[str, tuple[DayTotals, ...]]:
    """Return the daily metrics of many links in one question; every link asked for has every day."""
    raise NotImplementedError


def by_dimension(
    *,
    artist_id: UUID,
    since: datetime,
    until: datetime,
    dimension: Dimension,
    link_id: UUID | None = None,
    limit: int = 50,
) -> tuple[ValueTotals, ...]:
    """Return the metrics by country, device and so on, most views first."""
    raise NotImplementedError


def bot_reasons(*, artist_id: UUID, since: datetime, until: datetime, link_id: UUID | None = None) -> BotSummary:
    """Return how many hits were set aside, by reason."""
    raise NotImplementedError


def last_event_at(*, artist_id: UUID, link_id: UUID | None = None) -> datetime | None:
    """Return when a person last did anything on the artist's pages, or None."""
    raise NotImplementedError
