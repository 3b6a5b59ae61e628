"""The music that every stand-in knows: artists, releases, tracks, playlists, and how they are found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

TrueType = Literal["album", "single", "ep", "compilation"]

_WORD = re.compile(r"\w+")


@dataclass(slots=True, eq=False)
class Artist:
    """An artist and, in ``releases``, what they published, in no order."""

    id: str
    name: str
    genres: tuple[str, ...] = ()
    popularity: int = 0
    releases: list[Release] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Track:
    """A track; ``duration_ms`` in milliseconds."""

    id: str
    title: str
    number: int
    duration_ms: int
    isrc: str
    release: Release
    popularity: int = 0
    is_explicit: bool = False


@dataclass(slots=True, eq=False)
class Release:
    """A release. ``released`` is a year, a month or a day in ISO 8601; ``true_type`` knows EPs, Spotify does not."""

    id: str
    title: str
    true_type: TrueType
    released: str
    upc: str
    artist: Artist
    label: str = ""
    tracks: list[Track] = field(default_factory=list)

    @property
    def spotify_type(self) -> str:
        """What Spotify calls it: an EP is a single there."""
        return "single" if self.true_type == "ep" else self.true_type

    @property
    def total_ms(self) -> int:
        """The length of all tracks in milliseconds."""
        return sum(track.duration_ms for track in self.tracks)


@dataclass(slots=True, eq=False)
class Playlist:
    """A public playlist; its items are nobody's business but its owner's."""

    id: str
    name: str
    owner_id: str
    owner_name: str
    description: str
    total_tracks: int


def fold(words: str) -> str:
    """Return text for comparing: no case, no accents, no difference between look-alike forms."""
    decomposed = unicodedata.normalize("NFKD", words.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words_of(text: str) -> set[str]:
    """Return the words of a text, folded."""
    return set(_WORD.findall(fold(text)))


def bare_upc(code: str) -> str:
    """Return a UPC or EAN without its leading zeros, so that 12, 13 and 14 digits compare equal."""
    return code.lstrip("0")


class Catalogue:
    """Everything, indexed. Indexes that few requests need are built when first asked for.

    ``version`` changes with every change, for those who keep indexes of their own.
    """

    def __init__(self) -> None:
        self.artists: dict[str, Artist] = {}
        self.releases: dict[str, Release] = {}
        self.tracks: dict[str, Track] = {}
        self.playlists: dict[str, Playlist] = {}
        self.version = 0
        self._by_upc: dict[str, Release] | None = None
        self._by_isrc: dict[str, list[Track]] | None = None
        self._by_word: dict[str, set[Release]] | None = None
        self._artists_by_word: dict[str, set[Artist]] | None = None

    def add(self, artists: Iterable[Artist], playlists: Iterable[Playlist] = ()) -> None:
        """Add artists with all they published, and playlists."""
        for artist in artists:
            self.artists[artist.id] = artist
            for release in artist.releases:
                self._index(release)
        self.playlists.update((playlist.id, playlist) for playlist in playlists)
        self._forget_indexes()

    def add_release(self, release: Release) -> None:
        """Let a release appear."""
        release.artist.releases.append(release)
        self._index(release)
        self._forget_indexes()

    def take_down(self, release: Release) -> None:
        """Let a release and its tracks be gone."""
        release.artist.releases.remove(release)
        del self.releases[release.id]
        for track in release.tracks:
            self.tracks.pop(track.id, None)
        self._forget_indexes()

    def remove(self, artist: Artist) -> None:
        """Let an artist be gone, with all they published."""
        for release in list(artist.releases):
            self.take_down(release)
        del self.artists[artist.id]
        self._forget_indexes()

    def rename(self, release: Release, title: str) -> None:
        """Give a release another title."""
        release.title = title
        self._forget_indexes()

    def releases_of(self, artist: Artist, groups: Iterable[str]) -> list[Release]:
        """Return an artist's releases of Spotify's ``groups``, each group newest first, as Spotify lists them."""
        found: list[Release] = []
        for group in groups:
            of_group = [release for release in artist.releases if release.spotify_type == group]
            found.extend(sorted(of_group, key=lambda release: (release.released, release.id), reverse=True))
        return found

    def by_upc(self, code: str) -> Release | None:
        """Return the release with a UPC or EAN of 12 to 14 digits."""
        if self._by_upc is None:
            self._by_upc = {bare_upc(release.upc): release for release in self.releases.values()}
        return self._by_upc.get(bare_upc(code))

    def by_isrc(self, code: str) -> list[Track]:
        """Return every track with an ISRC: one recording may stand on several releases."""
        if self._by_isrc is None:
            self._by_isrc = {}
            for track in self.tracks.values():
                self._by_isrc.setdefault(track.isrc, []).append(track)
        return self._by_isrc.get(code.upper().replace("-", ""), [])

    def search(self, text: str) -> list[Release]:
        """Return the releases whose title, artist and track titles hold every word of ``text``, best first."""
        wanted = words_of(text)
        if not wanted:
            return []
        index = self._word_index()
        found: set[Release] | None = None
        for word in wanted:
            having = index.get(word, set())
            found = having if found is None else found & having
            if not found:
                return []
        folded = fold(text)
        return sorted(
            found or (),
            key=lambda release: (fold(release.title) not in folded, len(release.title), release.id),
        )

    def search_artists(self, text: str) -> list[Artist]:
        """Return the artists whose name holds every word of ``text``, exact names first, then the best known."""
        wanted = words_of(text)
        if not wanted:
            return []
        if self._artists_by_word is None:
            self._artists_by_word = {}
            for artist in self.artists.values():
                for word in words_of(artist.name):
                    self._artists_by_word.setdefault(word, set()).add(artist)
        sets = [self._artists_by_word.get(word, set()) for word in wanted]
        folded = fold(text)
        return sorted(
            set.intersection(*sets),
            key=lambda artist: (fold(artist.name) != folded, -artist.popularity, artist.id),
        )

    def _index(self, release: Release) -> None:
        self.releases[release.id] = release
        for track in release.tracks:
            self.tracks[track.id] = track

    def _forget_indexes(self) -> None:
        self.version += 1
        self._by_upc = self._by_isrc = self._by_word = self._artists_by_word = None

    def _word_index(self) -> dict[str, set[Release]]:
        if self._by_word is None:
            self._by_word = {}
            for release in self.releases.values():
                for word in words_of(" ".join(_searchable(release))):
                    self._by_word.setdefault(word, set()).add(release)
        return self._by_word


def _searchable(release: Release) -> Iterator[str]:
    yield release.title
    yield release.artist.name
    for track in release.tracks:
        yield track.title
