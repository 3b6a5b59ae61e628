"""Ranked bars as the pages show them: what it is, how much, its share, and where it was the period before."""

from __future__ import annotations

from dataclasses import dataclass

from backline.analytics.breakdowns import Breakdown, Line
from backline.analytics.types import Dimension
from backline.dashboard import figures
from backline.dashboard.figures import Change

SHOWN = 8
"""Lines on the page of all; the rest has a page of its own."""

TITLES = {
    Dimension.COUNTRY: "Countries",
    Dimension.REFERRER_HOST: "Referrers",
    Dimension.SERVICE: "Music services",
    Dimension.DEVICE: "Devices",
    Dimension.BROWSER: "Browsers",
    Dimension.OS: "Operating systems",
    Dimension.LOCALE: "Languages",
    Dimension.REFERRER_KIND: "Kinds of referrers",
    Dimension.UTM_SOURCE: "Source",
    Dimension.UTM_MEDIUM: "Medium",
    Dimension.UTM_CAMPAIGN: "Campaign",
    Dimension.UTM_TERM: "Term",
    Dimension.UTM_CONTENT: "Content",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One line. ``width`` and ``before_at`` are places on the bar, for its shape; the count is always written."""

    label: str
    count: int
    share: str
    width: str
    before_at: str
    change: Change | None
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list of bars. ``more`` is how many lines there are beside them; ``slug`` names the page with all."""

    slug: str
    title: str
    unit: str
    bars: tuple[Bar, ...]
    more: int

    @property
    def names_any(self) -> bool:
        """Tell whether any value is known: the one that stands for what is not known says nothing alone."""
        return any(bar.line is not None and bar.line.is_known for bar in self.bars)


def ranking(title: str, found: Breakdown, *, slug: str = "", most: int = SHOWN, few: int = 0) -> Ranking:
    """Return the first lines as bars, and what is left of the whole as the last of them."""
    top = found.first(most, few=few)
    counts = [top.of(line) for line in top.lines]
    earlier = [getattr(line.before, found.counts) if line.before else 0 for line in top.lines]
    longest = max([1, *counts, *earlier])
    bars = [
        Bar(
            label=line.label,
            count=count,
            share=figures.share(count / found.whole if found.whole else None),
            width=f"{100 * count / longest:.1f}%",
            before_at=f"{100 * before / longest:.1f}%" if before else "",
            change=None if line.before is None else figures.change_of(count, before, is_rate=False),
            line=line,
        )
        for line, count, before in zip(top.lines, counts, earlier, strict=True)
    ]
    more = len(found.lines) - len(top.lines)
    if top.rest:
        label = f"{figures.whole(more)} others" if more > 1 else "Others"
        share = figures.share(top.rest / found.whole)
        bars.append(Bar(label, top.rest, share, f"{min(100.0, 100 * top.rest / longest):.1f}%", "", None))
    unit = "Clicks" if found.counts == "service_clicks" else "Views"
    return Ranking(slug=slug, title=title, unit=unit, bars=tuple(bars), more=more)
