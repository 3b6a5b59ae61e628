"""How the house stands, in sentences: what is well, what is not, and what to do about it. One section per matter."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from django.db import connection

from backline.analytics import selectors as analytics
from backline.analytics.parquet import compaction
from backline.catalog import selectors as catalog
from backline.catalog.types import Health
from backline.connections import selectors as connections
from backline.core import clock, heartbeats, job_queues, vault
from backline.core.heartbeats import ProcessSeen
from backline.links import selectors as links
from backline.server.operations.figures import event_store
from backline.settings.environment import Environment

Tone = Literal["live", "quiet", "attention", "problem"]

SILENT_AFTER = timedelta(seconds=45)
LATE_JOB_SECONDS = 300
LATE_EVENT_SECONDS = 120
LITTLE_SPACE_BYTES = 1 << 30
LITTLE_SPACE_SHARE = 0.1
_TONES: tuple[Tone, ...] = ("quiet", "live", "attention", "problem")
SHAPES = {"quiet": "paused", "live": "active", "attention": "issue", "problem": "error"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: its name, how it is in a few words, figures about it, and what to do where there is something."""

    name: str
    tone: Tone
    state: str
    detail: str = ""
    to_do: str = ""
    job_id: int | None = None

    @property
    def shape(self) -> str:
        """The shape that goes with the tone, so that colour says nothing alone."""
        return SHAPES[self.tone]


@dataclass(frozen=True, slots=True)
class Section:
    """A matter with its lines; its tone is that of its worst line."""

    title: str
    lines: tuple[Line, ...]
    empty: str = ""

    @property
    def tone(self) -> Tone:
        """The tone of the worst line."""
        return max((line.tone for line in self.lines), key=_TONES.index, default="quiet")

    @property
    def is_wrong(self) -> bool:
        """Tell whether somebody should look."""
        return self.tone in ("attention", "problem")


@dataclass(frozen=True, slots=True)
class Status:
    """Everything, and one sentence about it."""

    sections: tuple[Section, ...]
    worst: Tone = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "worst", max((one.tone for one in self.sections), key=_TONES.index))

    @property
    def lead(self) -> str:
        """Say in one sentence how the house stands."""
        wrong = [section.title.lower() for section in self.sections if section.is_wrong]
        if not wrong:
            return "Everything that was looked at is well."
        matters = wrong[0] if len(wrong) == 1 else f"{', '.join(wrong[:-1])} and {wrong[-1]}"
        return f"Please look at: {matters}."


def status_of(settings: Environment) -> Status:
    """Look at everything. The database must answer; raises :class:`django.db.DatabaseError` when it does not."""
    seen = heartbeats.processes_seen()
    return Status(
        (
            Section("Programs", tuple(_programs(settings, seen))),
            Section("Fans' events", tuple(_events(seen))),
            Section("Spools", tuple(_spools(seen)), "No spool yet: play makes one when it starts."),
            Section("Jobs", tuple(_jobs()), "No job waits."),
            Section("Given-up jobs", tuple(_failed()), "None."),
            Section("Stored events", tuple(_store(settings))),
            Section("Database", tuple(_database())),
            Section("Keys of stored tokens", tuple(_keys()), "No key is configured; no platform can be connected."),
            Section("Platform connections", tuple(_connections()), "No platform can be connected."),
            Section("Where pages lead", tuple(_links())),
            Section("Outside services", tuple(_outside(seen)), "Nothing was asked of them since the programs started."),
            Section("Disks", tuple(_disks(seen))),
        )
    )


def figure(process: ProcessSeen, name: str, **labels: str) -> float | None:
    """Return one of a process's figures, its samples added up; None where it has none."""
    found = [
        sample.value
        for each in process.figures
        if each.name == name
        for sample in each.samples
        if labels.items() <= sample.labels.items()
    ]
    return sum(found) if found else None


def is_silent(process: ProcessSeen) -> bool:
    """Tell whether a process was not heard of lately."""
    return clock.now() - process.seen_at > SILENT_AFTER


def _living(seen: tuple[ProcessSeen, ...]) -> tuple[ProcessSeen, ...]:
    return tuple(process for process in seen if not is_silent(process))


