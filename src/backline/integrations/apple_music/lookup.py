"""Artists through the iTunes Search API, for an installation without a key for Apple Music. Calls, typed; no rules."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from backline.core.errors import BacklineError, RetryLater
from backline.core.http import Answer, Outbound, RateLimiter, Service
from backline.settings.services import SourceSettings

_THROTTLED_AFTER = timedelta(minutes=1)
"""Apple counts by the minute and does not say when to come back."""

_SHARE = 0.25
"""Our part of Apple's limit: the resolver, which has a bucket of its own, takes the rest."""

_BURST = 6.0
_MOST_HITS = 10


class Item(msgspec.Struct, frozen=True, rename="camel"):
    """An artist or a collection, as ``wrapper_type`` tells."""

    wrapper_type: str = ""
    artist_id: int = 0
    artist_name: str = ""
    artist_link_url: str = ""
    collection_name: str = ""
    artwork_url100: str = ""
    release_date: str = ""


class Found(msgspec.Struct, frozen=True):
    """The envelope of every answer."""

    results: tuple[Item, ...]


class LookupClient:
    """Thread-safe."""

    def __init__(self, settings: SourceSettings, outbound: Outbound) -> None:
        self._service = Service(
            name="Apple",
            base_url=settings.url,
            outbound=outbound,
            limiter=RateLimiter(settings.requests_per_second * _SHARE, burst=_BURST),
            explain=_explain,
        )

    def artist(self, artist_id: str, *, storefront: str) -> tuple[Item, ...]:
        """``GET /lookup?id=&entity=album&sort=recent``: the artist and their latest collection; empty where unknown."""
        query: dict[str, str | int] = {"id": artist_id, "entity": "album", "sort": "recent", "limit": 1}
        return self._service.get("/lookup", Found, query={**query, "country": storefront}).results

    def artists_named(self, text: str, *, storefront: str) -> tuple[Item, ...]:
        """``GET /search?entity=musicArtist``: at most ten, the likeliest first."""
        query: dict[str, str | int] = {"term": text, "media": "music", "entity": "musicArtist", "limit": _MOST_HITS}
        return self._service.get("/search", Found, query={**query, "country": storefront}).results


def _explain(answer: Answer) -> BacklineError | None:
    if answer.status == 403:
        return RetryLater("Apple asks us to slow down. We will go on in a minute.", after=_THROTTLED_AFTER)
    return None
