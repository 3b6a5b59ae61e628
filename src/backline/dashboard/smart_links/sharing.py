"""Passing a page on: its QR codes, to look at and to keep."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from backline.core.errors import NotFoundError
from backline.dashboard.access import ArtistRequest, artist_view
from backline.links import selectors as links
from backline.play import qr as codes

_FORMS = {"svg": "image/svg+xml", "png": "image/png"}


@require_safe
@artist_view
def qr(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Show the QR codes of a link and of the artist's page."""
    context = {
        "room": "links",
        "slug": request.slug,
        "link": links.link_detail(request.access, link_id=link_id).row,
        "hub_url": links.artist_link_settings(request.access).hub_url,
        "largest": codes.LARGEST_PIXELS,
    }
    return render(request, "dashboard/smart_links/qr.html", context)


@require_safe
@artist_view
def qr_file(request: ArtistRequest, link_id: UUID, form: str) -> HttpResponse:
    """Hand out the QR code as SVG, or as PNG of ``?size=`` pixels; with ``?download`` as a file.

    Unlike play's own it is there before the page is public, so that posters can be printed in time.
    """
    if form not in _FORMS:
        raise NotFoundError("There is no such form of the code.")
    row = links.link_detail(request.access, link_id=link_id).row
    size = request.GET.get("size", "")
    pixels = int(size) if size.isascii() and size.isdecimal() and len(size) <= 6 else codes.USUAL_PIXELS
    code = codes.svg(row.public_url) if form == "svg" else codes.png(row.public_url, pixels=pixels)
    response = HttpResponse(code, content_type=_FORMS[form])
    if "download" in request.GET:
        response.headers["Content-Disposition"] = f'attachment; filename="{row.slug}-qr.{form}"'
    return response
