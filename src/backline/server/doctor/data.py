"""Checks of what is stored and what waits: jobs, spools, the event lake."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from backline.analytics import selectors
from backline.analytics.parquet import compaction, manifest
from backline.core import vault
from backline.links import selectors as links
from backline.server import keys
from backline.server.doctor.findings import Finding
from backline.settings import environment

MANY_EVENTS = 100_000
WORKER_SILENCE_SECONDS = 10
MOST_HOSTS = 10


def check(settings: environment.Environment) -> Iterator[Finding]:
    """Yield what is found about jobs and events. Django must be up."""
    yield from _jobs()
    yield _keys()
    yield _destinations()
    yield _spools(settings)
    if settings.events_url:
        yield _clickhouse(settings)
    else:
        yield _lake(settings)


def _jobs() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)",
            [WORKER_SILENCE_SECONDS],
        )
        workers = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),"
            " count(*) FILTER (WHERE status = 'doing'), count(*) FILTER (WHERE status = 'failed')"
            " FROM procrastinate_jobs"
        )
        waiting, running, failed = cursor.fetchone()
    if workers:
        yield Finding("worker", "ok", f"{workers} at work, {running} jobs running, {waiting} waiting")
    else:
        fix = "Start it (`backline up` or `backline worker`)."
        yield Finding("worker", "warn", f"none runs; {waiting} jobs wait", fix)
    if failed:
        fix = "Open them on the operator's pages (/operator/); each says what happened."
        yield Finding("failed jobs", "warn", f"{failed} jobs were given up", fix)


def _keys() -> Finding:
    uses = vault.key_uses()
    if missing := keys.missing_keys(uses):
        fix = "`backline keys check` names them; docs/operators/keys.md says what to do when they are gone for good."
        return Finding("token keys", "fail", missing, fix)
    if not uses:
        fix = "Put one into BACKLINE_ENCRYPTION_KEYS (`backline keys new` makes it), or no platform can be connected."
        return Finding("token keys", "fail", "no key is configured", fix)
    counted = sum(use.data_keys for use in uses)
    return Finding("token keys", "ok", f"{len(uses)} configured, {counted:,} data keys wrapped, none under another key")


def _destinations() -> Finding:
    hosts = links.unlisted_hosts()
    if not hosts:
        return Finding("destinations", "ok", "artists' own addresses lead to listed hosts only")
    shown = ", ".join(f"{host} ({count:,})" for host, count in list(hosts.items())[:MOST_HOSTS])
    found = f"{sum(hosts.values()):,} addresses of artists lead to {len(hosts):,} hosts that are not listed: {shown}"
    fix = "They stay. Look at them; BACKLINE_DESTINATION_HOSTS takes the good ones."
    return Finding("destinations", "warn", found, fix)


def _spools(settings: environment.Environment) -> Finding:
    statuses = selectors.spool_statuses(settings)
    waiting = sum(status.waiting for status in statuses)
    quarantined = sum(status.quarantined for status in statuses)
    lost = sum(status.lost for status in statuses)
    found = f"{len(statuses)} spools, {waiting:,} events wait to be shipped"
    if lost:
        fix = "Play's disk or its spool (BACKLINE_SPOOL_MEBIBYTES) was full. See docs/reliability.md."
        return Finding("events", "warn", f"{found}, {lost:,} could not be kept", fix)
    if quarantined:
        fix = f"Look at the files in {settings.spool_folder / 'quarantine'}; they hold what could not be read."
        return Finding("events", "warn", f"{found}, {quarantined:,} unreadable ones set aside", fix)
    if waiting > MANY_EVENTS:
        return Finding("events", "warn", found, "Is the worker running? It ships them.")
    return Finding("events", "ok", found)


def _lake(settings: environment.Environment) -> Finding:
    report = manifest.check(settings)
    size = f"{report.size_bytes / (1 << 20):.1f} MiB"
    found = f"Parquet on this machine: {report.files} files, {report.rows:,} events, {size}"
    left = compaction.problems(settings)
    if report.is_sound and left:
        fix = "Nothing is lost. Bring damaged files back from a backup."
        return Finding("event lake", "warn", f"{found}. {' '.join(left[:5])}", fix)
    if report.is_sound:
        return Finding("event lake", "ok", found)
    shown = ", ".join(dict.fromkeys(report.damaged[:5]))
    fix = "Run `backline lake verify`, then bring the files back from a backup or run `backline lake repair`."
    return Finding("event lake", "fail", f"{found}; damaged or missing: {shown}", fix)


def _clickhouse(settings: environment.Environment) -> Finding:
    from backline.analytics.clickhouse.connection import EventsAwayError  # noqa: PLC0415 - only where it is used
    from backline.analytics.clickhouse.store import ClickHouseStore  # noqa: PLC0415

    try:
        version, events = ClickHouseStore.of(settings).about()
    except EventsAwayError as error:
        fix = "Events wait in their spools and nothing is lost. Start ClickHouse, or correct EVENTS_URL."
        return Finding("event store", "fail", str(error), fix)
    found = f"ClickHouse {version}: {events:,} events"
    left = selectors.lake_size().rows
    if left:
        found += f"; the {left:,} in the lake on this machine are not read (`backline events copy` copies them)"
    return Finding("event store", "ok", found)
