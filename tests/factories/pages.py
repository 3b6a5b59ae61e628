"""Published pages of invented artists, as ``links`` writes them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from backline.contract.pages import Artwork, HubItem, PublishedPage, Service, Track

ORIGIN = "http://127.0.0.1:8150"
ARTIST_ID = UUID("0192f000-0000-7000-8000-00000000a001")
URLS = {
    "spotify": "https://open.spotify.com/album/4aawyAB9vmqN3uQ7FjRGTy",
    "apple-music": "https://music.apple.com/us/album/1440000001",
    "youtube-music": "https://music.youtube.com/playlist?list=OLAK5uy_k1",
    "amazon-music": "https://music.amazon.com/albums/B0000000A1",
    "deezer": "https://www.deezer.com/album/90000001",
    "tidal": "https://tidal.com/browse/album/80000001",
    "soundcloud": "https://soundcloud.com/ines-tallow/sets/letters",
    "bandcamp": "https://ines-tallow.bandcamp.com/album/letters",
    "qobuz": "https://www.qobuz.com/album/0000000000001",
    "anghami": "https://play.anghami.com/album/1000000001",
    "jiosaavn": "https://www.jiosaavn.com/album/letters/abc",
    "yandex-music": "https://music.yandex.ru/album/30000001",
    "line-music": "https://music.line.me/album/mb0000001",
    "pandora": "https://www.pandora.com/artist/ines-tallow/letters/ALabc",
}
"""A destination at most services of the table."""


def services(*slugs: str) -> tuple[Service, ...]:
    """Return services with an ordinary URL each, in this order; all of them without arguments."""
    return tuple(Service(slug, URLS[slug]) for slug in slugs or URLS)


def tracks(count: int) -> tuple[Track, ...]:
    """Return ``count`` tracks of different titles and lengths."""
    return tuple(
        Track(number, f"Half the Rows, Part {number}", 180_000 + 1_000 * number) for number in range(1, count + 1)
    )


def release(path: str = "ines-tallow/letters", **changes: Any) -> PublishedPage:
    """Return the page of an album."""
    artist, _, slug = path.partition("/")
    values: dict[str, Any] = {
        "kind": "release",
        "path": path,
        "version": 1,
        "artist_id": str(ARTIST_ID),
        "link_id": str(uuid5(ARTIST_ID, path)),
        "artist_name": "Ines Tallow",
        "artist_slug": artist,
        "title": "Letters from the Orchard",
        "canonical_url": f"{ORIGIN}/{path}",
        "release_type": "album",
        "released": "2026-11-13",
        "artwork": Artwork("0" * 32 + ".jpg", 640, 640, "1" * 32 + ".jpg"),
        "services": services("spotify", "apple-music", "youtube-music", "amazon-music", "deezer"),
        "tracks": tracks(3),
        "total_tracks": 3,
    }
    assert slug, "a release has a path of two parts"
    return PublishedPage(**values | changes)


def playlist(path: str = "ines-tallow/late-crossing", **changes: Any) -> PublishedPage:
    """Return the page of a playlist."""
    return release(
        path,
        **{"kind": "playlist", "release_type": "playlist", "released": "", "title": "Late Crossing"} | changes,
    )


def hub(path: str = "ines-tallow", *, releases: int = 3, **changes: Any) -> PublishedPage:
    """Return an artist's hub with that many releases, the newest first, and no playlist."""
    items = tuple(
        HubItem(
            path=f"{path}/release-{number}",
            title=f"Release {number}",
            release_type="single",
            released=str(2026 - number),
            artwork=Artwork(f"{number:032x}.jpg", 640, 640),
            total_tracks=1,
        )
        for number in range(releases)
    )
    values = {
        "kind": "hub",
        "path": path,
        "version": 1,
        "artist_id": str(ARTIST_ID),
        "link_id": "",
        "artist_name": "Ines Tallow",
        "artist_slug": path,
        "title": "Ines Tallow",
        "canonical_url": f"{ORIGIN}/{path}",
        "items": items,
    }
    return PublishedPage(**values | changes)
