from __future__ import annotations

from pathlib import Path

import pytest
from procrastinate.contrib.django import app

from backline.catalog.state import HEALTH, IMPORT
from backline.core.state import StateMachine
from backline.links.state import CLAIM, PUBLISH, RENDER, TAKEDOWN

PAGE = Path(__file__).parents[2] / "docs" / "developers" / "catalogue-and-links.md"


def picture(machine: StateMachine) -> str:
    moves = [f"    {source} --> {target}\n" for source, to in machine.transitions.items() for target in sorted(to)]
    return "```mermaid\nstateDiagram-v2\n" + "".join(moves) + "```"


MACHINES = [HEALTH, IMPORT, CLAIM, PUBLISH, TAKEDOWN, RENDER]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_picture_in_the_docs_is_that_of_the_table(machine: StateMachine) -> None:
    assert picture(machine) in PAGE.read_text(encoding="utf-8")


def test_every_job_of_these_rooms_is_in_the_docs() -> None:
    app.perform_import_paths()
    jobs = {name for name in app.tasks if name.split(".")[0] in {"catalog", "links"}}
    text = PAGE.read_text(encoding="utf-8")
    assert {name for name in jobs if f"| `{name}` |" not in text} == set()
