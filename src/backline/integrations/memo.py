"""What a slow source answered lately, so that a job that has to come back does not ask twice.

A slow source lets through one request in a while, and finding a release takes up to three: without a
memory a job could use up its turn on the first of them again and again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memo(Generic[Value]):
    """Keeps at most ``most`` values for ``seconds`` each, the least lately used go first. Thread-safe."""

    def __init__(self, *, most: int, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()

    def get(self, key: Hashable, fetch: Callable[[], Value]) -> Value:
        """Return what is kept under ``key``, else what ``fetch`` returns; its errors are not kept."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] > self._monotonic():
                self._kept.move_to_end(key)
                return kept[1]
        value = fetch()
        with self._lock:
            self._kept[key] = (self._monotonic() + self._seconds, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value
