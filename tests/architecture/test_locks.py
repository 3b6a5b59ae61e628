"""The locks say what is installed, with a digest for each file and no word of where it comes from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "requirements.lock"
TEST = ROOT / "requirements-test.lock"
UV = ROOT / "requirements.bootstrap.lock"
_PIN = re.compile(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==[^\\\n]+", re.MULTILINE)


def _pins(lock: Path) -> dict[str, str]:
    """Return what is pinned for this Python; some packages are pinned in another version for another one."""
    found = [Requirement(pin) for pin in _PIN.findall(lock.read_text())]
    here = [pin for pin in found if pin.marker is None or "python" not in str(pin.marker) or pin.marker.evaluate()]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in here}


def _wanted(extra: str | None = None) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    words = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    return [Requirement(word) for word in words]


@pytest.mark.parametrize(("lock", "extra"), [(RUNTIME, None), (TEST, "test")])
def test_everything_that_is_wanted_is_pinned_as_wanted(lock: Path, extra: str | None) -> None:
    pins = _pins(lock)
    wrong = [
        str(wanted)
        for wanted in _wanted(extra)
        if (pin := pins.get(canonicalize_name(wanted.name))) is None or not wanted.specifier.contains(pin)
    ]
    assert wrong == [], "run `make lock`"


def test_tests_run_on_what_the_product_runs_on() -> None:
    tested = _pins(TEST)
    assert {name: tested.get(name) for name in _pins(RUNTIME)} == _pins(RUNTIME)


@pytest.mark.parametrize("lock", [RUNTIME, TEST, UV])
def test_every_pin_has_its_digests_and_no_lock_names_a_host(lock: Path) -> None:
    text = lock.read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) >= 1
    assert [block.split("\n", 1)[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://|--index|--find-links|file:", text) == []


def test_what_is_installed_is_what_is_locked() -> None:
    from importlib import metadata

    pins = _pins(TEST)
    installed = {canonicalize_name(found.metadata["Name"]): found.version for found in metadata.distributions()}
    here = {name: version for name, version in installed.items() if name in pins}
    # 2.12 and 2.012 are the same version.
    assert {name: version for name, version in here.items() if Version(pins[name]) != Version(version)} == {}
