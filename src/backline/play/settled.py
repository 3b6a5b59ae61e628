"""Memory that stays: what is there after the start is looked at by the garbage collector once, and then never again.

A full collection of a play process stops it for 50 to 120 ms, and under load there was one every few seconds: it was
the whole of the 99th percentile of a click. What a request makes is freed by its reference count; the collector is
left the little that exceptions tie into cycles.
"""

from __future__ import annotations

import gc

_YOUNG = 20_000
"""New objects that are not freed yet, before the youngest are looked at; 700 is Python's own figure."""
_OLD = 100
"""How many such looks before a look at everything that came since the start."""


def settle() -> None:
    """Set aside all that is in memory now, and look for garbage seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, _OLD)
