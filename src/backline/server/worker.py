"""The program that runs the jobs and ships the events."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections
from procrastinate import exceptions as job_errors
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from backline.analytics import salts
from backline.core import jobs
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
    stop = threading.Event()
    shipper = threading.Thread(target=_ship, args=(stop, settings), name="shipper", daemon=True)
    shipper.start()
    try:
        asyncio.run(_work(threads=settings.worker_threads, lost_after_seconds=lost_after_seconds))
    finally:
        stop.set()
        shipper.join(GRACE_SECONDS)


async def _work(*, threads: int, lost_after_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    # A job is an ordinary function and runs in this pool, whose default size ignores our setting;
    # a few threads are kept for the worker's own calls.
    loop.set_default_executor(ThreadPoolExecutor(max_workers=threads + 4, thread_name_prefix="job"))
    await sync_to_async(_sweep, thread_sensitive=False)(lost_after_seconds)
    sweeper = asyncio.create_task(_sweep_forever(lost_after_seconds))
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
        finally:
            sweeper.cancel()


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
    """Gives a job up, instead of leaving it as running for ever, when it cannot go back to the queue.

    That happens to work that may wait only once (``once``) when the same work was enqueued meanwhile:
    the one that waits does it.
    """

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


async def _sweep_forever(lost_after_seconds: float) -> None:
    while True:
        await asyncio.sleep(min(SWEEP_SECONDS, lost_after_seconds))
        await sync_to_async(_sweep, thread_sensitive=False)(lost_after_seconds)


def _sweep(lost_after_seconds: float) -> None:
    close_old_connections()
    try:
        again = jobs.run_again_what_stalled(seconds=lost_after_seconds)
    except OperationalError as error:
        log.warning("The database is away, so the jobs of lost workers wait: %s", error)
        return
    finally:
        close_old_connections()
    if again:
        log.warning("%d jobs of a lost worker go back to the queue.", again)


def _ship(stop: threading.Event, settings: environment.Environment) -> None:
    from backline.analytics import shipper  # noqa: PLC0415

    shipper.run_forever(stop, settings)
