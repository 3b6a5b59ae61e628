"""Ships events from the spools into the event store: a range exactly once, whatever dies at whatever step.

Per spool: write down which rows come next (a short transaction of its own), so that a repetition ships the very same
range at the very same time. Then, in one PostgreSQL transaction that holds the spool's row: send the rows through the
pipeline, put them into the store and move ``shipped_through``. Only after the commit are the rows trimmed from the
spool. Before the commit a crash leaves at most what the store knows not to count twice; after it, rows that are
trimmed later.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.db.models import F

from backline.analytics import salts, store
from backline.analytics.judging import pipeline
from backline.analytics.judging.agents import warm_up
from backline.analytics.models import Spool
from backline.analytics.parquet import compaction
from backline.analytics.parquet.lake import Origin
from backline.analytics.shipping import copies
from backline.analytics.shipping.spool import (
    Batch,
    Quarantined,
    SpoolDamagedError,
    SpoolReader,
    SpoolUnreadableError,
    delete_if_finished,
    quarantine,
    restore_length,
    set_aside_file,
    spool_ids,
)
from backline.analytics.types import ShipReport
from backline.core import clock
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

BATCH_ROWS = 50_000
BATCH_BYTES = 32 * 1024 * 1024
ROUND_SECONDS = 2.0
"""Between two rounds when nothing waits: a tap is on the dashboard within ten seconds, most of them in three."""
TIDY_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 30.0
OUTAGES = (DatabaseError, InterfaceError, OSError)
"""What passes by itself; anything else is a defect and is logged with its place."""
FORGET_LOCK_AFTER = "60s"
"""A shipper that stands still for longer, stopped or swapped out, loses its lock; what it then commits is refused."""


class ShipStep(StrEnum):
    """The moments of shipping one batch, in order; a crash after any of them changes nothing."""

    READ = "read"
    PLANNED = "planned"
    LOCKED = "locked"
    JUDGED = "judged"
    QUARANTINED = "quarantined"
    WRITTEN = "written"
    STORED = "stored"
    ADVANCED = "advanced"
    COMMITTED = "committed"
    TRIMMED = "trimmed"
    FINISHED = "finished"


class ZombieError(Exception):
    """Another shipper moved the spool on while this one stood still; nothing of this batch is kept."""


OnStep = Callable[[ShipStep], None]


def _go_on(_: ShipStep) -> None:
    """Do nothing: the hook of a shipper that nobody watches."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The rows behind ``after`` that are shipped next. A repeat was planned before, and may be in the store already."""

    batch: Batch
    after: int
    at: datetime
    is_repeat: bool = False


@dataclass(slots=True)
class _Tally:
    """A report in the making."""

    spools: int = 0
    events: int = 0
    bots: int = 0
    files: int = 0
    quarantined: int = 0
    oldest_ms: int | None = None
    has_backlog: bool = False

    def report(self, problems: list[str]) -> ShipReport:
        lag = 0.0 if self.oldest_ms is None else max(0.0, clock.now().timestamp() - self.oldest_ms / 1000)
        return ShipReport(
            self.spools, self.events, self.bots, self.files, self.quarantined, lag, self.has_backlog, tuple(problems)
        )


def ship_once(
    settings: Environment,
    *,
    on_step: OnStep = _go_on,
    batch_rows: int = BATCH_ROWS,
    batch_bytes: int = BATCH_BYTES,
) -> ShipReport:
    """Ship at most one batch of every spool of this machine that no other shipper holds.

    ``on_step`` is told of every step (tests). What concerns one spool or the lake's disk is reported in ``problems``
    and does not hold up the other spools; raises :class:`django.db.DatabaseError` when PostgreSQL is away.
    """
    tally = _Tally()
    problems: list[str] = []
    for spool_id in spool_ids(settings.spool_folder):
        try:
            _ship_spool(settings, spool_id, tally=tally, on_step=on_step, rows=batch_rows, size_bytes=batch_bytes)
        except SpoolUnreadableError as error:
            problems.append(str(error))
            if not isinstance(error, SpoolDamagedError):
                continue
            if restore_length(settings.spool_folder, spool_id):
                problems.append(f"Spool {spool_id} was cut short; what is left of it is read next.")
            elif set_aside_file(settings.spool_folder, spool_id):
                problems.append(f"Spool {spool_id} was moved into the quarantine folder whole.")
        except ZombieError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"Spool {spool_id} waits: {error.strerror or error} ({error.filename or 'event store'}).")
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            log.exception("Spool %s could not be shipped.", spool_id)
            problems.append(f"Spool {spool_id} waits because of a defect; the log says where.")
    return tally.report(problems)


