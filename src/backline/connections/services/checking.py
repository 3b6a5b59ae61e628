"""How a connection stands at its platform: asked after a consent, on a schedule, on demand, when a platform calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog
from django.db import transaction

from backline.accounts.types import ArtistAccess
from backline.connections import grants, quotas
from backline.connections.models import Connection
from backline.connections.ports import AddressPlatform, ConsentPlatform
from backline.connections.services import ending, linking
from backline.connections.services.moving import check_soon, held_by_id, move, platform_of, tell
from backline.connections.state import CONNECTION, GRANTED, State, settled
from backline.connections.types import Check, Choice, FoundArtist, GrantLostError, Inspection, Purpose
from backline.core import audit, clock
from backline.core.errors import BacklineError, NotFoundError, Rejected, RetryLater
from backline.core.vault import SealBrokenError

log = structlog.get_logger(__name__)

UNSETTLED_EVERY = timedelta(minutes=15)
"""How soon a connection is looked at again that waits for somebody at the platform; later, the longer it waits."""

PART_OF_WAIT = 8
"""It is looked at again after this part of the time that it has waited, so that the forgotten spend no quota."""

SOONEST = timedelta(minutes=1)
SELDOMEST = timedelta(days=7)
"""Whatever the quota: YouTube's API Services policy wants a revocation noticed and acted upon within seven days."""
NOT_SET_UP_EVERY = timedelta(days=1)
BATCH = 200


def check(*, connection_id: UUID) -> None:
    """Ask the platform how the connection stands and write down what it says. Safe to repeat.

    A platform that cannot answer changes nothing that is known: the connection says so and is asked again later.
    """
    row = Connection.objects.filter(pk=connection_id).first()
    if row is None or row.state not in GRANTED:
        return
    platform = platform_of(row.provider)
    began = clock.now()
    try:
        if platform.facts.connects_by == "nothing":
            raise RetryLater(f"{platform.facts.label} is not set up on this installation.", after=NOT_SET_UP_EVERY)
        rest = quotas.rest_of(row.provider)
        if rest is not None:
            raise RetryLater(f"{platform.facts.label} asked us to wait before the next question.", after=rest)
        if platform.facts.connects_by == "address":
            _check_address(row, platform)  # type: ignore[arg-type]
        else:
            _check_grant(row, platform)  # type: ignore[arg-type]
    except GrantLostError as error:
        ending.lose(connection_id=row.pk, why=error.message, reason=error.reason, asked_at=began)
    except RetryLater as error:
        _unanswered(row, error)
    except BacklineError as error:
        _failed(row, error)


def check_now(access: ArtistAccess, *, provider: str) -> None:
    """Have the connection looked at now. Raises ``NotAllowedError`` and ``NotFoundError``."""
    access.must_edit()
    row = Connection.objects.filter(artist_id=access.artist_id, provider=provider).first()
    if row is None or row.state not in GRANTED:
        raise NotFoundError("There is nothing to check yet: connect it first.")
    check_soon(row)


def check_due() -> int:
    """Have every connection looked at whose time has come; returns how many."""
    now = clock.now()
    due = Connection.objects.filter(next_check_at__lte=now, state__in=GRANTED).order_by("next_check_at")
    with transaction.atomic():  # what a check finds out is written after the new time, not overwritten by it
        rows = list(due.select_for_update(skip_locked=True)[:BATCH])
        Connection.objects.filter(pk__in=[row.pk for row in rows]).update(next_check_at=now + UNSETTLED_EVERY)
        for row in rows:
            check_soon(row)
    return len(rows)


