"""The address without a room: it leads to the artist that was open last, or to making the first one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from backline.accounts import selectors as accounts
from backline.dashboard import context
from backline.dashboard.signed_in import user_id_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to an artist's overview, or to the start when there is no artist yet."""
    artist = context.current_artist(request, accounts.artists_of(user_id=user_id_of(request)))
    if artist is None:
        return redirect("dashboard:start")
    return redirect("dashboard:overview", artist.slug)
