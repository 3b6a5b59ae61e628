"""A way out for tests: to one sandbox, with little patience."""

from __future__ import annotations

from backline.core.http import Outbound, Patience, Reach

IMPATIENT = Patience(connect_seconds=1.0, read_seconds=0.3, total_seconds=0.6, wait_seconds=0.2, repeats=1)


def outbound(sandbox_url: str, patience: Patience = IMPATIENT) -> Outbound:
    """Return the way to the sandbox at ``sandbox_url`` and to nothing else on this machine."""
    return Outbound(Reach(sandbox_url=sandbox_url), "Backline/0 (+http://127.0.0.1; tests@backline.example)", patience)
