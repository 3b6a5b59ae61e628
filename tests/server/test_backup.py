"""A backup of a running product, brought back elsewhere, answers the same questions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import conninfo, sql
from tests.plugins.stack import Stack

from backline.sandbox import invented

pytestmark = pytest.mark.timeout(180)

ARTIST_URL = f"https://open.spotify.com/artist/{invented.SINGLE_ARTIST_ID}"
BROWSER = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/143.0.0.0 Mobile Safari/537.36"
}


@pytest.fixture
def elsewhere() -> Iterator[dict[str, str]]:
    """The environment of another, empty installation on the same server."""
    home = Path(tempfile.mkdtemp(prefix="backline-elsewhere-"))
    home.chmod(0o755)
    base = os.environ["DATABASE_URL"]
    name = f"elsewhere_{home.name.rsplit('-', 1)[-1].lower()}"
    parts = {key: str(value) for key, value in conninfo.conninfo_to_dict(base).items() if value is not None}
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield {
        **os.environ,
        "BACKLINE_HOME": str(home / "var"),
        "DATABASE_URL": conninfo.make_conninfo("", **(parts | {"dbname": name})),
    }
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    shutil.rmtree(home, ignore_errors=True)


def _backline(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backline.server", *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _visit(stack: Stack, hub_url: str, times: int) -> None:
    """Let fans open the hub and the single's page, and click its first destination."""
    page = stack.wait_for(lambda: _first_page(stack, hub_url), what="the single on the hub")
    click = stack.get(page)[2].decode().split("/go/")[1].split('"')[0].split("?")[0]
    for number in range(times):
        fan = {**BROWSER, "Accept-Language": f"en;q=0.{number % 9 + 1}"}
        assert stack.get(hub_url, fan)[0] == 200
        assert stack.get(f"{page}/go/{click}", fan)[0] == 302


def _first_page(stack: Stack, hub_url: str) -> str:
    path = hub_url.removeprefix(stack.play_url)
    for part in stack.get(hub_url)[2].decode().split('href="')[1:]:
        address = part.split('"')[0].removeprefix(stack.play_url)
        if address.startswith(path + "/"):
            return stack.play_url + address
    return ""


def _stats_of(stack: Stack, slug: str, *, clicks: int) -> dict[str, Any] | None:
    """Return the artist's figures once they hold so many clicks."""
    found: dict[str, Any] = stack.json("stats", slug)
    return found if found["service_clicks"] == clicks else None


def test_a_restored_stack_answers_with_the_same_numbers(
    make_stack: Callable[..., Stack], elsewhere: dict[str, str], tmp_path: Path
) -> None:
    stack = make_stack()
    imported = stack.json("artist", "import", ARTIST_URL, "--wait")
    slug = imported["artist"]
    _visit(stack, imported["hub_url"], 5)
    stack.wait_for(lambda: stack.json("stats", slug)["service_clicks"] == 5, what="the first clicks in the lake")
    stack.kill("worker")  # what comes now stays in the spool until the worker is back: a backup holds both
    _visit(stack, imported["hub_url"], 3)
    file = tmp_path / "all.tar.gz"
    stack.backline("backup", str(file))
    before: dict[str, Any] = stack.wait_for(lambda: _stats_of(stack, slug, clicks=8), what="the worker's coming back")

    restored = _backline(elsewhere, "restore", str(file))
    assert restored.returncode == 0, restored.stderr
    after = _backline(elsewhere, "stats", slug, "--json")
    assert after.stdout.strip(), after.stderr
    assert json.loads(after.stdout) == before
    covers = {path.name for path in (stack.home / "media").iterdir()}
    assert {path.name for path in (Path(elsewhere["BACKLINE_HOME"]) / "media").iterdir()} == covers != set()

    again = _backline(elsewhere, "restore", str(file))
    assert again.returncode == 1
    assert "--force" in again.stderr
    forced = _backline(elsewhere, "restore", str(file), "--force")
    assert forced.returncode == 0, forced.stderr
    assert json.loads(_backline(elsewhere, "stats", slug, "--json").stdout) == before


def test_nothing_secret_is_in_a_backup(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "all.tar.gz"
    stack.backline("backup", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file) as tar:
        names = tar.getnames()
    assert names[-1] == "manifest.json"
    assert "database.dump" in names


@pytest.mark.parametrize("damage", ["cut", "altered", "garbage", "absent"])
def test_a_damaged_file_is_refused_and_changes_nothing(
    damage: str, stack: Stack, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "all.tar.gz"
    if damage != "absent":
        stack.backline("backup", str(file))
        data = file.read_bytes()
    if damage == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif damage == "altered":
        _alter(file)
    elif damage == "garbage":
        file.write_bytes(b"no backup at all")
    refused = _backline(elsewhere, "restore", str(file))
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert str(file) in refused.stderr
    with psycopg.connect(elsewhere["DATABASE_URL"]) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def _alter(file: Path) -> None:
    """Change one byte of the database's dump and pack everything again."""
    folder = file.parent / "unpacked"
    with tarfile.open(file) as tar:
        names = tar.getnames()
        tar.extractall(folder, filter="data")
    dump = folder / "database.dump"
    data = bytearray(dump.read_bytes())
    data[len(data) // 2] ^= 1
    dump.write_bytes(data)
    with tarfile.open(file, "w:gz") as tar:
        for name in names:
            tar.add(folder / name, name)


def test_a_restore_into_a_running_product_is_refused(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "all.tar.gz"
    stack.backline("backup", str(file))
    said = stack.backline("restore", str(file), "--force", fails=True)
    assert "Stop it first" in said
