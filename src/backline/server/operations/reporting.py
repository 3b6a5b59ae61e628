"""A program with Django among the processes of its machine: its figures, and the heartbeats of all of them."""

from __future__ import annotations

import functools
import logging
import threading

from django.db import DatabaseError, InterfaceError

from backline.core import heartbeats, jobs
from backline.core.telemetry.exposition import families_of
from backline.core.telemetry.measures import REGISTRY
from backline.core.telemetry.processes import Process
from backline.server.operations import figures
from backline.settings import environment

log = logging.getLogger(__name__)

BEAT_SECONDS = 10.0


@functools.cache
def web() -> Process:
    """Return this process as one of the dashboard's."""
    return Process("web", environment.current().home, lambda: families_of(REGISTRY))


@functools.cache
def worker() -> Process:
    """Return this process as one of the workers: it also tells of its machine's spools, and of the whole house."""
    settings = environment.current()
    return Process(
        "worker",
        settings.home,
        lambda: [*families_of(REGISTRY), *figures.of_machine(settings)],
        lambda: figures.of_house(settings),
    )


def begin(process: Process, stop: threading.Event | None = None) -> None:
    """Write figures down from now on, and say in the database which processes of this machine live."""
    process.start()
    threading.Thread(target=_beat_forever, args=(stop or threading.Event(),), name="heartbeats", daemon=True).start()


def _beat_forever(stop: threading.Event) -> None:
    home = environment.current().home
    wait = 1.0  # the first ones soon: whoever starts the house looks at once
    while not stop.wait(wait):
        try:
            jobs.drop_dead_connections()
            heartbeats.report_processes(home, shown=figures.SHOWN)
            wait = BEAT_SECONDS
        except (DatabaseError, InterfaceError, OSError) as error:
            log.debug("Heartbeats wait: %s", error)  # that the database is away is said by those who need it more
        except Exception:
            log.exception("Heartbeats could not be written because of a defect.")
            wait = BEAT_SECONDS
        finally:
            jobs.drop_dead_connections()
