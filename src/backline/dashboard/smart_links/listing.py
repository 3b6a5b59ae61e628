"""The list of links with the six metrics above it (SL-50 to SL-53), its CSV, and why hits are set aside."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from backline.accounts.types import ArtistAccess
from backline.analytics import metrics, questions
from backline.analytics.types import FiguresAwayError, Metric, Totals
from backline.connections import selectors as connections
from backline.connections.types import CLAIMS_TO_REVIEW
from backline.dashboard import charts, figures, periods
from backline.dashboard.access import ArtistRequest, artist_view
from backline.dashboard.figures import Board
from backline.dashboard.periods import Period
from backline.dashboard.smart_links import importing, states
from backline.dashboard.smart_links.forms import AddForm
from backline.links import selectors as links
from backline.links.types import LinkCounts, LinkRow, LinkState

PAGE_SIZE = 25
QUERY_LENGTH = 120
CSV_BATCH = 500

SORTS = {"views": "Most views", "newest": "Newest", "rate": "Highest service click rate"}

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell instead of showing it."""

NONE = Totals()


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks the list for."""

    state: LinkState | None
    query: str
    sort: str
    after: str

    @property
    def is_filtered(self) -> bool:
        """Tell whether some links may be left out."""
        return self.state is not None or bool(self.query)


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a segment."""

    label: str
    value: str
    count: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    link: LinkRow
    badge: states.Badge
    totals: Totals
    sparkline: charts.Sparkline | None


def wish_of(request: ArtistRequest) -> Wish:
    """Read the address; nonsense counts as not asked."""
    state = request.GET.get("state", "")
    sort = request.GET.get("sort", "views")
    return Wish(
        state=LinkState(state) if state in LinkState.values else None,
        query=request.GET.get("q", "").strip()[:QUERY_LENGTH],
        sort=sort if sort in SORTS else "views",
        after=request.GET.get("after", ""),
    )


def ranked(ids: Sequence[UUID], sort: str, totals: Mapping[str, Totals]) -> list[UUID]:
    """Return the links, which come newest first, in the order that is asked for; equals stay newest first."""
    if sort == "newest":
        return list(ids)

    def standing(link_id: UUID) -> tuple[float, int, int]:
        figure = totals.get(str(link_id), NONE)
        rate = figure.service_click_rate
        first = (-1.0 if rate is None else rate) if sort == "rate" else 0.0
        return (-first, -figure.views, -figure.service_clicks)

    return sorted(ids, key=standing)


def page_of(ids: Sequence[UUID], *, after: str, size: int) -> tuple[list[UUID], str]:
    """Return the page behind the link ``after``, and the cursor of the next one, empty on the last.

    A cursor names the last link of a page, so that a link that comes in above it repeats and drops nothing.
    """
    start = 0
    if after:
        names = [link_id.hex for link_id in ids]
        start = names.index(after) + 1 if after in names else len(ids)
    shown = list(ids[start : start + size])
    return shown, shown[-1].hex if shown and start + size < len(ids) else ""


def _board(access: ArtistAccess, period: Period) -> Board:
    """Ask for everything above and beside the table; the list is there even when the figures are not."""
    try:
        return Board(
            figures=figures.of(access, period=period),
            by_link=questions.by_link(access, since=period.since, until=period.until),
        )
    except FiguresAwayError:
        return figures.AWAY


def _lines(access: ArtistAccess, rows: Sequence[LinkRow], board: Board, period: Period) -> list[Line]:
    seen = [row.id for row in rows if board.of_link(row.id).views]
    try:
        series = questions.by_link_series(
            access, since=period.since, until=period.until, timezone=period.zone, link_ids=seen
        )
    except FiguresAwayError:
        series = {}
    lines = []
    for row in rows:
        days = series.get(str(row.id))
        line = None
        if days is not None:
            shape = charts.whole_days([day.views for day in days], period)
            line = charts.sparkline(shape, label=f"Views of {row.title}, {period.days} days")
        lines.append(Line(link=row, badge=states.badge_of(row), totals=board.of_link(row.id), sparkline=line))
    return lines


def state_choices(counts: LinkCounts, wish: Wish) -> tuple[Choice, ...]:
    """Return the filters by state. The rare states appear when a link is in them or when they are asked for."""
    choices = [Choice("All", "", None, wish.state is None)]
    for state in LinkState:
        count: int = getattr(counts, state.value)
        is_current = wish.state is state
        if count or is_current or state in (LinkState.PUBLIC, LinkState.UNPUBLISHED):
            choices.append(Choice(str(state.label), state.value, count, is_current))
    return tuple(choices)


