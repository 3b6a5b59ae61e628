"""Reports: who of the team gets one by mail, and addresses under which figures are shared."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from backline.accounts import selectors as accounts
from backline.analytics import reports, reports_sharing
from backline.analytics.reports_sharing import Section
from backline.analytics.types import Cadence
from backline.core.errors import BacklineError, NotFoundError
from backline.dashboard import errors, toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.audience.forms import ShareForm
from backline.settings import environment


@require_safe
@artist_view
def page(request: ArtistRequest) -> HttpResponse:
    """Show who gets what."""
    return _page(request, ShareForm())


@require_POST
@artist_view
@editing
def schedule(request: ArtistRequest, cadence: str) -> HttpResponse:
    """Say who gets the weekly or the monthly report."""
    try:
        chosen = Cadence(cadence)
    except ValueError:
        raise NotFoundError("There is no such report.") from None
    number = reports.choose(
        request.access,
        chosen,
        members=_ids(request.POST.getlist("member")),
        timezone=timezone.get_current_timezone_name(),
    )
    what = "weekly" if chosen is Cadence.WEEK else "monthly"
    if not number:
        toasts.done(request, f"Nobody gets the {what} report any more.")
    else:
        toasts.done(request, f"{number} {'person gets' if number == 1 else 'people get'} the {what} report.")
    return redirect("dashboard:audience_reports", request.slug)


@require_POST
@artist_view
@editing
def share(request: ArtistRequest) -> HttpResponse:
    """Share figures under an address of their own."""
    form = ShareForm(request.POST)
    if form.is_valid():
        try:
            reports_sharing.share(
                request.access,
                name=form.cleaned_data["name"],
                days=form.cleaned_data["days"],
                sections=[Section(each) for each in form.cleaned_data["sections"]],
                timezone=timezone.get_current_timezone_name(),
                lives=form.cleaned_data["lives"],
            )
        except BacklineError as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, "The figures are shared. Copy the address and send it.")
            return redirect("dashboard:audience_reports", request.slug)
    return _page(request, form, status=422)


@require_POST
@artist_view
@editing
def end(request: ArtistRequest, report_id: UUID) -> HttpResponse:
    """Stop sharing."""
    reports_sharing.end(request.access, report_id=report_id)
    toasts.done(request, "The address leads nowhere now.")
    return redirect("dashboard:audience_reports", request.slug)


def _page(request: ArtistRequest, form: ShareForm, *, status: int = 200) -> HttpResponse:
    access = request.access
    team = accounts.artist_team(access)
    found = reports.schedules_of(access)
    home = environment.current().web_url
    context = {
        "room": "audience",
        "slug": request.slug,
        "form": form,
        "zone": timezone.get_current_timezone_name(),
        "schedules": [
            (cadence, found.get(cadence), [(member, _gets(found, cadence, member.user_id)) for member in team])
            for cadence in Cadence
        ],
        "shared": [(each, f"{home}/shared/{each.token}/") for each in reports_sharing.shared_of(access)],
        "few": reports_sharing.FEW,
    }
    return render(request, "dashboard/audience/reports.html", context, status=status)


def _gets(found: dict[Cadence, reports.Schedule], cadence: Cadence, user_id: UUID) -> bool:
    return cadence in found and user_id in found[cadence].members


def _ids(given: list[str]) -> list[UUID]:
    """Return what are ids of people; anything else names nobody."""
    ids = []
    for text in given:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids
