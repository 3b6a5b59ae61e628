"""The faults, each as a story on a :class:`~tests.faults.stage.Stage`. The verdict is the checker's alone.

``rounds`` is how often the fault strikes, or how much waits: the short form of CI and the long form differ in it only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.faults.checker import Outcome
from tests.faults.parts import Program, free_port, wait_until
from tests.faults.stage import Stage

from backline.analytics.shipping.shipper import ShipStep
from backline.analytics.shipping.spool import spool_ids

DAY = timedelta(days=1)


def programs_are_killed(stage: Stage, rounds: int) -> None:
    """``kill -9`` of play, of the shipper and, where it has a server of its own, of the database, in any order."""
    play, shipper = stage.start("play"), stage.start("shipper")
    stage.begin_load()
    choices: tuple[tuple[Program | None, ...], ...] = ((shipper,), (play,), (play, shipper), (shipper, play))
    if stage.database.server is not None:
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
    for number in range(rounds):
        shipped = stage.lake_files()
        stage.wait_for_answers()
        if number:  # the first cut may come before anything was shipped
            wait_until(lambda shipped=shipped: stage.lake_files() - shipped, "events to be shipped")
        time.sleep(stage.chance.uniform(0, 1.0))
        share = stage.chance.choice((0.0, 0.5)) if number < rounds - 1 else 0.0
        stage.disk.cut_power(stage.chance.randrange(1 << 30), share=share, strict=strict)
        play.kill()
        shipper.kill()
        stage.disk.come_back()
        play.start()
        shipper.start()
    stage.wait_for_answers()
    load.stop()
    stage.facts |= {"cuts": rounds}


def disk_is_full(stage: Stage, rounds: int) -> None:
    """No byte more fits on the disk for some seconds; then there is room again."""
    _trouble(stage, rounds, {"room_bytes": 1})


def disk_fails(stage: Stage, rounds: int) -> None:
    """Writes and syncs are answered with EIO for some seconds."""
    _trouble(stage, rounds, {"failing": ("write", "fsync")})


def disk_is_slow(stage: Stage, rounds: int) -> None:
    """Every write and sync takes longer than a fan is let wait."""
    _trouble(stage, rounds, {"slow_seconds": 1.5})


def _trouble(stage: Stage, rounds: int, orders: dict[str, object]) -> None:
    """Fans are answered all the while; nothing is refused, and what was not waited for is written later."""
    assert stage.disk is not None
    stage.are_late_promised = True
    stage.start("play")
    stage.start("shipper")
    load = stage.begin_load(taps_per_second=150)
    for _ in range(rounds):
        stage.wait_for_answers()
        stage.disk.order(**orders)
        time.sleep(2.5)
        stage.disk.order()
        stage.facts["back_s"] = round(stage.wait_for_answers(20), 2)
    load.stop()
    _nothing_waits_in_memory(stage)
    _everything_ships(stage)
    _nobody_was_refused(stage)
    stage.facts |= {"late": len(stage.history.with_outcome(Outcome.LATE))}


def _nothing_waits_in_memory(stage: Stage, port: int = 0) -> None:
    wait_until(lambda: stage.metric("events_queued", port=port) == 0, "the queue of play to be written")
    if lost := stage.metric("events_lost_total", port=port):
        stage.history.wrong_answer(f"{lost:g} events were dropped")


def _everything_ships(stage: Stage) -> float:
    return wait_until(lambda: stage.waiting() == 0, "the spools to be shipped")


def _nobody_was_refused(stage: Stage) -> None:
    for name in sorted(stage.history.with_outcome(Outcome.FAIL, Outcome.UNKNOWN)):
        if "c" in name.rpartition("l")[2]:  # of a view it is always unknown whether it was kept
            stage.history.wrong_answer(f"{name} was refused or not answered")


def shipping_is_interrupted(stage: Stage, rounds: int) -> None:
    """The shipper dies after each of its steps in turn, and another one goes on."""
    for _ in range(rounds):
        writer = stage.spool(60)
        stage.spool(60, at=datetime.now(UTC) - DAY, writer=writer)
        writer.write(b"\xffnot an event")
        last = (ShipStep.COMMITTED, ShipStep.TRIMMED, ShipStep.FINISHED)
        stage.program("shipper", die_at=tuple(step for step in ShipStep if step not in last)).run()
        for step in last:
            if step is ShipStep.FINISHED:
                writer.die()
            else:
                stage.spool(20, writer=writer)
            stage.program("shipper", die_at=(step,)).run()
        stage.start("shipper")
        wait_until(lambda: not spool_ids(stage.settings.spool_folder), "the spool to be shipped")
        stage.stop_all()


def zombie_wakes(stage: Stage, rounds: int) -> None:
    """A shipper stands still with a batch in hand until its lock is given to another one; then it goes on."""
    writer = stage.spool(0)
    for _ in range(rounds):
        stage.spool(100, writer=writer)
        zombie = stage.start("shipper", stand_still_at=ShipStep.WRITTEN, forget_lock_after="1s")
        wait_until(zombie.is_standing_still, "the shipper to stand still")
        other = stage.start("shipper", forget_lock_after="1s")
        _everything_ships(stage)
        other.kill()
        zombie.go_on()
        time.sleep(0.5)
        stage.spool(20, writer=writer)
        _everything_ships(stage)
        zombie.kill()
    writer.die()


def shippers_meet(stage: Stage, rounds: int) -> None:
    """Two shippers of one machine at once, all the time."""
    stage.start("play")
    stage.start("shipper")
    stage.start("shipper")
    for _ in range(rounds):
        load = stage.begin_load(taps_per_second=100)
        stage.wait_for_answers(40)
        load.stop()
        _everything_ships(stage)
        time.sleep(0.5)
    _nobody_was_refused(stage)


def clock_jumps(stage: Stage, rounds: int) -> None:
    """The machine's clock is set three days ahead, an hour back, to yesterday, and right again."""
    clock = stage.folder / "clock"
    clock.write_text("0")
    stage.start("play", clock_file=str(clock))
    stage.start("shipper", clock_file=str(clock))
    load = stage.begin_load(taps_per_second=150)
    for _ in range(rounds):
        for ahead in (3 * DAY, timedelta(hours=-1), -DAY, timedelta()):
            stage.wait_for_answers(40)
            clock.write_text(str(ahead.total_seconds()))
    stage.wait_for_answers(40)
    load.stop()
    _everything_ships(stage)
    _nobody_was_refused(stage)


def database_is_away(stage: Stage, rounds: int) -> None:
    """PostgreSQL is away while fans tap; when it is back all that waits is shipped, faster than more comes in."""
    stage.are_late_promised = True
    stage.start("play")
    stage.start("shipper")
    load = stage.begin_load(taps_per_second=200)
    stage.wait_for_answers(100)
    stage.database.leave()
    writer = stage.spool(5_000 * rounds)  # stands for what an hour brings
    stage.wait_for_answers(400)
    stage.facts["waiting"] = stage.waiting()
    stage.database.come_back()
    stage.facts["caught_up_s"] = round(_catches_up(stage), 1)
    load.stop()
    writer.die()
    _nobody_was_refused(stage)


def worker_is_away(stage: Stage, rounds: int) -> None:
    """No shipper runs for a day; when one is back it takes in far more than fans add, and the spool does not grow."""
    stage.are_late_promised = True
    stage.start("play")
    load = stage.begin_load(taps_per_second=200)
    writer = stage.spool(20_000 * rounds)
    waiting = stage.waiting()
    stage.start("shipper")
    seconds = _catches_up(stage)
    rate = waiting / seconds
    stage.facts |= {"waiting": waiting, "caught_up_s": round(seconds, 1), "events_per_s": round(rate)}
    if rate < 2_000:
        stage.history.wrong_answer(f"the backlog went at {rate:.0f} events a second only")
    size = _spool_bytes(stage)
    stage.spool(20_000 * rounds, writer=writer)
    _catches_up(stage)
    load.stop()
    stage.facts |= {"spool_mb": round(size / 1e6, 1), "after_as_many_mb": round(_spool_bytes(stage) / 1e6, 1)}
    if _spool_bytes(stage) > size * 1.3:
        stage.history.wrong_answer("the spool grew although its rows were shipped")
    writer.die()
    _nobody_was_refused(stage)


def _catches_up(stage: Stage) -> float:
    return wait_until(lambda: stage.waiting() < 500, "what waited to be shipped", seconds=240)


