"""Pictures of what is connected. They are fetched by us and shown from our own host: no platform sees who looks."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from backline.connections import services
from backline.core.errors import NotFoundError
from backline.dashboard.access import ArtistRequest, artist_view
from backline.settings import environment

_SIGNER = signing.Signer(salt="picture of a connection")


def address(slug: str, url: str) -> str:
    """Return the address under which we show a platform's picture. It is signed: nobody has us fetch something else."""
    return f"{reverse('dashboard:connections_picture', args=[slug])}?{urlencode({'of': _SIGNER.sign(url)})}"


@require_safe
@artist_view
def picture(request: ArtistRequest) -> HttpResponse:
    """Lead to the picture that ``?of=`` names, kept in the media folder."""
    try:
        url = _SIGNER.unsign(request.GET.get("of", ""))
    except signing.BadSignature:
        raise NotFoundError("There is no such picture.") from None
    key = services.keep_picture(url=url)
    if not key:
        return HttpResponse(status=404)
    response = HttpResponseRedirect(f"{environment.current().play_url}/art/{key}")
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response
