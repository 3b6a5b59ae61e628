"""Odesli as a link source."""

from __future__ import annotations

from backline.catalog.types import Confidence, FoundLink, ReleaseKey
from backline.contract.services import belongs
from backline.core.errors import Rejected
from backline.integrations import matching
from backline.integrations.apple_links import apple_album
from backline.integrations.odesli.client import Entity, OdesliClient

_SLUGS = {
    "itunes": "itunes", "appleMusic": "apple-music", "youtube": "youtube", "youtubeMusic": "youtube-music",
    "pandora": "pandora", "deezer": "deezer", "tidal": "tidal", "amazonStore": "amazon-store",
    "amazonMusic": "amazon-music", "soundcloud": "soundcloud", "napster": "napster", "yandex": "yandex-music",
    "audius": "audius", "anghami": "anghami", "boomplay": "boomplay", "audiomack": "audiomack", "bandcamp": "bandcamp",
}  # fmt: skip
"""Odesli's platform keys that are services of ours. Spotify is what was asked, the rest of its keys have ended."""


class OdesliLinks:
    """Implements ``catalog.ports.LinkSource``.

    Odesli does not tell how it matched: neither codes nor lengths. So its links count as found by name,
    and wait for a person's yes.
    """

    key = "odesli"
    is_quick = False

    def __init__(self, client: OdesliClient) -> None:
        self._client = client

    def find(self, release: ReleaseKey) -> tuple[FoundLink, ...]:
        """Return where else the release is, asked by its Spotify address."""
        if not release.spotify_id:
            return ()
        try:
            answer = self._client.links_of(f"https://open.spotify.com/album/{release.spotify_id}")
        except Rejected:
            return ()
        found = []
        for platform, link in answer.links_by_platform.items():
            service = _SLUGS.get(platform)
            entity = answer.entities_by_unique_id.get(link.entity_unique_id)
            if service is None or entity is None or not _is_same(entity, release):
                continue
            url = _own_address(service, link.url)
            if belongs(url, service):
                found.append(FoundLink(service, url, Confidence.NAME))
        return tuple(found)


def _is_same(entity: Entity, release: ReleaseKey) -> bool:
    return matching.same_title(entity.title, release.title) and matching.same_artist(
        entity.artist_name, release.artist_name
    )


def _own_address(service: str, url: str) -> str:
    """Return Apple's two services each on its own host: Odesli gives both on that of Apple Music."""
    album = apple_album(url)
    if album is None:
        return url
    return album.itunes_url if service == "itunes" else album.apple_music_url
