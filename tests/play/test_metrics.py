"""What play says of itself: to whoever has the token, for all its processes, at next to no cost for a request."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.factories.pages import ARTIST_ID, hub, release, services
from tests.play.conftest import Fan, Running, Served

from backline.core.telemetry.processes import folder_of, living
from backline.play.metrics import Counts, route_of
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db
TOKEN = {"authorization": "Bearer sandbox"}


def _samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _value(text: str, name: str, **labels: str) -> float:
    found = [
        value
        for (known, pairs), value in _samples(text).items()
        if known == name and labels.items() <= dict(pairs).items()
    ]
    assert len(found) == 1, (name, labels, found)
    return found[0]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer sandbo", "Bearer sandboxx", "Basic sandbox", "sandbox"]
)
def test_without_the_token_nothing_is_there_for_this_machine_either(fan: Fan, authorization: str) -> None:
    for peer in ("127.0.0.1", "::1", "203.0.113.9"):
        answer = fan.ask("/metrics", peer=peer, headers={"authorization": authorization})
        assert (answer.status, "backline_play" in answer.text) == (404, False)


def test_without_a_setting_nobody_has_the_token(
    make_play: Callable[[Environment], Running], settings: Environment
) -> None:
    fan = make_play(replace(settings, metrics_token="")).fan
    for header in ("Bearer ", "Bearer", "", "Bearer sandbox"):
        assert fan.ask("/metrics", peer="127.0.0.1", headers={"authorization": header}).status == 404


def test_requests_are_counted_by_route_and_status_with_their_times(
    fan: Fan, play: Running, publish: Callable[..., None]
) -> None:
    publish(release(services=services()), hub(releases=1))
    path = f"/{release().path}"
    assert fan.ask(path).status == 200
    tag = fan.ask(path).headers["etag"]
    assert fan.ask(path, headers={"if-none-match": tag}).status == 304
    assert fan.ask(f"{path}/go/spotify").status == 302
    assert fan.ask("/nobody/at-all").status == 404
    assert fan.ask("/e", method="POST", body=b"{").status == 400
    assert fan.ask("/robots.txt").status == 200
    play.settle()

    text = fan.ask("/metrics", headers=TOKEN).text
    name = "backline_play_requests_total"
    assert _value(text, name, route="page", status="2xx") == 2
    assert _value(text, name, route="page", status="3xx") == 1
    assert _value(text, name, route="page", status="4xx") == 1
    assert _value(text, name, route="click", status="3xx") == 1
    assert _value(text, name, route="beacon", status="4xx") == 1
    assert _value(text, name, route="file", status="2xx") == 1
    assert _value(text, "backline_play_duration_seconds_count", route="page") == 4
    assert 0 < _value(text, "backline_play_duration_seconds_sum", route="click") < 5
    assert _value(text, "backline_play_events_written_total") == 4
    assert _value(text, "backline_play_events_lost_total") == 0
    assert str(ARTIST_ID) not in text
    assert "ines-tallow" not in text, "no path is a label"


def test_times_grow_from_bucket_to_bucket_and_end_with_all(fan: Fan) -> None:
    for _ in range(20):
        fan.ask("/robots.txt")
    found = _samples(fan.ask("/metrics", headers=TOKEN).text)
    bounds = sorted(
        (float(dict(labels)["le"]), value)
        for (name, labels), value in found.items()
        if name == "backline_play_duration_seconds_bucket" and dict(labels)["route"] == "file"
    )
    counts = [value for _, value in bounds]
    assert counts == sorted(counts)
    assert (bounds[-1], bounds[0][0]) == ((float("inf"), 20), pytest.approx(65.536e-6))


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/ines-tallow", "page"), ("/ines-tallow/rasail", "page"), ("/a/b/go/deezer", "click"), ("/e", "beacon"),
        ("/art/0123.png", "file"), ("/a/b/qr.svg", "file"), ("/sitemap.xml", "file"), ("/healthz", "own"),
    ],
)  # fmt: skip
def test_a_path_belongs_to_one_of_a_few_routes(path: str, route: str) -> None:
    assert route_of(path) == route


def test_counting_a_request_costs_next_to_nothing() -> None:
    counts = Counts()
    best = 1.0
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(10_000):
            counts.answered("page", 200, time.perf_counter_ns())
        best = min(best, (time.perf_counter() - began) / 10_000)
    assert best < 3e-6, "a page takes about 40 µs"


def test_any_process_answers_for_all_that_live(
    make_play: Callable[[Environment], Running], settings: Environment, publish: Callable[..., None]
) -> None:
    """Two applications stand for two processes: each takes a place of its own and writes what it has done."""
    publish(release())
    first, second = make_play(settings), make_play(settings)
    folder = folder_of(settings.home)
    _wait(lambda: [one.place for one in living(folder, "play")] == [0, 1])
    for _ in range(3):
        first.fan.ask(f"/{release().path}")
    by_process = "backline_play_pages_total"
    asked = first.fan.ask("/metrics", headers=TOKEN).text
    assert (_value(asked, by_process, process="0"), _value(asked, by_process, process="1")) == (3, 0)
    assert asked.count("# TYPE backline_play_pages_total counter") == 1
    assert _value(asked, "backline_build_info", process="1", program="play") == 1
    _wait(lambda: _value(second.fan.ask("/metrics", headers=TOKEN).text, by_process, process="0") == 3)

    first.close()
    assert [one.place for one in living(folder, "play")] == [1]
    third = make_play(settings)
    _wait(lambda: [one.place for one in living(folder, "play")] == [0, 1])
    assert third.app.counts.pages == 0, "the place of one who went is taken again"


def test_a_state_folder_that_cannot_be_written_hides_siblings_only(
    make_play: Callable[[Environment], Running], settings: Environment
) -> None:
    folder_of(settings.home).write_text("a file where the folder would be")
    answer = make_play(settings).fan.ask("/metrics", headers=TOKEN)
    assert _value(answer.text, "backline_play_database_up") in (0, 1)


@pytest.fixture
def four_processes(served: Served) -> Iterator[Served]:
    """Let a second play with four processes run beside the one that is served, on the same state folder."""
    environ = os.environ | {
        "BACKLINE_HOME": str(served.home / "many"),
        "BACKLINE_PLAY_PORT": str(served.port + 1),
        "BACKLINE_PLAY_PROCESSES": "3",
        "PLAY_DATABASE_URL": os.environ["DATABASE_URL"],
    }
    command = [sys.executable, "-m", "backline.server", "play"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    many = Served(process, served.port + 1, served.home / "many")
    try:
        yield many
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.slow
def test_several_processes_on_one_port_are_told_apart(four_processes: Served) -> None:
    folder = folder_of(four_processes.home)
    _wait(lambda: len(living(folder, "play")) == 3, seconds=30)
    status, _, content = four_processes.ask("/metrics", authorization="Bearer sandbox")
    assert status == 200
    assert {
        labels["process"]
        for (name, pairs), _ in _samples(content.decode()).items()
        if name == "backline_play_pages_total" and (labels := dict(pairs))
    } == {"0", "1", "2"}


def _wait(check: Callable[[], bool], *, seconds: float = 12.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)
