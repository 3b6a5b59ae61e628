"""What links need from outside: caches in front of play that are told of changes, and YouTube's word on films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backline.core.registry import Registry


class EdgeCache(Protocol):
    """A shared cache that fans reach play through.

    A call may raise ``RetryLater`` (limits, faults), ``NeedsAction`` (our credentials are refused) or ``Rejected``.
    """

    def purge(self, paths: Sequence[str]) -> None:
        """Forget the pages at these paths (no leading slash), or treat them as stale; a path may be unknown to it."""


@dataclass(frozen=True, slots=True)
class Poster:
    """A still of a film: a JPEG, PNG or WebP of at most 2 MB, with its size in pixels."""

    data: bytes
    width: int
    height: int


class VideoSource(Protocol):
    """Where films of releases are. A call may raise ``RetryLater`` (limits, faults).

    ``Rejected`` says why a film cannot stand on a page: it is unknown, private, or may not be shown elsewhere.
    """

    def title(self, video_id: str) -> str:
        """Return what the film is called; never empty."""

    def poster(self, video_id: str) -> Poster | None:
        """Return a still of the film, None when it has none."""


edge_caches: Registry[EdgeCache] = Registry("edge cache")

video_sources: Registry[VideoSource] = Registry("video source")
"""Holds ``youtube``."""
