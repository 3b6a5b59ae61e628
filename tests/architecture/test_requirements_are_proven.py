"""Every requirement that is built has a test that says it proves it."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
BUILT = (
    *(f"SL-{number:02}" for number in (2, 3, 4, 5, *range(9, 15), *range(20, 28), 31, *range(50, 54))),
    *(
        f"PC-{number:02}"
        for number in (*range(1, 6), *range(10, 18), *range(20, 26), *range(30, 38), *range(40, 46), 50, 51)
    ),
    *("PP-10", "PP-14", "PP-42", "PP-50", "PP-51", "PP-52", "PP-53", "PP-54", "PP-60", "PP-61", "PP-62", "PP-72"),
    *("R3", "R4", "R5"),
)
_MARK = re.compile(r"\bmark\.req\(([^)]*)\)")


def test_every_requirement_that_is_built_is_on_a_test() -> None:
    marked = {
        requirement
        for file in TESTS.rglob("test_*.py")
        for words in _MARK.findall(file.read_text())
        for requirement in re.findall(r'"([A-Z]{2}-\d+|R\d+)"', words)
    }
    assert [requirement for requirement in BUILT if requirement not in marked] == []
