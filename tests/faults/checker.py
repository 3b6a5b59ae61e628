"""What fans were told against what was counted: the one judge of every fault test.

A :class:`History` records each operation when it is begun and when it ends: acknowledged, refused, or unknown, which it
stays for ever when the answer did not come. :func:`compare` reads it against what the lake holds at the end:

* acknowledged ⊆ stored, or set aside and counted; stored ⊆ attempted; nothing refused is stored;
* no operation and no id is stored twice;
* the counters say what the log holds.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Outcome(StrEnum):
    """How an operation ended. Of an unknown one everything may be true."""

    INVOKED = "invoke"
    OK = "ok"
    LATE = "late"
    """Answered without waiting for the disk, as a fan is after a second: promised while its process lives."""
    FAIL = "fail"
    UNKNOWN = "unknown"


class Wrong(StrEnum):
    """What must never be."""

    LOST = "acknowledged and not stored"
    INVENTED = "stored and never attempted"
    REFUSED = "refused and stored all the same"
    DOUBLED = "stored twice"
    SAME_ID = "two events of one id"
    MISCOUNTED = "a counter does not agree with the log"
    UNSOUND = "files and their list disagree"
    ANSWER = "an answer that no fan may get"
    LINKABLE = "a visitor is known again on another day"
    STUCK = "something did not happen in time"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise, with a few examples."""

    wrong: Wrong
    detail: str


class History:
    """Every operation of a run, in the order of what was seen. Used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[tuple[float, str, Outcome, str]] = []
        self._last: dict[str, Outcome] = {}
        self.wrong_answers: list[str] = []

    def invoke(self, name: str) -> None:
        """An operation begins; its name is its own."""
        self._note(name, Outcome.INVOKED, "")

    def end(self, name: str, outcome: Outcome, why: str = "") -> None:
        """An operation ends."""
        self._note(name, outcome, why)

    def wrong_answer(self, text: str) -> None:
        """An answer came that is wrong in itself."""
        self.wrong_answers.append(text)

    def _note(self, name: str, outcome: Outcome, why: str) -> None:
        with self._lock:
            self._lines.append((time.time(), name, outcome, why))
            self._last[name] = outcome

    def with_outcome(self, *outcomes: Outcome) -> set[str]:
        """Return the operations that ended so."""
        with self._lock:
            return {name for name, last in self._last.items() if last in outcomes}

    @property
    def attempted(self) -> set[str]:
        """Every operation that was begun."""
        with self._lock:
            return set(self._last)

    @property
    def acknowledged(self) -> set[str]:
        """Every operation that was promised."""
        return self.with_outcome(Outcome.OK)

    def write(self, path: Path) -> None:
        """Keep the history, one JSON line for each thing seen."""
        with path.open("w", encoding="utf-8") as file:
            for line in self._lines:
                file.write(json.dumps(line) + "\n")


@dataclass(frozen=True, slots=True)
class Found:
    """What is there at the end. ``counters`` holds what a counter says beside what the log says."""

    names: Counter[str]
    ids: Counter[str]
    set_aside: frozenset[str] = frozenset()
    """Operations whose bytes lie in the quarantine; they are promised to be kept and counted, not to be read."""
    unreadable: int = 0
    """Rows of which only their place was left: so many acknowledged ones may be missing, and were counted."""
    counters: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unsound: tuple[str, ...] = ()
    days_of_visitors: Mapping[str, frozenset[str]] = field(default_factory=dict)


def compare(
    history: History, found: Found, *, are_late_promised: bool = False, removed: Iterable[str] = ()
) -> tuple[Violation, ...]:
    """Return every broken promise, none when all is well.

    ``are_late_promised`` says that no process was killed, so that events which were not waited for are there too.
    ``removed`` are operations that retention or an erasure had to take away: stored, they are a broken promise as well.
    """
    gone = set(removed)
    promised = history.with_outcome(Outcome.OK, Outcome.LATE) if are_late_promised else history.acknowledged
    there = set(found.names)
    missing = promised - there - found.set_aside - gone
    verdict = [
        _of(Wrong.LOST, missing if len(missing) > found.unreadable else ()),
        _of(Wrong.INVENTED, there - history.attempted),
        _of(Wrong.REFUSED, (there & history.with_outcome(Outcome.FAIL)) | (there & gone)),
        _of(Wrong.DOUBLED, [name for name, times in found.names.items() if times > 1]),
        _of(Wrong.SAME_ID, [name for name, times in found.ids.items() if times > 1]),
        _of(Wrong.MISCOUNTED, [f"{key}: {says}, {holds} in the log" for key, (says, holds) in found.counters.items()
                               if says != holds]),
        _of(Wrong.UNSOUND, found.unsound),
        _of(Wrong.ANSWER, history.wrong_answers),
        _of(Wrong.LINKABLE, [who for who, days in found.days_of_visitors.items() if len(days) > 1]),
    ]  # fmt: skip
    return tuple(violation for violation in verdict if violation is not None)


def _of(wrong: Wrong, which: Iterable[str]) -> Violation | None:
    examples = sorted(which)
    return Violation(wrong, f"{len(examples)}: {', '.join(examples[:5])}") if examples else None


def keep_repro(
    folder: Path, *, history: History, verdict: Iterable[Violation], command: str, logs: Iterable[Path]
) -> Path:
    """Write down what a failing run was: how to run it again, the history, and what the programs said."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "verdict.txt").write_text(
        "\n".join([command, "", *(f"{each.wrong}: {each.detail}" for each in verdict)]) + "\n", encoding="utf-8"
    )
    history.write(folder / "history.jsonl")
    for log in logs:
        if log.exists():
            (folder / log.name).write_bytes(log.read_bytes())
    return folder
