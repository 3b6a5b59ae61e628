"""Restarting play while fans ask: a new process takes over, and nobody notices."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.play.conftest import Served

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(90)]
PAGE, CLICK = "/ines-tallow/letters", "/ines-tallow/letters/go/spotify"


class _Fans(threading.Thread):
    """Asks again and again, over one connection for as long as it is offered, or over a new one each time."""

    def __init__(self, port: int, path: str, *, keeps_connection: bool) -> None:
        super().__init__(daemon=True)
        self.seen: Counter[str] = Counter()
        self.is_over = threading.Event()
        self._port, self._path, self._keeps = port, path, keeps_connection

    def run(self) -> None:
        line: http.client.HTTPConnection | None = None
        while not self.is_over.is_set():
            line = line or http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
            try:
                line.request("GET", self._path)
                answer = line.getresponse()
                answer.read()
                self.seen[str(answer.status)] += 1
                is_open = not answer.will_close
            except (OSError, http.client.HTTPException) as error:
                self.seen[type(error).__name__] += 1
                is_open = False
            if not (self._keeps and is_open):
                line.close()
                line = None
            time.sleep(0.003)
        if line is not None:
            line.close()


def _children(served: Served) -> set[int]:
    return {child.pid for child in psutil.Process(served.process.pid).children()}


def _wait_for(served: Served, what: str, is_there: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not is_there():
        assert served.process.poll() is None, "play ended"
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_no_request_fails_while_play_restarts(served: Served) -> None:
    before = _children(served)
    fans = [_Fans(served.port, path, keeps_connection=keeps) for path in (PAGE, CLICK) for keeps in (True, False) * 2]
    for fan in fans:
        fan.start()
    time.sleep(0.5)
    os.kill(served.process.pid, signal.SIGHUP)
    _wait_for(served, "new processes only", lambda: _children(served) and not _children(served) & before)
    time.sleep(0.5)
    for fan in fans:
        fan.is_over.set()
    for fan in fans:
        fan.join(20)
    seen = sum((fan.seen for fan in fans), Counter[str]())
    assert set(seen) == {"200", "302"}
    assert served.end() == 0
    assert Counter(served.events()) == {"view": seen["200"], "service_click": seen["302"]}


def test_a_killed_process_is_replaced_and_nobody_is_turned_away(served: Served) -> None:
    (first,) = _children(served)
    fan = _Fans(served.port, PAGE, keeps_connection=False)
    fan.start()
    os.kill(first, signal.SIGKILL)
    _wait_for(served, "a new process", lambda: _children(served) and first not in _children(served))
    _wait_for(served, "answers", lambda: fan.seen["200"] > 20)
    fan.is_over.set()
    fan.join(20)
    # What it had begun died with it; whoever was waiting to be let in was served by the next one.
    assert sum(count for kind, count in fan.seen.items() if kind != "200") <= 1


def test_play_that_cannot_start_anew_stays_as_it_is(served: Served, tmp_path: Path) -> None:
    before = _children(served)
    (tmp_path / "contact").unlink()  # a setting's file, which new processes read anew
    os.kill(served.process.pid, signal.SIGHUP)
    time.sleep(4)
    assert _children(served) == before
    assert served.ask(PAGE)[0] == 200
    (tmp_path / "contact").write_text("others@backline.example")
    os.kill(served.process.pid, signal.SIGHUP)
    _wait_for(served, "new processes only", lambda: _children(served) and not _children(served) & before)
    assert b"others@backline.example" in served.ask("/-/privacy")[2]
