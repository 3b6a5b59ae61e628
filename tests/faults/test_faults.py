"""Every fault, under load: what was acknowledged is counted once, and nothing else is."""

from __future__ import annotations

import pytest
from tests.faults import scenarios
from tests.faults.conftest import MakeStage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600), pytest.mark.django_db(transaction=True)]


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
