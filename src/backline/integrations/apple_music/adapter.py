"""Apple Music as a platform that is connected by an artist's address or a search; nobody signs in."""

from __future__ import annotations

from typing import Protocol

from backline.connections.types import End, FoundArtist, PlatformFacts
from backline.core.errors import Rejected
from backline.integrations.apple_links import AppleThing, apple_thing
from backline.integrations.apple_music import lookup
from backline.integrations.apple_music.client import AppleMusicClient, Artist, UnknownHereError

_FACTS = PlatformFacts(
    key="apple_music",
    label="Apple Music",
    serves=(End.IDENTITY, End.MEASUREMENT),
    summary="Says who the artist is on Apple Music. No campaign needs it.",
    connects_by="address",
    help_pages=("connecting-apple-music",),
    address_label="Apple Music Artist URL",
    address_example="https://music.apple.com/us/artist/…",
    can_search=True,
)

_ACCEPTED = "Paste the address of the artist's own page on Apple Music, music.apple.com/…/artist/…, or search by name."

_NAMED = {
    "album": "an album, or a song on one",
    "song": "a song",
    "playlist": "a playlist",
    "music-video": "a music video",
    "station": "a radio station",
    "curator": "a curator's page",
    "label": "a record label's page",
}

_STOREFRONTS = ("us", "gb", "jp", "de")
"""Where an artist is looked for, in this order: not everybody is on sale everywhere."""

_PICTURE_SIZE = 300


class _Source(Protocol):
    def find(self, artist_id: str, storefront: str) -> FoundArtist | None:
        """Return the artist as a storefront has them."""

    def search(self, text: str, storefront: str) -> tuple[FoundArtist, ...]:
        """Return artists by name."""


class AppleMusicPlatform:
    """Implements ``connections.ports.AddressPlatform``. ``source`` is one of the two below."""

    def __init__(self, source: _Source) -> None:
        self._source = source

    @property
    def facts(self) -> PlatformFacts:
        """What it is."""
        return _FACTS

    def understand(self, text: str) -> str:
        """Return the id of the artist whose address was pasted. Asks nobody.

        Raises ``Rejected`` (field ``url``) that says what was pasted instead.
        """
        thing = apple_thing(text)
        if thing is None:
            raise _refusal(f"This is no address on Apple Music. {_ACCEPTED}")
        if thing.kind != "artist":
            raise _refusal(f"This is {_name(thing)}. {_ACCEPTED}")
        return thing.id

    def find(self, external_id: str) -> FoundArtist:
        """Return the artist with their latest release; raises ``Rejected`` (field ``url``) when there is none."""
        for storefront in _STOREFRONTS:
            found = self._source.find(external_id, storefront)
            if found is not None:
                return found
        raise _refusal("Apple Music does not know this artist. Check the address, or search by name.")

    def search(self, text: str) -> tuple[FoundArtist, ...]:
        """Return artists by name, the likeliest first."""
        words = " ".join(text.split())
        return self._source.search(words, _STOREFRONTS[0]) if words else ()


class CatalogArtists:
    """Artists as Apple Music's own API has them."""

    def __init__(self, client: AppleMusicClient) -> None:
        self._client = client

    def find(self, artist_id: str, storefront: str) -> FoundArtist | None:
        """Return the artist as a storefront has them, with their latest release."""
        try:
            return _of_catalog(self._client.artist(artist_id, storefront=storefront))
        except UnknownHereError:
            return None

    def search(self, text: str, storefront: str) -> tuple[FoundArtist, ...]:
        """Return artists by name."""
        return tuple(_of_catalog(artist) for artist in self._client.artists_named(text, storefront=storefront))


class LookupArtists:
    """Artists as the iTunes Search API has them; it shows no portraits, so the latest cover stands for one."""

    def __init__(self, client: lookup.LookupClient) -> None:
        self._client = client

    def find(self, artist_id: str, storefront: str) -> FoundArtist | None:
        """Return the artist as a storefront has them, with their latest release."""
        items = self._client.artist(artist_id, storefront=storefront)
        artist = next((item for item in items if item.wrapper_type == "artist"), None)
        if artist is None:
            return None
        album = next((item for item in items if item.wrapper_type == "collection"), lookup.Item())
        return FoundArtist(
            external_id=artist_id,
            name=artist.artist_name,
            url=_without_query(artist.artist_link_url),
            image_url=album.artwork_url100.replace("/100x100bb", f"/{_PICTURE_SIZE}x{_PICTURE_SIZE}bb"),
            latest_release=album.collection_name,
            latest_release_on=album.release_date[:10],
        )

    def search(self, text: str, storefront: str) -> tuple[FoundArtist, ...]:
        """Return artists by name."""
        return tuple(
            FoundArtist(str(item.artist_id), item.artist_name, _without_query(item.artist_link_url))
            for item in self._client.artists_named(text, storefront=storefront)
            if item.wrapper_type == "artist"
        )


def _of_catalog(artist: Artist) -> FoundArtist:
    about = artist.attributes
    view = artist.views.latest_release if artist.views else None
    album = view.data[0].attributes if view and view.data else None
    size = str(_PICTURE_SIZE)
    return FoundArtist(
        external_id=artist.id,
        name=about.name,
        url=about.url,
        image_url=about.artwork.url.replace("{w}", size).replace("{h}", size) if about.artwork else "",
        latest_release=album.name if album else "",
        latest_release_on=album.release_date if album else "",
    )


def _name(thing: AppleThing) -> str:
    return _NAMED.get(thing.kind, "not an artist's page")


def _without_query(url: str) -> str:
    return url.partition("?")[0]


def _refusal(message: str) -> Rejected:
    return Rejected(message, field_errors={"url": message})
