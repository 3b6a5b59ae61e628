"""The program that runs the jobs and ships the events."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NoReturn

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections
from procrastinate import exceptions as job_errors
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from backline.analytics import salts
from backline.core import jobs
from backline.server.operations import reporting
from backline.server.operations.listener import WorkerHealth, listen
from backline.settings import environment

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
LOST_AFTER_SECONDS = 15.0
"""A worker that has not been heard of for this long is dead: its jobs go back to the queue."""

SWEEP_SECONDS = 5.0
GRACE_SECONDS = 10.0
"""How long running jobs may go on when the program is told to stop; the rest is run again later."""


def run(settings: environment.Environment, *, lost_after_seconds: float = LOST_AFTER_SECONDS) -> None:
    """Run jobs and ship events until SIGTERM or SIGINT. Django must be up."""
    salts.ensure_salts()
    health = WorkerHealth()
    stop = health.shipping
    shipper = threading.Thread(target=_ship, args=(health, settings), name="shipper", daemon=True)
    shipper.start()
    reporting.begin(reporting.worker(), stop)
    listener = listen(settings, health)
    try:
        asyncio.run(_work(health, threads=settings.worker_threads, lost_after_seconds=lost_after_seconds))
    finally:
        stop.set()
        if listener is not None:
            listener.shutdown()
        shipper.join(GRACE_SECONDS)
        reporting.worker().stop()


async def _work(health: WorkerHealth, *, threads: int, lost_after_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    # A job is an ordinary function and runs in this pool, whose default size ignores our setting;
    # a few threads are kept for the worker's own calls.
    loop.set_default_executor(ThreadPoolExecutor(max_workers=threads + 4, thread_name_prefix="job"))
    sweeper = asyncio.create_task(_sweep_forever(lost_after_seconds))
    ticker = asyncio.create_task(_tick_forever(health))
    worker_app = _app_of_worker()
    async with worker_app.open_async():
        work = asyncio.create_task(
            worker_app.run_worker_async(
                name="backline",
                concurrency=threads,
                fetch_job_polling_interval=2.0,
                shutdown_graceful_timeout=GRACE_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=lost_after_seconds,
                install_signal_handlers=False,
                delete_jobs="successful",
            )
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _once(work.cancel))
        try:
            await work
        except asyncio.CancelledError:
            log.info("The worker has stopped.")
        except job_errors.ConnectorException as error:
            _end_at_once(f"The database is away ({error}), and without it this worker may be taken for dead.")
        finally:
            sweeper.cancel()
            ticker.cancel()


def _once(act: Callable[[], object]) -> Callable[[], None]:
    """Return a handler that acts on the first call only: a second signal must not cut the ending short."""
    done = False

    def handle() -> None:
        nonlocal done
        if not done:
            done = True
            act()

    return handle


def _app_of_worker() -> DjangoApp:
    """Return an app with the same jobs on connections of its own.

    The domain's own app keeps Django's connection, so that a job enqueued inside a job's transaction
    belongs to that transaction.
    """
    connector = app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError("Django must be up before a worker is made.")
    mine = DjangoApp(connector=connector.get_worker_connector())
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    mine.job_manager = _Manager(mine.connector)
    mine.tasks = app.tasks
    mine.periodic_registry = app.periodic_registry
    return mine


class _Manager(JobManager):
    """Knows when this worker was taken for dead, and gives up a job that cannot go back to the queue.

    The latter happens to work that may wait only once (``once``) when the same work was enqueued meanwhile:
    the one that waits does it.
    """

    async def register_worker(self) -> int:
        """Put this worker's row into the table."""
        worker_id = await super().register_worker()
        jobs.this_is_worker(worker_id)
        return worker_id

    async def unregister_worker(self, worker_id: int) -> None:
        """Take this worker's row out of the table."""
        jobs.this_is_worker(None)
        await super().unregister_worker(worker_id)

    async def prune_stalled_workers(self, seconds_since_heartbeat: float) -> list[int]:  # noqa: ARG002
        """Do nothing: who is dead is judged by our own sweep, which knows of gaps."""
        return []

    async def update_heartbeat(self, worker_id: int) -> None:
        """Say that this worker lives; it ends at once when its row is gone."""
        found = await self.connector.execute_query_all_async(
            "UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = %(worker_id)s RETURNING id",
            worker_id=worker_id,
        )
        if not found:
            _end_at_once(_FORGOTTEN)

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Start the next job, unless this worker's row is gone: jobs are not given to a forgotten worker."""
        try:
            return await super().fetch_job(queues=queues, worker_id=worker_id)
        except job_errors.ConnectorException:
            await self.update_heartbeat(worker_id)
            raise

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put the job back into the queue, or give it up where its place is taken."""
        try:
            await super().retry_job(job, retry_at=retry_at, priority=priority, queue=queue, lock=lock)
        except job_errors.UniqueViolation:
            await self.finish_job(job, Status.FAILED, delete_job=True)


_FORGOTTEN = "This worker was silent for so long that its jobs were handed to others."


def _end_at_once(reason: str) -> NoReturn:
    """End the program without finishing its jobs, which are run again: none may go on here meanwhile."""
    log.error("%s It ends at once, so that no job runs twice, and wants to be started again.", reason)
    logging.shutdown()
    os._exit(1)


class Calm:
    """Tells since when this program has seen no gap: no sleep of the machine, no absence of the database.

    After a gap the others need a moment to be heard of again, so nobody is judged for ``seconds``. A program that
    has just begun does not know what was before, which counts as a gap.
    """

    def __init__(self, *, seconds: float, now: float) -> None:
        self._seconds = seconds
        self._since = self._last = now

    def lasts(self, *, now: float) -> bool:
        """Tell at the wall clock's time ``now`` (seconds) whether others may be judged; ask often."""
        if not 0 <= now - self._last < self._seconds / 2:
            self._since = now
        self._last = now
        return now - self._since >= self._seconds

    def end(self, *, now: float) -> None:
        """Begin to wait anew."""
        self._since = self._last = now


async def _tick_forever(health: WorkerHealth) -> None:
    while True:
        health.jobs_turned()
        await asyncio.sleep(1.0)


async def _sweep_forever(lost_after_seconds: float) -> None:
    calm = Calm(seconds=lost_after_seconds, now=time.time())
    while True:
        await asyncio.sleep(min(SWEEP_SECONDS, lost_after_seconds / 4))
        if calm.lasts(now=time.time()) and not await sync_to_async(_sweep, thread_sensitive=False)(lost_after_seconds):
            calm.end(now=time.time())


def _sweep(lost_after_seconds: float) -> bool:
    """Hand the jobs of dead workers back to the queue; False when the database is away."""
    close_old_connections()
    try:
        again = jobs.run_again_what_stalled(seconds=lost_after_seconds)
    except jobs.WorkerForgottenError:
        _end_at_once(_FORGOTTEN)
    except (OperationalError, InterfaceError) as error:
        log.warning("The database is away, so the jobs of lost workers wait: %s", error)
        return False
    finally:
        close_old_connections()
    if again:
        log.warning("%d jobs of a lost worker go back to the queue.", again)
    return True


def _ship(health: WorkerHealth, settings: environment.Environment) -> None:
    try:
        from backline.analytics.shipping import shipper  # noqa: PLC0415

        shipper.run_forever(health.shipping, settings, on_round=health.shipped)
    except Exception:
        log.exception("The shipper has ended.")
        _end_at_once("No event would be shipped any more.")
