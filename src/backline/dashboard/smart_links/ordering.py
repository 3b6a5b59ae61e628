"""What holds for all links of an artist: the order of services (SL-24), the hub, the connected Spotify artist."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from backline.connections import selectors as connections
from backline.connections import services as connecting
from backline.contract.services import SERVICES
from backline.core.errors import NeedsAction, Rejected, RetryLater
from backline.dashboard import errors, toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.smart_links.forms import OrderForm, SpotifyForm
from backline.links import selectors as links
from backline.links import services
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


def moved(order: list[str], move: str) -> list[str]:
    """Return ``order`` after one move: ``up:spotify``, ``down:spotify``, or ``add:melon`` for a new one at the end."""
    direction, _, slug = move.partition(":")
    if direction == "add" and slug in SERVICES and slug not in order:
        return [*order, slug]
    if slug not in order:
        return order
    at = order.index(slug)
    to = max(0, min(len(order) - 1, at + (-1 if direction == "up" else 1)))
    order = [*order]
    order.insert(to, order.pop(at))
    return order


def _page(request: ArtistRequest, *, spotify_form: SpotifyForm | None = None, status: int = 200) -> HttpResponse:
    settings = links.artist_link_settings(request.access)
    connection = connections.spotify_connection(request.access)
    ordered, others = listed(settings.fixed_order)
    context = {
        "room": "links",
        "slug": request.slug,
        "settings": settings,
        "is_fixed": settings.order_mode == OrderMode.FIXED,
        "services": ordered,
        "others": others,
        "connection": connection,
        "spotify_form": spotify_form or SpotifyForm(),
    }
    return render(request, "dashboard/smart_links/settings.html", context, status=status)


@require_safe
@artist_view
def settings(request: ArtistRequest) -> HttpResponse:
    """Show what holds for all links."""
    return _page(request)


@require_POST
@artist_view
@editing
def order(request: ArtistRequest) -> HttpResponse:
    """Save how services are ordered; a move button saves the list with one service moved."""
    form = OrderForm(request.POST)
    move = request.POST.get("move", "")
    chosen = [slug for slug in dict.fromkeys(request.POST.getlist("order")) if slug in SERVICES]
    if move:
        chosen = moved(chosen, move)
        mode = OrderMode.FIXED
    elif form.is_valid():
        mode = OrderMode(form.cleaned_data["mode"])
    else:
        raise Rejected("Choose how the services are ordered.")
    services.set_order(request.access, mode=mode, fixed_order=tuple(chosen))
    if move:
        toasts.done(request, "The order is saved. Your pages follow in a moment.")
        return redirect(f"{request.path.removesuffix('order/')}#service-{move.partition(':')[2]}")
    said = "by the fan's country" if mode is OrderMode.AUTOMATIC else "in one order for every fan"
    toasts.done(request, f"Services now stand {said}. Your pages follow in a moment.")
    return redirect("dashboard:links_settings", request.slug)


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
    return _page(request, spotify_form=form, status=422)
