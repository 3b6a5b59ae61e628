"""The rows of Platform Connections: how each stands, what it means, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from backline.accounts.types import ArtistAccess
from backline.connections import quotas
from backline.connections.models import Connection
from backline.connections.ports import platforms
from backline.connections.quotas import Quota
from backline.connections.selectors.readiness import has_plan
from backline.connections.state import GRANTED, State, detail_of, status_of
from backline.connections.types import Check, Detail, End, FoundArtist, PlatformFacts, Purpose, Status


class Act(StrEnum):
    """What the one action of a row does."""

    CONNECT = "connect"
    CONFIRM = "confirm"
    CHOOSE = "choose"
    CONSENT_AGAIN = "consent_again"
    TRY_AGAIN = "try_again"
    RECONNECT = "reconnect"
    ACTIVATE_BILLING = "activate_billing"
    SHOW_WAY = "show_way"
    WAIT = "wait"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """One platform of an artist. ``meaning`` says in a sentence how it stands, ``act`` what to do next.

    ``version`` changes whenever anything of the row does. ``name`` is what is connected, ``account`` who consented.
    ``is_lost`` tells that the platform ended it, ``is_halted`` that it stood and needs a person now.
    ``quotas`` are those that its checks use, the platform's own first.
    """

    facts: PlatformFacts
    status: Status
    detail: Detail | None
    meaning: str
    act: Act
    state: State
    version: str
    purpose: Purpose = Purpose.ADVERTISING
    name: str = ""
    url: str = ""
    image_url: str = ""
    account: str = ""
    found: FoundArtist | None = None
    checks: tuple[Check, ...] = ()
    can_reset: bool = False
    can_disconnect: bool = False
    can_check: bool = False
    is_at_work: bool = False
    is_lost: bool = False
    is_halted: bool = False
    connected_at: datetime | None = None
    last_checked_at: datetime | None = None
    last_answered_at: datetime | None = None
    next_check_at: datetime | None = None
    quotas: tuple[Quota, ...] = ()


IN_DEVELOPMENT = tuple(
    PlatformFacts(key=key, label=label, serves=(End.ADVERTISING,), summary="", connects_by="nothing")
    for key, label in (("snapchat", "Snapchat"), ("pandora", "Pandora"))
)
"""Platforms that nobody can connect yet (PC-04)."""

_WORKING = frozenset({State.LOOKING_UP, State.EXCHANGING})
_UNFINISHED = frozenset(
    {
        State.LOOKING_UP, State.TO_CONFIRM, State.CONSENTING, State.EXCHANGING, State.PERMISSION_MISSING,
        State.SELECTING, State.SETUP_MISSING, State.PARTNERSHIP_NEEDED, State.PARTNERSHIP_REQUESTED,
        State.LINK_TO_SEND, State.LINK_SENT, State.FAILED, State.UNKNOWN, State.DISCONNECTED,
    }
)  # fmt: skip


def rows(access: ArtistAccess) -> tuple[Row, ...]:
    """Return the rows in the order of the page: what can be connected, then what is in development."""
    found = {row.provider: row for row in Connection.objects.filter(artist_id=access.artist_id)}
    plan = has_plan(artist_id=access.artist_id)
    facts_of_all = [platform.facts for platform in platforms]
    known = quotas.seen(facts_of_all)
    live = (
        _row(facts, found.get(facts.key), known[facts.key], plan=plan)
        for facts in (platform.facts for platform in platforms)
    )
    return (*live, *map(_in_development, IN_DEVELOPMENT))


def row_of(access: ArtistAccess, *, provider: str) -> Row | None:
    """Return one row, or None for a platform that is not on the page."""
    return next((row for row in rows(access) if row.facts.key == provider), None)


def version_of(page: tuple[Row, ...]) -> str:
    """Return what changes whenever anything on the page does: a page that knows it need not be sent again."""
    return "-".join(row.version for row in page)


def needing_attention(access: ArtistAccess) -> tuple[Row, ...]:
    """Return the rows that were lost, failed or stopped working, for the Overview.

    What a person ended or left unfinished themselves is no news to them.
    """
    return tuple(row for row in rows(access) if row.status is Status.ERROR or row.is_lost or row.is_halted)


def _in_development(facts: PlatformFacts) -> Row:
    return Row(
        facts, Status.IN_DEVELOPMENT, None, "We are building it. Nothing to do.", Act.NONE, State.NOT_CONNECTED, "0"
    )


def _row(facts: PlatformFacts, row: Connection | None, known: tuple[Quota, ...], *, plan: bool | None) -> Row:
    changed_at = row.changed_at if row else None
    row = row or Connection(provider=facts.key)
    state = State(row.state)
    checks = tuple(msgspec.convert(check, Check) for check in row.checks)
    act = _act(facts, row, plan=plan)
    detail = detail_of(state, selection=facts.selection_detail)
    if act is Act.ACTIVATE_BILLING:
        detail = Detail.ACTIVATE_BILLING
    stamps = (changed_at, row.last_checked_at, max((quota.seen_at for quota in known), default=None))
    return Row(
        facts=facts,
        status=status_of(state),
        detail=detail,
        meaning=_meaning(facts, row, checks, act),
        act=act,
        state=state,
        version="".join(f"{int(stamp.timestamp() * 1000):x}." if stamp else "0." for stamp in stamps) + f"{act}{plan}",
        purpose=Purpose(row.purpose),
        name=row.display_name,
        url=row.url,
        image_url=row.image_url,
        account=row.account_name,
        found=msgspec.convert(row.found, FoundArtist) if row.found else None,
        checks=checks,
        can_reset=state in _UNFINISHED,
        can_disconnect=row.connected_at is not None and state in GRANTED,
        can_check=bool(row.last_checked_at) and state not in (State.NOT_CONNECTED, State.DISCONNECTED, *_WORKING),
        is_at_work=state in _WORKING,
        is_lost=state == State.DISCONNECTED and bool(row.problem),
        is_halted=row.connected_at is not None and act in (Act.CONSENT_AGAIN, Act.CHOOSE, Act.SHOW_WAY),
        connected_at=row.connected_at,
        last_checked_at=row.last_checked_at,
        last_answered_at=row.last_answered_at,
        next_check_at=row.next_check_at,
        quotas=known,
    )


_ACTS = {
    State.NOT_CONNECTED: Act.CONNECT,
    State.LOOKING_UP: Act.WAIT,
    State.TO_CONFIRM: Act.CONFIRM,
    State.CONSENTING: Act.CONNECT,
    State.EXCHANGING: Act.WAIT,
    State.PERMISSION_MISSING: Act.CONSENT_AGAIN,
    State.SELECTING: Act.CHOOSE,
    State.SETUP_MISSING: Act.SHOW_WAY,
    State.PARTNERSHIP_NEEDED: Act.SHOW_WAY,
    State.PARTNERSHIP_REQUESTED: Act.SHOW_WAY,
    State.LINK_TO_SEND: Act.NONE,
    State.LINK_SENT: Act.SHOW_WAY,
    State.CONNECTED: Act.NONE,
    State.FAILED: Act.TRY_AGAIN,
    State.UNKNOWN: Act.TRY_AGAIN,
    State.DISCONNECTED: Act.RECONNECT,
}
"""The one action of a row, by its state."""


def _act(facts: PlatformFacts, row: Connection, *, plan: bool | None) -> Act:
    """Return the row's action; where the next step needs a plan that is not there, that is to activate billing."""
    if facts.connects_by == "nothing":
        return Act.NONE
    act = _ACTS[State(row.state)]
    asks_the_platform = act in (Act.CONNECT, Act.RECONNECT, Act.CONSENT_AGAIN)
    needs_plan = Purpose(row.purpose) in facts.needs_plan and plan is False
    return Act.ACTIVATE_BILLING if asks_the_platform and needs_plan else act


