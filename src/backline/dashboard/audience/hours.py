"""The hours of the week in which fans come, drawn as a grid of squares; the table behind it says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backline.analytics.types import Totals
from backline.dashboard import figures

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SIDE, GAP = 20, 3
"""Of a square, in the grid's own coordinates."""
_SHADES = 5


@dataclass(frozen=True, slots=True)
class Square:
    """One hour of the week: its place, and how dark it is from 0 (nobody) to 5."""

    x: int
    y: int
    shade: int


@dataclass(frozen=True, slots=True)
class Hours:
    """The grid. ``label`` is read out instead; ``rows`` are an hour of the day with its count on each weekday."""

    squares: tuple[Square, ...]
    label: str
    busiest: str
    rows: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def width(self) -> int:
        """Return how wide the grid is."""
        return 24 * (SIDE + GAP) - GAP

    @property
    def height(self) -> int:
        """Return how high the grid is."""
        return 7 * (SIDE + GAP) - GAP


def grid(week: Sequence[Sequence[Totals]]) -> Hours | None:
    """Return the views of each weekday by hour as a grid, None when there are none."""
    views = [[hour.views for hour in day] for day in week]
    most = max(max(day) for day in views)
    if most == 0:
        return None
    day, hour = next((day, hour) for day in range(7) for hour in range(24) if views[day][hour] == most)
    busiest = f"{DAYS[day]}, {_span(hour)}"
    return Hours(
        squares=tuple(
            Square(hour * (SIDE + GAP), day * (SIDE + GAP), -(-views[day][hour] * _SHADES // most))
            for day in range(7)
            for hour in range(24)
        ),
        label=f"Views by weekday and hour. Most on {busiest}: {figures.whole(most)}. The table below has all of them.",
        busiest=busiest,
        rows=tuple((_span(hour), tuple(day[hour] for day in views)) for hour in range(24)),
    )


def _span(hour: int) -> str:
    return f"{hour:02}:00 to {(hour + 1) % 24:02}:00"
