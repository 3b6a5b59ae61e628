"""Judges the lake's events again by the present rules about bots, and rewrites the files in which a verdict changes.

Some bots are known only by what they do within a minute, so all hits of an artist's day are looked at together,
whatever files they lie in: one reading of a month finds what changes, then the files concerned are rewritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from backline.analytics.judging import pipeline
from backline.analytics.judging.agents import JUDGEMENT
from backline.analytics.judging.behaviour import Hit
from backline.analytics.models import LakeFile, Span
from backline.analytics.parquet import lake, merging
from backline.analytics.parquet.merging import Place
from backline.analytics.parquet.replacing import OnStep, alone, go_on, replace
from backline.analytics.types import RejudgeReport
from backline.settings.environment import Environment

_DAY_US = 86_400_000_000
_COLUMNS = ("at", "kind", "link_id", "service", "visitor", "user_agent", "signals")
_READ = ("artist_id", "id", "bot_reason", "bot_name", *_COLUMNS)

Verdict = tuple[str, str]
"""The reason and the name of a bot; both are empty for a person."""


def rejudge(settings: Environment, *, since: datetime, until: datetime, on_step: OnStep = go_on) -> RejudgeReport:
    """Judge the events of ``since`` (included) to ``until`` (excluded) again.

    A crash leaves some files judged again and others not; the next run does the rest.
    """
    rows = 0
    by_reason: Counter[tuple[str, str]] = Counter()
    with alone():
        for first, last in _months(since, until):
            read, verdicts, changes = _changes(settings, first, last)
            rows += read
            by_reason += changes
            if verdicts:
                for file in _files(first, last):
                    _rewrite(settings, file, verdicts, since=first, until=last, on_step=on_step)
    return RejudgeReport(rows=rows, changed=by_reason.total(), by_reason=dict(by_reason))


def _months(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the calendar months (UTC) of the stretch in which there are events, cut at its ends."""
    months = {file.day.replace(day=1) for file in _files(since, until)}
    for month in sorted(months):
        first = datetime(month.year, month.month, 1, tzinfo=UTC)
        yield max(since, first), min(until, (first + timedelta(days=32)).replace(day=1))


def _files(since: datetime, until: datetime) -> list[LakeFile]:
    return list(LakeFile.objects.filter(replaced_at=None, max_at__gte=since, min_at__lt=until).order_by("day", "id"))


def _changes(
    settings: Environment, since: datetime, until: datetime
) -> tuple[int, dict[bytes, Verdict], Counter[tuple[str, str]]]:
    """Return how many events there are, the new verdicts that differ from the old by event id, and their count."""
    read = 0
    verdicts: dict[bytes, Verdict] = {}
    changes: Counter[tuple[str, str]] = Counter()
    for rows in _artists_months(settings, since, until):
        days = pc.divide(rows["at"].cast(pa.int64()), _DAY_US)
        for day in pc.unique(days).to_pylist():
            hits = rows.filter(pc.equal(days, day))
            inside = _inside(hits, since, until).to_pylist()
            ids = merging.plain_ids(hits["id"]).to_pylist()
            old = zip(hits["bot_reason"].to_pylist(), hits["bot_name"].to_pylist(), strict=True)
            for key, is_inside, before, after in zip(ids, inside, old, _judged(hits), strict=True):
                read += is_inside
                if is_inside and before != after:
                    verdicts[key] = after
                    changes[before[0], after[0]] += 1
    return read, verdicts, changes


def _artists_months(settings: Environment, since: datetime, until: datetime) -> Iterator[pa.Table]:
    """Yield each artist's events of the whole days that the stretch touches."""
    first = since.replace(hour=0, minute=0, second=0, microsecond=0)
    last = (until - timedelta(microseconds=1)).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    paths = [settings.lake_folder / file.path for file in _files(first, last)]
    held: list[pa.Table] = []
    for rows in merging.in_order(paths):
        found = rows.select(_READ).filter(_inside(rows, first, last))
        artists = found["artist_id"].to_pylist()
        place = 0
        for artist, group in groupby(artists):
            number = len(list(group))
            if held and held[0]["artist_id"][0].as_py() != artist:
                yield pa.concat_tables(held).combine_chunks()
                held = []
            held.append(found.slice(place, number))
            place += number
    if held:
        yield pa.concat_tables(held).combine_chunks()


def _judged(hits: pa.Table) -> list[Verdict]:
    columns = [hits[name].to_pylist() for name in _COLUMNS[1:]]
    times = pc.divide(hits["at"].cast(pa.int64()), 1000).to_pylist()
    return pipeline.judge_again([Hit(*values) for values in zip(times, *columns, strict=True)])


def _inside(rows: pa.Table, since: datetime, until: datetime) -> pa.ChunkedArray:
    kind = lake.SCHEMA.field("at").type
    return pc.and_(pc.greater_equal(rows["at"], pa.scalar(since, kind)), pc.less(rows["at"], pa.scalar(until, kind)))


def _rewrite(
    settings: Environment,
    file: LakeFile,
    verdicts: Mapping[bytes, Verdict],
    *,
    since: datetime,
    until: datetime,
    on_step: OnStep,
) -> None:
    """Put a file with the new verdicts in the place of one that holds any of their events."""

    def judge(rows: pa.Table) -> pa.Table:
        after = [verdicts.get(key) for key in merging.plain_ids(rows["id"]).to_pylist()]
        is_judged = _inside(rows, since, until)
        changed: dict[str, pa.Array | pa.ChunkedArray] = {
            "judgement": pc.if_else(is_judged, JUDGEMENT, rows["judgement"]),
        }
        for place, name in enumerate(("bot_reason", "bot_name")):
            new = pa.array([None if verdict is None else verdict[place] for verdict in after], pa.string())
            changed[name] = pc.coalesce(new, rows[name])
        for name, column in changed.items():
            rows = rows.set_column(lake.SCHEMA.get_field_index(name), lake.SCHEMA.field(name), column)
        return rows

    path = settings.lake_folder / file.path
    held = (key for rows in merging.in_order([path]) for key in merging.plain_ids(rows["id"]).to_pylist())
    if any(key in verdicts for key in held):
        replace(settings, [file], Place(file.day, Span(file.span)), change=judge, on_step=on_step)
