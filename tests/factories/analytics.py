"""Spools as a play process writes them, and events to put into them."""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import apsw

from backline.accounts.types import SYSTEM_USER_ID, ArtistAccess, Role, Source
from backline.contract import events
from backline.contract.events import Event
from backline.contract.spool import LOCK_SUFFIX, SCHEMA, SPOOL_SUFFIX
from backline.core.ids import new_id

BROWSER = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def access_to(artist_id: UUID) -> ArtistAccess:
    """Return the product's own access to an artist of whom there are events and nothing else."""
    return ArtistAccess(
        user_id=SYSTEM_USER_ID,
        user_name="Backline",
        artist_id=artist_id,
        organization_id=artist_id,
        role=Role.ADMIN,
        source=Source.SUPER_ADMIN,
    )


def make_event(
    *, artist: UUID, at: datetime = NOON, kind: str = "view", link: UUID | None = None, **rest: Any
) -> Event:
    """Return an event of a person's browser unless told otherwise."""
    rest.setdefault("user_agent", BROWSER)
    rest.setdefault("id", new_id().hex)
    return Event(
        at_ms=int(at.timestamp() * 1000),
        kind=kind,  # type: ignore[arg-type]
        artist_id=str(artist),
        link_id="" if link is None else str(link),
        **rest,
    )


class SpoolWriter:
    """A play process's side of a spool: holds the lock while it lives."""

    def __init__(self, folder: Path, spool_id: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.id = spool_id or new_id().hex
        self._is_dead = False
        self.path = folder / f"{self.id}{SPOOL_SUFFIX}"
        self._lock = os.open(folder / f"{self.id}{LOCK_SUFFIX}", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.database = apsw.Connection(str(self.path))
        self.database.set_busy_timeout(5_000)
        self.database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; " + SCHEMA).fetchall()

    def write(self, *found: Event | bytes) -> None:
        """Put events, or bytes that are none, on disk in one transaction."""
        rows = [(event if isinstance(event, bytes) else events.encode(event),) for event in found]
        with self.database:
            self.database.executemany("INSERT INTO events (event) VALUES (?)", rows)

    def note_loss(self, events: int) -> None:
        """Say that so many events could not be kept."""
        self.database.execute("INSERT INTO losses (at_ms, events) VALUES (0, ?)", (events,))

    def waiting(self) -> int:
        """Return how many rows the spool holds."""
        return int(self.database.execute("SELECT count(*) FROM events").fetchone()[0])

    def die(self) -> None:
        """Close the file and let go of the lock, as the end of the process would."""
        self._is_dead = True
        self.database.close()
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._is_dead:
            self.die()
