"""Sparklines, charts, changes and periods: arithmetic that people decide by."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import RequestFactory
from django.utils import timezone

from backline.core import clock
from backline.dashboard import charts, figures, periods
from backline.dashboard.smart_links.importing import time_left
from backline.dashboard.templatetags import dashboard as said


@pytest.mark.parametrize(
    ("now", "before", "is_rate", "direction", "text"),
    [
        (112, 100, False, "up", "12.0%"),
        (100, 112, False, "down", "10.7%"),
        (5, 5, False, "same", "No change"),
        (0, 0, False, "same", "No change"),
        (100, 21, False, "up", "376.2%"),
        (0.454, 0.449, True, "up", "0.5 points"),
        (2 / 7, 1 / 7, True, "up", "14.3 points"),
        (None, 0.5, True, "same", "No rate to compare with"),
    ],
)
def test_a_change_is_said_in_words(
    now: float | None, before: float | None, is_rate: bool, direction: str, text: str
) -> None:
    assert figures.change_of(now, before, is_rate=is_rate) == figures.Change(direction, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "before", "direction", "text"),
    [
        (2718, 1, "up", "from 1"),
        (3, 0, "up", "from 0"),
        (2, 9, "down", "from 9"),
        (15_000, 1_200, "up", "from 1,200"),
    ],
)
def test_against_a_small_figure_the_figure_is_said(now: int, before: int, direction: str, text: str) -> None:
    changed = figures.change_of(now, before, is_rate=False)
    assert changed == figures.Change(direction, text, names_before=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "text"),
    [(6 / 21, "28.6%"), (1 / 7, "14.3%"), (0.5, "50.0%"), (1.0, "100.0%"), (0, "0.0%"), (None, "–")],
)
def test_a_rate_is_rounded_and_not_cut(value: float | None, text: str) -> None:
    assert figures.share(value) == said.percent(value) == text


@pytest.mark.parametrize(
    ("highest", "step"), [(1, 1), (4, 1), (5, 2), (9, 5), (90, 25), (2100, 1000), (1_000_000, 250_000)]
)
def test_grid_lines_are_round_and_reach_the_highest(highest: int, step: int) -> None:
    assert charts.step_above(highest) == step


def test_a_sparkline_fills_its_own_range() -> None:
    line = charts.sparkline([0, 5, 10], label="Views")
    assert (line.path, line.end, line.is_flat) == ("M2 25L49.5 14L97 3", "M97 3h.01", False)
    assert charts.sparkline([0, 0, 0], label="Views").is_flat
    assert charts.sparkline([], label="Views").is_flat
    assert charts.sparkline([4, 4], label="Views").path == "M2 14L97 14"


def test_a_chart_has_a_table_with_the_same_figures() -> None:
    with clock.frozen(datetime(2026, 3, 10, 9, tzinfo=UTC)):
        period = periods.last(28)
    chart = charts.chart([1] * 28, [2] * 28, period=period, what="Views")
    assert [(row.label, row.now, row.before) for row in chart.rows] == [
        ("11 to 17 Feb", 7, 14),
        ("18 to 24 Feb", 7, 14),
        ("25 Feb to 3 Mar", 7, 14),
        ("4 to 10 Mar", 7, 14),
    ]
    assert chart.y_labels == ("4", "3", "2", "1", "0")
    assert chart.x_labels[0] == "11 Feb"
    assert chart.x_labels[-1] == "10 Mar"
    assert not chart.is_empty
    assert charts.chart([0] * 28, [0] * 28, period=period, what="Views").is_empty
    assert chart.label.startswith("Views per day, 11 February to 10 March: 1 to 1 a day, 28 in all, 56 in the 28 days")


def test_a_day_that_is_not_over_is_no_fall() -> None:
    with clock.frozen(datetime(2026, 3, 10, 9, tzinfo=UTC)):
        running, over = periods.last(7), periods.between(date(2026, 3, 1), date(2026, 3, 7))
    days = [5, 5, 5, 5, 5, 5, 1]
    chart = charts.chart(days, days, period=running, what="Views")
    assert (chart.now.count("L"), chart.so_far[:4]) == (5, "M500")
    assert "The last day is not over." in chart.label
    assert charts.whole_days(days, running) == days[:-1]
    assert charts.whole_days([0, 0, 3], running) == [0, 0, 3]  # an artist's first day is a beginning
    done = charts.chart(days, days, period=over, what="Views")
    assert (done.now.count("L"), done.so_far, charts.whole_days(days, over)) == (6, "", days)


def test_a_period_is_of_whole_days_of_the_reader_and_the_one_before_as_long() -> None:
    with timezone.override("Asia/Tokyo"), clock.frozen(datetime(2026, 3, 9, 16, 30, tzinfo=UTC)):
        period = periods.last(7)  # in Tokyo it is half past one on the tenth
    assert period.first_day.isoformat() == "2026-03-04"
    assert period.since.astimezone(UTC) == datetime(2026, 3, 3, 15, tzinfo=UTC)
    assert period.until.astimezone(UTC) == datetime(2026, 3, 10, 15, tzinfo=UTC)
    assert period.before_since.astimezone(UTC) == datetime(2026, 2, 24, 15, tzinfo=UTC)
    assert period.before_until.astimezone(UTC) == datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    assert (period.short_label, period.before_short_label) == ("4 Mar to 10 Mar", "25 Feb to 3 Mar")


@pytest.mark.parametrize(("asked", "days"), [("7", 7), ("90", 90), ("", 28), ("8", 28), ("-1", 28), ("x", 28)])
def test_only_the_offered_lengths_can_be_asked_for(asked: str, days: int) -> None:
    assert periods.of(RequestFactory().get("/", {"days": asked})).days == days  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3, "a few seconds left"),
        (23, "about 20 seconds left"),
        (61, "about 1 minute left"),
        (600, "about 10 minutes left"),
        (7200, "about 2 hours left"),
    ],
)
def test_time_left_is_said_as_people_say_it(seconds: int, text: str) -> None:
    assert time_left(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [("2024-05-17", "17 May 2024"), ("2024-05", "May 2024"), ("2024", "2024"), ("", "")]
)
def test_a_date_is_said_as_far_as_it_is_known(value: str, text: str) -> None:
    assert said.day(value) == text


def test_instants_are_said_with_what_they_need() -> None:
    at = datetime(2026, 3, 10, 14, 2, tzinfo=UTC)
    with clock.frozen(datetime(2026, 3, 10, 20, tzinfo=UTC)), timezone.override("UTC"):
        assert said.moment(at) == "today, 14:02"
        assert said.moment(at.replace(day=3)) == "3 March, 14:02"
        assert said.moment(at.replace(year=2025)) == "10 March 2025, 14:02"
        assert said.moment(None) == "–"
