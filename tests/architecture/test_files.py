"""Files are short and have names that say something; layers hold; nothing of this machine is in them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "backline"
LONGEST = 400
SAYS_NOTHING = re.compile(r"(utils?|helpers?|common|managers?|misc)\.py|(utils?|helpers?|common|managers?|misc)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|[Cc]oming soon|[Ll]orem ipsum")
_TEXT = {".py", ".html", ".css", ".js", ".md", ".toml", ".jinja", ".txt", ".svg"}


def _tracked() -> list[Path]:
    """Return the files of the project, as git knows them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("This is no git checkout.")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_is_longer_than_one_can_read() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in SOURCE.rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_name_says_something() -> None:
    files = [path for path in (*SOURCE.rglob("*"), *(ROOT / "tests").rglob("*")) if "__pycache__" not in path.parts]
    assert [str(path) for path in files if SAYS_NOTHING.fullmatch(path.name)] == []


def test_nothing_is_left_unfinished() -> None:
    sources = [file for file in _tracked() if file.suffix in _TEXT and "tests" not in file.relative_to(ROOT).parts]
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sources
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_no_path_of_this_machine_is_in_a_file() -> None:
    paths = (f"{ROOT}/", f"{Path.home()}/")
    found = [
        str(file.relative_to(ROOT))
        for file in _tracked()
        if file.suffix in _TEXT and any(path in file.read_text() for path in paths if len(path) > 3)
    ]
    assert found == []


def test_the_layers_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
