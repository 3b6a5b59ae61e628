"""What this room needs from the rooms above it, which it does not know."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from backline.core.registry import Registry


class ArtistHolder(Protocol):
    """A room that holds things of an artist. It has a word when the artist is deleted or moves to another address."""

    def move(self, *, artist_id: UUID, before: str, to: str) -> None:
        """Have what is public at the address ``to`` as well, as the last step of the move's transaction."""

    def refusal(self, *, artist_id: UUID) -> str:
        """Say in one sentence why the artist cannot be deleted now and what to do first, or return ""."""

    def hold(self, *, artist_id: UUID) -> None:
        """Lock what is about to be deleted, in the room's own order of locks. The artist is locked already."""

    def withdraw(self, *, artist_id: UUID) -> None:
        """Take back what is public, as the last step of the deletion's transaction: the rows are gone already."""


ARTIST_HOLDERS: Registry[ArtistHolder] = Registry("holder of an artist's things")
