"""What this room does when an artist is deleted."""

from __future__ import annotations

from uuid import UUID

from backline.links import services


class LinksOfArtist:
    """Implements ``accounts.ports.ArtistHolder``."""

    def refusal(self, *, artist_id: UUID) -> str:  # noqa: ARG002
        """Links never stand against a deletion."""
        return ""

    def withdraw(self, *, artist_id: UUID) -> None:
        """Close the artist's pages before the rows go."""
        services.withdraw_artist(artist_id=artist_id)
