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
from backline.dashboard.isolation import isolated
from backline.dashboard.smart_links.forms import BioForm, LookForm, PixelsForm, SpotifyForm
from backline.dashboard.smart_links.lines import LinesForm, links_now
from backline.links import selectors as links
from backline.links.types import THEME_ACCENTS, LinkSettings, OrderMode, Theme

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
    order = refused.get("order")
    look_form = refused.get("look") or LookForm(initial={"theme": settings.default_theme, "accent": settings.accent})
    ordered, others = listed(tuple(order.chosen) if order else settings.fixed_order)
    is_fixed = settings.order_mode == OrderMode.FIXED if order is None else order.is_fixed
    context = {
        "room": "links",
        "slug": request.slug,
        "settings": settings,
        "seen": settings.updated_at.isoformat(),
        "stale": stale,
        "refused": refused,
        "is_fixed": is_fixed,
        "services": ordered,
        "others": others,
        "connection": connections.spotify_connection(request.access),
        "there_now": _there_now(settings, stale),
        "progress": links.render_progress(request.access),
        "themes": Theme.choices,
        "look_form": look_form.while_empty(THEME_ACCENTS[settings.default_theme]),
        "bio_form": refused.get("bio") or BioForm(initial={"bio": settings.bio}),
        "lines": refused.get("sub_links") or LinesForm(settings.sub_links),
        "pixels_form": refused.get("pixels")
        or PixelsForm(initial={field: getattr(settings, field) for field in PixelsForm.base_fields}),
        "spotify_form": refused.get("spotify") or SpotifyForm(),
    }
    return render(request, "dashboard/smart_links/settings.html", context, status=status)


def back(request: ArtistRequest, part: str = "") -> HttpResponse:
    """Lead back to the page after an act."""
    url = reverse("dashboard:links_settings", args=[request.slug])
    return redirect(f"{url}#{part}" if part else url)


def undo(request: ArtistRequest, **fields: str) -> toasts.Undo:
    """Return how the act that was just done at this address is taken back, unless somebody changes more first."""
    seen = links.artist_link_settings(request.access).updated_at.isoformat()
    return toasts.Undo(request.path, {**fields, "seen": seen})


def _there_now(settings: LinkSettings, part: str) -> str:
    """Say what stands at a part of the page that somebody changed in the meantime."""
    said = ""
    match part:
        case "look":
            accent = f"the accent is {settings.accent}" if settings.accent else "the accent is that of the theme"
            said = f"The theme there now is {settings.default_theme.label}; {accent}."
        case "bio":
            said = f"“{isolated(settings.bio)}” stands there now." if settings.bio else "No text stands there now."
        case "sub_links":
            said = links_now(settings.sub_links)
        case "pixels":
            ids = [pixel_id for field in PixelsForm.base_fields if (pixel_id := getattr(settings, field))]
            said = f"The IDs there now are {', '.join(ids)}." if ids else "No pixel stands there now."
        case "order":
            names = ", ".join(SERVICES[slug].name for slug in settings.fixed_order if slug in SERVICES)
            is_fixed = settings.order_mode == OrderMode.FIXED
            said = f"The order there now is {names}." if is_fixed else "The order there now is automatic."
    return said


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
