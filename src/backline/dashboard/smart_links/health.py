"""Whether the services of a link still answer: looked at on demand, and the artist's word on what does not."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from backline.core.errors import Rejected
from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.smart_links import editor
from backline.links import services


@require_POST
@artist_view
@editing
def check(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Have the link's addresses looked at in a moment."""
    try:
        services.check_now(request.access, link_id=link_id)
    except Rejected as error:
        toasts.refused(request, error.message)
    else:
        toasts.done(request, "The services are being asked. Open this page again in a minute to see what they said.")
    return editor.back(request, link_id, "services")


@require_POST
@artist_view
@editing
def keep(request: ArtistRequest, link_id: UUID, service: str) -> HttpResponse:
    """Keep an address of the artist's own that does not answer any more."""
    services.keep_address(request.access, link_id=link_id, service=service, territory=request.POST.get("territory", ""))
    toasts.done(request, "Your address stays as it is. We do not remind you of it again.")
    return editor.back(request, link_id, f"service-{service}")
