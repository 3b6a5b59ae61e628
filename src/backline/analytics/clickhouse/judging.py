"""Judges the events in ClickHouse again by the present rules about bots.

Some bots are known only by what they do within a minute, so all hits of an artist's day (UTC) are judged together. The
verdicts that change go into a table of their own, and one mutation per month puts them into the events: what is shipped
meanwhile is not touched.
"""

# ruff: noqa: S608 - texts of statements are made of our own names only; every value is a parameter

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pyarrow as pa

from backline.analytics.clickhouse.connection import ClickHouse
from backline.analytics.clickhouse.engine import BETWEEN, milliseconds
from backline.analytics.judging import pipeline
from backline.analytics.judging.agents import JUDGEMENT
from backline.analytics.judging.behaviour import Hit
from backline.analytics.types import RejudgeReport

_DAY = timedelta(days=1)


def rejudge(clickhouse: ClickHouse, *, since: datetime, until: datetime) -> RejudgeReport:
    """Judge the events of ``since`` (included) to ``until`` (excluded) again.

    One run at a time. A crash leaves some months judged again and others not; the next run does the rest.
    """
    rows = 0
    by_reason: Counter[tuple[str, str]] = Counter()
    for (month,) in clickhouse.rows(
        f"SELECT DISTINCT toYYYYMM(at) AS month FROM events WHERE {BETWEEN} ORDER BY month", **_stretch(since, until)
    ):
        first = datetime(month // 100, month % 100, 1, tzinfo=UTC)
        start, end = max(since, first), min(until, (first + 32 * _DAY).replace(day=1))
        clickhouse.run("TRUNCATE TABLE verdicts")
        day = start.replace(hour=0, minute=0, second=0, microsecond=0)
        while day < end:
            read, changes = _judge_day(clickhouse, day, start, end)
            rows += read
            by_reason += changes
            day += _DAY
        _put_in(clickhouse, month, start, end)
    clickhouse.run("TRUNCATE TABLE verdicts")
    return RejudgeReport(rows=rows, changed=by_reason.total(), by_reason=dict(by_reason))


def _stretch(since: datetime, until: datetime) -> dict[str, Any]:
    return {"since": milliseconds(since), "until": milliseconds(until)}


def _judge_day(
    clickhouse: ClickHouse, day: datetime, since: datetime, until: datetime
) -> tuple[int, Counter[tuple[str, str]]]:
    """Write down the verdicts of a day that change; returns how many events were judged, and the changes by reason."""
    read = 0
    changes: Counter[tuple[str, str]] = Counter()
    verdicts: list[tuple[str, str, str]] = []
    first_ms, last_ms = milliseconds(since), milliseconds(until)
    for events in _by_artist(clickhouse, day):
        hits = [Hit(*event[:7]) for event in events]
        for (at_ms, *_, event_id, reason, name), after in zip(events, pipeline.judge_again(hits), strict=True):
            if first_ms <= at_ms < last_ms:
                read += 1
                if (reason, name) != after:
                    verdicts.append((event_id, *after))
                    changes[reason, after[0]] += 1
    if verdicts:
        ids, reasons, names = (pa.array(column, pa.string()) for column in zip(*verdicts, strict=True))
        table = pa.table({"id": ids, "bot_reason": reasons, "bot_name": names})
        clickhouse.insert("verdicts", table, token="")
    return read, changes


def _by_artist(clickhouse: ClickHouse, day: datetime) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the events of a day, an artist's at a time."""
    found = clickhouse.stream(
        "SELECT artist_id, toUnixTimestamp64Milli(at), kind, link_id, service, visitor, user_agent, signals, "
        f"toString(id), bot_reason, bot_name FROM events WHERE {BETWEEN} ORDER BY artist_id",
        **_stretch(day, day + _DAY),
    )
    for _, events in groupby(found, key=lambda event: event[0]):
        yield [event[1:] for event in events]


def _put_in(clickhouse: ClickHouse, month: int, since: datetime, until: datetime) -> None:
    """Put a month's verdicts into its events, and the version of the rules into all that were judged."""
    kinds = clickhouse.rows("SELECT DISTINCT bot_reason, bot_name FROM verdicts ORDER BY bot_reason, bot_name")
    place = f"IN PARTITION ID '{month}'"
    changes = []
    parameters: dict[str, Any] = _stretch(since, until) | {"judgement": JUDGEMENT}
    for number, (reason, name) in enumerate(kinds):
        parameters[f"reason{number}"], parameters[f"name{number}"] = reason, name
        verdict = f"bot_reason = {{reason{number}:String}} AND bot_name = {{name{number}:String}}"
        changes.append(
            f"UPDATE bot_reason = {{reason{number}:String}}, bot_name = {{name{number}:String}} {place} "
            f"WHERE id IN (SELECT id FROM verdicts WHERE {verdict})"
        )
    changes.append(
        f"UPDATE judgement = {{judgement:String}} {place} WHERE {BETWEEN} AND judgement <> {{judgement:String}}"
    )
    clickhouse.run(
        f"ALTER TABLE events {', '.join(changes)}",
        settings={"mutations_sync": 2, "allow_nondeterministic_mutations": 1},
        **parameters,
    )
