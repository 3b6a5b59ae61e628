"""How connections end: left by a person, cleared, lost at the platform. Tokens go at once or are given back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.connections import grants
from backline.connections.models import Connection, Consent, Grant, Link
from backline.connections.ports import platforms
from backline.connections.services.moving import consent_platform, held, held_by_id, label_of, move, tell, tell_team
from backline.connections.state import GRANTED, LINK_STANDS, State
from backline.connections.types import ClaimBasis, LossReason, Purpose
from backline.core import audit, clock, jobs, vault
from backline.core.errors import NotFoundError
from backline.core.vault import Owner

LONGEST_WAIT = timedelta(days=7)
"""After this long a platform that does not take a grant back is not asked any more."""

NOTHING_CHOSEN: dict[str, object] = {
    "external_id": "", "display_name": "", "url": "", "image_url": "", "extra": {}, "account_id": "",
    "account_name": "", "address": "", "found": None, "checks": [], "failed_step": "", "problem": "",
    "next_check_at": None, "purpose": Purpose.ADVERTISING,
}  # fmt: skip

CLAIMED = frozenset({"external_id", "display_name", "url"})
"""Whose catalogue it is. Where an operator has a say in that, a reset keeps it: pages wait for that word."""


def disconnect(access: ArtistAccess, *, provider: str) -> None:
    """End a connection that stood: what was given goes back, what was chosen is remembered by name.

    One that never stood is not connected then: there was nothing to lose.

    Raises ``NotAllowedError`` and ``NotFoundError``.
    """
    access.must_edit()
    actor = accounts.actor_of(access)
    with transaction.atomic():
        row = held(artist_id=access.artist_id, provider=provider)
        if row.state not in GRANTED:
            raise NotFoundError("There is no connection to end.")
        if row.connected_at is None:
            reset(access, provider=provider)
            return
        _end(row, State.DISCONNECTED, reason="somebody disconnected it", actor=actor, problem="", failed_step="")
        tell("disconnect", row, actor=actor)


def reset(access: ArtistAccess, *, provider: str) -> None:
    """Clear a connection that failed or was not finished: tokens, selection and link; then it is not connected.

    Raises ``NotAllowedError``, ``NotFoundError`` and ``TransitionRefusedError`` (it works: disconnect it instead).
    """
    access.must_edit()
    actor = accounts.actor_of(access)
    with transaction.atomic():
        row = held(artist_id=access.artist_id, provider=provider)
        if row.state == State.NOT_CONNECTED:
            return
        kept = CLAIMED if row.claim_basis != ClaimBasis.CLEAR else frozenset()
        cleared = {name: value for name, value in NOTHING_CHOSEN.items() if name not in kept}
        _end(row, State.NOT_CONNECTED, reason="somebody reset it", actor=actor, **cleared)
        tell("reset", row, actor=actor)
        Connection.objects.filter(pk=row.pk).update(connected_at=None)


def lose(*, connection_id: UUID, why: str, reason: LossReason | None = None, asked_at: datetime | None = None) -> None:
    """Write down that the platform ended the connection, and tell the artist's team. Safe to repeat.

    Where the platform took the grant back, its tokens are deleted at once (PP-72); else they are given back. A
    connection that never stood goes back to its beginning with a word about what happened. What was said of a grant
    that was replaced by a new consent since ``asked_at`` ends nothing.
    """
    with transaction.atomic():
        row = held_by_id(connection_id)
        if row is None or row.state not in GRANTED:
            return
        since = Consent.objects.filter(connection=row, used_at__isnull=False, ended_at__gt=asked_at or clock.now())
        if since.exists():
            return
        if reason is not None:
            grants.discard(row)
        if row.connected_at is None:
            _end(row, State.FAILED, reason=why, actor=audit.SYSTEM, problem=why[:500], failed_step="consent")
            tell("fail", row, actor=audit.SYSTEM, why=why)
            if row.last_answered_at is not None:  # else somebody sits there who has just consented
                tell_team("lost", row)
            return
        _end(row, State.DISCONNECTED, reason=why, actor=audit.SYSTEM, problem=why[:500])
        tell("lose", row, actor=audit.SYSTEM, why=why)
        tell_team("lost", row)


def give_back_soon(row: Connection) -> None:
    """Have ended grants given back in a job, if there are any."""
    if Grant.objects.filter(connection=row).exclude(ended_at=None).exists():
        jobs.enqueue("connections.give_back", once=f"connections.give_back {row.pk}", connection_id=str(row.pk))


def give_back(*, connection_id: UUID) -> None:
    """Give ended grants back to the platform and delete them. Raises ``RetryLater``."""
    row = Connection.objects.filter(pk=connection_id).first()
    if row is not None:
        grants.give_back(consent_platform(row.provider), connection_id=connection_id)


def drop_grants_long_ended() -> int:
    """Delete what a platform did not take back for a week, and offer it the rest again; returns how many."""
    before = clock.now() - LONGEST_WAIT
    dropped = Grant.objects.filter(ended_at__lt=before).delete()[0]
    for row in Connection.objects.filter(grants__ended_at__isnull=False).distinct():
        give_back_soon(row)
    return dropped


def forget_what_was_lost() -> int:
    """Forget what a platform told of a connection that ended a week ago; returns how many it was.

    YouTube's API Services policy wants its data gone within seven days of a revocation; the rest is treated alike.
    """
    before = clock.now() - LONGEST_WAIT
    ended = Connection.objects.filter(state=State.DISCONNECTED, provider__in=_reached(), changed_at__lt=before)
    told = {name: value for name, value in NOTHING_CHOSEN.items() if name not in ("problem", "purpose")}
    return ended.exclude(external_id="", account_id="").update(**told, changed_at=clock.now())


def _reached() -> list[str]:
    """Return the platforms that people sign in to from here, as it is set up now."""
    return [platform.facts.key for platform in platforms if platform.facts.connects_by == "consent"]


def _end(row: Connection, to: State, *, reason: str, actor: audit.Actor, **also: object) -> None:
    grants.end(row)
    Consent.objects.filter(connection=row, ended_at=None).update(ended_at=clock.now(), code=None)
    links = Link.objects.filter(connection=row)
    if to != State.NOT_CONNECTED:  # what stands at the platform stands there still when access is given anew
        links = links.exclude(status__in=LINK_STANDS)
    links.delete()
    if to == State.DISCONNECTED:
        also["account_name"] = ""
    move(row, to, reason=reason, actor=actor, **({"next_check_at": None, "checks": []} | also))
    give_back_soon(row)


def deletion_refusal(*, artist_id: UUID) -> str:
    """Say why the artist cannot be deleted yet, or return "": a grant is given back first, while it still opens."""
    rows = Connection.objects.filter(artist_id=artist_id, grants__isnull=False, provider__in=_reached())
    rows = rows.order_by("provider")
    held = [label_of(row.provider) for row in rows.filter(grants__ended_at=None).distinct()]
    if held:
        return f"Disconnect {' and '.join(held)} first, so that the access is given back there."
    waiting = [label_of(row.provider) for row in rows.distinct()]
    if waiting:
        return f"The access at {' and '.join(waiting)} is being given back. Wait until that is done, a week at most."
    return ""


def hold_connections(*, artist_id: UUID) -> None:
    """Lock the artist's connections, in the caller's transaction."""
    list(Connection.objects.select_for_update().filter(artist_id=artist_id).order_by("pk").values_list("pk"))


def forget_tokens(*, artist_id: UUID) -> None:
    """Destroy the key under which the artist's tokens were sealed (PP-72): no copy of them opens again."""
    vault.forget(Owner("artist", artist_id))
