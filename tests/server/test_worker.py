"""The worker program as it runs: in parallel, in order, and after a kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from psycopg import conninfo

from backline.core import jobs
from backline.server.worker import Calm

JOBS = """
import os, time
from datetime import timedelta
from pathlib import Path
from django.db import connection
from backline.core import jobs
from backline.core.errors import RetryLater

def note(folder, word):
    with open(os.path.join(folder, "said"), "a") as said:
        said.write(word + "\\n")

@jobs.job("proof.wait_together")
def wait_together(folder, word, parties):
    Path(folder, word + ".here").touch()
    for _ in range(400):
        if len(list(Path(folder).glob("*.here"))) >= parties:
            return note(folder, word)
        time.sleep(0.02)
    raise AssertionError("The others never came.")

@jobs.job("proof.slow_once")
def slow_once(folder):
    note(folder, "begun")
    if not Path(folder, "slow").exists():
        Path(folder, "slow").touch()
        time.sleep(60)
    note(folder, "ended")

@jobs.job("proof.busy")
def busy(folder):
    note(folder, "tried")
    raise RetryLater("The service is busy.", after=timedelta(seconds=0.2))

@jobs.job("proof.finish_slowly")
def finish_slowly(folder):
    note(folder, "begun")
    time.sleep(2)
    note(folder, "ended")
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_worker_is_known() -> None:
    """Forget the workers of earlier tests: the table is no model of ours, so it is not emptied between tests."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")


def _said(folder: Path) -> list[str]:
    file = folder / "said"
    return file.read_text().split() if file.exists() else []


def _wait(check: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


@contextmanager
def _worker(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `backline worker` on the test's own database, with the jobs above."""
    (folder / "proof_jobs.py").write_text(JOBS)
    (folder / "proof_settings.py").write_text(
        "from backline.settings.django import *\n"
        "PROCRASTINATE_IMPORT_PATHS = [*PROCRASTINATE_IMPORT_PATHS, 'proof_jobs']\n"
    )
    parts = {key: str(value) for key, value in conninfo.conninfo_to_dict(os.environ["DATABASE_URL"]).items() if value}
    environ = {
        **os.environ,
        "BACKLINE_HOME": str(folder / "home"),
        "DATABASE_URL": conninfo.make_conninfo("", **(parts | {"dbname": connection.settings_dict["NAME"]})),
        "DJANGO_SETTINGS_MODULE": "proof_settings",
        "PYTHONPATH": os.pathsep.join([str(folder), "src"]),
        "BACKLINE_WORKER_THREADS": "4",
    }
    with (
        (folder / "log").open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-m", "backline.server", "worker", *words],
            env=environ,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


def test_ordinary_functions_run_at_the_same_time_in_as_many_threads_as_set(tmp_path: Path) -> None:
    for word in "abcd":
        jobs.enqueue("proof.wait_together", folder=str(tmp_path), word=word, parties=4)
    with _worker(tmp_path):
        _wait(lambda: sorted(_said(tmp_path)) == ["a", "b", "c", "d"])


def test_the_job_of_a_killed_worker_is_run_again_by_the_next_one(tmp_path: Path) -> None:
    jobs.enqueue("proof.slow_once", folder=str(tmp_path))
    with _worker(tmp_path) as first:
        _wait(lambda: _said(tmp_path) == ["begun"])
        _kill(first)
    began = time.monotonic()
    with _worker(tmp_path, "--lost-after", "4"):
        _wait(lambda: _said(tmp_path) == ["begun", "begun", "ended"])
        assert time.monotonic() - began < 15
        _wait(lambda: not ProcrastinateJob.objects.filter(task_name="proof.slow_once").exists())


def test_told_to_stop_it_finishes_what_runs(tmp_path: Path) -> None:
    jobs.enqueue("proof.finish_slowly", folder=str(tmp_path))
    with _worker(tmp_path) as process:
        _wait(lambda: _said(tmp_path) == ["begun"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert _said(tmp_path) == ["begun", "ended"]
    assert not ProcrastinateJob.objects.filter(task_name="proof.finish_slowly").exists()
    assert not ProcrastinateWorker.objects.exists(), "it signed off"


def test_work_that_waits_once_is_not_stuck_when_it_comes_back_to_a_taken_place(tmp_path: Path) -> None:
    """A retry whose ``once`` was taken meanwhile cannot go back to the queue: the other one does the work."""
    jobs.enqueue("proof.busy", once="proof", folder=str(tmp_path))
    with _worker(tmp_path):
        _wait(lambda: len(_said(tmp_path)) >= 1)
        for _ in range(20):
            jobs.enqueue("proof.busy", once="proof", folder=str(tmp_path))
            time.sleep(0.02)
        _wait(lambda: not ProcrastinateJob.objects.filter(task_name="proof.busy", status="doing").exists())


def test_a_worker_whose_row_is_gone_ends_before_its_job_runs_again(tmp_path: Path) -> None:
    jobs.enqueue("proof.slow_once", folder=str(tmp_path))
    with _worker(tmp_path) as first:
        _wait(lambda: _said(tmp_path) == ["begun"])
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers")
        assert first.wait(10) == 1
    assert (tmp_path / "log").read_text().count("Traceback") == 0
    assert _said(tmp_path) == ["begun"]
    with _worker(tmp_path, "--lost-after", "1"):
        _wait(lambda: _said(tmp_path) == ["begun", "begun", "ended"])


def test_a_worker_that_slept_with_its_machine_goes_on_and_runs_nothing_twice(tmp_path: Path) -> None:
    jobs.enqueue("proof.finish_slowly", folder=str(tmp_path))
    with _worker(tmp_path, "--lost-after", "2") as process:
        _wait(lambda: _said(tmp_path) == ["begun"])
        process.send_signal(signal.SIGSTOP)
        time.sleep(4)
        process.send_signal(signal.SIGCONT)
        _wait(lambda: not ProcrastinateJob.objects.filter(task_name="proof.finish_slowly").exists())
        time.sleep(3)
        assert process.poll() is None
        assert ProcrastinateWorker.objects.count() == 1
    assert _said(tmp_path) == ["begun", "ended"]


def test_others_are_judged_only_after_a_time_without_gaps() -> None:
    calm = Calm(seconds=10, now=0)
    assert [calm.lasts(now=now) for now in (4, 8, 11)] == [False, False, True]
    assert not calm.lasts(now=3_600), "the machine slept"
    assert [calm.lasts(now=now) for now in (3_604, 3_608, 3_612)] == [False, False, True]
    calm.end(now=3_613)  # the database was away
    assert [calm.lasts(now=now) for now in (3_617, 3_621, 3_625)] == [False, False, True]
    assert not calm.lasts(now=3_000), "the clock was set back"


def test_a_sweep_never_takes_its_own_worker_for_dead() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour'),"
            " (now() - interval '1 hour') RETURNING id"
        )
        (own,), _ = cursor.fetchall()
    jobs.this_is_worker(own)
    try:
        jobs.run_again_what_stalled()
        assert list(ProcrastinateWorker.objects.values_list("id", flat=True)) == [own]
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers")
        with pytest.raises(jobs.WorkerForgottenError):
            jobs.run_again_what_stalled()
    finally:
        jobs.this_is_worker(None)


def _lost_job(**columns: object) -> int:
    """Put a job into the table as a dead worker leaves it: running, with no worker."""
    jobs.enqueue("proof.lost", once="lost")
    job = ProcrastinateJob.objects.get(task_name="proof.lost", status="todo")
    assert connection.connection is not None
    with psycopg.connect(connection.connection.info.dsn) as direct:
        direct.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', attempts = %s WHERE id = %s",
            [columns.get("attempts", 1), job.pk],
        )
    return int(job.pk)


def _status(job_id: int) -> str:
    return ProcrastinateJob.objects.get(pk=job_id).status


def test_the_sweep_gives_up_a_job_whose_place_was_taken_and_goes_on_with_the_next() -> None:
    first = _lost_job()
    second = _lost_job()
    assert jobs.run_again_what_stalled() == 1
    assert sorted([_status(first), _status(second)]) == ["failed", "todo"]


def test_the_sweep_gives_up_a_job_that_kills_every_worker() -> None:
    poison = _lost_job(attempts=jobs.GIVE_UP_AFTER)
    assert jobs.run_again_what_stalled() == 0
    assert _status(poison) == "failed"


def test_the_sweep_leaves_running_jobs_of_living_workers_alone() -> None:
    alive = ProcrastinateWorker.objects.raw("SELECT * FROM procrastinate_register_worker_v1() AS t(id)")
    assert [row.pk for row in alive]
    assert jobs.run_again_what_stalled() == 0
    assert ProcrastinateWorker.objects.count() == 1
