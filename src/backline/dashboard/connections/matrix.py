"""What each kind of campaign needs, as the page shows it: Connection, Required, Purpose, Now (PC-17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from backline.connections.selectors import BILLING, MatrixLine, Readiness, Row
from backline.connections.types import Detail
from backline.dashboard.connections.acting import address
from backline.dashboard.figures import spelled


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the matrix. ``url`` leads to where an unmet need is met, ``now`` is what the link says."""

    label: str
    required: str
    purpose: str
    is_met: bool
    now: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of campaign. ``left`` says how much stands against a launch."""

    title: str
    left: str
    lines: tuple[Line, ...]


def of(readiness: Sequence[Readiness], rows: Sequence[Row], *, slug: str) -> tuple[Table, ...]:
    """Return a table for each kind of campaign."""
    by_key = {row.facts.key: row for row in rows}
    return tuple(
        Table(
            title=str(each.campaign_type),
            left=_left(each),
            lines=tuple(_line(line, by_key, slug) for line in each.lines),
        )
        for each in readiness
    )


def _left(readiness: Readiness) -> str:
    count = len(readiness.unmet)
    return f"{spelled(count)} left before you can launch" if count else "Ready to launch"


def _line(line: MatrixLine, rows: Mapping[str, Row], slug: str) -> Line:
    required = ("Yes, before launch" if line.is_before_launch else "Yes") if line.is_required else "No"
    if line.is_met:
        return Line(line.label, required, line.purpose, is_met=True, now="Done")
    if line.is_met is None:
        return Line(line.label, required, line.purpose, is_met=False, now="Not known at the moment")
    if not line.is_required:
        return Line(line.label, required, line.purpose, is_met=False, now="Optional")
    if line.provider == BILLING:
        billing = reverse("dashboard:billing", args=[slug])
        return Line(line.label, required, line.purpose, is_met=False, now=Detail.ACTIVATE_BILLING.value, url=billing)
    row = rows[line.provider]
    now = row.detail or row.status
    return Line(line.label, required, line.purpose, is_met=False, now=now.value, url=address(slug, line.provider))
