"""Who may open what is sealed: one module per kind of token. Everything else cannot, and asks that module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "backline"
MAY_OPEN = {"core/vault.py", "connections/grants.py"}
"""The vault itself, and the modules whose one job it is to return a fresh token."""
MAY_DECRYPT = {"core/crypto.py", "core/vault.py"}
MAY_TOUCH_DATA_KEYS = {"core/models.py", "core/vault.py", "core/migrations/0004_datakey.py"}


def names_in(source: str) -> set[str]:
    """Return every name that the code says: defined, imported, read, or given to ``getattr`` as text."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.update(node.name.split("."))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def modules_that_say(*names: str) -> set[str]:
    return {
        file.relative_to(SOURCE).as_posix() for file in SOURCE.rglob("*.py") if names_in(file.read_text()) & {*names}
    }


@pytest.mark.req("PP-51")
def test_only_the_module_of_a_kind_of_token_opens_it() -> None:
    assert modules_that_say("open_value") - MAY_OPEN == set()


@pytest.mark.req("PP-51")
def test_only_the_vault_decrypts_and_knows_the_data_keys() -> None:
    assert modules_that_say("open_sealed", "AESGCM") == MAY_DECRYPT
    assert modules_that_say("DataKey") == MAY_TOUCH_DATA_KEYS


@pytest.mark.parametrize(
    "way_round",
    [
        "from backline.core.vault import open_value as look",
        "from backline.core import vault\nvault.open_value(o, p, r)",
        "import backline.core.vault as v\nopened = v.open_value",
        "from backline.core import vault\ngetattr(vault, 'open_value')(o, p, r)",
    ],
)
def test_no_way_round_is_overlooked(way_round: str) -> None:
    assert "open_value" in names_in(way_round)
