"""How the queues stand, and jobs that were given up: for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue. ``waiting`` jobs are due, ``scheduled`` ones are not yet; the oldest has waited ``oldest_seconds``."""

    name: str
    waiting: int
    scheduled: int
    running: int
    failed: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that was given up after ``attempts`` tries, at ``at``."""

    id: int
    name: str
    queue: str
    attempts: int
    at: datetime | None


def queue_states() -> tuple[QueueState, ...]:
    """Return every queue that holds a job, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),"
            " count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()),"
            " count(*) FILTER (WHERE status = 'doing'), count(*) FILTER (WHERE status = 'failed'),"
            " coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, ("
            "   SELECT min(at) FROM procrastinate_events WHERE job_id = jobs.id AND type = 'deferred')))"
            "   FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now())), 0)"
            " FROM procrastinate_jobs AS jobs GROUP BY queue_name ORDER BY queue_name"
        )
        return tuple(
            QueueState(name, waiting, scheduled, running, failed, max(0.0, float(oldest)))
            for name, waiting, scheduled, running, failed, oldest in cursor.fetchall()
        )


def failed_jobs(*, most: int = 20) -> tuple[FailedJob, ...]:
    """Return the jobs that were given up, the last first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, task_name, queue_name, attempts,"
            " (SELECT max(at) FROM procrastinate_events WHERE job_id = jobs.id AND type = 'failed') AS failed_at"
            " FROM procrastinate_jobs AS jobs WHERE status = 'failed'"
            " ORDER BY failed_at DESC NULLS LAST, id DESC LIMIT %s",
            [most],
        )
        return tuple(FailedJob(*row) for row in cursor.fetchall())


def run_failed_again(job_id: int) -> str:
    """Put a job that was given up back on its queue; returns its name, empty when it is not there or waits already."""
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(
                    "SELECT task_name FROM procrastinate_jobs WHERE id = %s AND status = 'failed' FOR UPDATE", [job_id]
                )
                found = cursor.fetchone()
                if found is None:
                    return ""
                cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [job_id])
                return str(found[0])
        except IntegrityError:  # the same work was enqueued meanwhile and waits: that one does it
            return ""
