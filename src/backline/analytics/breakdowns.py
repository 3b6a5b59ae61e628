"""Who came from where: the metrics by country, referrer and so on, against the period before, most first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backline.accounts.types import ArtistAccess
from backline.analytics import labels, ports, questions
from backline.analytics.types import Dimension, Totals, ValueTotals

MOST = 500
"""Values that are asked for. What is rarer stands under the others."""
_NOTHING = Totals()
_GONE = "A page that is gone"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period and the one before it; ``until`` and ``before_until`` are excluded, all are aware instants."""

    since: datetime
    until: datetime
    before_since: datetime
    before_until: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One value with its metrics; ``before`` is None when nothing can be said.

    ``is_known`` is False for the line of what is not known. Of a page ``key`` is the id of its link (empty for the
    hub), and ``url`` its address.
    """

    label: str
    now: Totals
    before: Totals | None
    key: str = ""
    url: str = ""
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The values of a dimension, or the pages of an artist. ``counts`` is the metric that they are ranked by."""

    lines: tuple[Line, ...]
    counts: str
    whole: int

    def of(self, line: Line) -> int:
        """Return the count that a line is ranked by."""
        return int(getattr(line.now, self.counts))

    @property
    def rest(self) -> int:
        """Return what the lines leave of the whole."""
        return max(0, self.whole - sum(map(self.of, self.lines)))

    def first(self, most: int, *, few: int = 0) -> Breakdown:
        """Return the first lines; with ``few``, only those of which there are at least so many."""
        kept = [line for line in self.lines[:most] if self.of(line) >= few]
        return Breakdown(tuple(kept), self.counts, self.whole)


def by_dimensions(
    access: ArtistAccess,
    dimensions: Sequence[Dimension],
    stretch: Stretch,
    *,
    whole: Totals,
    link_id: UUID | None = None,
) -> Mapping[Dimension, Breakdown]:
    """Return the values of each dimension. ``whole`` are the totals of the period; services are ranked by clicks."""
    now, before = (
        questions.by_dimensions(access, since=since, until=until, dimensions=dimensions, link_id=link_id, limit=MOST)
        for since, until in ((stretch.since, stretch.until), (stretch.before_since, stretch.before_until))
    )
    return {each: _of_values(each, now[each], before[each], whole=whole) for each in dimensions}


def by_page(access: ArtistAccess, stretch: Stretch, *, whole: Totals) -> Breakdown:
    """Return the artist's pages that anybody opened."""
    now = questions.by_link(access, since=stretch.since, until=stretch.until)
    before = questions.by_link(access, since=stretch.before_since, until=stretch.before_until)
    names: Mapping[str, ports.PageName] = ports.page_names(access.artist_id)
    lines = []
    for link, found in now.items():
        name = names.get(link, ports.PageName(_GONE, ""))
        lines.append(Line(name.title, found, before.get(link, _NOTHING), link, name.url))
    return _ranked([line for line in lines if line.now.views or line.now.service_clicks], "views", whole)


def _of_values(
    dimension: Dimension, now: Sequence[ValueTotals], before: Sequence[ValueTotals], *, whole: Totals
) -> Breakdown:
    counts = "service_clicks" if dimension is Dimension.SERVICE else "views"
    then = labels.labelled(dimension, before)
    unknown = labels.label_of(dimension, "")
    absent = _NOTHING if len(before) < MOST else None
    lines = [
        Line(label, found, then.get(label, absent), is_known=label != unknown)
        for label, found in labels.labelled(dimension, now).items()
        if getattr(found, counts)
    ]
    return _ranked(lines, counts, whole)


def _ranked(lines: list[Line], counts: str, whole: Totals) -> Breakdown:
    in_all = max(getattr(whole, counts), sum(getattr(line.now, counts) for line in lines))
    lines.sort(key=lambda line: (-getattr(line.now, counts), -line.now.service_clicks, line.label))
    return Breakdown(tuple(lines), counts, in_all)