def _ship_spool(
    settings: Environment, spool_id: str, *, tally: _Tally, on_step: OnStep, rows: int, size_bytes: int
) -> None:
    Spool.objects.bulk_create([Spool(id=spool_id, node=socket.gethostname())], ignore_conflicts=True)
    folder = settings.spool_folder
    with SpoolReader(folder, spool_id) as reader:
        plan = _plan(reader, rows=rows, size_bytes=size_bytes, on_step=on_step)
        if plan is None:
            return  # another shipper is at it
        on_step(ShipStep.PLANNED)
        batch = plan.batch
        if batch.through > plan.after:
            with _held(spool_id) as spool:
                if spool is None or spool.shipped_through != plan.after:
                    return  # another shipper came between
                on_step(ShipStep.LOCKED)
                _store(settings, spool, plan, tally=tally, on_step=on_step)
        on_step(ShipStep.COMMITTED)
        reader.trim(through=batch.through)
        on_step(ShipStep.TRIMMED)
    tally.has_backlog |= batch.is_full
    if not batch.is_full and delete_if_finished(folder, spool_id, shipped_through=batch.through):
        Spool.objects.filter(pk=spool_id).update(finished_at=clock.now())
        on_step(ShipStep.FINISHED)


@contextlib.contextmanager
def _held(spool_id: str) -> Iterator[Spool | None]:
    """Hold a spool's row for one transaction; nothing is handed out while another shipper holds it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{FORGET_LOCK_AFTER}'")
        yield Spool.objects.select_for_update(skip_locked=True).filter(pk=spool_id).first()


def _plan(reader: SpoolReader, *, rows: int, size_bytes: int, on_step: OnStep) -> _Plan | None:
    """Read what is to be shipped next, and write down how far it reaches; None while another shipper is at it."""
    with _held(reader.id) as spool:
        if spool is None:
            return None
        _note_losses(reader, spool)
        after = spool.shipped_through
        if spool.planned_through > after:
            # No more than a batch at a time: after a restore all that waits counts as a repeat.
            batch = reader.read_again(after=after, through=min(spool.planned_through, after + rows))
            on_step(ShipStep.READ)
            return _Plan(batch, after, spool.planned_at, is_repeat=True)
        batch = reader.read(after=after, rows=rows, size_bytes=size_bytes)
        on_step(ShipStep.READ)
        now = clock.now()
        if batch.through > after:
            Spool.objects.filter(pk=spool.pk).update(planned_through=batch.through, planned_at=now)
        return _Plan(batch, after, now)


def expect_repeats(settings: Environment) -> None:
    """Say that whatever waits in this machine's spools may have been shipped before, as after a restore.

    A database of its own for events was not restored with the rest, so it may hold them: there they count once.
    """
    for spool_id in spool_ids(settings.spool_folder):
        with contextlib.suppress(SpoolUnreadableError), SpoolReader(settings.spool_folder, spool_id) as reader:
            last = reader.last_seq() or 0
            Spool.objects.bulk_create([Spool(id=spool_id, node=socket.gethostname())], ignore_conflicts=True)
            Spool.objects.filter(pk=spool_id, planned_through__lt=last).update(
                planned_through=last, planned_at=clock.now()
            )


def _note_losses(reader: SpoolReader, spool: Spool) -> None:
    """Add what the process could not keep to its record, each note once; the row is held."""
    lost, through = reader.losses(after=spool.losses_through)
    if lost:
        Spool.objects.filter(pk=spool.pk).update(lost=F("lost") + lost, losses_through=through)
        log.error("Spool %s: %d events could not be kept while there was no room for them.", spool.pk, lost)


def _store(settings: Environment, spool: Spool, plan: _Plan, *, tally: _Tally, on_step: OnStep) -> None:
    """Put a batch into the event store and move the spool on, within the present transaction."""
    batch = plan.batch
    outcome = pipeline.run(batch.rows, now=plan.at)
    on_step(ShipStep.JUDGED)
    aside: tuple[Quarantined, ...] = batch.unreadable + outcome.dropped
    if aside:
        quarantine(settings.spool_folder, spool.pk, aside)
        on_step(ShipStep.QUARANTINED)
    copies.keep(settings, spool.pk, batch.rows, outcome.drafts, at=plan.at)
    origin = Origin(spool_id=spool.pk, first_seq=plan.after + 1, last_seq=batch.through)
    written = store.in_use(settings).add(
        outcome.drafts, origin=origin, is_repeat=plan.is_repeat, on_written=functools.partial(on_step, ShipStep.WRITTEN)
    )
    on_step(ShipStep.STORED)
    moved = Spool.objects.filter(pk=spool.pk, shipped_through=plan.after).update(
        shipped_through=batch.through,
        shipped_events=spool.shipped_events + len(outcome.drafts),
        quarantined=spool.quarantined + len(aside),
        last_shipped_at=clock.now(),
    )
    if moved != 1:
        raise ZombieError(f"Spool {spool.pk} was shipped by another worker; this batch is dropped.")
    on_step(ShipStep.ADVANCED)
    tally.spools += 1
    tally.events += len(outcome.drafts)
    tally.bots += sum(1 for draft in outcome.drafts if draft.bot_reason)
    tally.files += written
    tally.quarantined += len(aside)
    if outcome.drafts:
        oldest = min(draft.at_ms for draft in outcome.drafts)
        tally.oldest_ms = oldest if tally.oldest_ms is None else min(tally.oldest_ms, oldest)


def run_forever(
    stop: threading.Event,
    settings: Environment,
    *,
    round_seconds: float = ROUND_SECONDS,
    tidy_seconds: float = TIDY_SECONDS,
    on_round: Callable[[ShipReport], None] | None = None,
) -> None:
    """Ship until ``stop`` is set: at once while there is a backlog, else every ``round_seconds``.

    Never raises, neither for an outage nor for a defect: it waits longer and longer (30 s at most), says so in the
    log, and goes on. Tidying up is done between two rounds.
    """
    failures = 0
    next_tidy = 0.0
    while not stop.is_set():
        try:
            warm_up()
            close_old_connections()
            report = ship_once(settings)
            failures, wait = _pace(report, failures, round_seconds)
            if on_round is not None:
                on_round(report)
        except OUTAGES as error:
            failures += 1
            wait = _longer(failures, round_seconds)
            log.warning("Events wait, the next try is in %.0f s (%d in a row): %s", wait, failures, str(error).strip())
            _let_go()
        except Exception:
            failures += 1
            wait = _longer(failures, round_seconds)
            log.exception("Events wait because of a defect, the next try is in %.0f s (%d in a row).", wait, failures)
            _let_go()
        if time.monotonic() >= next_tidy and not stop.is_set():
            _tidy(settings)
            next_tidy = time.monotonic() + tidy_seconds
        stop.wait(wait)
    connection.close()


def _tidy(settings: Environment) -> None:
    """See to salts, to many small files and to old copies; what goes wrong is tried again with the next tidying."""
    try:
        salts.ensure_salts()
        if not settings.events_url:
            compaction.tidy(settings)
        copies.delete_old(settings)
    except OUTAGES as error:
        log.warning("The event lake is tidied up later: %s", str(error).strip())
        _let_go()
    except Exception:
        log.exception("The event lake could not be tidied up because of a defect.")
        _let_go()


def _let_go() -> None:
    """Close a connection that may be broken; the next round opens another."""
    with contextlib.suppress(DatabaseError, InterfaceError):
        connection.close()


def _longer(failures: int, round_seconds: float) -> float:
    return min(LONGEST_WAIT_SECONDS, round_seconds * 2.0 ** min(failures, 10))


def _pace(report: ShipReport, failures: int, round_seconds: float) -> tuple[int, float]:
    """Return how many rounds in a row have failed, and how long to wait before the next one."""
    if report.events or report.quarantined:
        log.info(
            "Shipped %d events, %d of bots, in %d files; %d set aside; the oldest waited %.1f s.",
            report.events, report.bots, report.files, report.quarantined, report.lag_seconds,
        )  # fmt: skip
    if report.problems:
        failures += 1
        wait = round_seconds if report.events else _longer(failures, round_seconds)
        log.warning("The next try is in %.0f s (%d in a row): %s", wait, failures, " ".join(report.problems))
        return failures, wait
    return 0, 0.0 if report.backlog else round_seconds
