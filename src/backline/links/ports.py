"""What links need from outside: caches in front of play that are told when a page changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from backline.core.registry import Registry


class EdgeCache(Protocol):
    """A shared cache that fans reach play through.

    A call may raise ``RetryLater`` (limits, faults), ``NeedsAction`` (our credentials are refused) or ``Rejected``.
    """

    def purge(self, paths: Sequence[str]) -> None:
        """Forget the pages at these paths (no leading slash), or treat them as stale; a path may be unknown to it."""


edge_caches: Registry[EdgeCache] = Registry("edge cache")
