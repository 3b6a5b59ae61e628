"""Further links on one page, and on the hub."""

from __future__ import annotations

import functools
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.smart_links import editor, lines, saving, settings_page
from backline.links import selectors as links
from backline.links import services


@require_POST
@artist_view
@editing
def of_link(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Save the further links of one page."""
    wanted = lines.wanted(request, links.link_detail(request.access, link_id=link_id).sub_links)
    refusal = editor.save(
        request,
        link_id,
        "sub_links",
        lambda seen: services.set_sub_links(
            request.access, link_id=link_id, sub_links=wanted, expected_updated_at=seen
        ),
        form=lines.LinesForm(wanted, is_sent=True),
    )
    if refusal is not None:
        return refusal
    fields = lines.removed(request)
    undo = editor.undo(request, link_id, **fields) if fields else None
    toasts.done(
        request, "The link is removed." if fields else "The links are saved. Fans see them in a moment.", undo=undo
    )
    return editor.back(request, link_id, "sub_links")


@require_POST
@artist_view
@editing
def of_hub(request: ArtistRequest) -> HttpResponse:
    """Save the links of the hub."""
    wanted = lines.wanted(request, links.artist_link_settings(request.access).sub_links)
    refusal = saving.attempt(
        request,
        lambda seen: services.set_hub_links(request.access, sub_links=wanted, expected_updated_at=seen),
        show=functools.partial(settings_page.show, request),
        part="sub_links",
        form=lines.LinesForm(wanted, is_sent=True),
    )
    if refusal is not None:
        return refusal
    fields = lines.removed(request)
    undo = settings_page.undo(request, **fields) if fields else None
    toasts.done(request, "The link is removed." if fields else "The links of your hub are saved.", undo=undo)
    return settings_page.back(request, "sub_links")
