"""``backline up``: everything that runs, started in order, kept running, stopped in order."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from backline.server import bootstrap, database, ports, postgres
from backline.server.children import Child, http_answers, write
from backline.server.commands import CommandError
from backline.settings import environment

START_SECONDS = 60.0
STOP_SECONDS = 12.0
CRASHES_AT_START = 3
"""A program that ends this often before it ever answered will not come up by itself."""

TICK_SECONDS = 0.05


def run(*, loads_demo: bool) -> int:
    """Start everything, stay until SIGINT or SIGTERM, stop everything; returns the exit code."""
    settings = environment.current()
    began = time.monotonic()
    with _only_one(settings.home):
        for host, port, setting in _ports(settings):
            ports.ensure_free(host, port, setting=setting)
        house = _House(settings)
        try:
            with _stopping(house.stop):
                house.start(loads_demo=loads_demo and not settings.is_production)
                house.write_state()
                _announce(settings, time.monotonic() - began, has_demo=loads_demo and not settings.is_production)
                house.watch()
        except _StoppedError:
            pass
        finally:
            house.end()
    return 0


class _StoppedError(Exception):
    """Somebody asked to stop while things were still starting."""


@dataclass(slots=True)
class _House:
    settings: environment.Environment
    stop: threading.Event = field(default_factory=threading.Event)
    children: list[Child] = field(default_factory=list)
    owns_postgres: bool = False

    @property
    def state_file(self) -> Path:
        return self.settings.home / "up.json"

    def start(self, *, loads_demo: bool) -> None:
        """Start PostgreSQL, bring the tables up to date, start the programs, wait until all answer."""
        sandbox = None if self.settings.is_production else self._launch(self._serving("sandbox"))
        if not self.settings.database_url:
            self.owns_postgres = True
            self.settings = bootstrap.join_database(stops_with_process=False)
        self._prepare(loads_demo=loads_demo)
        self._launch(self._serving("web"))
        self._launch(self._serving("play"))
        self._launch(self._working())
        if sandbox is not None:  # it is stopped last, because jobs may still be talking to it
            self.children.remove(sandbox)
            self.children.append(sandbox)
        self._wait_until_all_answer()

    def watch(self) -> None:
        """Restart what crashes until asked to stop."""
        while not self.stop.wait(TICK_SECONDS * 4):
            for child in self.children:
                self._mend(child)

    def end(self) -> None:
        """Stop everything: first what takes work in, then what does it, then what it stands on."""
        if self.children:
            write("Stopping ...")
        for names in (("web", "play"), ("worker",), ("sandbox",)):
            stopping = [child for child in self.children if child.name in names]
            for child in stopping:
                child.terminate()
            deadline = time.monotonic() + STOP_SECONDS
            for child in stopping:
                child.wait(deadline)
        self.state_file.unlink(missing_ok=True)
        if self.owns_postgres:
            postgres.stop(self.settings.postgres_folder)
        if self.children:
            write("Stopped. Your data stays; the next start finds it again.")

    def write_state(self) -> None:
        """Say on disk which processes run, for `backline doctor` and for tests."""
        programs = {child.name: child.process.pid for child in self.children if child.process is not None}
        self.state_file.write_text(json.dumps({"pid": os.getpid(), "programs": programs}), encoding="utf-8")

    def _launch(self, child: Child) -> Child:
        child.start(os.environ)
        self.children.append(child)
        return child

    def _serving(self, name: str) -> Child:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.settings.bind_host, self.settings.bind_host)  # noqa: S104
        port = getattr(self.settings, f"{name}_port")
        return Child(name, [name], lambda: http_answers(f"http://{host}:{port}/healthz"))

    def _working(self) -> Child:
        database_url = self.settings.database_url
        newest = _newest_worker(database_url)
        return Child("worker", ["worker"], lambda: _newest_worker(database_url) > newest)

    def _prepare(self, *, loads_demo: bool) -> None:
        """Bring the tables up to date, unless our own PostgreSQL was by this very code the last time."""
        stamp = self.settings.home / "migrated"
        code = database.fingerprint() + (" with the demo" if loads_demo else "")
        if self.owns_postgres and stamp.exists() and stamp.read_text(encoding="utf-8") == code:
            return
        stamp.unlink(missing_ok=True)
        command = [sys.executable, "-m", "backline.server", "migrate", *(["--demo"] if loads_demo else [])]
        with subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        ) as process:
            while process.poll() is None:
                if self.stop.wait(TICK_SECONDS):
                    process.terminate()
                    raise _StoppedError
            said = process.stdout.read().decode(errors="replace").strip() if process.stdout else ""
            if process.returncode:
                raise CommandError(f"The database could not be brought up to date:\n{said}")
        stamp.write_text(code, encoding="utf-8")

    def _wait_until_all_answer(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        missing = list(self.children)
        while missing:
            if self.stop.wait(TICK_SECONDS):
                raise _StoppedError
            for child in missing:
                self._mend(child)
                if child.crashes >= CRASHES_AT_START:
                    said = "\n".join(child.last_lines) or "(it said nothing)"
                    raise CommandError(f"The program {child.name} does not come up. It said:\n{said}")
            missing = [child for child in missing if not (child.is_running() and child.answers())]
            if missing and time.monotonic() > deadline:
                names = ", ".join(child.name for child in missing)
                raise CommandError(f"No answer after {START_SECONDS:.0f} s from: {names}. See the lines above.")

    def _mend(self, child: Child) -> None:
        if child.is_running():
            return
        if not child.due_at:
            code = child.process.returncode if child.process else "?"
            wait = child.note_crash()
            write(f"{child.name:<8}| ended by itself (exit code {code}); it is started again in {wait:g} s")
        elif time.monotonic() >= child.due_at:
            child.start(os.environ)
            if self.state_file.exists():
                self.write_state()


def _newest_worker(database_url: str) -> int:
    """Return the highest number a worker ever registered under, 0 when none is known."""
    try:
        with psycopg.connect(database_url, connect_timeout=5) as connection:
            row = connection.execute("SELECT max(id) FROM procrastinate_workers").fetchone()
    except psycopg.Error:
        return 0
    return int(row[0] or 0) if row else 0


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the state folder; a second `backline up` on it is refused."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "up.lock").open("a+")
    except OSError as error:
        raise CommandError(
            f"The state folder {home} cannot be written ({error.strerror}); choose another with BACKLINE_HOME."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip() or "unknown"
            raise CommandError(
                f"Backline already runs on {home} (process {pid}). Stop it first, or run a second one beside it with "
                "its own BACKLINE_HOME, BACKLINE_WEB_PORT, BACKLINE_PLAY_PORT and BACKLINE_SANDBOX_PORT."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextlib.contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP ask for an orderly end."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)  # the end is under way; it must not be cut short


def _ports(settings: environment.Environment) -> Iterator[tuple[str, int, str]]:
    yield settings.bind_host, settings.web_port, "BACKLINE_WEB_PORT"
    yield settings.bind_host, settings.play_port, "BACKLINE_PLAY_PORT"
    if not settings.is_production:
        yield settings.bind_host, settings.sandbox_port, "BACKLINE_SANDBOX_PORT"


def _announce(settings: environment.Environment, seconds: float, *, has_demo: bool) -> None:
    from backline.server import demo  # noqa: PLC0415

    write()
    write(f"Backline is ready ({seconds:.1f} s).")
    write()
    write(f"  Dashboard      {settings.web_url}")
    if has_demo:
        write(f"  Demo sign-in   {demo.EMAIL}   password: {demo.PASSWORD}")
        write(f"  Operator       {settings.web_url}/operator/status/   as {demo.OPERATOR_EMAIL}, the same password")
        write(f"  Demo artist    {settings.play_url}/{demo.SLUG}   (ready when its import is done)")
    write(f"  Public pages   {settings.play_url}")
    if not settings.is_production:
        write(f"  Sandbox        {settings.sandbox_url}   every outside service, on this machine")
        write(f"  Mailbox        {settings.sandbox_url}/mailbox   where e-mails of the sandbox arrive")
    write(f"  State          {settings.home}")
    write()
    write("Press Ctrl-C to stop.")
