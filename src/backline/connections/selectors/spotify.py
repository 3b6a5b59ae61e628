"""Whose music on Spotify an artist stands for, and who else does."""

from __future__ import annotations

from uuid import UUID

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess, Role
from backline.catalog.types import FoundArtist
from backline.connections import rules
from backline.connections.models import Connection
from backline.connections.state import State
from backline.connections.types import CLAIMS_TO_REVIEW, ClaimBasis, Provider, SpotifyConnection
from backline.settings import environment


def spotify_connection(access: ArtistAccess) -> SpotifyConnection | None:
    """Return the artist's connection to Spotify, or None."""
    return spotify_connection_of(artist_id=access.artist_id)


def spotify_connection_of(*, artist_id: UUID) -> SpotifyConnection | None:
    """Return an artist's connection to Spotify, whoever asks: for jobs and publishing."""
    row = Connection.objects.filter(artist_id=artist_id, provider=Provider.SPOTIFY).exclude(external_id="").first()
    if row is None:
        return None
    return SpotifyConnection(
        artist_id=row.artist_id,
        external_id=row.external_id,
        name=row.display_name,
        url=row.url,
        connected_at=row.connected_at or row.changed_at,
        claim_basis=ClaimBasis(row.claim_basis),
        is_live=row.state == State.CONNECTED,
    )


def artists_connected_to(*, spotify_artist_id: str) -> tuple[UUID, ...]:
    """Return the artists here that are connected to a Spotify artist, oldest connection first: for the command line."""
    rows = Connection.objects.filter(provider=Provider.SPOTIFY, external_id=spotify_artist_id)
    return tuple(rows.order_by("connected_at", "pk").values_list("artist_id", flat=True))


def artist_of_person(*, user_id: UUID, spotify_artist_id: str) -> ArtistAccess | None:
    """Return the person's access to the artist they may edit that is connected to a Spotify artist, else None.

    Of several it is the one that was connected first.
    """
    theirs = {summary.id for summary in accounts.artists_of(user_id=user_id) if summary.role.rank >= Role.EDITOR.rank}
    for artist_id in artists_connected_to(spotify_artist_id=spotify_artist_id):
        if artist_id in theirs:
            return accounts.artist_access_by_id(user_id=user_id, artist_id=artist_id)
    return None


def holding_organizations(*, spotify_artist_id: str) -> frozenset[UUID]:
    """Return the organizations whose claim to a Spotify artist stands or waits; refused and ended ones are left out."""
    rows = Connection.objects.filter(provider=Provider.SPOTIFY, external_id=spotify_artist_id)
    standing = rows.exclude(claim_basis=ClaimBasis.REFUSED).exclude(state=State.DISCONNECTED)
    holders = standing.values_list("artist_id", flat=True)
    return frozenset(accounts.artist_identity(artist_id=artist_id).organization_id for artist_id in holders)


def will_be_reviewed(*, user_id: UUID, found: FoundArtist) -> bool:
    """Tell whether pages of that Spotify artist would wait for an operator, were the person to make them now."""
    mine = artist_of_person(user_id=user_id, spotify_artist_id=found.external_id)
    if mine is not None:
        connection = spotify_connection(mine)
        return connection is not None and connection.claim_basis in CLAIMS_TO_REVIEW
    basis = rules.claim_basis(
        is_held_elsewhere=bool(holding_organizations(spotify_artist_id=found.external_id)),
        popularity=found.popularity,
        review_from=environment.current().review_from_popularity,
    )
    return basis in CLAIMS_TO_REVIEW