def _programs(settings: Environment, seen: tuple[ProcessSeen, ...]) -> Iterator[Line]:
    wanted = ("web", "play", "worker") if settings.is_production else ("web", "play", "worker", "sandbox")
    for program in wanted:
        mine = [process for process in seen if process.program == program]
        living = [process for process in mine if not is_silent(process)]
        if not living:
            last = max(mine, key=lambda process: process.seen_at, default=None)
            heard = f"last heard of {ago(last.seen_at.timestamp())} on {last.node}" if last else "never heard of"
            yield Line(program, "problem", "Not running", heard, f"Start it: `backline {program}`. {_MISSED[program]}")
        for process in living:
            memory = figure(process, "backline_process_memory_bytes") or 0
            detail = (
                f"{process.node}, process {process.place + 1}; up {_span(clock.now() - process.started_at)}, "
                f"{_bytes(memory)} of memory, version {process.version}"
            )
            yield Line(program, "live", "Running", detail)
    versions = {process.version for process in _living(seen)}
    if len(versions) > 1:
        yield Line("Versions", "attention", "Differ", ", ".join(sorted(versions)), "Restart what runs the older one.")


_MISSED = {
    "web": "Nobody can sign in meanwhile; fans notice nothing.",
    "play": "Fans get no page meanwhile.",
    "worker": "Events and jobs wait meanwhile; nothing is lost.",
    "sandbox": "Nothing outside can be asked meanwhile.",
}


def _events(seen: tuple[ProcessSeen, ...]) -> Iterator[Line]:
    plays = [process for process in _living(seen) if process.program == "play"]
    for name, label, what, to_do in (
        ("backline_play_events_lost", "Lost", "dropped because disk and memory were full",
         "Make room on the disk of play's machine. What was dropped is on no disk and cannot be had back."),
        ("backline_play_events_late", "Late", "clicks that were answered before their event was on disk",
         "The disk of play's machine is slow or was full for a while. They were written later, or count as lost."),
        ("backline_play_spool_failures", "Failed writes", "tries to write that failed",
         "Look at the disk of play's machine; the log of play says what it answers."),
    ):  # fmt: skip
        count = int(sum(figure(process, name) or 0 for process in plays))
        tone: Tone = "live" if not count else "problem" if label == "Lost" else "attention"
        yield Line(label, tone, f"{count:,}", f"{what}, since play started", to_do if count else "")
    queued = int(sum(figure(process, "backline_play_events_queued") or 0 for process in plays))
    yield Line("In memory", "attention" if queued > 10_000 else "live", f"{queued:,}", "on their way to the disk")
    noted = analytics.lost_events()
    yield Line(
        "Lost, ever", "attention" if noted else "live", f"{noted:,}", "as play processes noted when there was room",
        "They are on no disk: the figures of those days are too low by as much." if noted else "",
    )  # fmt: skip
    missing = analytics.days_without_salt()
    yield Line(
        "Visitor salts", "problem" if missing else "live", "Missing" if missing else "Ready",
        "for today and tomorrow" if not missing else f"for {missing} of today and tomorrow",
        "The worker makes them. Is it running?" if missing else "",
    )  # fmt: skip


def _spools(seen: tuple[ProcessSeen, ...]) -> Iterator[Line]:
    for process in _living(seen):
        spools = {
            sample.labels["spool"]: sample.value
            for each in process.figures
            if each.name == "backline_spool_waiting_events"
            for sample in each.samples
        }
        if process.place:
            continue  # workers of one machine see the same spools
        for spool, waiting in spools.items():
            yield _spool(process, spool, int(waiting))


