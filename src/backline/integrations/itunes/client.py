"""The iTunes Search API. Calls, typed in and out; no rules. Facts: ``docs/developers/outside-services.md``."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from backline.core.errors import BacklineError, RetryLater
from backline.core.http import Answer, Outbound, RateLimiter, Service
from backline.integrations.memo import Memo
from backline.settings.environment import SourceSettings

_THROTTLED_AFTER = timedelta(minutes=1)
"""Apple counts by the minute and does not say when to come back."""

_BURST = 4.0
"""One release takes up to three requests, which may follow each other after a quiet time."""


class Item(msgspec.Struct, frozen=True, rename="camel"):
    """A thing in the store; ``wrapper_type`` tells whether it is a collection or a track."""

    wrapper_type: str = ""
    collection_id: int = 0
    collection_name: str = ""
    collection_view_url: str = ""
    collection_price: float | None = None
    artist_name: str = ""
    track_count: int = 0
    track_number: int = 0
    disc_number: int = 1
    track_time_millis: int = 0


class Found(msgspec.Struct, frozen=True, rename="camel"):
    """The envelope of every answer."""

    result_count: int
    results: tuple[Item, ...]


class ItunesClient:
    """Thread-safe; remembers answers for ten minutes, because it may be asked so rarely."""

    def __init__(self, settings: SourceSettings, outbound: Outbound) -> None:
        rate = settings.requests_per_second
        self._service = Service(
            name="Apple",
            base_url=settings.url,
            outbound=outbound,
            limiter=RateLimiter(rate, burst=max(_BURST, rate)),
            explain=_explain,
        )
        self._memo: Memo[Found] = Memo(most=2000, seconds=600)

    def with_upc(self, upc: str, *, country: str) -> tuple[Item, ...]:
        """``GET /lookup?upc=&entity=song``: the album and its tracks in a storefront."""
        return self._ask("/lookup", {"upc": upc, "entity": "song", "country": country})

    def album(self, collection_id: int, *, country: str) -> tuple[Item, ...]:
        """``GET /lookup?id=&entity=song``: the album and its tracks in a storefront."""
        return self._ask("/lookup", {"id": collection_id, "entity": "song", "limit": 200, "country": country})

    def search_albums(self, term: str, *, country: str) -> tuple[Item, ...]:
        """``GET /search?entity=album``."""
        return self._ask(
            "/search", {"term": term, "media": "music", "entity": "album", "limit": 10, "country": country}
        )

    def _ask(self, path: str, query: dict[str, str | int]) -> tuple[Item, ...]:
        key = (path, tuple(query.items()))
        return self._memo.get(key, lambda: self._service.get(path, Found, query=query)).results


def _explain(answer: Answer) -> BacklineError | None:
    if answer.status == 403:
        return RetryLater("Apple asks us to slow down. We will go on in a minute.", after=_THROTTLED_AFTER)
    return None
