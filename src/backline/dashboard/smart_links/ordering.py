"""The order of services on all pages of an artist (SL-24)."""

from __future__ import annotations

import functools

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from backline.contract.services import SERVICES
from backline.core.errors import Rejected
from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest, artist_view, editing
from backline.dashboard.smart_links import saving, settings_page
from backline.dashboard.smart_links.forms import OrderForm
from backline.links import services
from backline.links.types import OrderMode


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


@require_POST
@artist_view
@editing
def order(request: ArtistRequest) -> HttpResponse:
    """Save how services are ordered; a move button saves the list with one service moved."""
    form = OrderForm(request.POST)
    form.chosen = [slug for slug in dict.fromkeys(request.POST.getlist("order")) if slug in SERVICES]
    move = request.POST.get("move", "")
    if not form.is_valid():
        raise Rejected("Choose how the services are ordered.")
    mode = OrderMode(form.cleaned_data["mode"])
    if move:
        form.chosen, mode = moved(form.chosen, move), OrderMode.FIXED
    form.is_fixed = mode is OrderMode.FIXED
    refusal = saving.attempt(
        request,
        lambda seen: services.set_order(
            request.access, mode=mode, fixed_order=tuple(form.chosen), expected_updated_at=seen
        ),
        show=functools.partial(settings_page.show, request),
        part="order",
        form=form,
    )
    if refusal is not None:
        return refusal
    if move:
        toasts.done(request, "The order is saved. Your pages follow in a moment.")
        return settings_page.back(request, f"service-{move.partition(':')[2]}")
    said = "by the fan's country" if mode is OrderMode.AUTOMATIC else "in one order for every fan"
    toasts.done(request, f"Services now stand {said}. Your pages follow in a moment.")
    return redirect("dashboard:links_settings", request.slug)
