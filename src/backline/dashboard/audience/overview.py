"""The page itself: figures by day, by country, referrer, service and so on, hours, pages compared, and bots."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess, Source
from backline.analytics import breakdowns, questions
from backline.analytics.breakdowns import Breakdown
from backline.analytics.types import BotReason, Dimension, FiguresAwayError, Totals
from backline.core import audit, jobs
from backline.core.errors import NotAllowedError, NotFoundError
from backline.dashboard import charts, figures, periods, toasts
from backline.dashboard.access import ArtistRequest, artist_view
from backline.dashboard.audience import hours, rankings, wishes
from backline.dashboard.audience.hours import Hours
from backline.dashboard.audience.rankings import Ranking
from backline.dashboard.audience.wishes import Wish
from backline.dashboard.figures import Figures

PAGES_TO_CHOOSE = 100
"""Pages in the list to choose from, most viewed first; any other is chosen from the pages compared."""

_FIRST = (Dimension.COUNTRY, Dimension.REFERRER_HOST, Dimension.SERVICE)
_THEN = (Dimension.DEVICE, Dimension.BROWSER, Dimension.OS, Dimension.LOCALE)
_TAGS = (
    Dimension.UTM_SOURCE, Dimension.UTM_MEDIUM, Dimension.UTM_CAMPAIGN, Dimension.UTM_TERM, Dimension.UTM_CONTENT,
)  # fmt: skip
PAGES = "pages"
"""The name of the pages compared, among those of the dimensions."""

_NOTHING = Totals()
_BY_NAME = {dimension.value: dimension for dimension in Dimension}

HOW_WE_KNOW = {
    BotReason.DECLARED_BOT: "Names itself in its user agent",
    BotReason.LINK_PREVIEW: "A messenger or network fetched title and picture",
    BotReason.MONITOR: "Names itself as a monitor",
    BotReason.HEADLESS: "A browser that runs without a screen",
    BotReason.LIBRARY: "Names the library of a programming language",
    BotReason.EMPTY_AGENT: "Sent no name at all",
    BotReason.NOT_A_BROWSER: "The name it sent is no browser's",
    BotReason.PREFETCH: "The browser said that it loads ahead",
    BotReason.HEAD_REQUEST: "Asked for no page, only whether there is one",
    BotReason.FAKED_BROWSER: "Lacks what every browser of that name sends",
    BotReason.DATA_CENTRE: "More than ten within a minute, from one visitor there",
    BotReason.BURST: "More taps or pages in a minute than one person makes",
    BotReason.TOO_FAST: "Under 0.3 seconds, or four services in two seconds",
}


@dataclass(frozen=True, slots=True)
class Bots:
    """What was set aside, by reason: label, how we know, hits, width of the bar."""

    total: int
    share: str
    rows: tuple[tuple[str, str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """All that the page shows of a period."""

    figures: Figures
    chart: charts.Chart
    first: tuple[Ranking, ...]
    then: tuple[Ranking, ...]
    tags: tuple[Ranking, ...]
    pages: Breakdown
    hours: Hours | None
    bots: Bots

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody did anything, neither in these days nor in those before."""
        return self.figures.totals == _NOTHING == self.figures.before


@require_safe
@artist_view
def audience(request: ArtistRequest) -> HttpResponse:
    """Show the page."""
    wish = wishes.wish_of(request)
    try:
        picture = _picture(request.access, wish)
    except FiguresAwayError:
        picture = None
    context = {
        "room": "audience",
        "slug": request.slug,
        "wish": wish,
        "period": wish.period,
        "lengths": periods.LENGTHS,
        "picture": picture,
        "choices": _choices(picture),
        "weekdays": hours.DAYS,
        "is_operator": request.access.source is Source.SUPER_ADMIN,
    }
    return render(request, "dashboard/audience/audience.html", context, status=422 if wish.problem else 200)


