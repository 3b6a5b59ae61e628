"""What this room says when an artist is deleted or moves to another address."""

from __future__ import annotations

from uuid import UUID

from backline.billing import selectors


class PlanOfArtist:
    """Implements ``accounts.ports.ArtistHolder``: an artist with an active plan is not deleted (R3)."""

    def move(self, *, artist_id: UUID, before: str, to: str) -> None:
        """Nothing of a plan is public."""

    def refusal(self, *, artist_id: UUID) -> str:
        """Refuse while managed advertising is active."""
        if selectors.has_plan(artist_id=artist_id):
            return "Managed advertising is active. Ask the operator to end the plan, then delete the artist."
        return ""

    def hold(self, *, artist_id: UUID) -> None:
        """The plan is changed only by who holds the artist, which is locked already."""

    def withdraw(self, *, artist_id: UUID) -> None:
        """Nothing of a plan is public."""
