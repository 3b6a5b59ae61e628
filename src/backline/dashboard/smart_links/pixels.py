"""The pixels of all pages of an artist."""

from __future__ import annotations

import functools

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.smart_links import saving, settings_page
from backline.dashboard.smart_links.forms import PixelsForm
from backline.links import services


@require_POST
@artist_view
@editing
def pixels(request: ArtistRequest) -> HttpResponse:
    """Save the ids."""
    form = PixelsForm(request.POST)
    refusal = saving.attempt(
        request,
        lambda seen: services.set_pixels(request.access, **form.cleaned_data, expected_updated_at=seen),
        show=functools.partial(settings_page.show, request),
        part="pixels",
        form=form,
    )
    if refusal is not None:
        return refusal
    toasts.done(request, "The pixels are saved. Your pages are being made again.")
    return settings_page.back(request, "pixels")
