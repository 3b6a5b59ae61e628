"""Deezer's public API. Calls, typed in and out; no rules.

Deezer answers 200 to everything: what went wrong stands inside (docs/developers/outside-services.md).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

import msgspec

from backline.core.errors import BacklineError, RetryLater
from backline.core.http import Answer, Outbound, RateLimiter, Service
from backline.settings.environment import SourceSettings

T = TypeVar("T")

_QUOTA, _BUSY, _NOT_FOUND = 4, 700, 800
_WINDOW = timedelta(seconds=5)


class Problem(msgspec.Struct, frozen=True):
    """Deezer's error."""

    code: int
    type: str = ""
    message: str = ""


class ProblemBody(msgspec.Struct, frozen=True):
    """A 200 with an error inside."""

    error: Problem


class ArtistName(msgspec.Struct, frozen=True):
    """Who made it."""

    name: str


class AlbumTrack(msgspec.Struct, frozen=True):
    """A track; ``duration`` in seconds."""

    title: str
    duration: int


class AlbumTracks(msgspec.Struct, frozen=True):
    """The tracks that come with an album."""

    data: tuple[AlbumTrack, ...]


class AlbumName(msgspec.Struct, frozen=True):
    """The album of a track."""

    id: int
    title: str


class Track(msgspec.Struct, frozen=True):
    """``GET /track/{id}``."""

    id: int
    album: AlbumName


class Album(msgspec.Struct, frozen=True):
    """``GET /album/{id}``; ``duration`` in seconds."""

    id: int
    title: str
    link: str
    artist: ArtistName
    upc: str = ""
    nb_tracks: int = 0
    duration: int = 0
    tracks: AlbumTracks | None = None


class Hit(msgspec.Struct, frozen=True):
    """A track that a search found."""

    album: AlbumName
    artist: ArtistName


class Hits(msgspec.Struct, frozen=True):
    """``GET /search``."""

    data: tuple[Hit, ...]


class DeezerClient:
    """Thread-safe."""

    def __init__(self, settings: SourceSettings, outbound: Outbound) -> None:
        self._service = Service(
            name="Deezer",
            base_url=settings.url,
            outbound=outbound,
            limiter=RateLimiter(settings.requests_per_second, burst=settings.requests_per_second * 2),
        )

    def album_with_upc(self, upc: str) -> Album | None:
        """``GET /album/upc:{upc}``; None when Deezer does not know it."""
        return self._ask("/album/upc:{upc}", Album, values={"upc": upc})

    def album(self, album_id: int) -> Album | None:
        """``GET /album/{id}``; None when Deezer does not know it."""
        return self._ask("/album/{id}", Album, values={"id": str(album_id)})

    def track_with_isrc(self, isrc: str) -> Track | None:
        """``GET /track/isrc:{isrc}``; None when Deezer does not know it."""
        return self._ask("/track/isrc:{isrc}", Track, values={"isrc": isrc})

    def search(self, *, artist: str, album: str) -> tuple[Hit, ...]:
        """``GET /search?q=``: tracks on albums of this title by this artist."""
        words = f'artist:"{_unquoted(artist)}" album:"{_unquoted(album)}"'
        found = self._ask("/search", Hits, query={"q": words, "limit": 10})
        return found.data if found else ()

    def _ask(
        self,
        path: str,
        shape: type[T],
        *,
        values: dict[str, str] | None = None,
        query: dict[str, str | int] | None = None,
    ) -> T | None:
        answer = self._service.send("GET", path, values=values, query=query)
        found = answer.decode_or_none(shape)
        if found is not None:
            return found
        problem = answer.decode_or_none(ProblemBody)
        if problem is None:
            return answer.decode(shape)
        if problem.error.code == _NOT_FOUND:
            return None
        raise self._failure(answer, problem.error)

    def _failure(self, answer: Answer, problem: Problem) -> BacklineError:
        if problem.code == _QUOTA:
            self._service.limiter.pause(_WINDOW)
            return RetryLater("Deezer asks us to slow down. We will go on in 5 seconds.", after=_WINDOW)
        if problem.code == _BUSY:
            return RetryLater("Deezer is busy just now. We will ask again.", after=answer.retry_after)
        return RetryLater(f"Deezer answered with an error of its own (code {problem.code}). We will ask again.")


def _unquoted(text: str) -> str:
    """Return text that can stand between the quotes of Deezer's search."""
    return text.replace('"', " ").strip()
