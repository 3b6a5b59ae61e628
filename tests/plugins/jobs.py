"""Fixture ``drain_jobs``: runs what is enqueued, in this thread and transaction, until nothing is due.

The real worker is tested with the whole product (``stack``); here a test decides when jobs run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from backline.core import clock

MOST_JOBS = 20_000
SOON = timedelta(seconds=30)


class TooManyJobsError(AssertionError):
    """Jobs enqueue jobs without end."""


DrainJobs = Callable[..., list[str]]


@pytest.fixture
def drain_jobs() -> DrainJobs:
    """Return a function that runs the due jobs and returns their names in order.

    ``hurry`` runs those that are due within half a minute too. A job that fails for good is put away as failed and its
    error raised, unless ``keep_going``: then the next job runs.
    """
    app.perform_import_paths()

    def drain(*, hurry: bool = False, keep_going: bool = False, most: int = MOST_JOBS) -> list[str]:
        ran: list[str] = []
        while job := _next_job(hurry=hurry):
            ran.append(job.task_name)
            if len(ran) > most:
                raise TooManyJobsError(f"More than {most} jobs ran; the last were {ran[-5:]}.")
            _run(job, keep_going=keep_going)
        return ran

    return drain


def _next_job(*, hurry: bool) -> Job | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = ("
            "  SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND (scheduled_at IS NULL"
            "  OR scheduled_at <= %s) ORDER BY priority DESC, id LIMIT 1"
            ") RETURNING id, queue_name, lock, queueing_lock, task_name, args, attempts",
            [clock.now() + (SOON if hurry else timedelta())],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    arguments: Any = row[5] if isinstance(row[5], dict) else json.loads(row[5])
    return Job(
        id=row[0], queue=row[1], lock=row[2], queueing_lock=row[3], task_name=row[4], task_kwargs=arguments,
        attempts=row[6],
    )  # fmt: skip


def _run(job: Job, *, keep_going: bool) -> None:
    task = app.tasks[job.task_name]
    try:
        task.func(**job.task_kwargs)
    except Exception as error:
        decision = task.get_retry_exception(exception=error, job=job)
        if decision is None:
            _execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job.id])
            if not keep_going:
                raise
            return
        _execute(
            "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = %s WHERE id = %s",
            [decision.retry_decision.retry_at, job.id],
        )
    else:
        _execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.id])


def _execute(statement: str, arguments: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
