"""Background jobs on PostgreSQL (procrastinate), behind two functions: :func:`job` and :func:`enqueue`.

A job is enqueued by name in the transaction that needs it, so services never import tasks, and a
rolled-back transaction leaves no job behind. Arguments are JSON and never hold a secret.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db import transaction
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job

from backline.core import clock
from backline.core.errors import RetryLater

Function = TypeVar("Function", bound=Callable[..., Any])

SWEEP_AFTER_SECONDS = 30.0
"""A worker that has not been heard of for this long is dead, and its jobs are run again."""


class PatientRetry(BaseRetryStrategy):
    """Retry with exponential waiting (1 s to 10 min), or when the outside service said so.

    Only :class:`RetryLater` and connection faults of the database are retried; anything else is a
    defect or an answer, and the job fails at once.
    """

    def __init__(self, *, attempts: int) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, or None to give up."""
        if job.attempts >= self.attempts or not isinstance(exception, RetryLater):
            return None
        wait = exception.after or timedelta(seconds=min(600, 2**job.attempts))
        return RetryDecision(retry_at=clock.now() + wait)


def job(
    name: str, *, queue: str = "default", attempts: int = 10, cron: str | None = None
) -> Callable[[Function], Function]:
    """Register a function as the job ``app.verb``; with ``cron`` it also runs on a schedule.

    A scheduled job is called with ``timestamp`` (seconds since 1970).
    """

    def register(function: Function) -> Function:
        task = app.task(name=name, queue=queue, retry=PatientRetry(attempts=attempts), pass_context=False)(function)
        if cron is not None:
            app.periodic(cron=cron)(task)
        return function

    return register


def enqueue(
    name: str,
    *,
    queue: str = "default",
    once: str | None = None,
    in_order: str | None = None,
    after: timedelta | None = None,
    **arguments: Any,
) -> bool:
    """Put the job ``name`` on its queue within the present transaction.

    ``once`` names a piece of work that may wait only once: a second call while the first waits
    adds nothing and returns False. Jobs of the same ``in_order`` never run at the same time.
    """
    deferrer = app.configure_task(
        name,
        allow_unknown=True,
        queue=queue,
        queueing_lock=once,
        lock=in_order,
        schedule_at=None if after is None else clock.now() + after,
    )
    try:
        with transaction.atomic():
            deferrer.defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True


async def run_again_what_stalled(*, seconds: float = SWEEP_AFTER_SECONDS) -> int:
    """Hand the jobs of dead workers back to the queue; returns how many. Safe to run at any time."""
    await app.job_manager.prune_stalled_workers(seconds_since_heartbeat=seconds)
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds))
    for stalled_job in stalled:
        await app.job_manager.retry_job(stalled_job)
    return len(stalled)
