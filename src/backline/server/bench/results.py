"""What a measurement answers, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. ``bar`` is what it has to reach, ``peer`` what it was measured against in the same run.

    ``ok`` is None for a figure without a bar, and for one that could not be measured here (``value`` is None
    and ``peer`` says why).
    """

    name: str
    value: float | None
    unit: str
    bar: str = ""
    peer: str = ""
    ok: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bench:
    """A measurement by name; ``measure`` takes a function that says what is going on.

    One that ``is_long`` (from minutes to a night) runs only when it is named.
    """

    name: str
    what: str
    measure: Callable[[Callable[[str], None]], Sequence[Result]]
    is_long: bool = False


def at_least(name: str, value: float, unit: str, bar: float, peer: str = "") -> Result:
    """Return a figure that is good when it is ``bar`` or more."""
    return Result(name, value, unit, f"at least {bar:g}", peer, value >= bar)


def at_most(name: str, value: float, unit: str, bar: float, peer: str = "") -> Result:
    """Return a figure that is good when it is ``bar`` or less."""
    return Result(name, value, unit, f"at most {bar:g}", peer, value <= bar)


def told(name: str, value: float, unit: str, peer: str = "") -> Result:
    """Return a figure without a bar."""
    return Result(name, value, unit, peer=peer)


def skipped(name: str, why: str) -> Result:
    """Return what stands for a figure that cannot be measured here."""
    return Result(name, None, "", peer=f"not measured: {why}")


def table(results: Sequence[Result]) -> list[str]:
    """Return the results as lines of a table."""
    rows = [("figure", "value", "unit", "bar", "", "against")]
    for result in results:
        value = "-" if result.value is None else f"{result.value:,.3f}".rstrip("0").rstrip(".")
        mark = {True: "ok", False: "MISSED", None: ""}[result.ok]
        rows.append((result.name, value, result.unit, result.bar, mark, result.peer))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]]) for row in rows]
