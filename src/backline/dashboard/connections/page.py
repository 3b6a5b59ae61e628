"""The page itself, and the part of it that asks again and again how the connections stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from backline.accounts import selectors as accounts
from backline.connections import selectors, services
from backline.connections.selectors import Act, Row
from backline.connections.state import State
from backline.core import clock
from backline.dashboard.access import ArtistRequest, artist_view
from backline.dashboard.connections import matrix
from backline.dashboard.connections.rows import Shown, is_waiting, shown
from backline.dashboard.figures import spelled

SOON, LATER = 2, 20
"""Seconds between two looks: while something happens, and else."""

AWAITED = timedelta(seconds=30)
"""For how long an answer is expected that somebody asked for: no row tells that one is on its way."""


@require_safe
@artist_view
def connections(request: ArtistRequest) -> HttpResponse:
    """Show the artist's connections; ``?open=`` names the row whose details are shown."""
    found = selectors.rows(request.access)
    context = {"room": "connections", **_part(request, found, is_awaited="asked" in request.GET)}
    return render(request, "dashboard/connections/connections.html", context)


@require_safe
@artist_view
def rows(request: ArtistRequest) -> HttpResponse:
    """Answer the page that asks; ``?seen=`` is the version it shows, and 204 says that it is still the one.

    With ``?back`` somebody comes back to the page, perhaps from a platform where something was to be done.
    ``?until=`` is how long it asks often (seconds since 1970); after that it is sent anew, to ask less often.
    """
    if request.headers.get("HX-Request") != "true":
        return redirect("dashboard:connections", request.slug)
    found = selectors.rows(request.access)
    seen = request.GET.get("seen", "")
    is_asked = "back" in request.GET and request.access.can_edit and _ask_platforms(request, found)
    until = request.GET.get("until", "")
    is_over = until.isdecimal() and int(until) < clock.now().timestamp()
    if seen == selectors.version_of(found) and not is_asked and not is_over:
        return HttpResponse(status=204)
    context = _part(request, found, is_awaited=is_asked)
    return render(request, "dashboard/connections/changed.html", {**context, "news": news_of(found, seen)})


def _part(request: ArtistRequest, found: tuple[Row, ...], *, is_awaited: bool) -> dict[str, Any]:
    name = accounts.artist_identity(artist_id=request.access.artist_id).name
    page: list[Shown] = []
    for row in found:
        is_first_waiting = is_waiting(row) and not any(one.is_next for one in page)
        page.append(
            shown(
                row,
                slug=request.slug,
                can_edit=request.access.can_edit,
                is_open=request.GET.get("open") == row.facts.key,
                is_next=is_first_waiting,
            )
        )
    return {
        "slug": request.slug,
        "rows": page,
        "version": selectors.version_of(found),
        "until": int((clock.now() + AWAITED).timestamp()) if is_awaited else None,
        "seconds": SOON if is_awaited or _is_busy(found) else LATER,
        "lead": lead_of(found, can_edit=request.access.can_edit),
        "artist_name": name,
        "tables": matrix.of(selectors.readiness(request.access), found, slug=request.slug),
    }


def _ask_platforms(request: ArtistRequest, found: tuple[Row, ...]) -> bool:
    """Have the connections looked at that wait for something at their platform; tells whether there are any."""
    waiting = [row for row in found if row.act is Act.SHOW_WAY]
    for row in waiting:
        services.check_now(request.access, provider=row.facts.key)
    return bool(waiting)


def _is_busy(found: tuple[Row, ...]) -> bool:
    return any(row.is_at_work or row.state == State.CONSENTING for row in found)


def lead_of(found: tuple[Row, ...], *, can_edit: bool) -> str:
    """Say in a sentence how many are ready and how many wait."""
    ready = sum(row.state == State.CONNECTED for row in found)
    waiting = sum(map(is_waiting, found))
    whom = "you" if can_edit else "an editor"
    if not ready and not waiting:
        return "Nothing is connected yet."
    said = f"{spelled(ready)} {'is' if ready < 2 else 'are'} ready"
    if not waiting:
        return f"{said}, nothing waits for {whom}."
    return f"{said}, {spelled(waiting).lower()} {'waits' if waiting == 1 else 'wait'} for {whom}."


def news_of(found: tuple[Row, ...], seen: str) -> str:
    """Say which rows are not as they were in the version ``seen``, for those who listen to the page."""
    before = seen.split("-")
    if len(before) != len(found):
        return ""
    changed = [row for row, version in zip(found, before, strict=True) if row.version != version]
    return " ".join(
        f"{row.facts.label}: {row.status}{f', {row.detail}' if row.detail else ''}. {row.meaning}" for row in changed
    )
