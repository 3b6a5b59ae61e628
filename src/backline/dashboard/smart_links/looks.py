"""The look of all pages, and what the artist says on the hub."""

from __future__ import annotations

import functools

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.smart_links import saving, settings_page
from backline.dashboard.smart_links.forms import BioForm, LookForm
from backline.links import selectors as links
from backline.links import services


@require_POST
@artist_view
@editing
def look(request: ArtistRequest) -> HttpResponse:
    """Save the theme and the accent of all pages that have none of their own."""
    before = links.artist_link_settings(request.access)
    form = LookForm(request.POST)
    refusal = saving.attempt(
        request,
        lambda seen: services.set_default_look(request.access, **form.cleaned_data, expected_updated_at=seen),
        show=functools.partial(settings_page.show, request),
        part="look",
        form=form,
    )
    if refusal is not None:
        return refusal
    undo = settings_page.undo(request, theme=before.default_theme.value, accent=before.accent)
    toasts.done(request, "The look is saved. Your pages are being made again.", undo=undo)
    return settings_page.back(request)


@require_POST
@artist_view
@editing
def bio(request: ArtistRequest) -> HttpResponse:
    """Save the text of the hub."""
    form = BioForm(request.POST)
    refusal = saving.attempt(
        request,
        lambda seen: services.set_bio(request.access, bio=form.cleaned_data["bio"], expected_updated_at=seen),
        show=functools.partial(settings_page.show, request),
        part="bio",
        form=form,
    )
    if refusal is not None:
        return refusal
    toasts.done(request, "Your text is saved. Fans see it on your hub in a moment.")
    return settings_page.back(request, "hub")


@require_safe
@artist_view
def progress(request: ArtistRequest) -> HttpResponse:
    """Tell how far publishing all pages has come: asked again and again while it goes on."""
    if not request.headers.get("HX-Request"):
        return redirect("dashboard:links_settings", request.slug)
    context = {"slug": request.slug, "progress": links.render_progress(request.access), "was_asked": True}
    return render(request, "dashboard/smart_links/publishing.html", context)


@require_POST
@artist_view
@editing
def publish_again(request: ArtistRequest) -> HttpResponse:
    """Publish all pages again, where some could not be."""
    services.publish_again(request.access)
    toasts.done(request, "Your pages are being made again.")
    return settings_page.back(request)
