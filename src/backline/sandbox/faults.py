"""What goes wrong on purpose: for a service and a route, for the next N requests or for a share of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum

LONGEST_HANG_SECONDS = 120.0
MOST_FAULTS = 100


class FaultKind(StrEnum):
    """The ways in which a service can fail."""

    TOO_MANY = "429"
    SERVER_ERROR = "500"
    HANG = "hang"
    RESET = "reset"
    HALF_BODY = "half_body"
    ERROR_INSIDE = "error_inside"
    REVOKED = "revoked"


DESCRIPTIONS = {
    FaultKind.TOO_MANY: "429 with Retry-After: too many requests",
    FaultKind.SERVER_ERROR: "500: the service is broken",
    FaultKind.HANG: "Hang: answers only after the seconds given",
    FaultKind.RESET: "Reset: the connection is cut without an answer",
    FaultKind.HALF_BODY: "Half a body: the connection is cut in the middle of the answer",
    FaultKind.ERROR_INSIDE: "200 with an error inside",
    FaultKind.REVOKED: "Credentials revoked",
}


@dataclass(slots=True)
class Fault:
    """One fault that is switched on.

    ``route`` is the beginning of the path after the service's prefix. ``times`` is how many requests it still hits,
    None for no end; ``share`` is the part of matching requests that it hits, drawn with a generator seeded by ``seed``.
    ``seconds`` is Retry-After for a 429 and the delay of a hang.
    """

    id: int
    provider: str
    kind: FaultKind
    route: str = ""
    times: int | None = None
    share: float = 1.0
    seconds: float = 1.0
    seed: int = 0
    hits: int = 0
    _draw: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    def matches(self, provider: str, route: str) -> bool:
        """Tell whether a request to ``route`` of ``provider`` is one that this fault may hit."""
        return self.provider in ("*", provider) and route.startswith(self.route)

    def strikes(self) -> bool:
        """Draw whether the request at hand is hit, and count it if so."""
        if self.times == 0 or (self.share < 1.0 and self._draw.random() >= self.share):
            return False
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True


class FaultBook:
    """The faults that are switched on, in the order in which they were."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._last_id = 0

    @property
    def all(self) -> tuple[Fault, ...]:
        """Every fault that is on, used up or not."""
        return tuple(self._faults)

    def switch_on(
        self,
        *,
        provider: str,
        kind: FaultKind,
        route: str = "",
        times: int | None = None,
        share: float = 1.0,
        seconds: float = 1.0,
        seed: int = 0,
    ) -> Fault:
        """Switch a fault on; ``provider`` may be ``*`` for all. Raises ``ValueError`` for a figure that is off."""
        if times is not None and not 1 <= times <= 1_000_000:
            raise ValueError("times must be from 1 to 1,000,000, or empty for no end.")
        if not 0.0 < share <= 1.0:
            raise ValueError("share must be above 0 and at most 1.")
        longest = LONGEST_HANG_SECONDS if kind is FaultKind.HANG else 86_400.0
        if not 0.0 <= seconds <= longest:
            raise ValueError(f"seconds must be from 0 to {longest:.0f}.")
        if len(self._faults) >= MOST_FAULTS:
            raise ValueError(f"At most {MOST_FAULTS} faults can be on: switch some off first.")
        self._last_id += 1
        fault = Fault(self._last_id, provider, kind, route, times, share, seconds, seed)
        self._faults.append(fault)
        return fault

    def switch_off(self, fault_id: int | None = None) -> int:
        """Switch one fault off, or all of them; returns how many went."""
        before = len(self._faults)
        self._faults = [] if fault_id is None else [fault for fault in self._faults if fault.id != fault_id]
        return before - len(self._faults)

    def strike(self, provider: str, route: str) -> Fault | None:
        """Return the first fault that hits a request, or None."""
        for fault in self._faults:
            if fault.matches(provider, route) and fault.strikes():
                return fault
        return None