@require_safe
@artist_view
def values(request: ArtistRequest, name: str) -> HttpResponse:
    """Show every value of one dimension, or every page, as a table."""
    wish = wishes.wish_of(request)
    dimension = _BY_NAME.get(name)
    if dimension is None and name != PAGES:
        raise NotFoundError("There is no such table.")
    title = "Pages compared" if dimension is None else rankings.TITLES[dimension]
    stretch = wish.stretch
    try:
        whole = questions.totals(request.access, since=stretch.since, until=stretch.until, link_id=wish.link_id)
        if dimension is None:
            found = breakdowns.by_page(request.access, stretch, whole=whole)
        else:
            found = breakdowns.by_dimensions(request.access, (dimension,), stretch, whole=whole, link_id=wish.link_id)[
                dimension
            ]
        ranking = rankings.ranking(title, found, slug=name, most=breakdowns.MOST)
    except FiguresAwayError:
        ranking = None
    context = {
        "room": "audience", "slug": request.slug, "wish": wish, "period": wish.period, "title": title,
        "ranking": ranking, "lengths": periods.LENGTHS,
    }  # fmt: skip
    return render(request, "dashboard/audience/values.html", context, status=422 if wish.problem else 200)


@require_POST
@artist_view
def judge_again(request: ArtistRequest) -> HttpResponse:
    """Have the hits of the period judged again. Every artist's are, so only an operator may."""
    if request.access.source is not Source.SUPER_ADMIN:
        raise NotAllowedError("Judging again is for whoever runs this Backline: it is about the pages of all artists.")
    period = wishes.wish_of(request).period
    since, until = period.since.isoformat(), period.until.isoformat()
    jobs.enqueue("analytics.judge_again", queue="maintenance", once="judge-again", since=since, until=until)
    audit.record(
        "events.judge_again",
        actor=accounts.actor_of(request.access),
        object_type="artist",
        object_id=request.access.artist_id,
        artist_id=request.access.artist_id,
    )
    toasts.done(request, f"The hits of {period.label} are judged again. The figures follow when that is done.")
    return redirect(f"{reverse('dashboard:audience', args=[request.slug])}?{request.GET.urlencode()}#bots")


def _picture(access: ArtistAccess, wish: Wish) -> Picture:
    period, stretch, link_id = wish.period, wish.stretch, wish.link_id
    shown = figures.of(access, period=period, link_id=link_id)
    days_before = questions.series(
        access, since=period.before_since, until=period.before_until, timezone=period.zone, link_id=link_id
    )
    found = breakdowns.by_dimensions(access, (*_FIRST, *_THEN, *_TAGS), stretch, whole=shown.totals, link_id=link_id)

    def ranked(dimensions: tuple[Dimension, ...]) -> tuple[Ranking, ...]:
        return tuple(rankings.ranking(rankings.TITLES[each], found[each], slug=each.value) for each in dimensions)

    week = questions.by_hour(access, since=period.since, until=period.until, timezone=period.zone, link_id=link_id)
    return Picture(
        figures=shown,
        chart=shown.chart(days_before, wish.metric),
        first=ranked(_FIRST),
        then=ranked(_THEN),
        tags=tuple(tag for tag in ranked(_TAGS) if tag.names_any),
        pages=breakdowns.by_page(access, stretch, whole=shown.totals),
        hours=hours.grid(week),
        bots=_bots(access, wish, people=shown),
    )


def _bots(access: ArtistAccess, wish: Wish, *, people: Figures) -> Bots:
    period = wish.period
    found = questions.bot_reasons(access, since=period.since, until=period.until, link_id=wish.link_id)
    counted = people.totals
    every = found.total + counted.views + counted.service_clicks + counted.share_clicks + counted.saves
    every += counted.video_plays
    most = max(found.reasons.values(), default=1)
    return Bots(
        total=found.total,
        share=f"{figures.share(found.total / every)} of {figures.whole(every)}" if every else "",
        rows=tuple(
            (reason.label, HOW_WE_KNOW[reason], hits, f"{100 * hits / most:.1f}%")
            for reason, hits in found.reasons.items()
        ),
    )


def _choices(picture: Picture | None) -> tuple[tuple[str, str], ...]:
    """Return pages to choose from: id and title."""
    lines = picture.pages.lines if picture else ()
    return tuple((line.key, line.label) for line in lines if line.key)[:PAGES_TO_CHOOSE]
