from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
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
