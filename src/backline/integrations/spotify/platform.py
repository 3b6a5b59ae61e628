"""Spotify as a platform that is connected by an artist's address; nobody signs in."""

from __future__ import annotations

from backline.catalog import services as catalog
from backline.connections import rules
from backline.connections.types import CampaignType, End, FoundArtist, Need, PlatformFacts
from backline.integrations.spotify import shapes
from backline.integrations.spotify.client import SpotifyClient

_FACTS = PlatformFacts(
    key="spotify",
    label="Spotify",
    serves=(End.IDENTITY, End.MEASUREMENT),
    summary="Says which artist is promoted, and brings in their catalogue.",
    connects_by="address",
    needs=(Need(CampaignType.SMART, "Spotify", is_required=True, purpose="The artist to promote"),),
    help_pages=("connecting-spotify",),
    address_label="Spotify Artist URL",
    address_example="https://open.spotify.com/artist/…",
    can_search=True,
    dependents=("Releases and their Smart Links", "Smart Campaigns"),
)

_NEWEST_FROM = ("album", "single")
"""Groups among which the latest release is looked for; a compilation says little about who somebody is."""


class SpotifyPlatform:
    """Implements ``connections.ports.AddressPlatform``."""

    def __init__(self, client: SpotifyClient) -> None:
        self._client = client

    @property
    def facts(self) -> PlatformFacts:
        """What it is."""
        return _FACTS

    def understand(self, text: str) -> str:
        """Return the id of the artist whose address or URI was pasted (PC-10). Asks nobody.

        Raises ``Rejected`` (field ``url``) that says what was pasted instead.
        """
        return rules.artist_id_of(catalog.understand(text=text, accepts=rules.ACCEPTED))

    def find(self, external_id: str) -> FoundArtist:
        """Return the artist with their latest release; raises ``Rejected`` (field ``url``) when there is none."""
        artist = self._client.artist(external_id)
        newest = [self._client.newest_of(external_id, group=group) for group in _NEWEST_FROM]
        latest = max((album for album in newest if album), key=lambda album: album.release_date, default=None)
        return _found(artist, latest)

    def search(self, text: str) -> tuple[FoundArtist, ...]:
        """Return artists by name, the likeliest first."""
        words = " ".join(text.split())
        return tuple(_found(artist) for artist in self._client.artists_named(words)) if words else ()


def _found(artist: shapes.Artist, latest: shapes.Album | None = None) -> FoundArtist:
    return FoundArtist(
        external_id=artist.id,
        name=artist.name,
        url=f"https://open.spotify.com/artist/{artist.id}",
        image_url=artist.images[0].url if artist.images else "",
        latest_release=latest.name if latest else "",
        latest_release_on=latest.release_date if latest else "",
    )
