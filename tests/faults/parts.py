"""The parts of a fault test: a database that can be away or dead, programs that can be killed, fans who tap."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.db import connection
from psycopg import conninfo, sql
from tests.factories.analytics import BROWSER
from tests.faults.checker import History, Outcome

CLIENTS = 6
TAPS_PER_SECOND = 500
PATIENCE_SECONDS = 40.0
PATH = "killed/often"


def wait_until(holds: Callable[[], object], what: str, *, seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until ``holds`` returns something true; returns the seconds that it took."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Database:
    """A database of one test, in this run's PostgreSQL or in a server of its own (``server``), which can be killed."""

    url: str
    server: Path | None = None

    @contextmanager
    def in_process(self) -> Iterator[None]:
        """Let Django in this process use it."""
        given = conninfo.conninfo_to_dict(self.url)
        mine = {"NAME": given["dbname"], "HOST": given.get("host", ""), "USER": given.get("user", "")}
        before = {key: connection.settings_dict[key] for key in mine}
        connection.close()
        connection.settings_dict.update(mine)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)

    def execute(self, statement: str, *values: object) -> list[Any]:
        """Run a statement of the test's own."""
        with psycopg.connect(self.url, autocommit=True) as own:
            done = own.execute(statement, values)  # type: ignore[call-overload]
            return done.fetchall() if done.description else []

    def leave(self) -> None:
        """Be away: everybody is thrown out and nobody gets in."""
        self._as_operator("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        self._as_operator(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
            f"'{self.name}'"
        )

    def come_back(self) -> None:
        """Let everybody in again."""
        self._as_operator("ALTER DATABASE {} ALLOW_CONNECTIONS true")

    def drop(self) -> None:
        """Take it away for good."""
        self._as_operator("DROP DATABASE {} WITH (FORCE)")

    @property
    def name(self) -> str:
        """The database's name."""
        return str(conninfo.conninfo_to_dict(self.url)["dbname"])

    def _as_operator(self, statement: str) -> None:
        with psycopg.connect(conninfo.make_conninfo(self.url, dbname="postgres"), autocommit=True) as own:
            own.execute(sql.SQL(statement).format(sql.Identifier(self.name)))  # type: ignore[arg-type]

    def kill_server(self) -> None:
        """``kill -9`` the server with everything that it started."""
        from backline.server import postgres

        assert self.server is not None
        started = postgres._started.pop(self.server.resolve())
        above = psutil.Process(started.pid)
        for process in [above, *above.children(recursive=True)]:
            process.kill()
        started.wait(20)

    def start_server(self) -> None:
        """Start it again, as an operator's service manager does."""
        from backline.server import postgres

        assert self.server is not None
        postgres.start(self.server, stops_with_process=True, is_durable=False)


@dataclass
class Program:
    """A program of ours in a process group of its own, which is killed whole."""

    kind: str
    environ: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def start(self) -> None:
        """Start it; :meth:`Stage.wait_for_play` tells when it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.programs", self.kind], env=self.environ,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def run(self) -> None:
        """Start it and wait for its end."""
        self.start()
        assert self.process is not None
        if self.process.wait(PATIENCE_SECONDS):
            raise AssertionError(f"The program failed:\n{self.last_lines()}")
        self.process = None

    def kill(self) -> None:
        """``kill -9``; nothing happens to one that is dead."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
            self.process = None
            self.kills += 1

    def is_standing_still(self) -> bool:
        """Tell whether SIGSTOP has reached it."""
        return self.process is not None and psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED

    def go_on(self) -> None:
        """Wake it after SIGSTOP."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def last_lines(self) -> str:
        """Return the end of what it said."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:]) if self.log.exists() else ""


@dataclass
class Load:
    """Fans who tap on a service and open the page, each time with a name of its own."""

    port: int
    run: str
    history: History
    taps_per_second: int = TAPS_PER_SECOND
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Let the fans begin."""
        self._threads = [threading.Thread(target=self._tap, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let them finish what they have begun."""
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def _tap(self, client: int) -> None:
        fan: http.client.HTTPConnection | None = None
        number = 0
        chance = random.Random(f"{self.run}{client}")  # fans do not tap in step
        while not self._stop.is_set():
            number += 1
            is_view = number % 10 == 0
            name = f"{self.run}{'v' if is_view else 'c'}{client}n{number}."
            path = f"/{PATH}" if is_view else f"/{PATH}/go/spotify"
            self.history.invoke(name)
            began = time.monotonic()
            fan = fan or http.client.HTTPConnection("127.0.0.1", self.port, timeout=8)
            try:
                if fan.sock is None:
                    fan.connect()
            except OSError as error:
                self.history.end(name, Outcome.FAIL, repr(error))  # nothing was sent
                self._stop.wait(0.02)
                continue
            try:
                fan.request("GET", f"{path}?utm_content={name}", headers={"User-Agent": BROWSER})
                answer = fan.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.history.end(name, Outcome.UNKNOWN, repr(error))
                fan.close()
                fan = None
                self._stop.wait(0.02)
                continue
            is_late = answer.headers["Backline-Event"] == "late"
            self._judge(name, answer.status, time.monotonic() - began, is_view=is_view, is_late=is_late)
            self._stop.wait(CLIENTS / self.taps_per_second * chance.uniform(0.2, 1.8))
        if fan is not None:
            fan.close()

    def _judge(self, name: str, status: int, seconds: float, *, is_view: bool, is_late: bool) -> None:
        if status == 503:
            self.history.end(name, Outcome.FAIL, "503")
        elif status != (200 if is_view else 302):
            self.history.wrong_answer(f"{status} for {name}")
        elif is_view:
            self.history.end(name, Outcome.UNKNOWN, "a view is not waited for")
        else:
            self.history.end(name, Outcome.LATE if is_late else Outcome.OK, f"{seconds:.3f}")


def answers(port: int) -> bool:
    """Tell whether somebody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
