"""The review list: links found by name only wait here for a yes or no."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from backline.catalog import selectors as catalog
from backline.catalog import services
from backline.core.errors import NotFoundError
from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view
from backline.dashboard.smart_links.importing import words


@require_http_methods(["GET", "HEAD", "POST"])
@artist_view
def review(request: ArtistRequest) -> HttpResponse:
    """Show what waits; a POST says yes or no to one of them, or yes or no to all that were ticked."""
    if request.method == "POST":
        request.access.must_edit()
        return _decide(request)
    items = catalog.review_list(request.access)
    return render(request, "dashboard/smart_links/review.html", {"room": "links", "slug": request.slug, "items": items})


def _decide(request: ArtistRequest) -> HttpResponse:
    if one := request.POST.get("yes") or request.POST.get("no"):
        accept, chosen = "yes" in request.POST, [one]
    else:
        accept, chosen = request.POST.get("all") == "yes", request.POST.getlist("links")
        if not chosen:
            toasts.refused(request, "Nothing was ticked, so nothing was decided.")
    decided = 0
    for text in chosen:
        try:
            services.decide_link(request.access, service_link_id=_id(text), accept=accept)
            decided += 1
        except NotFoundError:
            continue  # somebody else decided it, or the source took it back: the list below is the truth
    if decided:
        verb = "added to its page" if decided == 1 else "added to their pages"
        end = "and will not come back" if not accept else ""
        sentence = f"{words(decided, 'link')} {verb}." if accept else f"{words(decided, 'link')} left out {end}."
        toasts.done(request, sentence)
    elif chosen:
        toasts.refused(request, "This was decided already.")
    return redirect("dashboard:links_review", request.slug)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError("There is no such link.") from None