def _spool_bytes(stage: Stage) -> int:
    return sum(path.stat().st_size for path in stage.settings.spool_folder.glob("*.spool*"))


def nodes_have_spools_of_their_own(stage: Stage, rounds: int) -> None:
    """Two play nodes, each with its own disk; the second one's is full for a while, then the node dies."""
    assert stage.disk is not None
    second, port = stage.home / "second", free_port()
    (stage.home / "lake").mkdir(exist_ok=True)
    (second / "lake").symlink_to(stage.home / "lake")
    play = stage.program("play", home=second, port=port)
    play.start()
    stage.start("play")
    stage.start("shipper")
    stage.program("shipper", home=second).start()
    stage.wait_for_play(port=port)
    first_load, second_load = stage.begin_load(taps_per_second=150), stage.begin_load(taps_per_second=150, port=port)
    for _ in range(rounds):
        stage.wait_for_answers()
        stage.disk.order(room_bytes=1)
        before = len(stage.history.with_outcome(Outcome.LATE))
        stage.wait_for_answers(200)  # the first node's
        wait_until(lambda before=before: len(stage.history.with_outcome(Outcome.LATE)) > before, "a late answer")
        stage.disk.order()
        _nothing_waits_in_memory(stage, port)
    play.kill()
    first_load.stop()
    second_load.stop()
    wait_until(lambda: not spool_ids(second / "spool"), "the dead node's spool to be shipped")


def spools_are_damaged(stage: Stage, rounds: int) -> None:
    """Pages of rubbish or zeros, a torn end, a flipped bit: what cannot be read is counted, the rest is read."""
    for number in range(rounds * 4):
        writer = stage.spool(300)
        events = [row[0] for row in writer.database.execute("SELECT event FROM events ORDER BY seq")]
        writer.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        writer.die()
        content = bytearray(writer.path.read_bytes())
        _DAMAGES[number % len(_DAMAGES)](stage, content, events)
        writer.path.write_bytes(content)
    stage.start("shipper")
    wait_until(lambda: not spool_ids(stage.settings.spool_folder), "the spools to be shipped")


_PAGE = 4_096


def _page(stage: Stage, content: bytearray) -> slice:
    """Return the place of any page but those at the beginning, which say where the others are."""
    number = stage.chance.randrange(4, len(content) // _PAGE)
    return slice(number * _PAGE, (number + 1) * _PAGE)


def _rubbish(stage: Stage, content: bytearray, events: list[bytes]) -> None:
    content[_page(stage, content)] = stage.chance.randbytes(_PAGE)


def _zeros(stage: Stage, content: bytearray, events: list[bytes]) -> None:
    content[_page(stage, content)] = bytes(_PAGE)


def _torn(stage: Stage, content: bytearray, events: list[bytes]) -> None:
    del content[stage.chance.randrange(len(content) // 2, len(content)) :]
    for name in stage.history.acknowledged:
        if int(name.rpartition("s")[2][:-1]) > stage.spooled - len(events) and name.encode() not in content:
            stage.history.end(name, Outcome.UNKNOWN, "torn away: counted as unreadable, the rest is read")


def _flipped(stage: Stage, content: bytearray, events: list[bytes]) -> None:
    """Flip a bit in the first byte of some records: they decode no more. Within a text nothing would notice it."""
    for event in stage.chance.sample(events, 5):
        content[content.find(event)] ^= 0x80


_DAMAGES: tuple[Callable[[Stage, bytearray, list[bytes]], None], ...] = (_flipped, _rubbish, _zeros, _torn)


def old_events_are_retired(stage: Stage, rounds: int) -> None:
    """Retention deletes what is older than the edge and nothing else."""
    now = datetime.now(UTC)
    before = stage.history.attempted
    old = stage.spool(50 * rounds, at=now - 100 * DAY)
    old.die()
    stage.removed = stage.history.attempted - before
    stage.spool(50 * rounds, at=now - 30 * DAY).die()
    shipper = stage.start("shipper")
    wait_until(lambda: not spool_ids(stage.settings.spool_folder), "the spools to be shipped")
    shipper.kill()
    stage.program("shipper", retain_from=(now - 60 * DAY).date().isoformat()).run()
