"""Figures that are looked up, not counted: what lies on this machine's disk, and how the whole house stands."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, connection

from backline.analytics import selectors as analytics
from backline.catalog import selectors as catalog
from backline.connections import selectors as connections
from backline.core import clock, job_queues, jobs
from backline.core.telemetry.exposition import Family, family
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

SHOWN = frozenset(
    {
        "backline_disk_free_bytes", "backline_disk_size_bytes", "backline_outside_last_error_timestamp_seconds",
        "backline_outside_last_success_timestamp_seconds", "backline_outside_requests", "backline_play_database_up",
        "backline_play_events_late", "backline_play_events_lost", "backline_play_events_queued",
        "backline_play_spool_failures", "backline_process_memory_bytes",
        "backline_ship_last_success_timestamp_seconds", "backline_spool_bytes", "backline_spool_lag_seconds",
        "backline_spool_owner_alive", "backline_spool_quarantined_events", "backline_spool_readable",
        "backline_spool_waiting_events",
    }
)  # fmt: skip
"""Figures of processes that their heartbeats carry to the operator's page."""

_UNAVAILABLE = (DatabaseError, InterfaceError, OSError)


def of_machine(settings: Environment) -> list[Family]:
    """Return how the spools and the disk of this machine stand."""
    return [*_disk(settings), *_or_nothing(lambda: _spools(settings))]


def of_house(settings: Environment) -> list[Family]:
    """Return how queues, events, salts and database stand; it is the same whichever machine asks."""
    found = _or_nothing(lambda: [*_database(), *_queues(), *_lake(), *_connections(), *_links()])
    return [
        family("backline_database_up", "gauge", "1 while PostgreSQL answers.", ({}, int(bool(found)))),
        *found,
        *_or_nothing(lambda: _event_store(settings)),
    ]


class StoreSeen(NamedTuple):
    """The store of events in use. ``about`` says what it holds, ``problem`` why it does not answer; one is empty."""

    engine: str
    about: str = ""
    problem: str = ""


def event_store(settings: Environment) -> StoreSeen:
    """Ask the store of events: ClickHouse where ``EVENTS_URL`` names one, else the lake's folder."""
    if settings.events_url:
        # Only here, so that a house without ClickHouse never loads its client.
        from backline.analytics.clickhouse.connection import EventsAwayError  # noqa: PLC0415
        from backline.analytics.clickhouse.store import ClickHouseStore  # noqa: PLC0415

        try:
            version, events = ClickHouseStore.of(settings).about()
        except EventsAwayError as error:
            return StoreSeen("clickhouse", problem=str(error))
        return StoreSeen("clickhouse", about=f"version {version}, {events:,} events")
    lake = analytics.lake_size()
    try:
        os.scandir(settings.lake_folder).close()
    except OSError as error:
        if lake.files:  # else nothing was written yet, and so is its folder
            return StoreSeen("lake", problem=f"its folder cannot be read: {error.strerror}")
    return StoreSeen("lake", about=f"{lake.files:,} files, {lake.rows:,} events")


def _event_store(settings: Environment) -> list[Family]:
    store = event_store(settings)
    return [
        family(
            "backline_event_store_up", "gauge", "1 while the store of events in use answers.",
            ({"engine": store.engine}, int(not store.problem)),
        )
    ]  # fmt: skip


def _or_nothing(look: Callable[[], list[Family]]) -> list[Family]:
    try:
        jobs.drop_dead_connections()
        return look()
    except _UNAVAILABLE as error:
        log.debug("Some figures cannot be had now: %s", error)
        return []
    finally:
        jobs.drop_dead_connections()


def _disk(settings: Environment) -> list[Family]:
    settings.home.mkdir(parents=True, exist_ok=True)
    usage = shutil.disk_usage(settings.home)
    return [
        family("backline_disk_free_bytes", "gauge", "Free space where the state folder lies.", ({}, usage.free)),
        family("backline_disk_size_bytes", "gauge", "Size of the disk of the state folder.", ({}, usage.total)),
    ]


