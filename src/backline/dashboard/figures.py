"""The six metrics as the pages show them: value, change against the period before, shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.utils import formats

from backline.accounts.types import ArtistAccess
from backline.analytics import metrics, questions
from backline.analytics.types import DayTotals, Metric, Totals
from backline.dashboard import charts
from backline.dashboard.periods import Period

NOTHING = "\N{EN DASH}"
"""Shown where there is no value, such as a rate without views."""

FEW, MOST_PERCENT = 10, 999
"""Against fewer than this before, or beyond this many per cent, a percentage says nothing: the figure before does."""

_NUMBERS = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")

Direction = Literal["up", "down", "same"]


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved against the period before, in words.

    ``names_before`` tells that ``text`` is the figure before ("from 1"), not by how much it moved.
    """

    direction: Direction
    text: str
    names_before: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric as it is shown."""

    key: str
    label: str
    definition: str
    value: str
    change: Change
    sparkline: charts.Sparkline | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The six metrics of a period, with what they are made of."""

    period: Period
    totals: Totals
    before: Totals
    cards: tuple[Figure, ...]
    days: tuple[DayTotals, ...]

    def chart(self, days_before: Sequence[DayTotals], metric: Metric = metrics.VIEWS) -> charts.Chart:
        """Return the picture of one counted metric, day by day, against the days before."""
        return charts.chart(
            [getattr(day, metric.key) for day in self.days],
            [getattr(day, metric.key) for day in days_before],
            period=self.period,
            what=metric.label,
        )


def whole(value: int) -> str:
    """Write a whole number with its thousands apart."""
    return formats.number_format(value, use_l10n=True, force_grouping=True)


def whole_or_dash(value: int | None) -> str:
    """Write a whole number with its thousands apart, a dash for None."""
    return NOTHING if value is None else whole(value)


def percent_of(value: float) -> float:
    """Return a share of one as per cent, rounded to the one decimal that is shown everywhere."""
    return round(value * 100, 1)


def _one_decimal(percent: float) -> str:
    return formats.number_format(percent, decimal_pos=1, use_l10n=True, force_grouping=True)  # cuts, so round first


def share(value: float | None) -> str:
    """Write a share of one as per cent, a dash for None."""
    return NOTHING if value is None else f"{_one_decimal(percent_of(value))}%"


def change_of(now: float | None, before: float | None, *, is_rate: bool) -> Change:
    """Say how a figure moved: in per cent, a rate in points, and by the figure before where that was small."""
    if now is None or before is None:
        return Change("same", "No rate to compare with")
    if round(now, 6) == round(before, 6):
        return Change("same", "No change")
    direction: Direction = "up" if now > before else "down"
    if is_rate:
        return Change(direction, f"{_one_decimal(percent_of(abs(now - before)))} points")
    if before < FEW or percent_of(abs(now - before) / before) > MOST_PERCENT:
        return Change(direction, f"from {whole(int(before))}", names_before=True)
    return Change(direction, share(abs(now - before) / before))


def _figure(metric: Metric, now: Totals, before: Totals, days: Sequence[DayTotals], period: Period) -> Figure:
    value = getattr(now, metric.key)
    line = charts.sparkline(
        charts.whole_days([getattr(day, metric.key) or 0 for day in days], period),
        label=f"{metric.label}, day by day, {period.label}",
    )
    return Figure(
        key=metric.key,
        label=metric.label,
        definition=metric.definition,
        value=share(value) if metric.is_rate else whole(value),
        change=change_of(value, getattr(before, metric.key), is_rate=metric.is_rate),
        sparkline=line,
    )


@dataclass(frozen=True, slots=True)
class Board:
    """What a page of figures needs; ``figures`` and ``chart`` are None while the lake cannot be read."""

    figures: Figures | None
    by_link: Mapping[str, Totals]
    chart: charts.Chart | None = None
    has_ever_been_seen: bool = False

    def of_link(self, link_id: UUID) -> Totals:
        """Return a link's own totals, all zeros where it has none."""
        return self.by_link.get(str(link_id), _NONE)


_NONE = Totals()
AWAY = Board(figures=None, by_link={})


def of(access: ArtistAccess, *, period: Period, link_id: UUID | None = None) -> Figures:
    """Ask for the six metrics of an artist or of one link, in this period and in the one before."""
    days = questions.series(access, since=period.since, until=period.until, timezone=period.zone, link_id=link_id)
    before = questions.totals(access, since=period.before_since, until=period.before_until, link_id=link_id)
    now = summed(days)
    return Figures(
        period=period,
        totals=now,
        before=before,
        cards=tuple(_figure(metric, now, before, days, period) for metric in metrics.METRICS),
        days=days,
    )


def chart_of(shown: Figures, access: ArtistAccess, *, link_id: UUID | None = None) -> charts.Chart:
    """Return the picture of the views, day by day; asks for the days before, which the figures alone do not need."""
    period = shown.period
    return shown.chart(
        questions.series(
            access, since=period.before_since, until=period.before_until, timezone=period.zone, link_id=link_id
        )
    )


def summed(days: Sequence[DayTotals]) -> Totals:
    """Add days up; counts are of events, so the days of a period make its totals."""
    return Totals(
        views=sum(day.views for day in days),
        service_clicks=sum(day.service_clicks for day in days),
        share_clicks=sum(day.share_clicks for day in days),
        saves=sum(day.saves for day in days),
        video_plays=sum(day.video_plays for day in days),
        bots=sum(day.bots for day in days),
    )


def spelled(number: int) -> str:
    """Write a small number as a word at the beginning of a sentence, a larger one in digits."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)
