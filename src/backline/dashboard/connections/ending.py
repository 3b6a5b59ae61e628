"""Ending a connection, and clearing one that was not finished. Both ask first and say what is lost."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from backline.connections import services
from backline.connections.selectors import Row
from backline.dashboard import toasts
from backline.dashboard.access import ArtistRequest
from backline.dashboard.connections.acting import acting, address, back
from backline.dashboard.isolation import isolated


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def disconnect(request: ArtistRequest, row: Row) -> HttpResponseBase:
    """Ask, then end the connection."""
    label = row.facts.label
    if request.method == "POST":
        services.disconnect(request.access, provider=row.facts.key)
        toasts.done(request, f"{label} is disconnected.")
        return back(request, row)
    kept = "What you made here stays, and so does everything that was counted."
    lost = (_given_back(row), *(f"{what}: nothing new comes in or goes out there." for what in row.facts.dependents))
    return _ask(request, row, f"Disconnect {label}?", lost, kept, verb="Disconnect", refuse="Keep it connected")


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def reset(request: ArtistRequest, row: Row) -> HttpResponseBase:
    """Ask, then clear what was begun."""
    label = row.facts.label
    if request.method == "POST":
        services.reset(request.access, provider=row.facts.key)
        toasts.done(request, f"{label} is reset. Connect whenever you like.")
        return back(request, row)
    chosen = f"That you chose {isolated(row.name)} is forgotten." if row.name else "What you entered is forgotten."
    kept = "Everything else of this artist stays as it is. You begin anew whenever you like."
    return _ask(request, row, f"Reset {label}?", (_given_back(row), chosen), kept, verb="Reset", refuse="Leave it")


def _given_back(row: Row) -> str:
    label = row.facts.label
    if row.facts.connects_by == "consent":
        return f"The access you gave at {label} is deleted here and given back there."
    return f"The connection to {isolated(row.name) if row.name else label} ends here. Nothing changes at {label}."


def _ask(
    request: ArtistRequest, row: Row, title: str, lost: tuple[str, ...], kept: str, *, verb: str, refuse: str
) -> HttpResponse:
    confirm = {
        "id": "ask",
        "title": title,
        "lost": lost,
        "kept": (kept,),
        "url": request.path,
        "back": address(request.slug, row.facts.key),
        "verb": verb,
        "refuse": refuse,
        "fields": {},
    }
    return render(request, "dashboard/connections/ask.html", {"room": "connections", "confirm": confirm})
