"""The page of what holds for all links of an artist, and the connected Spotify artist."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from backline.connections import selectors as connections
from backline.connections import services as connecting
from backline.contract.services import SERVICES
from backline.core.errors import NeedsAction, Rejected, RetryLater
from backline.dashboard import errors, toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.smart_links.forms import SpotifyForm
from backline.links import selectors as links
from backline.links.types import OrderMode

FIRST_CHOICES = (
    "spotify",
    "apple-music",
    "youtube-music",
    "amazon-music",
    "deezer",
    "tidal",
    "soundcloud",
    "bandcamp",
)
"""What a fixed order begins with when nobody has chosen one: the services named in SL-25."""


def listed(fixed_order: tuple[str, ...]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the services to put in order and the others, each as (slug, name).

    In order stand the chosen ones and the common ones, or the common ones alone where nothing was chosen.
    """
    chosen = list(dict.fromkeys((*(slug for slug in fixed_order if slug in SERVICES), *FIRST_CHOICES)))
    others = [slug for slug in SERVICES if slug not in chosen]
    return [(slug, SERVICES[slug].name) for slug in chosen], [(slug, SERVICES[slug].name) for slug in others]


def show(
    request: ArtistRequest, *, refused: dict[str, Any] | None = None, stale: str = "", status: int = 200
) -> HttpResponse:
    """Answer with the page.

    A part that was refused stands there with what was typed; ``stale`` names the part that came too late.
    """
    refused = refused or {}
    settings = links.artist_link_settings(request.access)
    ordered, others = listed(settings.fixed_order)
    context = {
        "room": "links",
        "slug": request.slug,
        "settings": settings,
        "seen": settings.updated_at.isoformat(),
        "stale": stale,
        "refused": refused,
        "is_fixed": settings.order_mode == OrderMode.FIXED,
        "services": ordered,
        "others": others,
        "connection": connections.spotify_connection(request.access),
        "spotify_form": refused.get("spotify") or SpotifyForm(),
    }
    return render(request, "dashboard/smart_links/settings.html", context, status=status)


def back(request: ArtistRequest, part: str = "") -> HttpResponse:
    """Lead back to the page after an act."""
    url = reverse("dashboard:links_settings", args=[request.slug])
    return redirect(f"{url}#{part}" if part else url)


@require_safe
@artist_view
def settings(request: ArtistRequest) -> HttpResponse:
    """Show what holds for all links."""
    return show(request)


@require_POST
@artist_view
@editing
def spotify(request: ArtistRequest) -> HttpResponse:
    """Connect a Spotify artist and import its catalogue."""
    form = SpotifyForm(request.POST)
    if form.is_valid():
        try:
            connection = connecting.connect_spotify(request.access, url=form.cleaned_data["url"])
        except (Rejected, NeedsAction, RetryLater) as error:
            errors.into_form(form, error)
        else:
            toasts.done(request, f"{connection.name} on Spotify is connected. The import has started.")
            return redirect("dashboard:links", request.slug)
    return show(request, refused={"spotify": form}, status=422)
