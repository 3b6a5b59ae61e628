"""What this room does when an artist moves to another address or is deleted."""

from __future__ import annotations

from uuid import UUID

from backline.links import services


class LinksOfArtist:
    """Implements ``accounts.ports.ArtistHolder``."""

    def move(self, *, artist_id: UUID, before: str, to: str) -> None:
        """Open the artist's pages at the new address."""
        services.open_at(artist_id=artist_id, before=before, to=to)

    def refusal(self, *, artist_id: UUID) -> str:  # noqa: ARG002
        """Links never stand against a deletion."""
        return ""

    def hold(self, *, artist_id: UUID) -> None:
        """Lock the artist's links."""
        services.hold_links(artist_id=artist_id)

    def withdraw(self, *, artist_id: UUID) -> None:
        """Close the artist's pages."""
        services.withdraw_artist(artist_id=artist_id)
