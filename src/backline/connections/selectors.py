"""What connections answer. What belongs to an artist takes the acting membership; the rest is for jobs."""

from __future__ import annotations

from uuid import UUID

from backline.accounts.types import ArtistAccess
from backline.connections.models import Connection
from backline.connections.types import ClaimBasis, Provider, SpotifyConnection


def spotify_connection(access: ArtistAccess) -> SpotifyConnection | None:
    """Return the artist's connection to Spotify, or None."""
    return spotify_connection_of(artist_id=access.artist_id)


def spotify_connection_of(*, artist_id: UUID) -> SpotifyConnection | None:
    """Return an artist's connection to Spotify, whoever asks: for jobs and publishing."""
    row = Connection.objects.filter(artist_id=artist_id, provider=Provider.SPOTIFY).first()
    if row is None:
        return None
    return SpotifyConnection(
        artist_id=row.artist_id,
        external_id=row.external_id,
        name=row.display_name,
        url=row.url,
        connected_at=row.connected_at,
        claim_basis=ClaimBasis(row.claim_basis),
    )


def artists_connected_to(*, spotify_artist_id: str) -> tuple[UUID, ...]:
    """Return the artists here that are connected to a Spotify artist, oldest connection first: for the command line."""
    rows = Connection.objects.filter(provider=Provider.SPOTIFY, external_id=spotify_artist_id)
    return tuple(rows.order_by("connected_at", "pk").values_list("artist_id", flat=True))
