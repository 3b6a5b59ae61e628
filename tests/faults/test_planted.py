"""The harness catches every mistake that is planted, or its green would say nothing."""

from __future__ import annotations

import contextlib

import pytest
from tests.faults import scenarios
from tests.faults.conftest import MakeStage
from tests.faults.planted import MISTAKES

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600), pytest.mark.django_db(transaction=True)]

LOSSY = {"power_is_cut": "home", "disk_is_slow": "spool", "disk_is_full": "spool"}
ROUNDS = {"programs_are_killed": 5, "shippers_meet": 3, "power_is_cut": 3}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_caught(make_stage: MakeStage, name: str) -> None:
    mistake = MISTAKES[name]
    stage = make_stage(lossy=LOSSY.get(mistake.scenario, ""), planted=name)
    with contextlib.suppress(TimeoutError):  # a broken program may not come to an end; the judge says more
        getattr(scenarios, mistake.scenario)(stage, ROUNDS.get(mistake.scenario, 1))
    assert mistake.wrong in {violation.wrong for violation in stage.verdict()}
