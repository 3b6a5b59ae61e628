"""What is typed in on these pages. Forms only read; whether a thing is allowed is the services' word."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from backline.analytics import reports_sharing
from backline.analytics.reports_sharing import Section
from backline.analytics.types import ExportFormat
from backline.dashboard.smart_links.forms import PlainForm

_DAY = {"required": "Give a day.", "invalid": "Give the day as year, month and day, such as 2026-10-31."}


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, input_formats=["%Y-%m-%d"], error_messages=_DAY)


class ExportForm(PlainForm):
    """Which rows, in which format."""

    first = _day("First day")
    last = _day("Last day")
    format = forms.ChoiceField(
        label="Format", choices=[(each.value, each.label) for each in ExportFormat], initial=ExportFormat.CSV.value
    )
    with_bots = forms.BooleanField(label="With the hits of bots", required=False)

    def clean(self) -> dict[str, Any]:
        """Demand days in their order, of years that a calendar of ours has."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if isinstance(first, date) and isinstance(last, date):
            if first > last:
                self.add_error("last", "The last day has to come after the first.")
            elif not 2000 <= first.year <= last.year <= 2100:
                self.add_error("first", "Give days between the years 2000 and 2100.")
        return given


class ShareForm(PlainForm):
    """What a shared report shows, and for how long."""

    name = forms.CharField(
        label="Who it is for",
        max_length=reports_sharing.NAME_LENGTH,
        error_messages={"required": "Say who it is for: it stands above the figures."},
    )
    days = forms.TypedChoiceField(
        label="Period",
        coerce=int,
        choices=[(days, f"Last {days} days") for days in reports_sharing.LENGTHS],
        initial=28,
    )
    lives = forms.TypedChoiceField(
        label="Works",
        coerce=int,
        empty_value=None,
        required=False,
        choices=[(days or "", f"for {days} days" if days else "until you end it") for days in reports_sharing.LIVES],
    )
    sections = forms.MultipleChoiceField(
        label="What it shows",
        choices=[(section.value, section.label) for section in Section],
        initial=[section.value for section in Section],
        widget=forms.CheckboxSelectMultiple(attrs={"class": ""}),
        required=False,
    )
