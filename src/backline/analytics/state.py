"""How an export moves from one status to the next."""

from __future__ import annotations

from backline.analytics.types import ExportStatus as Status
from backline.core.state import StateMachine

EXPORT = StateMachine(
    name="analytics.export",
    field="status",
    transitions={
        Status.WAITING: frozenset({Status.WRITING, Status.FAILED}),
        Status.WRITING: frozenset({Status.WRITING, Status.DONE, Status.FAILED}),
        Status.DONE: frozenset(),
        Status.FAILED: frozenset(),
    },
    is_traced=False,
)
"""One that was being written when its worker died, or when the events were away, is written again from the start."""
