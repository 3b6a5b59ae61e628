"""The operator's status page: who sees it, what it says when something is wrong, and that a job is run again."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from django.db import connection
from django.test import Client
from tests.factories.accounts import make_user

from backline.core import heartbeats, jobs
from backline.core.models import AuditEntry, Heartbeat
from backline.core.telemetry.exposition import Family, Snapshot, family
from backline.core.telemetry.processes import folder_of
from backline.server.operations.figures import SHOWN
from backline.server.operations.status import Status, status_of
from backline.settings import environment
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db
PAGE = "/operator/status/"


@pytest.fixture
def settings(tmp_path: Path) -> Environment:
    return replace(environment.current(), home=tmp_path)


def _alive(settings: Environment, program: str, *families: Family, age_seconds: float = 0, version: str = "1") -> None:
    """Let a process of this machine have written its file, and report it."""
    now = time.time()
    folder = folder_of(settings.home)
    folder.mkdir(exist_ok=True)
    snapshot = Snapshot(program, 0, os.getpid(), version, now - 600, now - age_seconds, list(families))
    (folder / f"{program}-0.json").write_bytes(msgspec.json.encode(snapshot))
    heartbeats.report_processes(settings.home, shown=SHOWN)


def _all_alive(settings: Environment, *families: Family) -> None:
    for program in ("web", "play", "worker", "sandbox"):
        _alive(settings, program, *(families if program in ("play", "worker") else ()))


def _lines(status: Status, title: str) -> dict[str, tuple[str, str, str]]:
    (section,) = [section for section in status.sections if section.title == title]
    return {line.name: (line.tone, line.state, line.to_do) for line in section.lines}


def test_only_operators_see_it() -> None:
    client = Client()
    assert client.get(PAGE).headers["Location"].startswith(("/operator/login/", "/account/login/"))
    client.force_login(make_user())
    assert client.get(PAGE).status_code == 302
    client.force_login(make_user(is_superuser=True))
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert 'hx-trigger="every 10s"' in answer.content.decode()
    assert PAGE in client.get("/operator/").content.decode()


def test_a_house_that_is_well_says_so(settings: Environment) -> None:
    from backline.analytics import salts

    salts.ensure_salts()
    _all_alive(settings)
    status = status_of(settings)
    assert (status.lead, status.worst) == ("Everything that was looked at is well.", "live")
    assert [line.to_do for section in status.sections for line in section.lines if line.to_do] == []


def test_a_program_that_was_not_heard_of_is_named_with_the_command_that_starts_it(settings: Environment) -> None:
    _all_alive(settings)
    Heartbeat.objects.filter(program="worker").update(seen_at="2026-01-01T00:00:00Z")
    tone, state, to_do = _lines(status_of(settings), "Programs")["worker"]
    assert (tone, state) == ("problem", "Not running")
    assert "`backline worker`" in to_do
    assert "programs" in status_of(settings).lead


def test_a_process_that_wrote_nothing_for_a_while_is_not_reported(settings: Environment) -> None:
    _alive(settings, "play", age_seconds=60)
    assert heartbeats.processes_seen() == ()


def test_lost_events_waiting_spools_and_full_disks_are_told_with_what_to_do(settings: Environment) -> None:
    at = {"spool": "0a1b2c3d"}
    _all_alive(
        settings,
        family("backline_play_events_lost_total", "counter", "", ({}, 1_250)),
        family("backline_spool_waiting_events", "gauge", "", (at, 70_000)),
        family("backline_spool_lag_seconds", "gauge", "", (at, 900)),
        family("backline_spool_readable", "gauge", "", (at, 1)),
        family("backline_disk_free_bytes", "gauge", "", ({}, 500_000_000)),
        family("backline_disk_size_bytes", "gauge", "", ({}, 100_000_000_000)),
        family("backline_outside_requests_total", "counter", "", ({"service": "Deezer", "outcome": "429"}, 4)),
        family("backline_outside_last_error_timestamp_seconds", "gauge", "", ({"service": "Deezer"}, time.time())),
    )
    status = status_of(settings)
    assert _lines(status, "Fans' events")["Lost"][:2] == ("problem", "1,250")
    assert _lines(status, "Spools")["0a1b2c3d"][:2] == ("attention", "70,000 events wait")
    assert _lines(status, "Outside services")["Deezer"][0] == "attention"
    (disk,) = set(_lines(status, "Disks").values())
    assert (disk[0], bool(disk[2])) == ("problem", True)
    wrong = [line for section in status.sections for line in section.lines if line.tone in ("attention", "problem")]
    assert [line.name for line in wrong if not line.to_do] == []


def test_a_store_of_events_that_is_away_is_told_with_what_to_do(settings: Environment) -> None:
    away = replace(settings, events_url="clickhouse://fan:secret@127.0.0.1:1/events")
    (line,) = _lines(status_of(away), "Stored events").values()
    assert (line[:2], "Bring it back" in line[2]) == (("problem", "Does not answer"), True)


def test_a_given_up_job_is_run_again_and_that_is_written_down() -> None:
    jobs.enqueue("server.load_demo")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cursor.execute("SELECT procrastinate_finish_job_v1(id, 'failed', false), id FROM procrastinate_jobs")
        job_id = cursor.fetchone()[1]
    client = Client()
    again = f"/operator/status/jobs/{job_id}/run"
    client.force_login(make_user())
    assert client.post(again).status_code == 302
    client.force_login(make_user(is_superuser=True))
    assert "server.load_demo" in client.get(PAGE).content.decode()
    assert client.get(again).status_code == 405
    for said in ("The job is on its queue again.", "That job is not given up any more"):
        assert said in client.post(again, follow=True).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs")
        assert cursor.fetchall() == [("todo",)]
    assert AuditEntry.objects.get(action="job.run_again").object_name == f"server.load_demo {job_id}"
