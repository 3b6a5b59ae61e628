"""The visitor of an event: a code that tells two visitors of a day apart and cannot be turned back into an address."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping

DAY_MS = 86_400_000
_DIGITS = 16


class Visitors:
    """Makes visitor codes with the salt of the day (UTC).

    Salts come from the database. A day whose salt is not known gets one of this process's own, kept in memory:
    counts of visitors are then per process until the shared salt arrives.
    """

    def __init__(self) -> None:
        self._shared: dict[int, bytes] = {}
        self._own: dict[int, bytes] = {}
        self._day = -1
        self._salt = b""

    def use(self, salts: Mapping[int, bytes]) -> None:
        """Take the shared salts by day (days since 1970 in UTC); days that are missing are forgotten."""
        self._shared = dict(salts)
        self._day = -1

    def code(self, at_ms: int, address: str, user_agent: bytes) -> str:
        """Return 16 hex digits of HMAC-SHA256(salt of the day of ``at_ms``, address and user agent)."""
        day = at_ms // DAY_MS
        if day != self._day:
            self._day, self._salt = day, self._salt_of(day)
        return hmac.digest(self._salt, address.encode() + b"\0" + user_agent, "sha256").hex()[:_DIGITS]

    def needs_salt(self) -> bool:
        """Tell whether the salt of today is missing."""
        return time.time_ns() // 1_000_000 // DAY_MS not in self._shared

    def _salt_of(self, day: int) -> bytes:
        if day in self._shared:
            return self._shared[day]
        self._own = {known: salt for known, salt in self._own.items() if abs(known - day) <= 1}
        return self._own.setdefault(day, secrets.token_bytes(32))
