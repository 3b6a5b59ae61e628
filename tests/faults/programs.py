"""Starts ``play`` or the shipper as the product does, with the orders of a fault test.

``python -m tests.faults.programs play|shipper``; the orders are JSON in ``BACKLINE_FAULT_ORDERS`` (:class:`Orders`):
mistakes to plant before the program starts, a step of shipping at which to die or to stand still, a clock that is off.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ORDERS = "BACKLINE_FAULT_ORDERS"
ROUND_SECONDS = 0.05
TIDY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Orders:
    """What is to be different from a start by hand."""

    planted: str = ""
    """The mistake, by its name in :mod:`planted`."""
    die_at: tuple[str, ...] = ()
    """Ship once for each of these steps, in a process of its own that kills itself there; then end."""
    stand_still_at: str = ""
    """Stop at this step of the first batch, as a machine that is suspended; SIGCONT lets it go on."""
    forget_lock_after: str = ""
    """The lease of the shipper's lock, such as ``1s``."""
    clock_file: str = ""
    """A file with the seconds by which this program's clock is ahead."""
    retain_from: str = ""
    """Delete what is older than this day (UTC); then end."""

    def to_environ(self) -> dict[str, str]:
        """Return the setting that carries the orders."""
        return {ORDERS: json.dumps(asdict(self))}


def main() -> None:
    """Run the program that the command line names."""
    from backline.server import parent

    parent.end_with(os.getppid())  # a test that is killed leaves nothing behind
    orders = Orders(**json.loads(os.environ[ORDERS]))
    if orders.clock_file:
        _shift_clock(Path(orders.clock_file))
    if sys.argv[1] == "play":
        _plant(orders, "play")
        from backline.server.programs import serve_play

        serve_play()
    else:
        _ship(orders)


def _ship(orders: Orders) -> None:
    from backline.server import bootstrap

    settings = bootstrap.join_database()
    bootstrap.start_django(program="worker")
    from backline.analytics import store
    from backline.analytics.shipping import shipper
    from backline.analytics.shipping.shipper import ShipStep

    if orders.forget_lock_after:
        shipper.FORGET_LOCK_AFTER = orders.forget_lock_after
    _plant(orders, "shipper")
    if orders.retain_from:
        from datetime import date

        store.in_use(settings).delete_before(date.fromisoformat(orders.retain_from))
    elif orders.die_at:
        for step in orders.die_at:
            _ship_in_child(functools.partial(shipper.ship_once, settings, on_step=_killer(ShipStep(step))))
    else:
        if orders.stand_still_at:
            wanted = ShipStep(orders.stand_still_at)
            shipper.ship_once = functools.partial(shipper.ship_once, on_step=_stopper(wanted))
        shipper.run_forever(threading.Event(), settings, round_seconds=ROUND_SECONDS, tidy_seconds=TIDY_SECONDS)


def _ship_in_child(ship: functools.partial[object]) -> None:
    child = os.fork()
    if child == 0:
        try:
            ship()
        finally:
            os._exit(0)  # not killed: the step did not come
    os.waitpid(child, 0)


def _killer(wanted: object) -> object:
    return lambda step: os.kill(os.getpid(), signal.SIGKILL) if step is wanted else None


def _stopper(wanted: object) -> object:
    stopped: list[object] = []

    def stop(step: object) -> None:
        if step is wanted and not stopped:
            stopped.append(step)
            os.kill(os.getpid(), signal.SIGSTOP)

    return stop


def _plant(orders: Orders, program: str) -> None:
    if orders.planted:
        from tests.faults.planted import MISTAKES

        mistake = MISTAKES[orders.planted]
        if mistake.program == program:
            mistake.plant()


def _shift_clock(file: Path) -> None:
    """Let every clock of this process but the monotonic one be ahead."""
    from datetime import UTC, datetime

    from backline.core import clock

    true_time, true_time_ns = time.time, time.time_ns

    def ahead() -> float:
        return float(file.read_text() or 0)

    time.time = lambda: true_time() + ahead()
    time.time_ns = lambda: true_time_ns() + int(ahead() * 1e9)
    clock.now = lambda: datetime.fromtimestamp(time.time(), tz=UTC)


if __name__ == "__main__":
    main()
