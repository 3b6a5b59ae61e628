"""How an import, and the health of an address, move from one status to the next."""

from __future__ import annotations

from backline.catalog.types import Health
from backline.catalog.types import ImportStatus as Status
from backline.core.state import StateMachine

IMPORT = StateMachine(
    name="catalog.import",
    field="status",
    transitions={
        Status.QUEUED: frozenset({Status.LISTING, Status.PAUSED, Status.FAILED, Status.CANCELLED}),
        Status.LISTING: frozenset({Status.RESOLVING, Status.DONE, Status.PAUSED, Status.FAILED, Status.CANCELLED}),
        Status.RESOLVING: frozenset({Status.DONE, Status.PAUSED, Status.FAILED, Status.CANCELLED}),
        Status.PAUSED: frozenset({Status.LISTING, Status.RESOLVING, Status.DONE, Status.FAILED, Status.CANCELLED}),
        Status.DONE: frozenset(),
        Status.FAILED: frozenset(),
        Status.CANCELLED: frozenset(),
    },
)
"""A paused import goes on where it was: listing while the listing is incomplete, resolving after it."""

HEALTH = StateMachine(
    name="catalog.link_health",
    field="status",
    transitions={
        Health.ALIVE: frozenset({Health.SUSPECTED}),
        Health.SUSPECTED: frozenset({Health.DEAD, Health.ALIVE}),
        Health.DEAD: frozenset({Health.ALIVE}),
    },
)
"""An address counts as alive until it says otherwise; one yes clears it from anywhere."""
