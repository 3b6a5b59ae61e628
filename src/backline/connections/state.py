"""Where a connection stands: the states, the allowed moves, and what each state is called on the page. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from django.db import models

from backline.connections.types import Check, CheckKind, Detail, Status
from backline.core.state import StateMachine


class State(models.TextChoices):
    """The states of a connection, of whatever platform. A platform passes through those that it needs."""

    NOT_CONNECTED = "not_connected"
    LOOKING_UP = "looking_up"
    TO_CONFIRM = "to_confirm"
    CONSENTING = "consenting"
    EXCHANGING = "exchanging"
    PERMISSION_MISSING = "permission_missing"
    SELECTING = "selecting"
    SETUP_MISSING = "setup_missing"
    PARTNERSHIP_NEEDED = "partnership_needed"
    PARTNERSHIP_REQUESTED = "partnership_requested"
    LINK_TO_SEND = "link_to_send"
    LINK_SENT = "link_sent"
    CONNECTED = "connected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DISCONNECTED = "disconnected"


S = State

SETTLED = frozenset(
    {
        S.PERMISSION_MISSING, S.SELECTING, S.SETUP_MISSING, S.PARTNERSHIP_NEEDED, S.PARTNERSHIP_REQUESTED,
        S.LINK_TO_SEND, S.LINK_SENT, S.CONNECTED, S.FAILED, S.UNKNOWN,
    }
)  # fmt: skip
"""What an inspection can find. From each of them every other may follow: the platform has the say."""

GRANTED = SETTLED | {S.EXCHANGING}
"""States in which a grant may be held."""

_STARTS = frozenset({S.LOOKING_UP, S.CONSENTING})
_BEGINNING = {
    S.NOT_CONNECTED: _STARTS,
    S.LOOKING_UP: frozenset({S.TO_CONFIRM, S.CONNECTED, S.FAILED, S.NOT_CONNECTED, S.DISCONNECTED}),
    S.TO_CONFIRM: frozenset({S.CONNECTED, S.LOOKING_UP, S.FAILED, S.NOT_CONNECTED, S.DISCONNECTED}),
    S.CONSENTING: frozenset({S.EXCHANGING, S.FAILED, S.NOT_CONNECTED, S.DISCONNECTED}),
    S.EXCHANGING: SETTLED | {S.NOT_CONNECTED, S.DISCONNECTED},
    S.DISCONNECTED: _STARTS | {S.NOT_CONNECTED},
}
_LIVING = {
    state: (SETTLED - {state}) | {S.EXCHANGING, S.LOOKING_UP, S.CONSENTING, S.DISCONNECTED, S.NOT_CONNECTED}
    for state in SETTLED
} | {S.CONNECTED: (SETTLED - {S.CONNECTED}) | {S.EXCHANGING, S.DISCONNECTED}}

CONNECTION = StateMachine(
    name="connection",
    field="state",
    transitions={state: frozenset(targets) for state, targets in (_BEGINNING | _LIVING).items()},
)


def state_of(checks: Iterable[Check]) -> State:
    """Return what the checks of a connection make of it: the first needed one that is unmet decides."""
    for check in checks:
        if check.kind is not None and check.is_needed:
            return _unmet(check.kind)
    return S.CONNECTED


def _unmet(kind: CheckKind) -> State:
    match kind:
        case CheckKind.PERMISSION:
            return S.PERMISSION_MISSING
        case CheckKind.SELECTION:
            return S.SELECTING
        case CheckKind.SETUP:
            return S.SETUP_MISSING
        case CheckKind.PARTNERSHIP:
            return S.PARTNERSHIP_NEEDED
        case CheckKind.PARTNERSHIP_REQUESTED:
            return S.PARTNERSHIP_REQUESTED
        case CheckKind.LINK_TO_SEND:
            return S.LINK_TO_SEND
        case CheckKind.LINK_SENT:
            return S.LINK_SENT
        case CheckKind.PROBLEM:
            return S.FAILED
        case CheckKind.LOST:
            return S.DISCONNECTED
        case CheckKind.UNKNOWN:
            return S.UNKNOWN
        case _:
            assert_never(kind)


def status_of(state: State) -> Status:
    """Return the label of a state."""
    match state:
        case S.NOT_CONNECTED:
            return Status.NOT_CONNECTED
        case S.CONNECTED:
            return Status.CONNECTED
        case S.PARTNERSHIP_NEEDED | S.PARTNERSHIP_REQUESTED:
            return Status.PARTNERSHIP_NEEDED
        case S.FAILED | S.UNKNOWN:
            return Status.ERROR
        case S.DISCONNECTED:
            return Status.DISCONNECTED
        case (
            S.LOOKING_UP
            | S.TO_CONFIRM
            | S.CONSENTING
            | S.EXCHANGING
            | S.PERMISSION_MISSING
            | S.SELECTING
            | S.SETUP_MISSING
            | S.LINK_TO_SEND
            | S.LINK_SENT
        ):
            return Status.CONNECTING
        case _:
            assert_never(state)


def detail_of(state: State, *, selection: Detail) -> Detail | None:
    """Return the label beside the status, or None; ``selection`` is the platform's word for a choice to be made."""
    match state:
        case S.SELECTING:
            return selection
        case S.LINK_TO_SEND:
            return Detail.AWAITING_INVITE
        case S.LINK_SENT:
            return Detail.ACCEPT_INVITE
        case S.TO_CONFIRM | S.PERMISSION_MISSING | S.SETUP_MISSING | S.PARTNERSHIP_NEEDED:
            return Detail.COMPLETE_SETUP
        case (
            S.NOT_CONNECTED
            | S.LOOKING_UP
            | S.CONSENTING
            | S.EXCHANGING
            | S.PARTNERSHIP_REQUESTED
            | S.CONNECTED
            | S.FAILED
            | S.UNKNOWN
            | S.DISCONNECTED
        ):
            return None
        case _:
            assert_never(state)