def page(request: ArtistRequest, *, add_form: AddForm | None = None, status: int = 200) -> HttpResponse:
    """Answer with the list; ``add_form`` keeps what was pasted when it was refused."""
    access = request.access
    period = periods.of(request)
    wish = wish_of(request)
    board = _board(access, period)
    fitting = ranked(links.link_ids(access, state=wish.state or "", query=wish.query), wish.sort, board.by_link)
    shown_ids, next_cursor = page_of(fitting, after=wish.after, size=PAGE_SIZE)
    rows = links.links_by_id(access, link_ids=shown_ids)
    counts = links.link_counts(access)
    job = importing.job_of(request)
    connection = connections.spotify_connection(access)
    context = {
        "room": "links",
        "slug": request.slug,
        "add_form": add_form or AddForm(),
        "job": job,
        "period": period,
        "figures": board.figures,
        "lines": _lines(access, [rows[link_id] for link_id in shown_ids if link_id in rows], board, period),
        "counts": counts,
        "matching": len(fitting),
        "next_cursor": next_cursor,
        "wish": wish,
        "choices": state_choices(counts, wish),
        "sorts": tuple(SORTS.items()),
        "lengths": periods.LENGTHS,
        "page_size": PAGE_SIZE,
        "hub_url": links.artist_link_settings(access).hub_url if job and job.progress.is_running else "",
        "csv_query": f"?{request.GET.urlencode()}" if request.GET else "",
        "is_connected": counts.total > 0 or connection is not None,
        "is_held": connection is not None and connection.claim_basis in CLAIMS_TO_REVIEW,
    }
    return render(request, "dashboard/smart_links/links.html", context, status=status)


@require_safe
@artist_view
def links_view(request: ArtistRequest) -> HttpResponse:
    """Show the list."""
    return page(request)


@require_safe
@artist_view
def links_csv(request: ArtistRequest) -> StreamingHttpResponse:
    """Hand out the whole filtered list with its figures as CSV."""
    period = periods.of(request)
    wish = wish_of(request)
    totals = questions.by_link(request.access, since=period.since, until=period.until)
    response = StreamingHttpResponse(
        _csv_lines(request, wish, totals), content_type="text/csv; charset=utf-8", headers={"X-Accel-Buffering": "no"}
    )
    name = f"smart-links-{request.slug}-{period.first_day}-{period.today}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Echo:
    """A file that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(request: ArtistRequest, wish: Wish, totals: Mapping[str, Totals]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # a spreadsheet reads UTF-8 only when told
    yield writer.writerow(["Title", "Type", "Released", "State", "Address", *(m.label for m in metrics.METRICS)])
    fitting = ranked(links.link_ids(request.access, state=wish.state or "", query=wish.query), wish.sort, totals)
    for start in range(0, len(fitting), CSV_BATCH):
        batch = fitting[start : start + CSV_BATCH]
        rows = links.links_by_id(request.access, link_ids=batch)
        for row in (rows[link_id] for link_id in batch if link_id in rows):
            figure = totals.get(str(row.id), NONE)
            yield writer.writerow(
                [
                    _cell(row.title),
                    row.release_type or row.kind,
                    row.released,
                    row.state_label,
                    row.public_url,
                    *(_value(figure, metric) for metric in metrics.METRICS),
                ]
            )


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _value(figure: Totals, metric: Metric) -> str:
    value = getattr(figure, metric.key)
    if value is None:
        return ""
    return f"{figures.percent_of(value) / 100:.3f}" if metric.is_rate else str(value)


@require_safe
@artist_view
def bots(request: ArtistRequest) -> HttpResponse:
    """Say which hits are set aside and why."""
    period = periods.of(request)
    summary = questions.bot_reasons(request.access, since=period.since, until=period.until)
    rows = [(reason.label, count, f"{count / summary.total * 100:.1f}%") for reason, count in summary.reasons.items()]
    context = {
        "room": "links",
        "slug": request.slug,
        "period": period,
        "summary": summary,
        "rows": rows,
        "lengths": periods.LENGTHS,
    }
    return render(request, "dashboard/smart_links/bots.html", context)
