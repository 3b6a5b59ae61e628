"""What the sandbox plays, for tests that have to know what is right. Everything in it is invented."""

from __future__ import annotations

import functools

from backline.catalog.types import ReleaseKey
from backline.sandbox import invented, presence
from backline.sandbox.catalogue import Catalogue, Release
from backline.sandbox.presence import Knows


@functools.cache
def catalogue() -> Catalogue:
    """Return the sandbox's own catalogue, as it starts."""
    made = Catalogue()
    made.add(invented.artists(), invented.playlists())
    return made


def releases(*, artist_id: str = invented.DEMO_ARTIST_ID) -> list[Release]:
    """Return an artist's releases."""
    return catalogue().artists[artist_id].releases


def known_to(service: str, how: Knows) -> Release:
    """Return a release that ``service`` (deezer or itunes) knows in this way, with an ordinary title."""
    knows = {"deezer": presence.deezer_knows, "itunes": presence.itunes_knows}[service]
    return next(
        release
        for release in releases(artist_id=invented.BENCH_500_ARTIST_ID)
        if knows(release) is how and presence.is_sold_in(release, "us")
    )


def key_of(release: Release, *, upc: str | None = None) -> ReleaseKey:
    """Return what a link source is asked for a release."""
    return ReleaseKey(
        upc=release.upc if upc is None else upc,
        isrcs=(),
        title=release.title,
        artist_name=release.artist.name,
        total_tracks=len(release.tracks),
        total_ms=release.total_ms,
        spotify_id=release.id,
        track_titles=tuple(track.title for track in release.tracks),
        track_ms=tuple(track.duration_ms for track in release.tracks),
    )
