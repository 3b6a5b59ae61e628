"""What this room needs from the rooms above it, which it does not know."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from backline.core.registry import Registry


class ArtistHolder(Protocol):
    """A room that holds things of an artist. It has a word when the artist is deleted."""

    def refusal(self, *, artist_id: UUID) -> str:
        """Say in one sentence why the artist cannot be deleted now and what to do first, or return ""."""

    def withdraw(self, *, artist_id: UUID) -> None:
        """Take back what is public, within the deletion's transaction, before the rows go."""


ARTIST_HOLDERS: Registry[ArtistHolder] = Registry("holder of an artist's things")
