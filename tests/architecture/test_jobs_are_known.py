"""Jobs are named app.verb, registered once, and enqueued under a name that exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from procrastinate.contrib.django import app

SOURCE = Path(__file__).resolve().parents[2] / "src" / "backline"
_JOB = re.compile(r'@(?:jobs\.)?job\(\s*"([^"]+)"')
_ENQUEUED = re.compile(r'\benqueue\(\s*"([^"]+)"')


def _found(pattern: re.Pattern[str]) -> Counter[str]:
    return Counter(name for file in SOURCE.rglob("*.py") for name in pattern.findall(file.read_text()))


def test_every_job_is_registered_once_under_its_rooms_name() -> None:
    rooms = {folder.name for folder in SOURCE.iterdir() if folder.is_dir()}
    written = _found(_JOB)
    assert [name for name, count in written.items() if count > 1] == []
    assert [name for name in written if not re.fullmatch(r"[a-z_]+\.[a-z][a-z_]+", name)] == []
    assert [name for name in written if name.split(".")[0] not in rooms] == []
    app.perform_import_paths()
    ours = {name for name in app.tasks if name.split(".")[0] in rooms}
    assert ours == set(written)


def test_what_is_enqueued_exists() -> None:
    assert sorted(set(_found(_ENQUEUED)) - set(_found(_JOB))) == []
