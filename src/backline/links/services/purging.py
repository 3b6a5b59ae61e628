"""Tells the caches in front of play that pages changed."""

from __future__ import annotations

from collections.abc import Sequence

from backline.links.ports import edge_caches


def purge_pages(*, paths: Sequence[str]) -> None:
    """Have every cache forget the pages at these paths; doing so twice is harmless.

    Raises ``RetryLater`` when one cannot be told now: all of them are told again then.
    """
    for cache in edge_caches:
        cache.purge(paths)
