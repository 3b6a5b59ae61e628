"""What every test stands on: the real PostgreSQL in a folder of its own, no network but loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from pytest_django.plugin import DjangoDbBlocker
from pytest_socket import socket_allow_hosts

pytest_plugins = [
    "tests.plugins.clickhouse", "tests.plugins.jobs", "tests.plugins.keys", "tests.plugins.sandbox",
    "tests.plugins.stack",
]  # fmt: skip

_OWNER = "BACKLINE_TEST_OWNER"


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Start a PostgreSQL for this run before Django reads its settings; parallel workers inherit its address.

    ``BACKLINE_TEST_DATABASE_URL`` names another PostgreSQL to test against.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "backline.settings.django"
    if not os.environ.get(_OWNER):
        _make_home()
    django.setup()


def _make_home() -> None:
    home = Path(tempfile.mkdtemp(prefix="backline-test-"))
    home.chmod(0o755)  # the embedded server runs as a user of its own when we are root
    os.environ[_OWNER] = str(os.getpid())
    os.environ["BACKLINE_HOME"] = str(home)
    (home / "static").mkdir()  # where collected files would lie; its absence is worth a warning
    given = os.environ.get("BACKLINE_TEST_DATABASE_URL", "")
    if not given:
        from backline.server import postgres

        given = postgres.start(home / "postgres", stops_with_process=True, is_durable=False)
    os.environ["DATABASE_URL"] = given
    from backline.server import bootstrap

    bootstrap.ensure_encryption_key()


def pytest_unconfigure() -> None:
    """Stop PostgreSQL and remove the run's folder."""
    if os.environ.get(_OWNER) == str(os.getpid()):
        from backline.server import postgres

        postgres.stop(Path(os.environ["BACKLINE_HOME"]) / "postgres")
        shutil.rmtree(os.environ["BACKLINE_HOME"], ignore_errors=True)


@pytest.fixture(autouse=True)
def _no_network_but_loopback() -> None:
    """Refuse every connection that leaves this machine."""
    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _no_loop_of_a_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the event loop that an open browser leaves as running, from tests that have loops of their own."""
    if "chromium" in request.fixturenames:
        yield
        return
    left = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(left)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let the tests' own database be emptied between tests: elsewhere the append-only tables refuse it."""
    from django.db import connection

    with django_db_blocker.unblock():
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET backline.may_truncate = 'on'")
        connection.close()
