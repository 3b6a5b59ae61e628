"""Where a connection stands: the states, the allowed moves, and what each state is called on the page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from django.db import models

from backline.connections.types import Check, CheckKind, Detail, LinkStatus, Status
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
    transitions={state: frozenset((_BEGINNING | _LIVING)[state]) for state in State},
)


MADE_OF_UNMET: Mapping[CheckKind, State] = {
    CheckKind.PERMISSION: S.PERMISSION_MISSING,
    CheckKind.SELECTION: S.SELECTING,
    CheckKind.SETUP: S.SETUP_MISSING,
    CheckKind.PARTNERSHIP: S.PARTNERSHIP_NEEDED,
    CheckKind.PARTNERSHIP_REQUESTED: S.PARTNERSHIP_REQUESTED,
    CheckKind.LINK_TO_SEND: S.LINK_TO_SEND,
    CheckKind.LINK_SENT: S.LINK_SENT,
    CheckKind.PROBLEM: S.FAILED,
    CheckKind.LOST: S.DISCONNECTED,
    CheckKind.UNKNOWN: S.UNKNOWN,
}
"""What an unmet check makes of a connection."""


def state_of(checks: Iterable[Check]) -> State:
    """Return what the checks of a connection make of it: the first needed one that is unmet decides."""
    for check in checks:
        if check.kind is not None and check.is_needed:
            return MADE_OF_UNMET[check.kind]
    return S.CONNECTED


def settled(before: State, checks: Iterable[Check], *, has_stood: bool) -> State:
    """Return where an inspection leaves a connection that was in ``before``.

    A partnership that stood and is gone is a lost connection, not one that still has to be made (PC-35);
    ``has_stood`` tells that the connection was complete once, before whatever went wrong with it meanwhile.
    """
    found = state_of(checks)
    if (
        has_stood
        and before in (S.CONNECTED, S.FAILED, S.UNKNOWN)
        and found in (S.PARTNERSHIP_NEEDED, S.PARTNERSHIP_REQUESTED)
    ):
        return S.DISCONNECTED
    return found


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


_L = LinkStatus
LINK_OVER = frozenset({_L.REJECTED, _L.EXPIRED, _L.REVOKED, _L.DISABLED})
"""What a link request ends as that came to nothing, or stands no more. Another one may be sent."""

LINK_STANDS = frozenset({_L.APPROVED, _L.WAIVED})
"""With these nothing more is to be done about the link."""

LINK = StateMachine(
    name="connection_link",
    field="status",
    transitions={
        _L.TO_SEND: frozenset({_L.SENT, _L.APPROVED, _L.WAIVED, _L.UNKNOWN}),
        _L.SENT: frozenset({_L.APPROVED, _L.WAIVED, _L.UNKNOWN}) | LINK_OVER,
        _L.APPROVED: frozenset({_L.REVOKED, _L.DISABLED, _L.WAIVED, _L.UNKNOWN, _L.SENT, _L.REJECTED}),
        _L.REJECTED: frozenset({_L.TO_SEND, _L.SENT, _L.APPROVED, _L.WAIVED, _L.UNKNOWN}),
        _L.EXPIRED: frozenset({_L.TO_SEND, _L.SENT, _L.APPROVED, _L.WAIVED, _L.UNKNOWN}),
        _L.REVOKED: frozenset({_L.TO_SEND, _L.SENT, _L.APPROVED, _L.WAIVED, _L.UNKNOWN}),
        _L.DISABLED: frozenset({_L.TO_SEND, _L.SENT, _L.APPROVED, _L.WAIVED, _L.UNKNOWN}),
        _L.UNKNOWN: frozenset({_L.SENT, _L.APPROVED, _L.WAIVED}) | LINK_OVER,
        _L.WAIVED: frozenset({_L.SENT, _L.APPROVED}),
    },
)
"""The link request: what a platform reports may skip steps, because it can be accepted while nobody looks."""