def _meaning(facts: PlatformFacts, row: Connection, checks: tuple[Check, ...], act: Act) -> str:
    """Say how the row stands, with what the platform or the failed step said where there is something."""
    state = State(row.state)
    if facts.connects_by == "nothing":
        return f"{facts.summary} It is not set up on this installation; the operator can add it."
    if state in (State.FAILED, State.UNKNOWN, State.DISCONNECTED) and row.problem:
        kept = " What you entered is kept." if state != State.DISCONNECTED else ""
        return f"{row.problem}{kept}"
    if act is Act.ACTIVATE_BILLING:
        return f"{facts.summary} Connecting it for advertising needs a managed-advertising plan."
    unmet = next((check.message for check in checks if check.kind is not None and check.is_needed), "")
    if unmet:
        return unmet
    words = {
        State.NOT_CONNECTED: facts.summary,
        State.LOOKING_UP: f"Looking for the artist on {facts.label}.",
        State.TO_CONFIRM: "Is this the right artist?",
        State.CONSENTING: f"Waiting for you at {facts.label}. If you closed that page, connect again.",
        State.EXCHANGING: f"{facts.label} is being asked how it stands.",
        State.CONNECTED: f"{row.display_name or facts.label} is connected.",
        State.DISCONNECTED: f"{row.display_name or facts.label} was connected. Connect again whenever you like.",
    }
    return words.get(state, facts.summary)
