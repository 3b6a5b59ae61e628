"""The page behind a shared report's address: read only, without an account, found by no search engine."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.analytics import breakdowns, calendar_days, reports_sharing
from backline.analytics.breakdowns import Stretch
from backline.analytics.reports_sharing import FEW, Section, Shared
from backline.analytics.types import Dimension, FiguresAwayError
from backline.core.errors import NotFoundError
from backline.dashboard import errors, figures, periods
from backline.dashboard.audience import rankings
from backline.dashboard.audience.rankings import Ranking
from backline.dashboard.errors import Problem
from backline.dashboard.figures import Figures

RATE = "60/m/ip"
_ACTION = "shared_report"
_DIMENSIONS = {
    Section.COUNTRIES: Dimension.COUNTRY,
    Section.REFERRERS: Dimension.REFERRER_HOST,
    Section.SERVICES: Dimension.SERVICE,
    Section.DEVICES: Dimension.DEVICE,
}
_TOO_OFTEN = Problem(429, "This report was opened very often", "Wait a minute, then open it again.")


@login_not_required
@require_safe
def report(request: HttpRequest, token: str) -> HttpResponse:
    """Show the figures to whoever has the address."""
    response = _report(request, token)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _report(request: HttpRequest, token: str) -> HttpResponse:
    allowed = ratelimit.consume(request, app="shared", action=_ACTION, config={_ACTION: RATE}, limit_get=True)
    if allowed is None:
        return errors.page(request, _TOO_OFTEN)
    try:
        shared = reports_sharing.shared_at(token)
    except NotFoundError as error:
        return errors.page(request, Problem(404, "There is no report here", error.message))
    access = accounts.system_access(artist_id=shared.artist_id)
    with timezone.override(calendar_days.zone(shared.timezone)):
        period = periods.last(shared.days)
        context: dict[str, object] = {
            "shared": shared,
            "artist": accounts.artist_identity(artist_id=shared.artist_id),
            "period": period,
            "few": FEW,
        }
        try:
            shown = figures.of(access, period=period)
            chart = figures.chart_of(shown, access) if Section.DAYS in shared.sections else None
            context |= {"figures": shown, "chart": chart, "rankings": _rankings(access, shared, shown)}
        except FiguresAwayError:
            return render(request, "dashboard/audience/shared.html", context, status=503)
        return render(request, "dashboard/audience/shared.html", context)


def _rankings(access: ArtistAccess, shared: Shared, shown: Figures) -> list[Ranking]:
    period = shown.period
    stretch = Stretch(period.since, period.until, period.before_since, period.before_until)
    chosen = {section: _DIMENSIONS[section] for section in shared.sections if section in _DIMENSIONS}
    values = breakdowns.by_dimensions(access, tuple(chosen.values()), stretch, whole=shown.totals) if chosen else {}
    found = [(section, values[dimension]) for section, dimension in chosen.items()]
    if Section.PAGES in shared.sections:
        found.append((Section.PAGES, breakdowns.by_page(access, stretch, whole=shown.totals)))
    return [rankings.ranking(section.label, each, slug=section.value, few=FEW) for section, each in found]
