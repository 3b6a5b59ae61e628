"""What the address of an Audience page asks for: days, one page or all, and which metric is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from backline.analytics import metrics
from backline.analytics.breakdowns import Stretch
from backline.analytics.types import Metric
from backline.core.errors import NotFoundError
from backline.dashboard import periods
from backline.dashboard.access import ArtistRequest
from backline.dashboard.periods import Period
from backline.links import selectors as links
from backline.links.types import LinkRow

LONGEST_DAYS = 731
DRAWN = tuple(metric for metric in metrics.METRICS if not metric.is_rate)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is shown. ``problem`` says why other days are shown than were asked for."""

    period: Period
    link: LinkRow | None
    metric: Metric
    is_custom: bool
    problem: str = ""

    @property
    def link_id(self) -> UUID | None:
        """Return which page it is about, None for all."""
        return None if self.link is None else self.link.id

    @property
    def stretch(self) -> Stretch:
        """Return the period and the one before, as questions take them."""
        period = self.period
        return Stretch(period.since, period.until, period.before_since, period.before_until)

    @property
    def query(self) -> str:
        """Return what other pages need in their address to be about the same."""
        words: dict[str, object] = {"link": self.link.id} if self.link else {}
        if self.is_custom:
            words |= {"from": self.period.first_day, "to": self.period.today}
        elif self.period.days != periods.DEFAULT_DAYS:
            words["days"] = self.period.days
        return f"?{urlencode(words)}" if words else ""


def wish_of(request: ArtistRequest) -> Wish:
    """Read the address. Nonsense counts as not asked; raises :class:`NotFoundError` for a page of somebody else."""
    period, is_custom, problem = _period(request)
    asked = request.GET.get("metric", "")
    return Wish(
        period=period,
        link=_link(request),
        metric=next((metric for metric in DRAWN if metric.key == asked), metrics.VIEWS),
        is_custom=is_custom,
        problem=problem,
    )


def _link(request: ArtistRequest) -> LinkRow | None:
    asked = request.GET.get("link", "")
    if not asked:
        return None
    try:
        link_id = UUID(asked)
    except ValueError:
        raise NotFoundError("There is no such link, or it is not yours.") from None
    return links.link_row(request.access, link_id=link_id)


def _period(request: ArtistRequest) -> tuple[Period, bool, str]:
    given = request.GET.get("from", ""), request.GET.get("to", "")
    if not any(given):
        return periods.of(request), False, ""
    try:
        first, last = (date.fromisoformat(text) for text in given)
    except ValueError:
        return periods.of(request), False, "Give the first and the last day, such as 2026-10-01 and 2026-10-31."
    today = periods.last(1).today
    if first > last:
        return periods.of(request), False, "The first day has to come before the last."
    if first > today:
        return periods.of(request), False, "These days are still to come."
    last = min(last, today)
    if (last - first) >= timedelta(days=LONGEST_DAYS):
        return periods.of(request), False, "Two years are the longest that can be shown at once."
    return periods.between(first, last), True, ""
