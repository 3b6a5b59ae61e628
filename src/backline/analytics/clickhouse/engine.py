"""Answers questions with ClickHouse's SQL; the same answers as :mod:`backline.analytics.parquet.engine` gives."""

# ruff: noqa: S608 - texts of questions are made of our own names only; every value is a parameter

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa

from backline.analytics import rows as exported
from backline.analytics.calendar_days import DAY_MS, HOUR_MS, MONDAY_HOURS, WEEK_HOURS, Offsets
from backline.analytics.clickhouse.connection import (
    ASK_SECONDS,
    MAINTAIN_SECONDS,
    ClickHouse,
    Connect,
    EventsAwayError,
)
from backline.analytics.metrics import KINDS
from backline.analytics.types import BotReason, Dimension, FiguresAwayError, Scope, Totals, ValueTotals


def _listed(kinds: Sequence[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


_EVERY_KIND = _listed([kind for kinds in KINDS.values() for kind in kinds])
_COUNTS = ", ".join(
    [f"countIf(bot_reason = '' AND kind IN ({_listed(kinds)})) AS {key}" for key, kinds in KINDS.items()]
    + [f"countIf(bot_reason <> '' AND kind IN ({_EVERY_KIND})) AS bots"]
)
"""The columns of a row of totals, in the order of :class:`Totals`."""

BETWEEN = "at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')"
"""The condition of a stretch of time, whose ends are given in :func:`milliseconds`."""

_LAST_EVENT_STRETCHES = (timedelta(days=2), timedelta(days=30), timedelta(days=36_500))
"""How far back the last event is looked for, in steps: most artists had one today."""


class ClickHouseEngine:
    """A :class:`~backline.analytics.engine.LakeEngine` over the table ``events``."""

    def __init__(self, connect: Connect) -> None:
        self._clickhouse = ClickHouse(connect, seconds=ASK_SECONDS)
        self._long = ClickHouse(connect, seconds=MAINTAIN_SECONDS)

    def totals(self, scope: Scope) -> Totals:
        """Return the metrics of the scope."""
        return Totals(*self._ask(scope, f"SELECT {_COUNTS} FROM events WHERE {{scope}}")[0])

    def by_link(self, scope: Scope) -> Mapping[str, Totals]:
        """Return the metrics of every link with an event."""
        rows = self._ask(scope, f"SELECT link_id, {_COUNTS} FROM events WHERE {{scope}} GROUP BY link_id")
        return {link: Totals(*counts) for link, *counts in rows}

    def by_day(self, scope: Scope, offsets: Offsets) -> Mapping[int, Totals]:
        """Return the metrics of every day with an event."""
        rows = self._ask(scope, f"SELECT {_day(offsets)} AS day, {_COUNTS} FROM events WHERE {{scope}} GROUP BY day")
        return {day: Totals(*counts) for day, *counts in rows}

    def by_link_and_day(
        self, scope: Scope, offsets: Offsets, links: Sequence[UUID]
    ) -> Mapping[tuple[str, int], Totals]:
        """Return the metrics of every day with an event of each of the links."""
        rows = self._ask(
            scope,
            f"SELECT link_id, {_day(offsets)} AS day, {_COUNTS} FROM events "
            "WHERE {scope} AND link_id IN {links:Array(String)} GROUP BY link_id, day",
            links=[str(link) for link in links],
        )
        return {(link, day): Totals(*counts) for link, day, *counts in rows}

    def by_values(
        self, scope: Scope, dimensions: Sequence[Dimension], limit: int
    ) -> Mapping[Dimension, Sequence[ValueTotals]]:
        """Return of each dimension the metrics of the values with most views, then most clicks, then by name."""
        columns = ", ".join(dimension.value for dimension in dimensions)
        rows = self._ask(
            scope,
            f"SELECT dimension, {_COUNTS}, value FROM events "
            f"ARRAY JOIN [{_listed(dimensions)}] AS dimension, [{columns}] AS value "
            "WHERE {scope} GROUP BY dimension, value "
            "HAVING views + service_clicks + share_clicks + saves + video_plays > 0 "
            "ORDER BY dimension, views DESC, service_clicks DESC, value LIMIT {limit:UInt32} BY dimension",
            limit=limit,
        )
        found: dict[Dimension, list[ValueTotals]] = {}
        for name, *row in rows:
            found.setdefault(Dimension(name), []).append(ValueTotals(*row))
        return found

    def by_hour(self, scope: Scope, offsets: Offsets) -> Mapping[int, Totals]:
        """Return the metrics of every hour of the week with an event."""
        hour = f"modulo(intDiv({_local(offsets)}, {HOUR_MS}) + {MONDAY_HOURS}, {WEEK_HOURS})"
        rows = self._ask(scope, f"SELECT {hour} AS hour, {_COUNTS} FROM events WHERE {{scope}} GROUP BY hour")
        return {found: Totals(*counts) for found, *counts in rows}

    def rows(self, scope: Scope, *, with_bots: bool) -> Iterator[pa.RecordBatch]:
        """Yield what is counted as rows."""
        condition, values = _condition(scope)
        question = (
            f"SELECT {exported.columns('intDiv(toUnixTimestamp64Milli(at), 60000) * 60')} FROM events "
            f"WHERE {condition} AND {exported.counted(with_bots)}"
        )
        found = self._long.stream(question, **values)
        try:
            while rows := list(itertools.islice(found, exported.BATCH)):
                yield exported.shaped([pa.array(column) for column in zip(*rows, strict=True)])
        except EventsAwayError as error:
            raise FiguresAwayError from error

    def bot_reasons(self, scope: Scope) -> Mapping[BotReason, int]:
        """Return how many hits were set aside, by reason."""
        rows = self._ask(
            scope,
            "SELECT bot_reason, count() AS hits FROM events "
            f"WHERE {{scope}} AND bot_reason <> '' AND kind IN ({_EVERY_KIND}) "
            "GROUP BY bot_reason ORDER BY hits DESC, bot_reason",
        )
        return {BotReason(reason): hits for reason, hits in rows}

    def last_event_at(self, scope: Scope) -> datetime | None:
        """Return when the last event of a person was, or None."""
        until = scope.until
        for stretch in _LAST_EVENT_STRETCHES:
            since = max(scope.since, scope.until - stretch)
            found = self._ask(
                Scope(scope.artist_id, since, until, scope.link_id),
                "SELECT toUnixTimestamp64Milli(max(at)) FROM events "
                f"WHERE {{scope}} AND bot_reason = '' AND kind IN ({_EVERY_KIND}) HAVING count() > 0",
            )
            if found:
                return datetime.fromtimestamp(found[0][0] / 1000, tz=UTC)
            until = since
            if since <= scope.since:
                break
        return None

    def _ask(self, scope: Scope, question: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Put a question; ``{scope}`` in it becomes the condition. Raises :class:`FiguresAwayError`."""
        condition, values = _condition(scope)
        try:
            return self._clickhouse.rows(question.replace("{scope}", condition), **parameters, **values)
        except EventsAwayError as error:
            raise FiguresAwayError from error


def _condition(scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the condition of a scope, and its parameters."""
    condition = f"artist_id = {{artist:String}} AND {BETWEEN}"
    values: dict[str, Any] = {
        "artist": str(scope.artist_id),
        "since": milliseconds(scope.since),
        "until": milliseconds(scope.until),
    }
    if scope.link_id is None:
        return condition, values
    return f"{condition} AND link_id = {{link:String}}", {**values, "link": str(scope.link_id)}


def milliseconds(at: datetime) -> int:
    """Return the first whole millisecond since 1970 that is not before ``at``; events have no finer times."""
    return -((datetime(1970, 1, 1, tzinfo=UTC) - at) // timedelta(milliseconds=1))


def _day(offsets: Offsets) -> str:
    """Return the expression of an event's day number."""
    return f"intDiv({_local(offsets)}, {DAY_MS})"


def _local(offsets: Offsets) -> str:
    """Return the expression of an event's local time; the offsets are numbers of our own, so they stand in the text."""
    instant = "toUnixTimestamp64Milli(at)"
    expression = str(offsets[-1][1])
    for number in range(len(offsets) - 2, -1, -1):
        expression = f"if({instant} < {offsets[number + 1][0]}, {offsets[number][1]}, {expression})"
    return f"{instant} + {expression}"
