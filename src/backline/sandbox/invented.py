"""The catalogue that comes with the project. Every artist, title, label and identifier in it is invented."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backline.sandbox import identifiers
from backline.sandbox import invented_titles as titles
from backline.sandbox.catalogue import Artist, Playlist, Release, Track, TrueType

DEMO_ARTIST_ID = identifiers.spotify_id("artist", "Oleander Pike")
"""Oleander Pike: forty releases of all four types."""
SINGLE_ARTIST_ID = identifiers.spotify_id("artist", "Ines Tallow")
"""Ines Tallow: one single and nothing else."""
EMPTY_ARTIST_ID = identifiers.spotify_id("artist", "The Unrecorded")
"""The Unrecorded: an artist with no release."""
SCRIPTS_ARTIST_ID = identifiers.spotify_id("artist", "潮のあいだ")
"""潮のあいだ: titles in many scripts, with markup, quotes, emoji and 500 characters."""
BENCH_500_ARTIST_ID = identifiers.spotify_id("artist", "Conveyor Five Hundred")
"""Conveyor Five Hundred: 500 releases, for measuring."""
BENCH_2000_ARTIST_ID = identifiers.spotify_id("artist", "Conveyor Two Thousand")
"""Conveyor Two Thousand: 2,000 releases, for measuring."""
PLAYLIST_ID = identifiers.spotify_id("playlist", "Music for the Late Crossing")
"""Music for the Late Crossing: a public playlist."""
SCRIPTS_PLAYLIST_ID = identifiers.spotify_id("playlist", "موسيقى الميناء")
"""A public playlist with a right-to-left name and markup in its description."""


def artists() -> list[Artist]:
    """Make all invented artists, the same ones every time."""
    return [
        _demo_artist(),
        _single_artist(),
        Artist(EMPTY_ARTIST_ID, "The Unrecorded", ("field recording",), 3),
        _scripts_artist(),
        _bench_artist(BENCH_500_ARTIST_ID, "Conveyor Five Hundred", 500),
        _bench_artist(BENCH_2000_ARTIST_ID, "Conveyor Two Thousand", 2000),
    ]


def playlists() -> list[Playlist]:
    """Make the invented public playlists."""
    return [
        Playlist(
            PLAYLIST_ID, "Music for the Late Crossing", "oleanderpike", "Oleander Pike",
            "Songs for the last boat home. Invented for the sandbox.", 34,
        ),
        Playlist(
            SCRIPTS_PLAYLIST_ID, "موسيقى الميناء", "shionoaida", "潮のあいだ",
            "Titles &amp; <b>markup</b> as people write them. Invented for the sandbox.", 120,
        ),
    ]  # fmt: skip


def make_release(
    artist: Artist, title: str, true_type: TrueType, released: str, track_titles: Sequence[str], *, label: str = ""
) -> Release:
    """Make a release with invented identifiers. It is not yet among the artist's releases."""
    words = (artist.id, title, true_type, released)
    release = Release(
        identifiers.spotify_id("release", *words),
        title,
        true_type,
        released,
        identifiers.upc("release", *words),
        artist,
        label or "Tidemark Recordings (invented)",
    )
    for number, track_title in enumerate(track_titles, start=1):
        release.tracks.append(
            Track(
                identifiers.spotify_id("track", *words, number),
                track_title,
                number,
                120_000 + identifiers.number("length", *words, number) % 180_000,
                identifiers.isrc(released, *words, number),
                release,
                identifiers.number("popularity", *words, number) % 60,
                identifiers.number("explicit", *words, number) % 12 == 0,
            )
        )
    return release


def _demo_artist() -> Artist:
    artist = Artist(DEMO_ARTIST_ID, "Oleander Pike", ("chamber pop", "indie folk"), 54)
    _publish(artist, "album", titles.ALBUMS)
    _publish(artist, "ep", titles.EPS)
    _publish(artist, "compilation", titles.COMPILATIONS)
    _publish(artist, "single", ((title, released, (title,)) for title, released in titles.SINGLES))
    return artist


def _single_artist() -> Artist:
    artist = Artist(SINGLE_ARTIST_ID, "Ines Tallow", ("ambient",), 21)
    _publish(artist, "single", (("Candle Count", "2026-10-02", ("Candle Count",)),))
    return artist


def _scripts_artist() -> Artist:
    artist = Artist(SCRIPTS_ARTIST_ID, "潮のあいだ", ("city pop", "dream pop"), 37)
    types: dict[str, TrueType] = {"album": "album", "single": "single", "ep": "ep", "compilation": "compilation"}
    for title, kind, released, tracks in titles.MANY_SCRIPTS:
        artist.releases.append(make_release(artist, title, types[kind], released, tracks))
    return artist


def _bench_artist(artist_id: str, name: str, count: int) -> Artist:
    """Every fourth release has four or five tracks and is an EP or an album, the others are singles."""
    artist = Artist(artist_id, name, ("generated",), 1)
    for number in range(1, count + 1):
        released = f"{2026 - number % 20}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        title = f"Belt {number:04d}"
        true_type: TrueType = "single"
        tracks = [title]
        if number % 4 == 0:
            true_type = "ep" if number % 8 == 0 else "album"
            tracks = [f"{title}, Part {part}" for part in range(1, 6 if number % 8 == 0 else 9)]
        artist.releases.append(make_release(artist, title, true_type, released, tracks))
    return artist


def _publish(artist: Artist, true_type: TrueType, releases: Iterable[tuple[str, str, Sequence[str]]]) -> None:
    for title, released, tracks in releases:
        artist.releases.append(make_release(artist, title, true_type, released, tracks))
