"""The visitor of an event: a code that tells two visitors of a day apart and cannot be turned back into an address."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping

DAY_MS = 86_400_000
_DIGITS = 16
_BLOCK = 64
_INNER, _OUTER = 0x36, 0x5C


class Visitors:
    """Makes visitor codes with the salt of the day (UTC).

    Salts come from the database. A day whose salt is not known gets one of this process's own, kept in memory:
    counts of visitors are then per process until the shared salt arrives.
    """

    def __init__(self) -> None:
        self._shared: dict[int, bytes] = {}
        self._own: dict[int, bytes] = {}
        self._day = -1
        self._inner = self._outer = hashlib.sha256()

    def use(self, salts: Mapping[int, bytes]) -> None:
        """Take the shared salts by day (days since 1970 in UTC); days that are missing are forgotten."""
        self._shared = dict(salts)
        self._day = -1

    def code(self, at_ms: int, address: str, user_agent: str) -> str:
        """Return 16 hex digits of HMAC-SHA256(salt of the day of ``at_ms``, address and user agent)."""
        day = at_ms // DAY_MS
        if day != self._day:
            self._take(day)
        # HMAC by its definition (RFC 2104), the padded keys hashed once a day: less than half of the time.
        inner = self._inner.copy()
        inner.update(f"{address}\0{user_agent}".encode("utf-8", "surrogatepass"))
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()[:_DIGITS]

    def needs_salt(self) -> bool:
        """Tell whether the salt of today is missing."""
        return time.time_ns() // 1_000_000 // DAY_MS not in self._shared

    def _take(self, day: int) -> None:
        key = self._salt_of(day)
        if len(key) > _BLOCK:
            key = hashlib.sha256(key).digest()
        key = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ _INNER for byte in key))
        self._outer = hashlib.sha256(bytes(byte ^ _OUTER for byte in key))
        self._day = day

    def _salt_of(self, day: int) -> bytes:
        if day in self._shared:
            return self._shared[day]
        self._own = {known: salt for known, salt in self._own.items() if abs(known - day) <= 1}
        return self._own.setdefault(day, secrets.token_bytes(32))
