"""The faults, each as a story on a :class:`~tests.faults.stage.Stage`. The verdict is the checker's alone."""

from __future__ import annotations

import time
from pathlib import Path

from tests.faults.stage import Stage
from tests.faults.parts import Program, wait_until


def programs_are_killed(stage: Stage, rounds: int) -> None:
    """``kill -9`` of play, of the shipper and of the database, in any order, while fans tap."""
    play, shipper = stage.start("play"), stage.start("shipper")
    stage.begin_load()
    has_server = stage.database.server is not None
    choices: tuple[tuple[Program | None, ...], ...] = ((shipper,), (play,), (play, shipper), (shipper, play))
    if has_server:
        choices = (*choices, (None,), (None, play), (shipper, None))
    slowest = 0.0
    for _ in range(rounds):
        stage.wait_for_answers()
        time.sleep(stage.chance.uniform(0, 1.0))
        victims = stage.chance.choice(choices)
        for victim in victims:
            stage.database.kill_server() if victim is None else victim.kill()
            time.sleep(stage.chance.uniform(0, 0.2))
        for victim in victims:
            stage.database.start_server() if victim is None else victim.start()
        slowest = max(slowest, stage.wait_for_answers(1))
    stage.facts |= {"rounds": rounds, "slowest_return_s": round(slowest, 2)}


def power_is_cut(stage: Stage, rounds: int, *, strict: bool = True) -> None:
    """The power fails under spool and lake while fans tap and the shipper ships; PostgreSQL has a disk of its own."""
    assert stage.disk is not None
    play, shipper = stage.start("play"), stage.start("shipper")
    load = stage.begin_load()
    for _ in range(rounds):
        stage.wait_for_answers()
        time.sleep(stage.chance.uniform(0, 1.0))
        stage.disk.cut_power(stage.chance.randrange(1 << 30), strict=strict)
        play.kill()
        shipper.kill()
        stage.disk.come_back()
        play.start()
        shipper.start()
    stage.wait_for_answers()
    load.stop()
    stage.facts |= {"cuts": rounds}
