"""Reads a catalogue from a CSV file, one line per track."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from backline.sandbox import identifiers
from backline.sandbox.catalogue import Artist, Release, Track, TrueType

COLUMNS = (
    "track_id", "track_name", "track_number", "artist_id", "artist_name", "album_id", "album_name", "album_type",
    "release_date", "duration_ms", "isrc", "upc", "popularity", "genre", "subgenre",
)  # fmt: skip

UNKNOWN_DATE = "0000"
"""What Spotify says where it does not know when something came out."""

_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_TYPES: dict[str, TrueType] = {name: name for name in get_args(TrueType)}


class CatalogueFileError(Exception):
    """The catalogue file cannot be used; the message says which line and why."""


def read(path: Path) -> list[Artist]:
    """Read artists with their releases and tracks from a UTF-8 CSV file with the columns of :data:`COLUMNS`.

    Real files hold a few rows whose words have slipped into other columns. Their tracks are kept: a date that is none
    becomes :data:`UNKNOWN_DATE`, an ISRC that is none is made up, popularity becomes 0.
    Raises :class:`CatalogueFileError` for a file that is absent or malformed.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return _read_rows(lines, path)
    except OSError as error:
        raise CatalogueFileError(
            f"BACKLINE_SANDBOX_CATALOG names {path}, which cannot be read: {error.strerror}."
        ) from None


def _read_rows(lines: Iterable[str], path: Path) -> list[Artist]:
    rows = csv.reader(lines)
    header = tuple(next(rows, ()))
    if header != COLUMNS:
        raise CatalogueFileError(f"{path} must begin with the columns {','.join(COLUMNS)}.")
    artists: dict[str, Artist] = {}
    releases: dict[str, Release] = {}
    genres: dict[str, set[str]] = {}
    for row in rows:
        try:
            (track_id, title, track_number, artist_id, artist_name, album_id, album_name, album_type,
             released, duration_ms, isrc, upc, popularity, genre, subgenre) = row  # fmt: skip
            artist = artists.get(artist_id)
            if artist is None:
                artist = artists[artist_id] = Artist(artist_id, artist_name)
                genres[artist_id] = set()
            genres[artist_id] |= {genre, subgenre}
            release = releases.get(album_id)
            if release is None:
                date = released if _DATE.fullmatch(released) else UNKNOWN_DATE
                release = Release(album_id, album_name, _TYPES[album_type], date, upc, artist, f"{artist_name} Music")
                releases[album_id] = release
                artist.releases.append(release)
            code = isrc if _ISRC.fullmatch(isrc) else identifiers.isrc("0000", track_id)
            known = int(popularity) if popularity.isdigit() else 0
            track = Track(track_id, title, int(track_number), int(duration_ms), code, release, known)
        except (ValueError, KeyError) as error:
            raise CatalogueFileError(f"{path}, line {rows.line_num}: {error}.") from None
        track.is_explicit = identifiers.number("explicit", track_id) % 12 == 0
        release.tracks.append(track)
        artist.popularity = max(artist.popularity, track.popularity)
    for artist in artists.values():
        artist.genres = tuple(sorted(genres[artist.id] - {""}))
    for release in releases.values():
        release.tracks.sort(key=lambda track: track.number)
    return list(artists.values())
