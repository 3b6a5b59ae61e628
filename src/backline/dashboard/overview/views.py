"""The overview: is it working, what needs me, what do I do next."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.analytics import questions
from backline.analytics.types import FiguresAwayError
from backline.catalog import selectors as catalog
from backline.connections import selectors as connections
from backline.dashboard import figures, periods
from backline.dashboard.access import ArtistRequest, artist_view
from backline.dashboard.figures import Board, Figures, spelled
from backline.dashboard.overview import checklist, needs
from backline.dashboard.smart_links.forms import AddForm
from backline.links import selectors as links
from backline.links.types import LinkKind, LinkRow

RELEASES_SHOWN = 5
LINKS_READ = 20
"""Links read at a time until enough of them are releases."""


@require_safe
@artist_view
def overview(request: ArtistRequest) -> HttpResponse:
    """Show the artist's overview."""
    access = request.access
    period = periods.last(periods.DEFAULT_DAYS)
    counts = links.link_counts(access)
    progress = catalog.import_progress(access)
    settings = links.artist_link_settings(access)
    board = _board(access, period)
    shown = board.figures
    steps = checklist.of(
        slug=request.slug,
        is_connected=connections.spotify_connection(access) is not None,
        has_public_link=counts.public > 0,
        has_views=board.has_ever_been_seen,
        has_company=len(accounts.artist_team(access)) > 1 or bool(accounts.pending_invitations(access)),
        hub_url=settings.hub_url,
    )
    waiting = catalog.waiting_count(access) if access.can_edit else 0  # only an editor can answer
    needed = needs.of(
        slug=request.slug,
        counts=counts,
        progress=progress,
        waiting=waiting,
        connections=connections.needing_attention(access),
        dead=links.dead_addresses(access) if access.can_edit else (),
    )
    context = {
        "room": "overview",
        "slug": request.slug,
        "add_form": AddForm(),
        "is_first_run": counts.total == 0,
        "progress": progress,
        "needs": needed,
        "checklist": steps,
        "figures": shown,
        "chart": board.chart,
        "lead": lead_of(shown, len(needed)),
        "covers": [(row, board.of_link(row.id)) for row in _latest_releases(access)],
        "counts": counts,
        "hub_url": settings.hub_url,
    }
    return render(request, "dashboard/overview/overview.html", context)


def _latest_releases(access: ArtistAccess) -> list[LinkRow]:
    """Return the newest releases; playlists stand among the links and are passed over."""
    found: list[LinkRow] = []
    after = ""
    while True:
        page = links.links_page(access, after=after, limit=LINKS_READ)
        found += [row for row in page.rows if row.kind is LinkKind.RELEASE]
        after = page.next_cursor
        if len(found) >= RELEASES_SHOWN or not after:
            return found[:RELEASES_SHOWN]


def _board(access: ArtistAccess, period: periods.Period) -> Board:
    try:
        shown = figures.of(access, period=period)
        return Board(
            figures=shown,
            by_link=questions.by_link(access, since=period.since, until=period.until),
            chart=figures.chart_of(shown, access),
            has_ever_been_seen=shown.totals.views > 0 or questions.last_event_at(access) is not None,
        )
    except FiguresAwayError:
        return figures.AWAY


def lead_of(shown: Figures | None, needed: int) -> str:
    """Say in a sentence or two how it goes and whether anything is to do."""
    if shown is None:
        said = "The figures cannot be read now; counting goes on."
    elif shown.totals.views == 0:
        said = "No fan has opened a page in the last 28 days."
    elif shown.before.views == 0:
        said = "Fans are opening your pages, and none did in the 28 days before."
    elif shown.cards[0].change.direction == "same":
        said = "Views are level with the 28 days before."
    else:
        change = shown.cards[0].change
        relation = "in" if change.names_before else "on"
        said = f"Views are {change.direction} {change.text} {relation} the 28 days before."
    if needed == 0:
        return f"{said} Nothing needs you now."
    return f"{said} One thing needs you." if needed == 1 else f"{said} {spelled(needed)} things need you."
