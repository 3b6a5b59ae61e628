"""`backline up`: one command, everything runs; and what happens when something goes wrong."""

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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest
from tests.plugins.stack import Stack, free_ports

pytestmark = pytest.mark.timeout(180)


def _answers(stack: Stack, url: str) -> bool:
    return stack.get(url)[0] == 200


def _up(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backline.server", "up", "--no-demo"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_all_programs_answer(stack: Stack) -> None:
    for url in (stack.web_url, stack.play_url, stack.sandbox_url):
        assert _answers(stack, f"{url}/healthz")
    assert _answers(stack, f"{stack.web_url}/readyz")
    addresses = [stack.web_url, stack.play_url, stack.sandbox_url, f"{stack.sandbox_url}/mailbox"]
    said = stack.log_file.read_text()
    assert [address for address in addresses if address not in said] == []


def test_a_second_one_on_the_same_state_is_refused(stack: Stack) -> None:
    refused = _up(stack.environ)
    assert refused.returncode == 1
    assert f"already runs on {stack.home}" in refused.stderr
    assert "BACKLINE_HOME" in refused.stderr


@pytest.mark.parametrize("setting", ["BACKLINE_WEB_PORT", "BACKLINE_PLAY_PORT", "BACKLINE_SANDBOX_PORT"])
def test_a_taken_port_is_named_with_its_setting(setting: str, tmp_path: Path) -> None:
    ports = dict(
        zip(("BACKLINE_WEB_PORT", "BACKLINE_PLAY_PORT", "BACKLINE_SANDBOX_PORT"), map(str, free_ports(3)), strict=True)
    )
    with socket.create_server(("127.0.0.1", int(ports[setting]))):
        refused = _up({**os.environ, **ports, "BACKLINE_HOME": str(tmp_path)})
    assert refused.returncode == 1
    assert f"Port {ports[setting]}" in refused.stderr
    assert setting in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_state_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = _up({**os.environ, "BACKLINE_HOME": str(tmp_path / "file" / "home")})
    assert refused.returncode == 1
    assert "BACKLINE_HOME" in refused.stderr


def test_production_with_default_secrets_is_refused_in_one_go(tmp_path: Path) -> None:
    # The tests have a key of their own.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINE_ENCRYPTION_KEYS")}
    refused = _up({**environ, "BACKLINE_HOME": str(tmp_path), "BACKLINE_MODE": "production"})
    assert refused.returncode == 1
    for setting in ("BACKLINE_SECRET_KEY", "BACKLINE_SYNC_SECRET", "BACKLINE_ENCRYPTION_KEYS", "BACKLINE_WEB_URL"):
        assert setting in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_killed_program_comes_back_and_its_port_too(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack()
    for name, url in (("play", stack.play_url), ("web", stack.web_url)):
        before = stack.pid(name)
        os.kill(before, signal.SIGKILL)  # the first process of the program only: its child must not keep the port
        stack.wait_for(lambda name=name, before=before: stack.pid(name) != before, what=f"a new {name}")
        stack.wait_for(lambda url=url: _answers(stack, f"{url}/healthz"), what=f"an answer of {name}")


def test_everything_ends_with_a_killed_supervisor(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack()
    assert stack.supervisor is not None
    processes = psutil.Process(stack.supervisor.pid).children(recursive=True)
    assert len(processes) >= 4
    stack.kill_all()
    _, left = psutil.wait_procs(processes, timeout=20)
    assert left == []
    stack.start()


@pytest.fixture
def own_home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="backline-up-"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _started(environ: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    with subprocess.Popen(
        [sys.executable, "-m", "backline.server", "up", "--no-demo"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as up:
        assert up.stdout is not None
        try:
            yield up, up.stdout
        finally:
            up.kill()


def _unhealthy(environ: dict[str, str]) -> list[dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "backline.server", "doctor", "--json"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [finding for finding in json.loads(done.stdout) if finding["verdict"] != "ok"]


def test_a_newcomers_start_stop_and_second_start(own_home: Path) -> None:
    """Nothing is set but ports and folder: the embedded PostgreSQL, two starts, orderly ends."""
    web, play, sandbox = map(str, free_ports(3))
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("BACKLINE_", "DATABASE_URL"))}
    environ |= {
        "BACKLINE_HOME": str(own_home / "var"),
        "BACKLINE_WEB_PORT": web,
        "BACKLINE_PLAY_PORT": play,
        "BACKLINE_SANDBOX_PORT": sandbox,
    }
    database_files = own_home / "var" / "postgres" / "postmaster.pid"
    for _ in range(2):
        with _started(environ) as (up, output):
            said = ""
            while "is ready" not in said:
                line = output.readline()
                assert line, f"It ended by itself:\n{said}"
                said += line
            assert database_files.exists()
            assert _unhealthy(environ) == []
            up.send_signal(signal.SIGINT)
            began = time.monotonic()
            rest = output.read()
            assert up.wait(30) == 0, rest
            assert time.monotonic() - began < 15
            assert "Your data stays" in rest
        assert not database_files.exists(), "PostgreSQL was stopped too"