def _spool(process: ProcessSeen, spool: str, waiting: int) -> Line:
    size = figure(process, "backline_spool_bytes", spool=spool) or 0
    lag = figure(process, "backline_spool_lag_seconds", spool=spool) or 0
    aside = int(figure(process, "backline_spool_quarantined_events", spool=spool) or 0)
    owner = "its process lives" if figure(process, "backline_spool_owner_alive", spool=spool) else "its owner ended"
    detail = f"{process.node}; {_bytes(size)}, {owner}"
    if waiting:
        detail += f"; the oldest event waits {_span(timedelta(seconds=lag))}"
    if not figure(process, "backline_spool_readable", spool=spool):
        return Line(
            spool,
            "problem",
            "Cannot be read",
            detail,
            "The worker's log says why. The file is kept until it can.",
        )
    if aside:
        return Line(
            spool, "attention", f"{aside:,} set aside", detail,
            "Events that could not be read lie in spool/quarantine in the state folder; `backline doctor` names them.",
        )  # fmt: skip
    if lag > LATE_EVENT_SECONDS:
        to_do = "Figures on the dashboard stand still. Is the worker running, and does the lake's disk have room?"
        return Line(spool, "attention", f"{waiting:,} events wait", detail, to_do)
    return Line(spool, "live", f"{waiting:,} events wait" if waiting else "Empty", detail)


def _jobs() -> Iterator[Line]:
    for queue in job_queues.queue_states():
        is_late = queue.oldest_seconds > LATE_JOB_SECONDS
        detail = f"{queue.running:,} running, {queue.scheduled:,} for later"
        if queue.waiting:
            detail += f"; the oldest waits {_span(timedelta(seconds=queue.oldest_seconds))}"
        to_do = "Is the worker running? If it is, raise BACKLINE_WORKER_THREADS." if is_late else ""
        yield Line(queue.name, "attention" if is_late else "live", f"{queue.waiting:,} waiting", detail, to_do)


def _failed() -> Iterator[Line]:
    for job in job_queues.failed_jobs():
        when = f"given up {ago(job.at.timestamp())}" if job.at else "given up"
        yield Line(
            job.name, "attention", f"{job.attempts} tries", f"queue {job.queue}, {when}",
            "The worker's log says what went wrong. When that is mended, run it again.", job.id,
        )  # fmt: skip


def _store(settings: Environment) -> Iterator[Line]:
    store = event_store(settings)
    name = "ClickHouse" if store.engine == "clickhouse" else "Lake"
    if store.problem:
        to_do = "The dashboard has no figures meanwhile. Events wait in their spools; nothing is lost. Bring it back."
        yield Line(name, "problem", "Does not answer", store.problem, to_do)
    elif store.engine == "clickhouse":
        yield Line(name, "live", "Answers", store.about)
    if store.engine == "clickhouse":
        return
    lake = analytics.lake_size()
    merged = ago(lake.last_compacted_at.timestamp()) if lake.last_compacted_at else "never"
    detail = f"{lake.files:,} files, {_bytes(lake.size_bytes)}; small files were last merged: {merged}"
    yield Line("Events", "live", f"{lake.rows:,}", detail)
    for problem in compaction.problems(settings):
        yield Line("Left as it is", "attention", "Problem", problem, "Nothing is lost. `backline doctor` says more.")


def _database() -> Iterator[Line]:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('max_connections')::int,"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),"
            " pg_database_size(current_database())"
        )
        version, limit, used, size = cursor.fetchone()
    took = (time.perf_counter() - began) * 1000
    detail = f"PostgreSQL {version.split()[0]}, {_bytes(size)}; {used} of {limit} connections"
    is_full = used > 0.8 * limit
    to_do = "Nearly all connections are taken: raise max_connections." if is_full else ""
    yield Line("PostgreSQL", "attention" if is_full else "live", f"Answers in {took:.0f} ms", detail, to_do)


def _keys() -> Iterator[Line]:
    for use in vault.key_uses():
        wraps = f"data keys wrapped under it: {use.data_keys:,}"
        if not use.is_configured:
            to_do = "Put that key back into BACKLINE_ENCRYPTION_KEYS and start Backline again: what it seals is closed."
            yield Line(use.key_id, "problem", "Missing", wraps, to_do)
        else:
            yield Line(use.key_id, "live", "Current" if use.is_current else "Opens only", wraps)


