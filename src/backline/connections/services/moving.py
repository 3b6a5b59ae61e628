"""How every change of a connection is written: the row is held, the move is checked, traced and told in the log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backline.connections.models import Connection
from backline.connections.ports import AddressPlatform, ConsentPlatform, Platform, platforms
from backline.connections.state import CONNECTION, State
from backline.core import audit, clock, jobs
from backline.core.audit import Actor
from backline.core.errors import BacklineError, NotFoundError
from backline.core.ids import new_id

PROBLEM_LENGTH = 500


def platform_of(provider: str) -> Platform:
    """Return the platform; raises ``NotFoundError`` for one that cannot be connected here."""
    if provider not in platforms:
        raise NotFoundError("There is nothing to connect here.")
    return platforms.get(provider)


def consent_platform(provider: str) -> ConsentPlatform:
    """Return a platform that people sign in to; raises ``NotFoundError`` for any other."""
    platform = platform_of(provider)
    if platform.facts.connects_by != "consent":
        raise NotFoundError("Nobody signs in to connect this platform.")
    return platform  # type: ignore[return-value]


def address_platform(provider: str) -> AddressPlatform:
    """Return a platform where artists are known by an address; raises ``NotFoundError`` for any other."""
    platform = platform_of(provider)
    if platform.facts.connects_by != "address":
        raise NotFoundError("This platform is not connected by an address.")
    return platform  # type: ignore[return-value]


def held(*, artist_id: UUID, provider: str) -> Connection:
    """Return the artist's row for the platform, made if there is none, held until the transaction ends."""
    made = Connection(id=new_id(), artist_id=artist_id, provider=provider)
    Connection.objects.bulk_create([made], ignore_conflicts=True)
    return Connection.objects.select_for_update().get(artist_id=artist_id, provider=provider)


def held_by_id(connection_id: UUID) -> Connection | None:
    """Return a row, held until the transaction ends, or None when it is gone."""
    return Connection.objects.select_for_update().filter(pk=connection_id).first()


def move(row: Connection, to: State, *, reason: str, actor: Actor, **also: Any) -> None:
    """Move ``row`` to ``to`` and set ``also``, in the caller's transaction; the row in hand follows.

    Staying where it is only sets ``also``. Raises ``TransitionRefusedError``.
    """
    changes = {"changed_at": clock.now(), **also}
    if row.state == to:
        Connection.objects.filter(pk=row.pk).update(**changes)
    else:
        CONNECTION.move(
            Connection.objects.all(), pk=row.pk, to=to, reason=reason[:PROBLEM_LENGTH], actor_id=actor.id, also=changes
        )
        row.state = to
    for name, value in changes.items():
        setattr(row, name, value)


def tell(act: str, row: Connection, *, actor: Actor, **detail: object) -> None:
    """Write ``connection.<act>`` into the artist's log: never with the name of the person who consented."""
    audit.record(
        f"connection.{act}",
        actor=actor,
        object_type="connection",
        object_id=row.pk,
        object_name=row.display_name or label_of(row.provider),
        artist_id=row.artist_id,
        detail={"platform": label_of(row.provider), **detail},
    )


def label_of(provider: str) -> str:
    """Return the platform's name."""
    return platforms.get(provider).facts.label if provider in platforms else provider


def problem_of(error: BacklineError) -> str:
    """Return what happened, without what was to be done next: that is up to whoever reads it (Try Again)."""
    return error.message.partition(" We will ")[0][:PROBLEM_LENGTH]


def check_soon(row: Connection) -> None:
    """Have the connection looked at now, in a job of its own."""
    jobs.enqueue("connections.check", once=f"connections.check {row.pk}", connection_id=str(row.pk))


def tell_team(what: str, row: Connection) -> None:
    """Have the artist's team told by mail, in a job of its own."""
    jobs.enqueue("connections.tell_team", what=what, connection_id=str(row.pk), at=clock.now().isoformat())
