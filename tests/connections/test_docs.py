"""What the docs say of connections is what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest
from procrastinate.contrib.django import app

from backline.connections.state import CONNECTION, LINK, State, detail_of, status_of
from backline.connections.types import Detail
from backline.core.state import StateMachine

PAGE = Path(__file__).parents[2] / "docs" / "developers" / "connections.md"


@pytest.mark.parametrize("machine", [CONNECTION, LINK], ids=lambda machine: machine.name)
def test_the_picture_in_the_docs_is_that_of_the_table(machine: StateMachine) -> None:
    moves = [f"    {source} --> {target}\n" for source, to in machine.transitions.items() for target in sorted(to)]
    assert "```mermaid\nstateDiagram-v2\n" + "".join(moves) + "```" in PAGE.read_text(encoding="utf-8")


def test_the_labels_in_the_docs_are_those_of_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    lines = [
        f"| `{state}` | {status_of(state).value} | {detail_of(state, selection=Detail.SELECT_CHANNEL) or ''} |"
        for state in State
    ]
    assert [line for line in lines if line not in text] == []


def test_every_job_of_this_room_is_in_the_docs() -> None:
    app.perform_import_paths()
    jobs = {name for name in app.tasks if name.startswith("connections.")}
    text = PAGE.read_text(encoding="utf-8")
    assert {name for name in jobs if f"| `{name}` |" not in text} == set()