def settle(row: Connection, inspection: Inspection) -> None:
    """Write down what a platform said of the connection, in the caller's transaction."""
    facts = platform_of(row.provider).facts
    checks = inspection.checks
    if facts.has_link and row.purpose == Purpose.ADVERTISING:
        checks = (*checks, *linking.follow(row, inspection))
    to = settled(State(row.state), checks, has_stood=row.connected_at is not None)
    if to == State.DISCONNECTED:
        _lose(row, inspection, why=_first_unmet(checks).message)
        return
    now = clock.now()
    was = row.state
    changes = _described(inspection.chosen) | {
        "account_id": inspection.account.external_id,
        "account_name": inspection.account.name[:300],
        "checks": msgspec.to_builtins(checks),
        "problem": "",
        "failed_step": "",
        "last_checked_at": now,
        "last_answered_at": now,
        "next_check_at": _next_check(row, to),
    }
    grants.note_account(row, inspection.account)
    why = "the platform says so"
    if to in (State.FAILED, State.UNKNOWN):
        why = _first_unmet(checks).message
        changes |= {"problem": why[:500], "failed_step": "inspect"}
    if to == State.CONNECTED and row.connected_at is None:
        changes["connected_at"] = now
    move(row, to, reason=why, actor=audit.SYSTEM, **changes)
    if to == was:
        return
    if to == State.CONNECTED:
        tell("connect", row, actor=audit.SYSTEM, external_id=row.external_id)
    if to in (State.FAILED, State.UNKNOWN):
        tell("fail", row, actor=audit.SYSTEM, why=why)
    elif was == State.CONNECTED:
        tell("halt", row, actor=audit.SYSTEM, why=_first_unmet(checks).message)
    if to == State.UNKNOWN:
        log.error("A platform said something unknown.", platform=row.provider, connection=str(row.pk), said=why)


def _lose(row: Connection, inspection: Inspection, *, why: str) -> None:
    """End a connection whose platform ended it; right after a consent, what is not there is only chosen anew."""
    if inspection.chosen is None and row.state == State.EXCHANGING:
        nothing = {"external_id": "", "display_name": "", "url": "", "image_url": "", "extra": {}}
        move(row, State.EXCHANGING, reason="", actor=audit.SYSTEM, **nothing)
        check_soon(row)
        return
    if inspection.chosen is None:  # to ask for it again after the next consent would only lose that one too
        Connection.objects.filter(pk=row.pk).update(external_id="", extra={})
    ending.lose(connection_id=row.pk, why=why)


def choice_of(row: Connection) -> Choice | None:
    """Return what was chosen, as the connection knows it."""
    if not row.external_id:
        return None
    return Choice(row.external_id, row.display_name, url=row.url, image_url=row.image_url, extra=row.extra)


def _check_grant(row: Connection, platform: ConsentPlatform) -> None:
    purpose = Purpose(row.purpose)
    tokens = grants.fresh_tokens(platform, connection_id=row.pk, purpose=purpose)
    inspection = platform.inspect(tokens, purpose=purpose, chosen=choice_of(row))
    with transaction.atomic():
        now = _unchanged(row)
        if now is not None:
            settle(now, inspection)


def _check_address(row: Connection, platform: AddressPlatform) -> None:
    found = platform.find(row.external_id)
    with transaction.atomic():
        now = _unchanged(row)
        if now is None:
            return
        was = now.state
        keep_found(now, found)
        if was != State.CONNECTED:
            tell("connect", now, actor=audit.SYSTEM, external_id=now.external_id)


def _unchanged(row: Connection) -> Connection | None:
    """Return the row, held until the transaction ends, or None when what was heard is of no use any more.

    Where somebody chose, consented or looked since the row was read, the answer may be older than theirs: then the
    platform is asked once more.
    """
    now = held_by_id(row.pk)
    if now is None or now.state not in GRANTED:
        return None
    if now.changed_at != row.changed_at:
        check_soon(now)
        return None
    return now


