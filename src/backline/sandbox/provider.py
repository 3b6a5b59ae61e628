"""What a stand-in hands to the sandbox so that it can be mounted, limited, logged and broken on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from backline.sandbox.faults import FaultKind


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Provider:
    """One stand-in.

    ``prefix`` is where its paths begin, such as ``/deezer``; ``instead_of`` is the address that it stands in for.
    ``refuse(kind, seconds, route)`` makes the service's own answer for a fault that has one.
    ``admit(scope, route)`` returns a refusal when a limit is reached, else None. ``clear`` forgets all state.
    """

    key: str
    name: str
    prefix: str
    instead_of: str
    routes: Sequence[BaseRoute]
    refuse: Callable[[FaultKind, float, str], Response]
    admit: Callable[[Scope, str], Response | None]
    clear: Callable[[], None] = field(default=_nothing)
