"""Four weeks of invented visits for the demo artist, written into a spool like a play process does."""

from __future__ import annotations


def write() -> None:
    """Write the visits, once; raises :class:`RetryLater` while the demo's pages are not there yet."""
