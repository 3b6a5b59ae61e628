"""What this room does when an artist is deleted."""

from __future__ import annotations

from uuid import UUID

from backline.connections import services


class ConnectionsOfArtist:
    """Implements ``accounts.ports.ArtistHolder``."""

    def move(self, *, artist_id: UUID, before: str, to: str) -> None:
        """Connections have no address."""

    def refusal(self, *, artist_id: UUID) -> str:
        """Say what has to be done first: access that was given is given back before anything is deleted."""
        return services.deletion_refusal(artist_id=artist_id)

    def hold(self, *, artist_id: UUID) -> None:
        """Lock the artist's connections."""
        services.hold_connections(artist_id=artist_id)

    def withdraw(self, *, artist_id: UUID) -> None:
        """Destroy the key under which the artist's tokens were sealed: no copy of them opens again."""
        services.forget_tokens(artist_id=artist_id)