def keep_found(row: Connection, found: FoundArtist) -> None:
    """Write down that the artist is where the address says, in the caller's transaction."""
    now = clock.now()
    changes: dict[str, object] = {
        "external_id": found.external_id,
        "display_name": found.name[:300],
        "url": found.url,
        "image_url": found.image_url[:1000],
        "checks": [],
        "found": None,
        "problem": "",
        "failed_step": "",
        "connected_at": row.connected_at or now,
        "last_checked_at": now,
        "last_answered_at": now,
        "next_check_at": now + checked_every(row.provider),
    }
    move(row, State.CONNECTED, reason="the artist's page is there", actor=audit.SYSTEM, **changes)


def _unanswered(row: Connection, error: RetryLater) -> None:
    """Look again later. A consent that is being set up fails, but not because the platform's quota rests."""
    now = clock.now()
    with transaction.atomic():
        held = _unchanged(row)
        if held is None:
            return
        changes = {"last_checked_at": now, "next_check_at": now + max(error.after or UNSETTLED_EVERY, SOONEST)}
        if held.state == State.EXCHANGING and quotas.rest_of(held.provider) is None:
            move(
                held, State.FAILED, reason=error.message, actor=audit.SYSTEM,
                problem=error.message[:500], failed_step="inspect", **changes,
            )  # fmt: skip
            tell("fail", held, actor=audit.SYSTEM, why=error.message)
            return
        move(held, State(held.state), reason="", actor=audit.SYSTEM, **changes)


def _failed(row: Connection, error: BacklineError) -> None:
    """Write down that the platform refuses, or that what was given is no longer there."""
    step = "consent" if isinstance(error, NotFoundError | SealBrokenError) else "inspect"
    now = clock.now()
    with transaction.atomic():
        held = _unchanged(row)
        if held is None:
            return
        was = held.state
        move(
            held, State.FAILED, reason=error.message, actor=audit.SYSTEM,
            problem=error.message[:500], failed_step=step, last_checked_at=now, next_check_at=now + UNSETTLED_EVERY,
            **({"last_answered_at": now} if isinstance(error, Rejected) else {}),
        )  # fmt: skip
        if was != State.FAILED:
            tell("fail", held, actor=audit.SYSTEM, why=error.message)


def _described(chosen: Choice | None) -> dict[str, object]:
    """Return the fields of what is chosen with its present name; what is gone keeps the last one."""
    if chosen is None:
        return {}
    return {
        "external_id": chosen.external_id,
        "display_name": chosen.name[:300],
        "url": chosen.url,
        "image_url": chosen.image_url[:1000],
        "extra": dict(chosen.extra),
    }


def _next_check(row: Connection, to: State) -> datetime:
    """Return when to look again: by the platform's interval where it stands, the more seldom the longer it waits else.

    Tokens are renewed when they are used. Those that cannot be renewed once they ended live for weeks, and every
    interval is far shorter than the fifth of that which is left at their renewal.
    """
    now = clock.now()
    every = checked_every(row.provider)
    if to == State.CONNECTED:
        return now + every
    waits_since = now if row.state != to else CONNECTION.last_moved_at(row.pk) or now
    return now + min(every, max(UNSETTLED_EVERY, (now - waits_since) / PART_OF_WAIT))


def checked_every(provider: str) -> timedelta:
    """Return how often a connection that stands is probed: the more seldom, the more have to share the day's quota."""
    facts = platform_of(provider).facts
    if not facts.checks_a_day:
        return facts.checked_every
    standing = Connection.objects.filter(provider=provider, state=State.CONNECTED).count()
    return min(SELDOMEST, max(facts.checked_every, timedelta(days=1) * standing / facts.checks_a_day))


def _first_unmet(checks: Iterable[Check]) -> Check:
    return next(check for check in checks if check.kind is not None and check.is_needed)


def look_again_at(*, provider: str, account_id: str) -> int:
    """Have every connection looked at that a person of the platform made; returns how many.

    Each gets a job of its own, which names the connection: no job holds the platform's id of a person.
    """
    rows = Connection.objects.filter(provider=provider, account_id=account_id, state__in=GRANTED)
    found = list(rows[:BATCH])
    for row in found:
        check_soon(row)
    return len(found)
