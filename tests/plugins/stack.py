"""The whole product for a test: ``backline up`` with a state folder, a database and ports of its own.

The fixture ``stack`` is shared by all tests of a run (they run in one process, also under xdist), so a
test makes its own people and artists and does not count what others made. ``make_stack`` starts a
private one, for tests that kill programs.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import conninfo, sql

START_SECONDS = 60.0


class StackError(AssertionError):
    """The stack does not do what the test waits for; the message carries what its programs said."""


@dataclass(slots=True)
class Stack:
    """A running product. The URLs have no trailing slash; ``environ`` is what its programs were given."""

    home: Path
    database_url: str
    web_url: str
    play_url: str
    sandbox_url: str
    environ: dict[str, str]
    supervisor: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log_file(self) -> Path:
        """Where everything that the programs say lies."""
        return self.home / "up.out"

    def start(self) -> None:
        """Start the programs and wait until all answer."""
        with self.log_file.open("ab") as log:
            begin = log.tell()
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "backline.server", "up", "--no-demo"],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_for(
            lambda: b"is ready" in self.log_file.read_bytes()[begin:], seconds=START_SECONDS, what="the start"
        )

    def stop(self) -> int:
        """Stop the programs as Ctrl-C does; returns the exit code."""
        if self.supervisor is None:
            return 0
        self.supervisor.send_signal(signal.SIGINT)
        try:
            return self.supervisor.wait(30)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise StackError(f"The stack did not stop.\n{self.last_lines()}") from None

    def kill_all(self) -> None:
        """Kill the supervisor without a word; its programs end with it."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.kill()
            self.supervisor.wait(10)

    def pid(self, program: str) -> int:
        """Return the process of ``web``, ``play``, ``worker`` or ``sandbox``; it leads a group of its own."""
        return int(json.loads((self.home / "up.json").read_text())["programs"][program])

    def kill(self, program: str) -> None:
        """``kill -9`` a program with everything it started; the supervisor starts it again."""
        os.killpg(self.pid(program), signal.SIGKILL)

    def backline(self, *words: str, fails: bool = False, typed: str = "") -> str:
        """Run a subcommand against this stack and return its standard output; checks the exit code.

        ``typed`` is what it reads from standard input.
        """
        done = subprocess.run(
            [sys.executable, "-m", "backline.server", *words],
            env=self.environ,
            input=typed,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        if (done.returncode != 0) is not fails:
            raise StackError(f"`backline {' '.join(words)}` ended with {done.returncode}:\n{done.stderr}{done.stdout}")
        return done.stderr if fails else done.stdout

    def json(self, *words: str) -> Any:
        """Run a subcommand that answers in JSON and return the answer."""
        return json.loads(self.backline(*words, "--json"))

    def wait_for(self, check: Callable[[], object], *, seconds: float = 20.0, what: str = "it") -> Any:
        """Call ``check`` until it returns something true, and return that; connection faults count as not yet."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                if result := check():
                    return result
            if self.supervisor is not None and self.supervisor.poll() is not None:
                raise StackError(f"The stack ended while the test waited for {what}.\n{self.last_lines()}")
            if time.monotonic() > deadline:
                raise StackError(f"{what} did not happen within {seconds:g} s.\n{self.last_lines()}")
            time.sleep(0.05)

    def last_lines(self, count: int = 60) -> str:
        """Return the end of what the programs said."""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-count:])

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """GET without following redirects; returns status, headers (lower case) and body."""
        request = urllib.request.Request(url, headers=dict(headers or {}))
        try:
            with _opener.open(request, timeout=15) as answer:
                return answer.status, {key.lower(): value for key, value in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, {key.lower(): value for key, value in answer.headers.items()}, answer.read()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextlib.contextmanager
def running_stack(**settings: str) -> Iterator[Stack]:
    """Run a private stack for the length of a ``with`` block; ``settings`` go into its environment."""
    home = Path(tempfile.mkdtemp(prefix="backline-stack-"))
    home.chmod(0o755)
    base = os.environ["DATABASE_URL"]
    name = f"stack_{home.name.rsplit('-', 1)[-1].lower()}"
    parts = {key: str(value) for key, value in conninfo.conninfo_to_dict(base).items() if value is not None}
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    database_url = conninfo.make_conninfo("", **(parts | {"dbname": name}))
    web, play, sandbox, worker = free_ports(4)
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("BACKLINE_", "DATABASE_URL"))}
    environ |= {
        "BACKLINE_HOME": str(home),
        "DATABASE_URL": database_url,
        "PLAY_DATABASE_URL": conninfo.make_conninfo("", **(parts | {"dbname": name, "user": "backline_play"})),
        "BACKLINE_WEB_PORT": str(web),
        "BACKLINE_PLAY_PORT": str(play),
        "BACKLINE_SANDBOX_PORT": str(sandbox),
        "BACKLINE_WORKER_PORT": str(worker),
        "BACKLINE_WORKER_THREADS": "4",
        **settings,
    }
    stack = Stack(
        home=home,
        database_url=database_url,
        web_url=f"http://localhost:{web}",
        play_url=f"http://127.0.0.1:{play}",
        sandbox_url=f"http://127.0.0.1:{sandbox}",
        environ=environ,
    )
    try:
        stack.start()
        yield stack
    finally:
        with contextlib.suppress(StackError):
            stack.stop()
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """All four programs, shared by the run."""
    with running_stack() as started:
        yield started


@pytest.fixture
def make_stack() -> Iterator[Callable[..., Stack]]:
    """Return a function that starts a private stack (settings as keywords); all are stopped after the test."""
    with contextlib.ExitStack() as running:
        yield lambda **settings: running.enter_context(running_stack(**settings))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of the shared stack in one process, so that one stack is enough."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("stack"))