def _spools(settings: Environment) -> list[Family]:
    now = clock.now()
    spools = [({"spool": status.id[:8]}, status) for status in analytics.spool_statuses(settings)]
    return [
        family(
            "backline_spool_waiting_events", "gauge", "Events not yet shipped.", *((at, s.waiting) for at, s in spools)
        ),
        family("backline_spool_bytes", "gauge", "Size on disk.", *((at, s.size_bytes) for at, s in spools)),
        family(
            "backline_spool_lag_seconds", "gauge", "Age of the oldest event not yet shipped.",
            *(
                (at, (now - s.oldest_waiting_at).total_seconds() if s.oldest_waiting_at else 0)
                for at, s in spools
            ),
        ),
        family(
            "backline_spool_owner_alive", "gauge", "1 while its play process lives.",
            *((at, int(s.is_owner_alive)) for at, s in spools),
        ),
        family(
            "backline_spool_quarantined_events", "gauge", "Events of it that were set aside as unreadable.",
            *((at, s.quarantined) for at, s in spools),
        ),
        family(
            "backline_spool_readable", "gauge", "0 while it cannot be read.",
            *((at, int(not s.problem)) for at, s in spools),
        ),
    ]  # fmt: skip


def _database() -> list[Family]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " GROUP BY 1"
        )
        states = cursor.fetchall()
        cursor.execute("SELECT current_setting('max_connections')::int, pg_database_size(current_database())")
        limit, size = cursor.fetchone()
    return [
        family(
            "backline_database_connections", "gauge", "Connections to this database by what they do.",
            *(({"state": state}, count) for state, count in states),
        ),
        family("backline_database_connections_limit", "gauge", "Most connections that PostgreSQL takes.", ({}, limit)),
        family("backline_database_bytes", "gauge", "Size of the database.", ({}, size)),
    ]  # fmt: skip


def _queues() -> list[Family]:
    queues = [({"queue": queue.name}, queue) for queue in job_queues.queue_states()]
    return [
        family("backline_jobs_waiting", "gauge", "Jobs that are due.", *((at, q.waiting) for at, q in queues)),
        family("backline_jobs_scheduled", "gauge", "Jobs for later.", *((at, q.scheduled) for at, q in queues)),
        family("backline_jobs_running", "gauge", "Jobs being done.", *((at, q.running) for at, q in queues)),
        family("backline_jobs_failed", "gauge", "Jobs given up.", *((at, q.failed) for at, q in queues)),
        family(
            "backline_jobs_oldest_seconds", "gauge", "How long the oldest due job has waited.",
            *((at, q.oldest_seconds) for at, q in queues),
        ),
    ]  # fmt: skip


def _connections() -> list[Family]:
    seen = connections.platforms_seen()
    return [
        family(
            "backline_connections", "gauge", "Artists' connections to platforms by their state.",
            *(({"platform": one.key, "state": state}, count) for one in seen for state, count in one.states.items()),
        ),
        family(
            "backline_connection_quota_used_percent", "gauge", "How much of our quota a platform says is used.",
            *(({"platform": one.key}, one.used_percent) for one in seen if one.used_percent is not None),
        ),
        family(
            "backline_connection_links_to_send", "gauge", "Link requests that wait for the operator.",
            ({}, connections.links_to_send()),
        ),
    ]  # fmt: skip


def _links() -> list[Family]:
    return [
        family(
            "backline_link_addresses_gone", "gauge", "Addresses of pages that said once (suspected), twice (dead) no.",
            *(({"status": status.value}, count) for status, count in catalog.health_counts().items()),
        ),
    ]  # fmt: skip


def _lake() -> list[Family]:
    lake = analytics.lake_size()
    return [
        family(
            "backline_events_lost_noted_total", "counter", "Events that play noted it could not keep, ever.",
            ({}, analytics.lost_events()),
        ),
        family("backline_lake_files", "gauge", "Files that questions read.", ({}, lake.files)),
        family("backline_lake_rows", "gauge", "Events in the lake.", ({}, lake.rows)),
        family("backline_lake_bytes", "gauge", "Size of the lake.", ({}, lake.size_bytes)),
        family(
            "backline_lake_compacted_timestamp_seconds", "gauge", "When small files last became a big one.",
            ({}, lake.last_compacted_at.timestamp() if lake.last_compacted_at else 0),
        ),
        family(
            "backline_salts_missing", "gauge", "Days, of today and tomorrow, without a visitor salt.",
            ({}, analytics.days_without_salt()),
        ),
    ]  # fmt: skip
