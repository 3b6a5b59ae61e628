from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backline.server import postgres

HOLD = """
import sys, time
from pathlib import Path
from backline.server import postgres
print(postgres.start(Path(sys.argv[1]), stops_with_process=True, is_durable=False), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place with a space and a quote in its name, which nobody else uses."""
    home = Path(tempfile.mkdtemp(prefix="backline it's "))
    home.chmod(0o755)
    yield home / "postgres"
    postgres.stop(home / "postgres")
    shutil.rmtree(home, ignore_errors=True)


def _holder(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def _is_up(folder: Path) -> bool:
    return (folder / "postmaster.pid").exists()


def _write(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def _numbers(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]


def test_it_stops_with_its_last_user_and_keeps_the_data(folder: Path) -> None:
    first, url = _holder(folder)
    second, same = _holder(folder)
    assert url == same
    _write(url, 1)
    first.communicate("\n", timeout=30)
    assert _is_up(folder), "the second still uses it"
    _write(url, 2)
    second.communicate("\n", timeout=30)
    assert not _is_up(folder)
    again, url = _holder(folder)
    assert _numbers(url) == [1, 2]
    again.communicate("\n", timeout=30)


def test_a_user_that_was_killed_holds_nothing(folder: Path) -> None:
    killed, url = _holder(folder)
    _write(url, 1)
    killed.kill()
    killed.communicate(timeout=10)
    assert _is_up(folder), "nobody was left to stop it"
    last, url = _holder(folder)
    assert _numbers(url) == [1]
    last.communicate("\n", timeout=30)
    assert not _is_up(folder)


def test_a_server_that_was_killed_is_started_again(folder: Path) -> None:
    user, url = _holder(folder)
    _write(url, 1)
    os.kill(int((folder / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGKILL)
    user.kill()
    user.communicate(timeout=10)
    assert _is_up(folder), "the pid file is stale"
    next_user, url = _holder(folder)
    assert _numbers(url) == [1]
    next_user.communicate("\n", timeout=30)


def test_a_number_that_another_program_has_now_does_not_keep_it_from_starting(folder: Path) -> None:
    """After a container's restart the number in the pid file often belongs to something else."""
    user, url = _holder(folder)
    _write(url, 1)
    user.communicate("\n", timeout=30)
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n0\n5432\n{folder}\n\n\nready\n")
    next_user, url = _holder(folder)
    assert _numbers(url) == [1]
    next_user.communicate("\n", timeout=30)


def test_a_folder_too_deep_for_a_socket_works(folder: Path) -> None:
    deep = folder.parent / ("deep-" * 25) / "postgres"
    deep.parent.mkdir()
    url = postgres.start(deep, stops_with_process=False, is_durable=False)
    try:
        _write(url, 7)
        assert _numbers(url) == [7]
    finally:
        assert postgres.stop(deep) is True


def test_a_folder_that_is_no_database_is_refused_with_its_reason(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(postgres.PostgresError, match="PostgreSQL did not start in"):
        postgres.start(folder, stops_with_process=False)
