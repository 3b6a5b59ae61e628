"""What can be changed about one link: its words, its look, its film, its address, whether it is public."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.isolation import isolated
from backline.dashboard.smart_links import editor
from backline.dashboard.smart_links.forms import AddressForm, LookForm, TextForm, VideoForm
from backline.links import selectors as links
from backline.links import services
from backline.links.types import PublishState


@require_safe
@artist_view
def link(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Show the link's page."""
    return editor.show(request, link_id)


@require_POST
@artist_view
@editing
def text(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Save the artist's own title and line."""
    form = TextForm(request.POST)
    refusal = editor.save(
        request,
        link_id,
        "text",
        lambda seen: services.set_text(request.access, link_id=link_id, **form.cleaned_data, expected_updated_at=seen),
        form=form,
    )
    if refusal is not None:
        return refusal
    toasts.done(request, "Your words are saved. Fans see them in a moment.")
    return editor.back(request, link_id, "text")


@require_POST
@artist_view
@editing
def look(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Save the theme and the accent of the page (SL-28)."""
    before = links.link_detail(request.access, link_id=link_id)
    form = LookForm(request.POST)
    refusal = editor.save(
        request,
        link_id,
        "look",
        lambda seen: services.set_look(request.access, link_id=link_id, **form.cleaned_data, expected_updated_at=seen),
        form=form,
    )
    if refusal is not None:
        return refusal
    undo = editor.undo(request, link_id, theme=before.theme, accent=before.accent)
    toasts.done(request, "The look is saved. Fans see it in a moment.", undo=undo)
    return editor.back(request, link_id, "look")


@require_POST
@artist_view
@editing
def video(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Put a film onto the page, or take it off."""
    before = links.link_detail(request.access, link_id=link_id)
    form = VideoForm({"url": "", **request.POST.dict()}, auto_id="id_video_%s")
    is_removing = "remove" in request.POST
    refusal = editor.save(
        request,
        link_id,
        "video",
        lambda seen: services.set_video(
            request.access,
            link_id=link_id,
            url="" if is_removing else form.cleaned_data["url"],
            expected_updated_at=seen,
        ),
        form=form,
    )
    if refusal is not None:
        return refusal
    now = links.link_detail(request.access, link_id=link_id).video
    if now is None:
        undo = editor.undo(request, link_id, url=editor.video_url(before)) if before.video else None
        toasts.done(request, "There is no video on the page.", undo=undo)
    elif now.title:
        toasts.done(request, f"“{isolated(now.title)}” is on the page.")
    else:
        toasts.done(request, "The video is kept. YouTube did not answer; it is asked again until it does.")
    return editor.back(request, link_id, "video")


@require_POST
@artist_view
@editing
def address(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Change the page's address; the old one leads to the new one."""
    form = AddressForm(request.POST)
    refusal = editor.save(
        request,
        link_id,
        "address",
        lambda seen: services.change_slug(
            request.access, link_id=link_id, slug=form.cleaned_data["slug"], expected_updated_at=seen
        ),
        form=form,
    )
    if refusal is not None:
        return refusal
    toasts.done(request, "The address is changed. The old one leads to it.")
    return editor.back(request, link_id, "address")


@require_POST
@artist_view
@editing
def publish(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Open the page to fans."""
    row = links.link_row(request.access, link_id=link_id)
    if row.publish_state == PublishState.UNPUBLISHED:
        services.publish(request.access, link_id=link_id)
        row = links.link_row(request.access, link_id=link_id)
    said = "is open to fans" if row.is_public else "is published and opens to fans once it is approved"
    toasts.done(request, f"{isolated(row.title)} {said}.")
    return editor.back(request, link_id)


@require_http_methods(["GET", "HEAD", "POST"])
@artist_view
@editing
def unpublish(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Ask, and on a yes take the page offline."""
    detail = links.link_detail(request.access, link_id=link_id)
    if request.method != "POST":
        return render(
            request,
            "dashboard/smart_links/unpublish.html",
            {
                "room": "links",
                "slug": request.slug,
                "link": detail.row,
                "confirm": editor.unpublish_question(request, detail),
            },
        )
    if detail.row.publish_state == PublishState.PUBLISHED:
        services.unpublish(request.access, link_id=link_id)
    back = toasts.Undo(reverse("dashboard:link_publish", args=[request.slug, link_id]))
    toasts.done(request, f"{isolated(detail.row.title)} is unpublished.", undo=back)
    return editor.back(request, link_id)
