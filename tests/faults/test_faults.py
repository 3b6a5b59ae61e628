"""Every fault, under load: what was acknowledged is counted once, and nothing else is.

``make faults ROUNDS=200`` is the long form; ``BACKLINE_FAULT_SEED`` runs the same choices again.
"""

from __future__ import annotations

import pytest
from tests.faults import scenarios
from tests.faults.conftest import MakeStage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200), pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("rounds", [20], indirect=True)
def test_programs_are_killed(make_stage: MakeStage, rounds: int) -> None:
    stage = make_stage(own_server=True)
    scenarios.programs_are_killed(stage, rounds)
    assert stage.verdict() == ()


@pytest.mark.parametrize("strict", [True, False], ids=["names need a sync", "names are kept at once"])
def test_power_is_cut(make_stage: MakeStage, rounds: int, strict: bool) -> None:
    stage = make_stage(lossy="home")
    scenarios.power_is_cut(stage, rounds, strict=strict)
    assert stage.verdict() == ()


@pytest.mark.parametrize("rounds", [1], indirect=True)
@pytest.mark.parametrize("lossy", ["spool", "lake"])
@pytest.mark.parametrize("scenario", ["disk_is_full", "disk_fails", "disk_is_slow"])
def test_a_disk_is_in_trouble(make_stage: MakeStage, rounds: int, lossy: str, scenario: str) -> None:
    stage = make_stage(lossy=lossy)
    getattr(scenarios, scenario)(stage, rounds)
    assert stage.verdict() == ()


@pytest.mark.parametrize("rounds", [1], indirect=True)
def test_nodes_have_spools_of_their_own(make_stage: MakeStage, rounds: int) -> None:
    stage = make_stage(lossy="second/spool")
    scenarios.nodes_have_spools_of_their_own(stage, rounds)
    assert stage.verdict() == ()


@pytest.mark.parametrize("rounds", [1], indirect=True)
@pytest.mark.parametrize(
    "scenario",
    [
        "shipping_is_interrupted",
        "zombie_wakes",
        "shippers_meet",
        "clock_jumps",
        "database_is_away",
        "worker_is_away",
        "spools_are_damaged",
        "old_events_are_retired",
    ],
)
def test_something_goes_wrong(make_stage: MakeStage, rounds: int, scenario: str) -> None:
    stage = make_stage()
    getattr(scenarios, scenario)(stage, rounds)
    assert stage.verdict() == ()
