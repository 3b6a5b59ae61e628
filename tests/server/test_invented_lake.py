"""The lake that questions are measured on has to be what it says, or the figures say nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from backline.analytics.parquet import lake
from backline.server.bench import invented_lake
from backline.server.bench.invented_lake import Plan

PLAN = Plan(events=4_000, last_day=date(2026, 11, 22))


def test_the_lake_holds_its_events_in_the_lakes_own_shape_and_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first, again = (invented_lake.make(tmp_path / name, PLAN, tell=lambda _: None) for name in ("first", "again"))
    other = invented_lake.make(tmp_path / "other", Plan(4_000, PLAN.last_day, seed=1), tell=lambda _: None)
    assert sum(file.rows for file in first) == PLAN.events
    assert [file.sha256 for file in first] == [file.sha256 for file in again] != [file.sha256 for file in other]
    files = [str(tmp_path / "first" / file.path) for file in first]
    found = duckdb.execute(
        'SELECT count(DISTINCT id), count(DISTINCT "at"::DATE), count(DISTINCT country) > 50, '
        "mode(artist_id), count(*) FILTER (WHERE bot_reason <> '') / count(*) BETWEEN 0.06 AND 0.1 "
        "FROM read_parquet($1, hive_partitioning = false)",
        [files],
    ).fetchone()
    assert found == (PLAN.events, invented_lake.DAYS, True, str(invented_lake.artist_id(1)), True)
    names = duckdb.execute("SELECT * FROM read_parquet($1, hive_partitioning = false) LIMIT 0", [files]).description
    assert [name for name, *_ in names] == lake.SCHEMA.names
