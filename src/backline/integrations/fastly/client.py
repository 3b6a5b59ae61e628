"""Fastly's purging API. One call, typed in and out; no rules. Facts: ``docs/developers/outside-services.md``."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backline.core.http import Outbound, Service
from backline.settings.environment import EdgeSettings

MOST_KEYS = 256
"""Surrogate keys that one purge takes."""


class Purge(msgspec.Struct, frozen=True):
    """What is posted."""

    surrogate_keys: tuple[str, ...]


class FastlyClient:
    """Thread-safe."""

    def __init__(self, settings: EdgeSettings, outbound: Outbound) -> None:
        self._service_id = settings.fastly_service_id
        self._headers = {
            "fastly-key": settings.fastly_key, "accept": "application/json", "content-type": "application/json",
        }  # fmt: skip
        self._service = Service(name="Fastly", base_url=settings.fastly_url, outbound=outbound)

    def purge(self, keys: Sequence[str]) -> dict[str, str]:
        """``POST /service/{id}/purge``: at most 256 surrogate keys; a repeat is harmless. Returns purge ids by key."""
        return self._service.send(
            "POST",
            "/service/{id}/purge",
            values={"id": self._service_id},
            headers=self._headers,
            body=msgspec.json.encode(Purge(tuple(keys))),
            is_repeatable=True,
        ).decode(dict[str, str])
