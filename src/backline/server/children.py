"""The supervisor's view of one program: started, watched, restarted after a crash, stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from backline.server.parent import PARENT

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
STEADY_AFTER_SECONDS = 30.0
"""A program that ran for so long counts as well again: its next crash waits the first time."""

_write_lock = threading.Lock()


@dataclass(slots=True)
class Child:
    """One program. ``answers`` tells whether it does its work by now."""

    name: str
    words: Sequence[str]
    answers: Callable[[], bool]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    waits_seconds: float = FIRST_WAIT_SECONDS
    due_at: float = 0.0
    crashes: int = 0
    last_lines: list[str] = field(default_factory=list)

    def start(self, environ: Mapping[str, str]) -> None:
        """Start the program in a session of its own, so that Ctrl-C reaches the supervisor alone.

        Must be called in the main thread: the program ends with the thread that started it.
        """
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "backline.server", *self.words],
            env={**environ, PARENT: str(os.getpid()), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        self.due_at = 0.0
        threading.Thread(target=self._relay, args=(self.process,), daemon=True).start()

    def is_running(self) -> bool:
        """Tell whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def note_crash(self) -> float:
        """Clear away what a crash left and return after how many seconds to start again."""
        self.kill()
        if time.monotonic() - self.started_at > STEADY_AFTER_SECONDS:
            self.waits_seconds, self.crashes = FIRST_WAIT_SECONDS, 0
        wait = self.waits_seconds
        self.crashes += 1
        self.waits_seconds = min(LONGEST_WAIT_SECONDS, wait * 2)
        self.due_at = time.monotonic() + wait
        return wait

    def terminate(self) -> None:
        """Ask the program to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for the end until ``deadline`` (monotonic), then kill whatever is left."""
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(max(0.0, deadline - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        """Kill the whole group at once, so that no half of a program holds its port."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)

    def _relay(self, process: subprocess.Popen[bytes]) -> None:
        """Pass the program's lines on, each with its name in front."""
        if process.stdout is None:
            return
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.last_lines = [*self.last_lines[-9:], line]
            write(f"{self.name:<8}| {line}")


def write(line: str = "") -> None:
    """Write one whole line to standard output, whichever thread says it."""
    with _write_lock, contextlib.suppress(BrokenPipeError, ValueError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def http_answers(url: str) -> bool:
    """Tell whether ``url`` answers 200 within a second."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
