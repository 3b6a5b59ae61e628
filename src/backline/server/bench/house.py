"""A private installation for a measurement: own folder, own database, own ports, programs started one by one."""

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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from backline.server import database, parent, postgres
from backline.server.children import http_answers
from backline.server.commands import CommandError
from backline.server.parent import PARENT

START_SECONDS = 30.0


class House:
    """A running installation. Make it with :func:`house`."""

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self.home = home
        web, play, sandbox = free_ports(3)
        self.ports = {"web": web, "play": play, "sandbox": sandbox}
        self.database_url = postgres.start(home / "postgres", stops_with_process=True)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("BACKLINE_", "DATABASE_URL"))}
        self.environ = {
            **kept,
            "BACKLINE_HOME": str(home),
            "DATABASE_URL": self.database_url,
            "PLAY_DATABASE_URL": database.address_for_play(self.database_url),
            "BACKLINE_WEB_PORT": str(web),
            "BACKLINE_PLAY_PORT": str(play),
            "BACKLINE_SANDBOX_PORT": str(sandbox),
            PARENT: str(os.getpid()),
            **settings,
        }
        self._programs: dict[str, subprocess.Popen[bytes]] = {}
        self._log: IO[bytes] = (home / "bench.log").open("ab")

    def url(self, program: str) -> str:
        """Return the address of ``web``, ``play`` or ``sandbox``, without a trailing slash."""
        return f"http://127.0.0.1:{self.ports[program]}"

    def run(self, *words: str) -> str:
        """Run a subcommand of ``backline`` and return its output."""
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "backline.server", *words],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandError(f"`backline {' '.join(words)}` failed in the measurement:\n{self.last_lines()}")
        return done.stdout

    def json(self, *words: str) -> Any:
        """Run a subcommand that answers in JSON."""
        return json.loads(self.run(*words, "--json"))

    def start(self, program: str, *words: str, cores: Sequence[int] = ()) -> None:
        """Start a program, on these cores where any are named, and wait until it answers."""
        pin = ["taskset", "-c", ",".join(map(str, cores))] if cores and shutil.which("taskset") else []
        self._programs[program] = subprocess.Popen(  # noqa: S603
            [*pin, sys.executable, "-m", "backline.server", program, *words],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        if program in self.ports:
            url = f"{self.url(program)}/healthz"
            self.wait_for(lambda: http_answers(url), what=f"an answer of {program}")

    def processes(self, program: str) -> list[int]:
        """Return the ids of a program's processes, the first one first (Linux)."""
        found = [self._programs[program].pid]
        for pid in found:  # grows while it is walked
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text(encoding="ascii").split())
        return found

    def private_bytes(self, program: str) -> int:
        """Return the memory that a program's processes have for themselves (Linux)."""
        total = 0
        for pid in self.processes(program):
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
                total += sum(
                    int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))
                )
        return total * 1024

    def stop(self, program: str) -> None:
        """Stop a program in the orderly way."""
        process = self._programs.pop(program)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            self._kill(process)

    def kill(self, program: str) -> None:
        """``kill -9`` a program with everything that it started."""
        self._kill(self._programs.pop(program))

    def wait_for(self, check: Callable[[], object], *, seconds: float = START_SECONDS, what: str) -> None:
        """Wait until ``check`` returns something true."""
        deadline = time.monotonic() + seconds
        while not check():
            if time.monotonic() > deadline:
                raise CommandError(f"{what} did not come within {seconds:g} s:\n{self.last_lines()}")
            time.sleep(0.02)

    def last_lines(self) -> str:
        """Return the end of what the programs said."""
        return "\n".join((self.home / "bench.log").read_text(errors="replace").splitlines()[-20:])

    def close(self) -> None:
        """Stop everything."""
        for process in self._programs.values():
            process.terminate()
        for process in self._programs.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            self._kill(process)
        self._log.close()
        postgres.stop(self.home / "postgres")

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextlib.contextmanager
def house(**settings: str) -> Iterator[House]:
    """Run an empty installation (database up to date, nothing started) for the length of a ``with`` block."""
    home = Path(tempfile.mkdtemp(prefix="backline-bench-"))
    home.chmod(0o755)
    made = House(home, settings)
    try:
        made.run("migrate")
        yield made
    finally:
        made.close()
        shutil.rmtree(home, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def end_with_this_process() -> Callable[[], None]:
    """Return what a program that is not ours runs first, so that it ends with us."""
    above = os.getpid()
    return lambda: parent.end_with(above)
