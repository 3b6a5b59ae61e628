"""Pictures of figures as SVG paths, drawn on the server: they need no script and print as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import formats

from backline.dashboard.periods import Period, short_day

WIDTH, HEIGHT = 600, 200
"""Size of a chart's own coordinates; it is stretched to the page."""

_LINES = 4
"""Grid lines above the base."""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A shape without a scale; the figure always stands beside it. ``label`` is read out instead."""

    path: str
    end: str
    label: str
    is_flat: bool


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One row of the table behind a chart."""

    label: str
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric day by day, against the period before (dashed). The table says the same in figures.

    ``so_far`` is the way to a day that is not over, which says nothing yet; empty where all days are.
    """

    now: str
    so_far: str
    area: str
    before: str
    grid: tuple[float, ...]
    y_labels: tuple[str, ...]
    x_labels: tuple[str, ...]
    label: str
    now_label: str
    before_label: str
    rows: tuple[ChartRow, ...]
    row_word: str

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw: two lines at zero say less than a sentence."""
        return not any(row.now or row.before for row in self.rows)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _line(values: Sequence[float], *, left: float, right: float, top: float, bottom: float, ceiling: float) -> str:
    step = (right - left) / max(1, len(values) - 1)
    points = (
        f"{_number(left + step * index)} {_number(bottom - (bottom - top) * value / ceiling if ceiling else bottom)}"
        for index, value in enumerate(values)
    )
    return "M" + "L".join(points)


def sparkline(values: Sequence[float], *, label: str) -> Sparkline:
    """Draw a sparkline, scaled to its own range; all zeros or a single value is a dashed line."""
    low, high = min(values, default=0), max(values, default=0)
    if len(values) < 2 or high == 0:
        return Sparkline(path="M2 22L97 22", end="", label=label, is_flat=True)
    if high == low:
        path = _line([1] * len(values), left=2, right=97, top=14, bottom=25, ceiling=1)
    else:
        path = _line([value - low for value in values], left=2, right=97, top=3, bottom=25, ceiling=high - low)
    last = path.rsplit("L", 1)[1]
    return Sparkline(path=path, end=f"M{last}h.01", label=label, is_flat=False)


def whole_days(values: Sequence[float], period: Period) -> Sequence[float]:
    """Return the values of the days that are over, for a shape: today looks like a fall. A first day stands alone."""
    return values[:-1] if period.is_running and any(values[:-1]) else values


def step_above(highest: int) -> int:
    """Return a round distance of grid lines, 1, 2, 2.5 or 5 times a power of ten, so that they reach ``highest``."""
    power = 1
    while True:
        for factor in (1.0, 2.0, 2.5, 5.0):
            step = factor * power
            if step.is_integer() and step * _LINES >= highest:
                return int(step)
        power *= 10


def chart(now: Sequence[int], before: Sequence[int], *, period: Period, what: str) -> Chart:
    """Draw a metric day by day. ``now`` has a value per day of the period, ``before`` of the one before."""
    step = step_above(max(1, *now, *before))
    ceiling = step * _LINES
    line = _line(now, left=0, right=WIDTH, top=0, bottom=HEIGHT, ceiling=ceiling)
    whole, _, today = line.rpartition("L")
    so_far = f"M{whole.rpartition('L')[2].removeprefix('M')}L{today}" if period.is_running and whole else ""
    total = sum(now)
    label = (
        f"{what} per day, {period.label}: {_spoken(min(now))} to {_spoken(max(now))} a day, {_spoken(total)} in all, "
        f"{_spoken(sum(before))} in the {period.days} days before. "
        f"{'The last day is not over. ' if so_far else ''}The same figures are in the table below."
    )
    rows, word = _rows(now, before, period)
    return Chart(
        now=whole if so_far else line,
        so_far=so_far,
        area=f"{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z",
        before=_line(before, left=0, right=WIDTH, top=0, bottom=HEIGHT, ceiling=ceiling),
        grid=tuple(HEIGHT / _LINES * index for index in range(_LINES)),
        y_labels=tuple(_spoken(step * index) for index in range(_LINES, -1, -1)),
        x_labels=_dates(period),
        label=label,
        now_label=period.short_label,
        before_label=period.before_short_label,
        rows=rows,
        row_word=word,
    )


def _spoken(value: int) -> str:
    return formats.number_format(value, use_l10n=True, force_grouping=True)


def _dates(period: Period) -> tuple[str, ...]:
    steps = 4 if period.days > 7 else 6
    days = (period.first_day + timedelta(days=round((period.days - 1) * index / steps)) for index in range(steps + 1))
    return tuple(short_day(day) for day in days)


def _rows(now: Sequence[int], before: Sequence[int], period: Period) -> tuple[tuple[ChartRow, ...], str]:
    """Return the table: a row per day for a week, per week for longer."""
    size = 1 if period.days <= 7 else 7
    rows = []
    for start in range(0, len(now), size):
        first = period.first_day + timedelta(days=start)
        last = min(first + timedelta(days=size - 1), period.today)
        label = _stretch(first, last)
        rows.append(ChartRow(label, sum(now[start : start + size]), sum(before[start : start + size])))
    return tuple(rows), "Day" if size == 1 else "Week"


def _stretch(first: date, last: date) -> str:
    if first == last:
        return short_day(first)
    if first.month == last.month:
        return f"{first.day} to {short_day(last)}"
    return f"{short_day(first)} to {short_day(last)}"
