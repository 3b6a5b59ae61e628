"""Figures of web, worker and sandbox: who may read them, what they count, and that no id is in a label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from tests.factories.analytics import SpoolWriter, make_event
from tests.plugins.jobs import DrainJobs
from tests.plugins.stack import Stack

from backline.analytics.shipping.shipper import ship_once
from backline.analytics.types import ShipReport
from backline.core import jobs
from backline.core.errors import RetryLater
from backline.core.ids import new_id
from backline.core.telemetry.exposition import Snapshot, text_of
from backline.server.operations import figures
from backline.server.operations.listener import STUCK_AFTER_SECONDS, WorkerHealth
from backline.settings import environment
from backline.settings.environment import Environment


@pytest.fixture
def settings(tmp_path: Path) -> Environment:
    return replace(environment.current(), home=tmp_path)


@pytest.fixture
def spool(settings: Environment) -> Iterator[SpoolWriter]:
    with SpoolWriter(settings.spool_folder) as writer:
        yield writer


AUTHORIZED = {"Authorization": "Bearer sandbox"}


def _samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset((key, value) for key, value in sample.labels.items() if key != "process")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _read(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/metrics", headers=AUTHORIZED)
    assert answer.status_code == 200
    return _samples(answer.content.decode())


def _key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


@pytest.mark.django_db
@pytest.mark.parametrize("header", [None, "", "Bearer ", "Bearer sandbox1", "Basic sandbox", "sandbox"])
def test_figures_need_the_token(header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = Client(REMOTE_ADDR="127.0.0.1").get("/metrics", headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert b"backline_web" not in answer.content
    assert Client().post("/metrics", headers=AUTHORIZED).status_code == 405


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_status_class() -> None:
    client = Client()
    before = _read(client)
    paths = ("/account/login/", f"/invitations/{new_id()}", "/nobody-knows/this", "/operator/accounts/user/7/change/")
    for path in paths:
        client.get(path)
    after = _read(client)
    grown = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    requests = {key[1]: value for key, value in grown.items() if key[0] == "backline_web_requests_total"}
    assert requests[frozenset({("route", "account_login"), ("status", "2xx")})] == 1
    assert requests[frozenset({("route", "operator"), ("status", "3xx")})] == 1
    assert grown[_key("backline_web_duration_seconds_count", route="account_login")] == 1
    labels = " ".join(value for _, pairs in after for _, value in pairs)
    assert [part for path in paths for part in path.split("/") if len(part) > 12 and part in labels] == []


@pytest.mark.django_db
def test_an_answer_names_its_request_and_so_do_its_jobs(drain_jobs: DrainJobs) -> None:
    first, second = Client().get("/healthz"), Client().get("/healthz")
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]

    seen: list[dict[str, Any]] = []
    name = "core.show_request"
    jobs.job(name)(lambda **arguments: seen.append({"arguments": arguments, **structlog.contextvars.get_contextvars()}))
    with structlog.contextvars.bound_contextvars(request_id="r-7"):
        jobs.enqueue(name, count=3)
        jobs.enqueue_many(name, [{"count": 4}])
    jobs.enqueue(name, count=5)
    drain_jobs()
    assert seen == [
        {"arguments": {"count": 3}, "job": name, "request_id": "r-7"},
        {"arguments": {"count": 4}, "job": name, "request_id": "r-7"},
        {"arguments": {"count": 5}, "job": name},
    ]
    jobs.app.tasks.pop(name)


@pytest.mark.django_db
def test_jobs_are_counted_by_how_they_end(drain_jobs: DrainJobs) -> None:
    outcomes: Iterator[Exception | None] = iter([None, RetryLater("Later."), None, ValueError("A defect.")])

    def act() -> None:
        problem = next(outcomes)
        if problem is not None:
            raise problem

    name = "core.end_somehow"
    jobs.job(name)(act)
    before = _read(Client())
    for _ in range(3):
        jobs.enqueue(name)
    drain_jobs(hurry=True, keep_going=True)
    after = _read(Client())
    found = {
        outcome: after.get(_key("backline_jobs_ended_total", job=name, outcome=outcome), 0)
        for outcome in ("done", "retried", "failed")
    }
    assert found == {"done": 2, "retried": 1, "failed": 1}
    assert after[_key("backline_jobs_enqueued_total", job=name)] == 3
    assert after[_key("backline_job_duration_seconds_count", job=name)] == 4
    assert before.get(_key("backline_jobs_enqueued_total", job=name)) is None
    jobs.app.tasks.pop(name)


@pytest.mark.django_db
def test_the_worker_tells_of_spools_queues_lake_and_database(settings: Environment, spool: SpoolWriter) -> None:
    spool.write(make_event(artist=new_id()), make_event(artist=new_id()), b"no event")
    waiting = _machine(settings)
    at = spool.id[:8]
    assert waiting[_key("backline_spool_waiting_events", spool=at)] == 3
    assert waiting[_key("backline_spool_owner_alive", spool=at)] == 1
    assert waiting[_key("backline_spool_bytes", spool=at)] > 0
    assert waiting[_key("backline_spool_lag_seconds", spool=at)] >= 0
    assert 0 < waiting[_key("backline_disk_free_bytes")] <= waiting[_key("backline_disk_size_bytes")]

    ship_once(settings)
    jobs.enqueue("server.load_demo")
    shipped, house = _machine(settings), _house(settings)
    assert shipped[_key("backline_spool_waiting_events", spool=at)] == 0
    assert shipped[_key("backline_spool_quarantined_events", spool=at)] == 1
    assert house[_key("backline_lake_rows")] == 2
    assert house[_key("backline_jobs_waiting", queue="default")] == 1
    assert house[_key("backline_database_up")] == 1
    assert house[_key("backline_database_connections_limit")] > 1


@pytest.mark.django_db
def test_the_worker_says_whether_the_store_of_events_answers(settings: Environment, spool: SpoolWriter) -> None:
    assert _house(settings)[_key("backline_event_store_up", engine="lake")] == 1  # with nothing in it yet
    spool.write(make_event(artist=new_id()))
    ship_once(settings)
    assert _house(settings)[_key("backline_event_store_up", engine="lake")] == 1
    settings.lake_folder.rename(settings.home / "unmounted")
    assert _house(settings)[_key("backline_event_store_up", engine="lake")] == 0
    away = replace(settings, events_url="clickhouse://fan:secret@127.0.0.1:1/events")
    house = _house(away)
    assert house[_key("backline_event_store_up", engine="clickhouse")] == 0
    assert not any("secret" in value for _, labels in house for _, value in labels)


@pytest.mark.django_db(transaction=True)
def test_figures_come_also_while_the_database_is_away(settings: Environment) -> None:
    connection.close()
    known, connection.settings_dict["HOST"] = connection.settings_dict["HOST"], "/nowhere"
    try:
        assert _house(settings) == {_key("backline_database_up"): 0}
        assert _key("backline_disk_free_bytes") in _machine(settings)
    finally:
        connection.close()
        connection.settings_dict["HOST"] = known


def test_a_worker_whose_loops_turn_lives_and_one_that_cannot_ship_is_not_ready() -> None:
    health = WorkerHealth()
    assert (health.stuck(), health.hindrances()) == ([], [])
    later = health.shipping.looked_at + 150
    health.shipped(ShipReport(problems=("Spool 01 waits: No space left on device (lake).",)))
    assert health.stuck(now=later) == []
    (hindrance,) = health.hindrances(now=later)
    assert "No space left on device" in hindrance
    health.shipped(ShipReport(events=3))
    assert health.hindrances(now=later - 60) == []
    much_later = later + STUCK_AFTER_SECONDS
    assert [line.split(":")[0] for line in health.stuck(now=much_later)] == ["jobs", "events"]
    health.shipping.is_set()
    health.jobs_turned()
    assert health.stuck() == []


def test_every_program_of_a_running_house_says_how_it_is(stack: Stack) -> None:
    ports = {"web": stack.web_url, "play": stack.play_url, "sandbox": stack.sandbox_url}
    ports["worker"] = f"http://127.0.0.1:{stack.environ['BACKLINE_WORKER_PORT']}"
    for program, url in ports.items():
        assert stack.get(f"{url}/healthz")[0] == 200
        assert stack.get(f"{url}/readyz")[0] == 200
        assert stack.get(f"{url}/metrics")[0] in (401, 404)
        status, _, text = stack.get(f"{url}/metrics", AUTHORIZED)
        assert (status, f'program="{program}"' in text.decode()) == (200, True)
    assert b"backline_lake_rows" in stack.get(f"{ports['worker']}/metrics", AUTHORIZED)[2]


def _machine(settings: Environment) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return _of(figures.of_machine(settings))


def _house(settings: Environment) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return _of(figures.of_house(settings))


def _of(families: list[Any]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return _samples(text_of([Snapshot("worker", 0, 1, "", 0.0, 0.0, families)]).decode())
