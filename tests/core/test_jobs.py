from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import psycopg
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from backline.core import jobs
from backline.core.errors import RetryLater


def _waiting() -> list[tuple[str, dict[str, object]]]:
    return list(ProcrastinateJob.objects.order_by("id").values_list("task_name", "args"))


@pytest.mark.django_db
def test_a_job_is_enqueued_with_the_transaction_that_needs_it() -> None:
    with transaction.atomic():
        jobs.enqueue("test.kept", number=1)
    with transaction.atomic():
        jobs.enqueue("test.lost", number=2)
        transaction.set_rollback(True)
    assert _waiting() == [("test.kept", {"number": 1})]


@pytest.mark.django_db
def test_work_that_may_wait_once_waits_once() -> None:
    assert jobs.enqueue("test.once", once="hub:1", page=1) is True
    assert jobs.enqueue("test.once", once="hub:1", page=2) is False
    assert jobs.enqueue("test.once", once="hub:2", page=3) is True
    assert _waiting() == [("test.once", {"page": 1}), ("test.once", {"page": 3})]


@pytest.mark.parametrize(
    ("fault", "attempts", "is_tried_again"),
    [
        (RetryLater("Spotify is busy.", after=timedelta(seconds=5)), 1, True),
        (RetryLater("Spotify is busy."), 9, True),
        (RetryLater("Spotify is busy."), 10, False),
        (OperationalError("deadlock detected"), 1, True),
        (InterfaceError("the connection is closed"), 9, True),
        (OperationalError("the connection is lost"), 10, False),
        (IntegrityError("a defect"), 1, False),
        (ValueError("a defect"), 1, False),
    ],
)
def test_only_what_may_pass_is_tried_again(fault: Exception, attempts: int, is_tried_again: bool) -> None:
    from procrastinate.jobs import Job

    job = Job(
        id=1, queue="default", lock=None, queueing_lock=None, task_name="test.job", task_kwargs={}, attempts=attempts
    )
    decision = jobs.PatientRetry(attempts=10).get_retry_decision(exception=fault, job=job)
    assert (decision is not None) is is_tried_again


@pytest.fixture
def worker(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Return a connection of its own, on which a test fetches jobs as a worker does; no other jobs are there."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("DELETE FROM procrastinate_jobs")
        yield other
        other.execute("DELETE FROM procrastinate_jobs")


def _fetch(worker: psycopg.Connection) -> int | None:
    """Start the next job as a worker does; returns its id."""
    row = worker.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)").fetchone()
    return None if row is None else row[0]


def test_what_waits_once_is_not_started_before_the_transaction_that_relies_on_it_ends(
    worker: psycopg.Connection,
) -> None:
    jobs.enqueue("test.once", once="page:1")
    (waiting,) = ProcrastinateJob.objects.values_list("id", flat=True)
    with transaction.atomic():
        assert jobs.enqueue("test.once", once="page:1") is False
        assert _fetch(worker) is None, "it would read what was there before this transaction"
    assert _fetch(worker) == waiting


def test_what_has_started_already_is_enqueued_anew(worker: psycopg.Connection) -> None:
    jobs.enqueue("test.once", once="page:1")
    assert _fetch(worker) is not None
    with transaction.atomic():
        assert jobs.enqueue("test.once", once="page:1") is True
    assert sorted(ProcrastinateJob.objects.values_list("status", flat=True)) == ["doing", "todo"]


def test_what_is_being_started_at_this_moment_is_enqueued_anew(worker: psycopg.Connection) -> None:
    jobs.enqueue("test.once", once="page:1")
    added = []

    def enqueue() -> None:
        try:
            with transaction.atomic():
                added.append(jobs.enqueue("test.once", once="page:1"))
        finally:
            connection.close()

    with worker.transaction():
        assert _fetch(worker) is not None
        thread = Thread(target=enqueue)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it waits to learn whether the job has started"
    thread.join(10)
    assert added == [True]


def test_of_two_that_enqueue_at_once_the_second_holds_what_the_first_has_added(worker: psycopg.Connection) -> None:
    """The second finds nothing, then the first commits: what it added must not start before the second has ended."""
    fetched, added = [], []

    def second() -> None:
        try:
            with transaction.atomic():
                added.append(jobs.enqueue("test.once", once="page:1"))
                fetched.append(_fetch(worker))
        finally:
            connection.close()

    with transaction.atomic():
        jobs.enqueue("test.once", once="page:1")
        thread = Thread(target=second)
        thread.start()
        thread.join(0.3)
    thread.join(10)
    assert (added, fetched) == ([False], [None])


def test_two_transactions_that_rely_on_the_same_work_do_not_wait_for_each_other(worker: psycopg.Connection) -> None:
    jobs.enqueue("test.once", once="page:1")
    added = []

    def second() -> None:
        try:
            added.append(jobs.enqueue("test.once", once="page:1"))
        finally:
            connection.close()

    with transaction.atomic():
        jobs.enqueue("test.once", once="page:1")
        thread = Thread(target=second)
        thread.start()
        thread.join(10)
        assert added == [False]
