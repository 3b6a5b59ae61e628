"""The measuring tools measure: what is due is sent, what waits is charged, what fails is counted."""

from __future__ import annotations

import pytest
from tests.factories.http_server import Close, Received, Step, answer, scripted_server

from backline.server.bench import endurance, stream
from backline.server.bench.results import at_least, at_most, skipped, table
from backline.server.bench.stream import Waits


def _script(request: Received) -> list[Step]:
    match request.target:
        case "/slow":
            return [0.05, *answer()]
        case "/gone":
            return [Close]
        case "/broken":
            return answer(status=500)
    return answer()


def test_a_percentile_is_right_within_a_bucket() -> None:
    waits = Waits()
    for milliseconds in range(1, 1_001):
        waits.add(milliseconds / 1_000)
    assert waits.percentile_ms(0.5) == pytest.approx(500, rel=0.025)
    assert waits.percentile_ms(0.99) == pytest.approx(990, rel=0.025)
    assert waits.highest == 1.0


def test_paths_are_asked_for_in_turn_at_the_rate_that_is_wanted() -> None:
    with scripted_server(_script) as server:
        seen = stream.run(server.url, ["/a", "/a", "/b"], rate=lambda _: 300.0, seconds=1, connections=8)
    assert seen.errors == 0
    assert seen.sent == pytest.approx(300, abs=15)
    assert abs(seen.answered(0) - seen.answered(2)) <= 1
    assert seen.waits().count == seen.sent


def test_a_slow_server_is_charged_for_what_was_due_meanwhile() -> None:
    with scripted_server(_script) as server:
        seen = stream.run(server.url, ["/slow"], rate=lambda _: 40.0, seconds=1, connections=1)
    assert seen.errors == 0
    assert seen.p99_ms > 200  # twenty a second are answered, forty are due


@pytest.mark.parametrize("path", ["/broken", "/gone"])
def test_what_fails_is_no_answer(path: str) -> None:
    with scripted_server(_script) as server:
        seen = stream.run(server.url, [path], rate=lambda _: 50.0, seconds=0.5, connections=4)
    assert seen.answered(0) == 0
    assert seen.errors == seen.sent > 10


def test_windows_tell_their_own_time() -> None:
    told: list[float] = []
    with scripted_server(_script) as server:
        seen = stream.run(
            server.url,
            ["/a"],
            rate=lambda seconds: 50.0 if seconds < 0.5 else 200.0,
            seconds=1,
            window_seconds=0.5,
            connections=8,
            on_window=lambda window: told.append(window.at_seconds),
        )
    assert told == [0.0, 0.5]
    assert seen.windows[1].sent > 2 * seen.windows[0].sent


def test_drift_compares_the_end_with_the_second_quarter() -> None:
    assert endurance.drift([900.0, 100.0, 110.0, 120.0]) == pytest.approx(20)
    assert endurance.drift([1.0]) == 0.0


def test_a_table_says_what_was_missed_and_what_could_not_be_measured() -> None:
    lines = table([at_least("a", 2, "x", 3), at_most("b", 2, "x", 3), skipped("c", "nginx not installed")])
    assert [("MISSED" in line, "ok" in line.split(), "not measured" in line) for line in lines[1:]] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
