"""Between the consent and a connection that works: choose, have something done, look again, try again."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from backline.connections import services
from backline.connections.selectors import Row
from backline.connections.types import Choice
from backline.core.errors import NotFoundError, Rejected, RetryLater
from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest
from backline.dashboard.connections.acting import acting, back
from backline.dashboard.connections.connecting import leave


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def choose(request: ArtistRequest, row: Row) -> HttpResponseBase:
    """Show what can be chosen, asked at the platform; a POST chooses."""
    if row.purpose not in row.facts.chooses_for:
        raise NotFoundError("There is nothing to choose for what it is connected for.")
    problem = ""
    if request.method == "POST":
        picked = request.POST.get("choice", "")
        try:
            services.choose(request.access, provider=row.facts.key, external_id=picked)
        except Rejected as error:
            problem = next(iter(error.field_errors.values()), error.message) if picked else "Choose one first."
        except RetryLater as error:
            return _away(request, row, error)
        else:
            toasts.done(request, "Chosen. What is left, if anything, stands on the row.")
            return back(request, row)
    try:
        choices = services.choices(request.access, provider=row.facts.key)
    except RetryLater as error:
        return _away(request, row, error)
    usable = [choice for choice in choices if not choice.why_not]
    context = {
        **_context(request, row),
        "choices": choices,
        "usable": usable,
        "picked": _picked(row, usable),
        "problem": problem,
    }
    return render(request, "dashboard/connections/choose.html", context, status=422 if problem else 200)


def _picked(row: Row, usable: list[Choice]) -> str:
    """Return what is ticked to begin with: what is chosen now, or the only one there is."""
    now = next((choice for choice in usable if row.url and choice.url == row.url), None)
    only = usable[0] if len(usable) == 1 else None
    picked = now or only
    return picked.external_id if picked else ""


def _away(request: ArtistRequest, row: Row, error: RetryLater) -> HttpResponse:
    context = {**_context(request, row), "away": error.message}
    response = render(request, "dashboard/connections/choose.html", context, status=503)
    if error.after is not None:
        response.headers["Retry-After"] = str(max(1, int(error.after.total_seconds())))
    return response


def _context(request: ArtistRequest, row: Row) -> dict[str, object]:
    return {"room": "connections", "slug": request.slug, "row": row, "word": row.facts.choice_label or "account"}


@require_POST
@acting
def act(request: ArtistRequest, row: Row) -> HttpResponseBase:
    """Have done what a check offers."""
    services.act(request.access, provider=row.facts.key, key=request.POST.get("action", ""))
    toasts.done(request, f"Done. {row.facts.label} is asked how it stands now.")
    return back(request, row, asked=True)


@require_POST
@acting
def check(request: ArtistRequest, row: Row) -> HttpResponseBase:
    """Have the connection looked at now."""
    services.check_now(request.access, provider=row.facts.key)
    toasts.done(request, f"{row.facts.label} is asked now. What it says shows here in a moment.")
    return back(request, row, asked=True)


@require_POST
@acting
def try_again(request: ArtistRequest, row: Row) -> HttpResponseBase:
    """Repeat the step that failed; where only a new sign-in helps, begin that."""
    wanted = services.try_again(request.access, provider=row.facts.key)
    if wanted is None:
        toasts.done(request, "Trying again. What you did before is kept.")
        return back(request, row, asked=True)
    was_never_given = not row.account and len(row.facts.purposes) > 1  # then what for is asked again
    if row.facts.connects_by == "address" or was_never_given:
        return redirect("dashboard:connection_connect", request.slug, row.facts.key)
    return leave(request, row, wanted)
