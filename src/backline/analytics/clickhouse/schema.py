"""The tables in ClickHouse and how they come about: numbered migrations, each recorded when it has run.

A migration's statements may be repeated, so that a crash between a statement and the record does no harm. Callers hold
the lock in PostgreSQL that lets one process at a time migrate.

No table names an engine: ClickHouse's ``default_table_engine`` decides, ``MergeTree`` unless the operator's profile
says ``ReplicatedMergeTree``.
"""

from __future__ import annotations

from dataclasses import dataclass

from backline.analytics.clickhouse.connection import ClickHouse

DEDUPLICATION_WINDOW = 10_000
"""Of so many blocks the newest, the tokens are kept: about five hours of one spool that ships every two seconds."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    statements: tuple[str, ...]


_EVENTS = f"""
CREATE TABLE IF NOT EXISTS events (
    artist_id String CODEC(ZSTD(1)),
    link_id String CODEC(ZSTD(1)),
    at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    id UUID CODEC(ZSTD(1)),
    kind LowCardinality(String),
    service LowCardinality(String),
    country LowCardinality(String),
    referrer_host LowCardinality(String),
    utm_source LowCardinality(String),
    utm_medium LowCardinality(String),
    utm_campaign LowCardinality(String),
    utm_term LowCardinality(String),
    utm_content LowCardinality(String),
    locale LowCardinality(String),
    visitor String CODEC(ZSTD(1)),
    consent LowCardinality(String),
    device LowCardinality(String),
    browser LowCardinality(String),
    os LowCardinality(String),
    user_agent LowCardinality(String),
    bot_reason LowCardinality(String),
    bot_name LowCardinality(String),
    referrer_kind LowCardinality(String),
    marks LowCardinality(String),
    click_ids String CODEC(ZSTD(3)),
    signals LowCardinality(String),
    judgement LowCardinality(String)
)
PARTITION BY toYYYYMM(at)
ORDER BY (artist_id, link_id, at, id)
SETTINGS non_replicated_deduplication_window = {DEDUPLICATION_WINDOW},
    fsync_after_insert = 1, fsync_part_directory = 1
"""
"""An acknowledged block survives a power cut, as the spool is trimmed behind it: hence the two ``fsync`` settings."""

_VERDICTS = """
CREATE TABLE IF NOT EXISTS verdicts (id UUID, bot_reason LowCardinality(String), bot_name LowCardinality(String))
ORDER BY (bot_reason, bot_name, id)
"""
"""New judgements on their way into ``events``; empty between two runs."""

MIGRATIONS = (
    Migration(1, "events", (_EVENTS,)),
    Migration(2, "verdicts", (_VERDICTS,)),
)


def migrate(clickhouse: ClickHouse) -> tuple[str, ...]:
    """Bring the tables up to date; returns the names of the migrations that ran. Raises ``EventsAwayError``."""
    clickhouse.run(
        "CREATE TABLE IF NOT EXISTS backline_migrations (number UInt32, name String, applied_at DateTime DEFAULT now())"
        " ORDER BY number"
    )
    ran = []
    known = applied(clickhouse)
    for migration in MIGRATIONS:
        if migration.number not in known:
            for statement in migration.statements:
                clickhouse.run(statement)
            clickhouse.run(
                "INSERT INTO backline_migrations (number, name) SELECT {number:UInt32}, {name:String}",
                number=migration.number,
                name=migration.name,
            )
            ran.append(f"clickhouse.{migration.number:04}_{migration.name}")
    return tuple(ran)


def applied(clickhouse: ClickHouse) -> frozenset[int]:
    """Return the numbers of the migrations that have run."""
    return frozenset(number for (number,) in clickhouse.rows("SELECT number FROM backline_migrations"))
