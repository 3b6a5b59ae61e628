"""What every test stands on: the real PostgreSQL in a folder of its own, no network but loopback."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_OWNER = "BACKLINE_TEST_OWNER"


def pytest_configure() -> None:
    """Start a PostgreSQL for this run before Django reads its settings; xdist's workers inherit its address."""
    if os.environ.get(_OWNER):
        return
    home = Path(tempfile.mkdtemp(prefix="backline-test-"))
    home.chmod(0o755)
    os.environ[_OWNER] = str(os.getpid())
    os.environ["BACKLINE_HOME"] = str(home)
    if not os.environ.get("BACKLINE_TEST_DATABASE_URL"):
        from backline.server import postgres

        os.environ["DATABASE_URL"] = postgres.start(home / "postgres", stops_with_process=True)


def pytest_unconfigure() -> None:
    """Remove the run's folder; PostgreSQL stops with the process."""
    if os.environ.get(_OWNER) == str(os.getpid()):
        shutil.rmtree(os.environ["BACKLINE_HOME"], ignore_errors=True)


@pytest.fixture(autouse=True)
def _no_network_but_loopback(socket_disabled_but_loopback: None) -> None:
    """Refuse every connection that leaves this machine."""


@pytest.fixture
def socket_disabled_but_loopback() -> None:
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)