def _connections() -> Iterator[Line]:
    for one in connections.platforms_seen():
        counts = ", ".join(f"{state.replace('_', ' ')} {count:,}" for state, count in sorted(one.states.items()))
        level = f"; access level {one.access_level}" if one.access_level else ""
        used = f"; {one.used_percent} % of the quota used" if one.used_percent is not None else ""
        detail = f"{counts or 'nobody connected it yet'}{used}{level}"
        if one.states["unknown"]:
            to_do = "It said something that this version does not know. The log names it; look for an update."
            yield Line(one.label, "attention", "Unknown status", detail, to_do)
        elif one.is_resting:
            to_do = "Its quota is used up, or nearly so. It is left alone for now, and goes on by itself."
            yield Line(one.label, "attention", "Resting", detail, to_do)
        else:
            yield Line(one.label, "live", f"{one.states['connected']:,} connected", detail)
    if waiting := connections.links_to_send():
        to_do = "Send them in Google Ads, then say so under Operator, Links."
        yield Line("Link requests", "attention", f"{waiting:,} to send", "Artists wait for them.", to_do)


def _links() -> Iterator[Line]:
    counts = catalog.health_counts()
    detail = f"{counts[Health.SUSPECTED]:,} more said so once and are asked again at night"
    yield Line("Dead addresses", "live", f"{counts[Health.DEAD]:,}", detail)
    waiting = links.open_reports()
    to_do = "Look at them under Page reports on the operator's pages: settle them, or take the page down."
    yield Line(
        "Reported pages", "attention" if waiting else "live", f"{waiting:,}", "reports wait", to_do if waiting else ""
    )


def _outside(seen: tuple[ProcessSeen, ...]) -> Iterator[Line]:
    outcomes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    last_well: dict[str, float] = defaultdict(float)
    last_bad: dict[str, float] = defaultdict(float)
    for process in _living(seen):
        for each in process.figures:
            for sample in each.samples:
                service = sample.labels.get("service", "")
                if each.name == "backline_outside_requests":
                    outcomes[service][sample.labels["outcome"]] += sample.value
                elif each.name == "backline_outside_last_success_timestamp_seconds":
                    last_well[service] = max(last_well[service], sample.value)
                elif each.name == "backline_outside_last_error_timestamp_seconds":
                    last_bad[service] = max(last_bad[service], sample.value)
    for service in sorted(outcomes):
        yield _service(service, outcomes[service], last_well=last_well[service], last_bad=last_bad[service])


def _service(service: str, outcomes: dict[str, float], *, last_well: float, last_bad: float) -> Line:
    asked, refused = int(sum(outcomes.values())), int(outcomes.get("429", 0))
    failed = int(outcomes.get("5xx", 0) + outcomes.get("unreachable", 0))
    detail = f"{asked:,} questions, {failed:,} failed, {refused:,} told to slow down"
    detail += f"; last good answer {ago(last_well)}" if last_well else "; no good answer yet"
    if last_bad > last_well:
        to_do = "It is asked again by itself. If that lasts, look at the service's own status page and at our settings."
        return Line(service, "attention", "Not well", f"{detail}; last trouble {ago(last_bad)}", to_do)
    return Line(service, "live", "Answers", detail)


def _disks(seen: tuple[ProcessSeen, ...]) -> Iterator[Line]:
    for process in _living(seen):
        free, size = figure(process, "backline_disk_free_bytes"), figure(process, "backline_disk_size_bytes")
        if process.place or free is None or not size:
            continue
        is_little = free < LITTLE_SPACE_BYTES or free / size < LITTLE_SPACE_SHARE
        tone: Tone = "problem" if free < LITTLE_SPACE_BYTES else "attention" if is_little else "live"
        to_do = "Make room: events, covers and the database need it." if is_little else ""
        yield Line(process.node, tone, f"{_bytes(free)} free", f"of {_bytes(size)}", to_do)


def ago(at: float) -> str:
    """Return how long ago a moment was (seconds since 1970): ``4 min ago``."""
    seconds = max(0.0, clock.now().timestamp() - at)
    return "just now" if seconds < 15 else f"{_span(timedelta(seconds=seconds))} ago"


def _span(span: timedelta) -> str:
    seconds = max(0.0, span.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _bytes(size: float) -> str:
    for unit, length in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size:.0f} B"
