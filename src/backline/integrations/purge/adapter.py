"""The edge cache port by plain PURGE requests, one per page and cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backline.core.errors import Rejected
from backline.core.http import Answer, Outbound, Patience, Service, failure_of

_PATIENCE = Patience(connect_seconds=2.0, read_seconds=5.0, total_seconds=8.0, wait_seconds=1.0, repeats=1)


class NothingKeptError(Rejected):
    """The cache has nothing of the page, which is as good."""


class PurgedCaches:
    """Implements ``links.ports.EdgeCache`` for caches at these addresses."""

    def __init__(self, urls: Sequence[str], outbound: Outbound) -> None:
        # The operator names these caches, and they stand in the operator's own network: this one origin is let through.
        self._caches = [
            Service(
                name="The cache in front of the pages",
                base_url=url,
                outbound=Outbound(replace(outbound.reach, sandbox_url=url), outbound.user_agent, _PATIENCE),
                explain=_explain,
            )
            for url in urls
        ]

    def purge(self, paths: Sequence[str]) -> None:
        """Send ``PURGE /path`` to every cache, the page's tag in ``Surrogate-Key``."""
        for cache in self._caches:
            for path in paths:
                artist, _, link = path.partition("/")
                try:
                    cache.send(
                        "PURGE",
                        "/{artist}/{link}" if link else "/{artist}",
                        values={"artist": artist, "link": link},
                        headers={"surrogate-key": path},
                        is_repeatable=True,
                    )
                except NothingKeptError:
                    continue


def _explain(answer: Answer) -> Rejected | None:
    return NothingKeptError(failure_of(answer).message) if answer.status in (404, 412) else None
