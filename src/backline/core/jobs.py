"""Background jobs on PostgreSQL (procrastinate), behind two functions: :func:`job` and :func:`enqueue`.

A job is enqueued by name in the transaction that needs it, so services never import tasks, and a
rolled-back transaction leaves no job behind. Arguments are JSON and never hold a secret.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, connection, connections, transaction
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job

from backline.core import clock
from backline.core.errors import RetryLater
from backline.core.telemetry import measures
from backline.core.telemetry.logs import REQUEST_ID

Function = TypeVar("Function", bound=Callable[..., Any])

SWEEP_AFTER_SECONDS = 30.0
"""A worker that has not been heard of for this long is dead, and its jobs are run again."""

_ASKED_BY = "asked_by_request"
"""The argument that carries the id of the request; no job sees it."""

GIVE_UP_AFTER = 50
"""A job that was tried this often, retries and lost workers together, is not handed back once more."""


class PatientRetry(BaseRetryStrategy):
    """Retry with exponential waiting (1 s to 10 min), or when the outside service said so.

    Only :class:`RetryLater` and faults of the database that pass (a connection that broke, a deadlock) are
    retried; anything else is a defect or an answer, and the job fails at once.
    """

    def __init__(self, *, attempts: int) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, or None to give up."""
        if job.attempts >= self.attempts or not isinstance(exception, RetryLater | OperationalError | InterfaceError):
            measures.JOBS_ENDED.labels(job.task_name, "failed").inc()
            return None
        measures.JOBS_ENDED.labels(job.task_name, "retried").inc()
        said = exception.after if isinstance(exception, RetryLater) else None
        wait = said or timedelta(seconds=min(600, 2**job.attempts))
        return RetryDecision(retry_at=clock.now() + wait)


def job(
    name: str, *, queue: str = "default", attempts: int = 10, cron: str | None = None
) -> Callable[[Function], Function]:
    """Register a function as the job ``app.verb``; with ``cron`` it also runs on a schedule.

    A scheduled job is called with ``timestamp`` (seconds since 1970).
    """

    def register(function: Function) -> Function:
        run = _measured(name, _with_living_connections(function))
        task = app.task(name=name, queue=queue, retry=PatientRetry(attempts=attempts), pass_context=False)(run)
        if cron is not None:
            app.periodic(cron=cron)(task)
        return function

    return register


