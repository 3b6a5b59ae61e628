"""The edge cache port by Fastly's surrogate keys."""

from __future__ import annotations

from collections.abc import Sequence

from backline.contract.paths import page_tags
from backline.integrations.fastly.client import MOST_KEYS, FastlyClient


class FastlyCache:
    """Implements ``links.ports.EdgeCache``.

    Pages are removed, not marked as stale: one that was taken down must not be shown once more.
    """

    def __init__(self, client: FastlyClient) -> None:
        self._client = client

    def purge(self, paths: Sequence[str]) -> None:
        """Purge the pages by their own tags, in as few calls as there can be."""
        keys = [page_tags(path)[0] for path in paths]
        for start in range(0, len(keys), MOST_KEYS):
            self._client.purge(keys[start : start + MOST_KEYS])
