"""What a check answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one check; ``fix`` says what to do and is empty when there is nothing to do."""

    check: str
    verdict: Verdict
    found: str
    fix: str = ""
