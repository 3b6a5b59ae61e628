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
    """Makes visitor codes with the salt of the day (UTC), which all play processes read from the database.

    While it is away they go on with the salt of the next day, which they know beforehand, and from then on with one
    that each makes of the last it knows: all make the same, and none can be turned back into the one before. Only a
    process that never knew a shared salt makes one of its own. Past salts are forgotten, also from memory.
    """

    def __init__(self) -> None:
        self._salts: dict[int, bytes] = {}
        self._is_shared = False
        self._day = -1
        self._inner = self._outer = hashlib.sha256()

    @property
    def has_shared_salt(self) -> bool:
        """Tell whether a salt has come from the database since this process began."""
        return self._is_shared

    def use(self, salts: Mapping[int, bytes]) -> None:
        """Take the shared salts by day (days since 1970 in UTC); what they do not replace stays."""
        if salts:
            self._salts = {**(self._salts if self._is_shared else {}), **salts}
            self._is_shared = True
            self._day = -1

    def forget_past(self) -> None:
        """Forget the salts of past days; called every few seconds, whether or not fans come."""
        today = _today()
        if min(self._salts, default=today) < today or -1 < self._day < today:
            self._take(today)

    def code(self, at_ms: int, artist_id: str, address: str, user_agent: str) -> str:
        """Return 16 hex digits of HMAC-SHA256(salt of the day of ``at_ms``; artist, address and user agent).

        The artist is part of it, so that nobody can follow a fan from one artist's pages to another's.
        """
        day = at_ms // DAY_MS
        if day != self._day:
            self._take(day)
        # HMAC by its definition (RFC 2104), the padded keys hashed once a day: less than half of the time.
        inner = self._inner.copy()
        inner.update(f"{artist_id}\0{address}\0{user_agent}".encode("utf-8", "surrogatepass"))
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()[:_DIGITS]

    def needs_salt(self) -> bool:
        """Tell whether the salt of today or of tomorrow is missing."""
        today = _today()
        return not {today, today + 1} <= self._salts.keys()

    def _take(self, day: int) -> None:
        key = self._salt_of(day)
        self._salts = {known: salt for known, salt in self._salts.items() if known >= day}
        if len(key) > _BLOCK:
            key = hashlib.sha256(key).digest()
        key = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ _INNER for byte in key))
        self._outer = hashlib.sha256(bytes(byte ^ _OUTER for byte in key))
        self._day = day

    def _salt_of(self, day: int) -> bytes:
        if day not in self._salts:
            last = max((known for known in self._salts if known < day), default=None)
            salt = secrets.token_bytes(32) if last is None else self._salts[last]
            for number in range(day if last is None else last, day):
                salt = hashlib.sha256(b"the salt of the day after %d\0" % number + salt).digest()
            self._salts[day] = salt
        return self._salts[day]


def _today() -> int:
    return time.time_ns() // 1_000_000 // DAY_MS
