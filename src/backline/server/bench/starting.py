"""How long a newcomer waits for `backline up`, with the packages already there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from backline.server.bench.house import free_ports
from backline.server.bench.results import Bench, Result, at_most
from backline.server.children import http_answers
from backline.server.commands import CommandError

Tell = Callable[[str], None]
PATIENCE_SECONDS = 90.0


def time_to_serve(tell: Tell) -> Sequence[Result]:
    """Start on an empty state folder, stop, start again; the time is until every program answers."""
    home = Path(tempfile.mkdtemp(prefix="backline-bench-"))
    home.chmod(0o755)
    ports = dict(zip(("WEB", "PLAY", "SANDBOX"), free_ports(3), strict=True))
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("BACKLINE_", "DATABASE_URL"))}
    environ |= {f"BACKLINE_{name}_PORT": str(port) for name, port in ports.items()} | {
        "BACKLINE_HOME": str(home / "var")
    }
    try:
        tell("  first start")
        first, ended = _start_and_stop(environ, ports)
        tell("  second start")
        second, _ = _start_and_stop(environ, ports)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return [
        at_most("time_to_serve", first, "s", 20, "`backline up` on an empty state folder, demo included"),
        at_most("time_to_serve_again", second, "s", 5, "the second start on the same folder"),
        at_most("time_to_stop", ended, "s", 10, "SIGINT to the end of the last process"),
    ]


def _start_and_stop(environ: dict[str, str], ports: dict[str, int]) -> tuple[float, float]:
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "backline.server", "up"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            while not all(http_answers(f"http://127.0.0.1:{port}/healthz") for port in ports.values()):
                if process.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
                    said.seek(0)
                    raise CommandError(
                        f"`backline up` did not come up:\n{said.read().decode(errors='replace')[-2000:]}"
                    )
                time.sleep(0.02)
            serving = time.monotonic() - began
            said.seek(0)
            while b"is ready" not in said.read():  # the worker too
                said.seek(0)
                time.sleep(0.02)
            serving = max(serving, time.monotonic() - began)
            asked = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.wait(30)
            return serving, time.monotonic() - asked
        finally:
            process.kill()
            process.wait(10)


BENCHES = (Bench("time_to_serve", "`backline up` on an empty state folder until everything answers", time_to_serve),)
