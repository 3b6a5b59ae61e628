"""Odesli's links API. One call, typed in and out; no rules. Facts: ``docs/developers/outside-services.md``."""

from __future__ import annotations

import msgspec

from backline.core.http import Outbound, RateLimiter, Service
from backline.settings.environment import SourceSettings


class Entity(msgspec.Struct, frozen=True, rename="camel"):
    """A release as one service knows it."""

    id: str
    type: str = ""
    title: str = ""
    artist_name: str = ""


class PlatformLink(msgspec.Struct, frozen=True, rename="camel"):
    """Where a release is on one platform."""

    entity_unique_id: str
    url: str
    country: str = ""


class Links(msgspec.Struct, frozen=True, rename="camel"):
    """``GET /links``."""

    entity_unique_id: str
    links_by_platform: dict[str, PlatformLink]
    entities_by_unique_id: dict[str, Entity]


class OdesliClient:
    """Thread-safe."""

    def __init__(self, settings: SourceSettings, outbound: Outbound) -> None:
        self._key = settings.key
        self._service = Service(
            name="Odesli",
            base_url=settings.url,
            outbound=outbound,
            limiter=RateLimiter(settings.requests_per_second),
        )

    def links_of(self, url: str) -> Links:
        """``GET /links?url=``; raises ``Rejected`` when Odesli does not know the address."""
        query = {"url": url, "userCountry": "US", "key": self._key}
        return self._service.get("/links", Links, query=query)
