"""Adding: paste a link, a UPC or an ISRC."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from backline.core.errors import NeedsAction, Rejected, RetryLater
from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.isolation import isolated
from backline.dashboard.smart_links import listing
from backline.dashboard.smart_links.forms import AddForm
from backline.links import services as links


@require_POST
@artist_view
@editing
def add(request: ArtistRequest) -> HttpResponse:
    """Make the link of what was pasted and go there, or to the one that exists; an artist starts an import."""
    form = AddForm(request.POST)
    if not form.is_valid():
        return listing.page(request, add_form=form, status=422)
    try:
        outcome = links.add(request.access, text=form.cleaned_data["text"])
    except (Rejected, NeedsAction, RetryLater) as error:
        sentence = error.message
        if isinstance(error, Rejected) and error.field_errors:
            sentence = next(iter(error.field_errors.values()))
        form.add_error("text", sentence)
        return listing.page(request, add_form=form, status=422)
    if outcome.kind == "import_started" or outcome.link_id is None:
        toasts.done(request, f"The import of {isolated(outcome.title)} has started.")
        return redirect("dashboard:links", request.slug)
    if outcome.kind == "existing":
        toasts.done(request, f"{isolated(outcome.title)} has a Smart Link already. Here it is.")
    else:
        toasts.done(request, f"The Smart Link of {isolated(outcome.title)} is made.")
    return redirect("dashboard:link", request.slug, outcome.link_id)