def _measured(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Count and time the runs of a job, and let its log lines name the request that asked for it."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        asked_by = {REQUEST_ID: kwargs.pop(_ASKED_BY)} if _ASKED_BY in kwargs else {}
        began = time.monotonic()
        with structlog.contextvars.bound_contextvars(job=name, **asked_by):
            try:
                answer = function(*args, **kwargs)
            finally:
                measures.JOB_SECONDS.labels(name).observe(time.monotonic() - began)
        measures.JOBS_ENDED.labels(name, "done").inc()  # who decides about another try counts the other endings
        return answer

    return run


def _with_request(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a job with the id of the request that enqueues it, where there is one."""
    asked_by = structlog.contextvars.get_contextvars().get(REQUEST_ID)
    return dict(arguments) | ({_ASKED_BY: asked_by} if asked_by else {})


def _with_living_connections(function: Callable[..., Any]) -> Callable[..., Any]:
    """Do around a job what Django does around a request: a connection that broke or grew old is not used again."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        drop_dead_connections()
        try:
            return function(*args, **kwargs)
        finally:
            drop_dead_connections()

    return run


def drop_dead_connections() -> None:
    """Close this thread's connections that broke or grew old, unless a transaction is open on them."""
    for each in connections.all(initialized_only=True):
        if not each.in_atomic_block:
            each.close_if_unusable_or_obsolete()


def enqueue(
    name: str,
    *,
    queue: str = "default",
    once: str | None = None,
    in_order: str | None = None,
    after: timedelta | None = None,
    priority: int = 0,
    **arguments: Any,
) -> bool:
    """Put the job ``name`` on its queue within the present transaction.

    ``once`` names a piece of work that may wait only once: a second call while the first waits
    adds nothing and returns False, and the first is not started before this transaction ends, so that it sees what
    this transaction wrote. Jobs of the same ``in_order`` never run at the same time.
    A job of higher ``priority`` is started first.
    """
    deferrer = app.configure_task(
        name,
        allow_unknown=True,
        queue=queue,
        queueing_lock=once,
        lock=in_order,
        schedule_at=None if after is None else clock.now() + after,
        priority=priority,
    )
    while once is None or not _hold_waiting(once):
        try:
            with transaction.atomic():
                deferrer.defer(**_with_request(arguments))
        except AlreadyEnqueued:
            continue  # somebody was quicker; theirs is held now, or it has started and another one is due
        measures.JOBS_ENQUEUED.labels(name).inc()
        return True
    return False


def enqueue_many(name: str, arguments: Iterable[Mapping[str, Any]], *, queue: str = "default") -> None:
    """Put one job ``name`` per item of ``arguments`` on the queue, in one statement of the present transaction."""
    batch = [_with_request(item) for item in arguments]
    if batch:
        app.configure_task(name, allow_unknown=True, queue=queue).batch_defer(*batch)
        measures.JOBS_ENQUEUED.labels(name).inc(len(batch))


def run_now(name: str, *, argument: str, values: Collection[str]) -> None:
    """Start the jobs ``name`` that wait for their time at once, where their ``argument`` is one of ``values``.

    What a worker is just taking is passed over.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = %s WHERE id IN ("
            "  SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND task_name = %s AND scheduled_at > %s"
            "  AND args ->> %s = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED"
            ")",
            [now, name, now, argument, list(values)],
        )


def _hold_waiting(once: str) -> bool:
    """Tell whether the piece of work named ``once`` waits, and keep it waiting until the present transaction ends.

    A worker passes over locked rows; one that is being started at this moment is waited for, and is not found then.
    Transactions that hold the same row do not wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = %s FOR SHARE", [once]
        )
        return cursor.fetchone() is not None


class WorkerForgottenError(Exception):
    """Our own worker was taken for dead and its jobs were handed to others, so it must not go on with them."""


@dataclass(slots=True)
class _ThisProgram:
    """What this program is to the queue: the id of its worker, None when it runs no jobs."""

    worker_id: int | None = None


_this_program = _ThisProgram()


def this_is_worker(worker_id: int | None) -> None:
    """Say as which worker this program runs jobs, so that it never takes itself for dead; None at its end."""
    _this_program.worker_id = worker_id


def run_again_what_stalled(*, seconds: float = SWEEP_AFTER_SECONDS) -> int:
    """Hand the jobs of dead workers back to the queue; returns how many. Safe to run at any time, and by many.

    A job whose place in the queue was taken meanwhile (``once``) is given up, because the one that
    waits does its work; so is one that was running at the death of ``GIVE_UP_AFTER`` workers.

    The worker of this program is alive, however long the machine slept. Raises :class:`WorkerForgottenError` when
    somebody else has taken it for dead.
    """
    again = 0
    with transaction.atomic(), connection.cursor() as cursor:
        if (worker_id := _this_program.worker_id) is not None:
            cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = %s", [worker_id])
            if cursor.rowcount == 0 and _this_program.worker_id is not None:
                raise WorkerForgottenError
        cursor.execute("SELECT count(*) FROM procrastinate_prune_stalled_workers_v1(%s::float)", [seconds])
        cursor.execute(
            "SELECT id, attempts FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL"
            " ORDER BY id FOR UPDATE SKIP LOCKED"
        )
        for job_id, attempts in cursor.fetchall():
            try:
                if attempts >= GIVE_UP_AFTER:
                    cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", [job_id])
                    continue
                with transaction.atomic():
                    cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [job_id])
                again += 1
            except IntegrityError:
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", [job_id])
    return again
