"""Fixture ``sandbox``: every outside service, running on a loopback port of this test process's own.

The port is chosen before Django reads its settings, so ``environment.current()`` already points at it; the server is
started when a test first asks for it. Each test finds it as at the start: no faults, no mail, the clock at real time.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backline.settings import environment

START_SECONDS = 20
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox and what a test does to it."""

    base_url: str

    @property
    def settings(self) -> environment.Environment:
        """Settings whose every outside address is this sandbox."""
        return environment.read({**os.environ, "BACKLINE_SANDBOX_URL": self.base_url})

    def fault(self, provider: str, kind: str, route: str = "", **figures: Any) -> int:
        """Switch a fault on: ``times`` (else for ever), ``share``, ``seconds``, ``seed``. Returns its id."""
        fault = self.control("POST", "faults", {"provider": provider, "kind": kind, "route": route, **figures})
        return int(fault["id"])

    def clear_faults(self) -> None:
        """Switch every fault off."""
        self.control("DELETE", "faults")

    def clear(self) -> None:
        """Put everything back as it was at the start: faults, limits, clock, releases, mail, tokens, the log."""
        self.control("POST", "reset")

    def advance(self, **length: float) -> None:
        """Put the sandbox's clock forward by ``days``, ``hours``, ``minutes`` and ``seconds``."""
        self.control("POST", "clock/advance", length)

    def limits(self, **modes: Any) -> None:
        """Set ``limits`` (off, real), ``spotify`` (development, extended), ``quota_exceeded``, ``odesli`` (keyed)."""
        self.control("POST", "limits", modes)

    def release(self, action: str, **values: Any) -> dict[str, Any]:
        """Let a release ``appear`` (artist_id, title, type, tracks), be taken down (``takedown``) or ``rename`` it."""
        return self.control("POST", "releases", {"action": action, **values})

    def remove_artist(self, artist_id: str) -> None:
        """Let an artist be gone from every service."""
        self.control("POST", "artists/remove", {"artist_id": artist_id})

    def requests(self, provider: str = "") -> list[dict[str, Any]]:
        """Return the last 200 requests, newest first."""
        return list(self.control("GET", f"requests?provider={provider}")["requests"])

    def counts(self) -> dict[str, int]:
        """Return how many requests each service got since the test began."""
        return dict(self.control("GET", "requests")["counts"])

    def mail(self, to: str = "") -> list[dict[str, Any]]:
        """Return the mails to an address, newest first: subject, text, html, links and so on."""
        return list(self._call("GET", f"/mailbox.json?to={urllib.parse.quote(to)}")["mails"])

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the control plane."""
        return self._call(method, f"/control/{path}", body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            self.base_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                problem = error.read().decode()
            raise AssertionError(f"{method} {path} was answered with {error.code}: {problem}") from None
        return found


def start(port: int, **environ: str) -> subprocess.Popen[bytes]:
    """Start a sandbox of its own on a port and wait until it answers. It ends when its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "backline.sandbox", "--while-stdin-is-open"],
        env={
            **os.environ,
            "PYTHONPATH": str(_ROOT / "src"),
            "BACKLINE_MODE": "sandbox",
            "BACKLINE_SANDBOX_PORT": str(port),
            "BACKLINE_SANDBOX_URL": f"http://127.0.0.1:{port}",
            **environ,
        },
        stdin=subprocess.PIPE,
    )
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return process
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                stop(process)
                raise RuntimeError(f"The sandbox did not start on port {port}.") from None
            time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a sandbox that ``start`` started. It holds nothing that a kill could spoil."""
    process.kill()
    process.wait()
    if process.stdin:
        process.stdin.close()


def free_port() -> int:
    """Return a free loopback port below the range that outgoing connections take theirs from."""
    while True:
        port = random.randint(20_000, 31_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def _choose_address() -> None:
    port = free_port()
    os.environ["BACKLINE_SANDBOX_PORT"] = str(port)
    environment.current.cache_clear()


_choose_address()  # on import: before any hook, and so before any setting is read


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Sandbox]:
    """Run the sandbox for the whole session."""
    port = int(os.environ["BACKLINE_SANDBOX_PORT"])
    process = start(port)
    try:
        yield Sandbox(f"http://127.0.0.1:{port}")
    finally:
        stop(process)


@pytest.fixture
def sandbox(sandbox_server: Sandbox) -> Sandbox:
    """The running sandbox, as at the start."""
    sandbox_server.clear()
    return sandbox_server
