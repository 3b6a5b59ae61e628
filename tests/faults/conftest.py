"""Stages for the fault tests. ``BACKLINE_FAULT_ROUNDS`` and ``BACKLINE_FAULT_SEED`` choose the form of a run."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection
from psycopg import conninfo
from pytest_django.plugin import DjangoDbBlocker
from tests.faults.lossy_disk import LossyDisk, why_not
from tests.faults.parts import Database

from backline.core.ids import new_id
from backline.server import postgres

if TYPE_CHECKING:
    from tests.faults.stage import Stage

MakeStage = Callable[..., "Stage"]


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of this run: every choice of every scenario follows from it."""
    return int(os.environ.get("BACKLINE_FAULT_SEED") or 0) or random.SystemRandom().randrange(1, 10**9)


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often a scenario repeats its fault: the short form's number, unless the environment says otherwise."""
    short = int(getattr(request, "param", 3))
    return int(os.environ.get("BACKLINE_FAULT_ROUNDS") or short)


@pytest.fixture
def make_stage(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    seed: int,
    transactional_db: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[MakeStage]:
    """Make stages; all that they started is gone when the test ends.

    ``lossy`` names what lies on a disk that forgets: ``home``, ``spool`` or ``lake``. ``own_server`` gives the
    database a PostgreSQL of its own.
    """
    from tests.faults.stage import Stage  # Django is not up yet when pytest reads this file

    with django_db_blocker.unblock(), ExitStack() as endings:

        def make(*, lossy: str = "", own_server: bool = False, planted: str = "") -> Stage:
            if lossy and (reason := why_not()):
                pytest.skip(reason)
            if own_server:
                # Not below pytest's folder: the account that PostgreSQL runs as may not pass through there.
                below = Path(endings.enter_context(tempfile.TemporaryDirectory(prefix="backline-faults-")))
                below.chmod(0o755)
                database = _own_server(below)
            else:
                database = _clone()
            endings.callback(postgres.stop, database.server) if database.server else endings.callback(database.drop)
            home = tmp_path / "home"
            disk = endings.enter_context(LossyDisk(home if lossy == "home" else home / lossy)) if lossy else None
            stage = Stage(tmp_path, home, database, name=request.node.nodeid, seed=seed, planted=planted, disk=disk)
            endings.callback(stage.stop_all)
            return stage

        yield make


def _clone() -> Database:
    """Return a copy of the tests' own database, under a name of its own."""
    template = connection.settings_dict["NAME"]
    connection.close()
    name = f"fault_{new_id().hex}"
    with psycopg.connect(conninfo.make_conninfo(os.environ["DATABASE_URL"], dbname="postgres"), autocommit=True) as own:
        own.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return Database(conninfo.make_conninfo(os.environ["DATABASE_URL"], dbname=name))


def _own_server(folder: Path) -> Database:
    """Return a copy of the tests' own database in a server that this test may kill."""
    server = folder / "postgres"
    url = postgres.start(server, stops_with_process=False, is_durable=False)
    template = conninfo.make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    programs = postgres.programs_folder()
    dump = subprocess.run([programs / "pg_dump", "--format=custom", template], check=True, capture_output=True)
    subprocess.run([programs / "pg_restore", "--dbname", url, "--no-owner"], input=dump.stdout, check=True)
    return Database(url, server)
