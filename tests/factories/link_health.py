"""A stand-in of the checker of links, for the tests of the rooms that ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from tests.factories.stand_ins import wake_all

from backline.catalog import ports
from backline.catalog.types import Address, Look, Verdict

ALIVE, GONE, UNKNOWN = Look(Verdict.ALIVE, "200"), Look(Verdict.GONE, "404"), Look(Verdict.UNKNOWN, "403")
BUSY = Look(Verdict.UNKNOWN, "429", timedelta(minutes=5))


@dataclass
class StandInChecker:
    """Says of every address what a test says, 200 of all others.

    ``asked`` lists the addresses as they were asked; ``meanwhile`` happens while one is.
    """

    says: dict[str, Look] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def look(self, address: Address) -> Look:
        self.asked.append(address.url)
        self.meanwhile()
        return self.says.get(address.url, ALIVE)


@contextmanager
def checking() -> Iterator[StandInChecker]:
    """Hold the port with a stand-in."""
    stand_in = StandInChecker()
    wake_all()
    with ports.link_checkers.holding(stores=stand_in):
        yield stand_in
    wake_all()
