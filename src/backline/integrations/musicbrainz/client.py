"""MusicBrainz web service 2. Calls, typed in and out; no rules. Facts: ``docs/developers/outside-services.md``."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from backline.core.errors import BacklineError, RetryLater
from backline.core.http import Answer, Outbound, RateLimiter, Service
from backline.integrations.memo import Memo
from backline.settings.environment import SourceSettings

_THROTTLED_AFTER = timedelta(seconds=5)


class ReleaseName(msgspec.Struct, frozen=True):
    """A release that a search found."""

    id: str
    barcode: str | None = None


class Releases(msgspec.Struct, frozen=True):
    """``GET /release?query=``."""

    releases: tuple[ReleaseName, ...]


class Address(msgspec.Struct, frozen=True):
    """Where a relation leads."""

    resource: str


class Relation(msgspec.Struct, frozen=True):
    """A link that an editor added; ``type`` is MusicBrainz's name for what it is."""

    type: str
    url: Address | None = None
    ended: bool = False


class ReleaseRelations(msgspec.Struct, frozen=True):
    """``GET /release/{mbid}?inc=url-rels``."""

    id: str
    relations: tuple[Relation, ...] = ()


class MusicbrainzClient:
    """Thread-safe; remembers answers for ten minutes, because it may be asked once in a second."""

    def __init__(self, settings: SourceSettings, outbound: Outbound) -> None:
        self._service = Service(
            name="MusicBrainz",
            base_url=settings.url,
            outbound=outbound,
            limiter=RateLimiter(settings.requests_per_second),
            explain=_explain,
        )
        self._releases: Memo[Releases] = Memo(most=2000, seconds=600)
        self._relations: Memo[ReleaseRelations] = Memo(most=2000, seconds=600)

    def releases_with_barcode(self, barcode: str) -> tuple[ReleaseName, ...]:
        """``GET /release?query=barcode:``."""
        query: dict[str, str | int] = {"query": f"barcode:{barcode}", "fmt": "json", "limit": 10}
        found = self._releases.get(barcode, lambda: self._service.get("/release", Releases, query=query))
        return found.releases

    def relations_of(self, release_id: str) -> tuple[Relation, ...]:
        """``GET /release/{mbid}?inc=url-rels``: the addresses that editors collected."""
        found = self._relations.get(
            release_id,
            lambda: self._service.get(
                "/release/{id}",
                ReleaseRelations,
                values={"id": release_id},
                query={"inc": "url-rels", "fmt": "json"},
            ),
        )
        return found.relations


def _explain(answer: Answer) -> BacklineError | None:
    if answer.status == 503:
        after = _THROTTLED_AFTER if answer.retry_after is None else answer.retry_after
        return RetryLater("MusicBrainz asks us to slow down. We will go on shortly.", after=after)
    return None
