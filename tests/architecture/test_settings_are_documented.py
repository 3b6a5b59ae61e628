"""A setting that nobody can read about does not exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "backline"
PAGE = ROOT / "docs" / "operators" / "settings.md"
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
READERS = {"text", "url", "whole", "rate", "words", "keys", "digits", "flag", "outside", "credential"}
MAY_READ_THE_ENVIRONMENT = {"settings", "server"}


def _read_settings() -> set[str]:
    """Return the names that the settings module reads."""
    tree = ast.parse((SOURCE / "settings" / "environment.py").read_text())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            value = node.args[0].value
            if called in READERS and isinstance(value, str) and _NAME.fullmatch(value):
                names.add(value)
    return names


def test_every_setting_is_on_the_operators_page() -> None:
    read = _read_settings()
    assert len(read) > 30
    described = set(re.findall(r"^\| `([A-Z0-9_]+)`", PAGE.read_text(), re.MULTILINE))
    assert {"not described": sorted(read - described), "not read": sorted(described - read)} == {
        "not described": [],
        "not read": [],
    }


def test_the_environment_is_read_in_one_place() -> None:
    elsewhere = [
        str(file.relative_to(ROOT))
        for file in SOURCE.rglob("*.py")
        if file.relative_to(SOURCE).parts[0] not in MAY_READ_THE_ENVIRONMENT
        and re.search(r"\bos\.(environ|getenv)\b", file.read_text())
    ]
    assert elsewhere == []
