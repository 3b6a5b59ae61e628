"""Connecting by an address or a name: look the artist up, let the person say that it is the right one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import transaction

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.connections.models import Connection
from backline.connections.services import checking, spotify
from backline.connections.services.moving import address_platform, held, held_by_id, move, problem_of, tell
from backline.connections.state import State
from backline.connections.types import FoundArtist, Provider
from backline.core import audit, clock, jobs
from backline.core.audit import Actor
from backline.core.errors import BacklineError, NotFoundError, Rejected, RetryLater

STEP = "lookup"
LONGEST_LOOK = timedelta(minutes=10)


def look_up(access: ArtistAccess, *, provider: str, url: str) -> None:
    """Start to look for the artist at an address; a job asks the platform.

    Raises ``Rejected`` (field ``url``) for what is no address of an artist, ``NotAllowedError``, ``NotFoundError`` and
    ``TransitionRefusedError`` (connected already).
    """
    access.must_edit()
    platform = address_platform(provider)
    external_id = platform.understand(url)
    actor = accounts.actor_of(access)
    with transaction.atomic():
        row = held(artist_id=access.artist_id, provider=provider)
        if row.state == State.CONNECTED:
            message = f"{row.display_name} is connected already. Disconnect first to connect somebody else."
            raise Rejected(message, field_errors={"url": message})
        _start(row, external_id, actor=actor)
        tell("start", row, actor=actor)


def search(access: ArtistAccess, *, provider: str, text: str) -> tuple[FoundArtist, ...]:
    """Return artists of that name, the likeliest first. Raises like :func:`look_up`, and ``RetryLater``."""
    access.must_edit()
    platform = address_platform(provider)
    if not platform.facts.can_search or not text.strip():
        return ()
    return platform.search(text.strip()[:200])


def find(*, connection_id: UUID) -> None:
    """Ask the platform for the artist that was looked up, and let the person confirm it. Safe to repeat.

    Raises ``RetryLater`` where the platform wants to be asked a little later.
    """
    row = Connection.objects.filter(pk=connection_id, state=State.LOOKING_UP).first()
    if row is None:
        return
    try:
        found = address_platform(row.provider).find(row.address)
    except BacklineError as error:
        if isinstance(error, RetryLater) and error.after and clock.now() + error.after < row.changed_at + LONGEST_LOOK:
            raise  # the job is tried again then
        _move(row, State.FAILED, reason=error.message, problem=problem_of(error), failed_step=STEP)
        return
    _move(row, State.TO_CONFIRM, reason="the artist was found", found=msgspec.to_builtins(found))


def give_up_stuck() -> int:
    """Let lookups fail whose job never said anything, so that they can be tried again; returns how many."""
    stuck = Connection.objects.filter(state=State.LOOKING_UP, changed_at__lt=clock.now() - LONGEST_LOOK)
    rows = list(stuck[:500])
    for row in rows:
        problem = "The search took too long and was given up."
        _move(row, State.FAILED, reason=problem, problem=problem, failed_step=STEP)
    return len(rows)


def confirm(access: ArtistAccess, *, provider: str, external_id: str) -> None:
    """Connect the artist that was found, on the person's yes. Spotify's catalogue is imported then.

    ``external_id`` is whom they said yes to, so that a page that grew old confirms nobody else.
    Raises ``NotAllowedError``, ``NotFoundError``, ``Rejected`` (field ``url``), ``RetryLater`` and ``NeedsAction``.
    """
    access.must_edit()
    address_platform(provider)
    row = Connection.objects.filter(artist_id=access.artist_id, provider=provider, state=State.TO_CONFIRM).first()
    found = msgspec.convert(row.found, FoundArtist) if row and row.found else None
    if row is None or found is None or found.external_id != external_id:
        raise NotFoundError("There is nothing to confirm any more. The page shows how it stands.")
    if provider == Provider.SPOTIFY:
        spotify.connect_spotify(access, url=found.url)
        return
    actor = accounts.actor_of(access)
    with transaction.atomic():
        now = held(artist_id=access.artist_id, provider=provider)
        if now.state != State.TO_CONFIRM or now.address != external_id:
            raise NotFoundError("There is nothing to confirm any more. The page shows how it stands.")
        checking.keep_found(now, found)
        Connection.objects.filter(pk=now.pk).update(connected_by=access.user_id)
        tell("connect", now, actor=actor, external_id=found.external_id)


def look_up_again(row: Connection, *, actor: Actor) -> None:
    """Repeat a lookup that failed, in the caller's transaction."""
    _start(row, row.address, actor=actor)


def _start(row: Connection, external_id: str, *, actor: Actor) -> None:
    changes = {"address": external_id, "found": None, "problem": "", "failed_step": ""}
    move(row, State.LOOKING_UP, reason="somebody gave an address", actor=actor, **changes)
    jobs.enqueue("connections.find", once=f"connections.find {row.pk}", connection_id=str(row.pk))


def _move(row: Connection, to: State, *, reason: str, **changes: object) -> None:
    with transaction.atomic():
        now = held_by_id(row.pk)
        if now is not None and now.state == State.LOOKING_UP and now.address == row.address:
            move(now, to, reason=reason, actor=audit.SYSTEM, **changes)
            if to == State.FAILED:
                tell("fail", now, actor=audit.SYSTEM, why=reason)
