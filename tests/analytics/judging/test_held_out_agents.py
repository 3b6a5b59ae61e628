from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from backline.analytics.judging.agents import read_agent

FOLDER = Path(__file__).parent / "user_agents"


def read(kind: str, *, held_out: bool) -> list[str]:
    """Return the quarter of the lists of a kind that nobody looks at, or the three that the rules were made with."""
    agents: set[str] = set()
    for path in sorted(FOLDER.glob(f"{kind}_*.txt.gz")):
        agents |= set(gzip.decompress(path.read_bytes()).decode().split("\n"))
    return sorted(agent for agent in agents if (hashlib.sha256(agent.encode()).digest()[0] % 4 == 3) == held_out)


@pytest.mark.parametrize("held_out", [False, True], ids=["made with", "held out"])
def test_bots_are_caught(held_out: bool) -> None:
    bots = read("bots", held_out=held_out)
    assert len(bots) > 700
    missed = sum(1 for agent in bots if read_agent(agent).bot_reason is None)
    print(f"bots caught: {1 - missed / len(bots):.4%} of {len(bots)}, missed {missed}")  # noqa: T201 with -s
    rate = missed / len(bots)  # a failing assertion must not show the list
    assert rate <= 0.005


@pytest.mark.parametrize("held_out", [False, True], ids=["made with", "held out"])
def test_people_are_counted(held_out: bool) -> None:
    people = read("people", held_out=held_out)
    assert len(people) > 5_000
    aside = sum(1 for agent in people if read_agent(agent).bot_reason is not None)
    print(f"people set aside: {aside / len(people):.4%} of {len(people)}: {aside}")  # noqa: T201 with -s
    rate = aside / len(people)
    assert rate <= 0.001
