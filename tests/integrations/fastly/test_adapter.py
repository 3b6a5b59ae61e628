from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.core.errors import NeedsAction, RetryLater
from backline.integrations.fastly.adapter import FastlyCache
from backline.integrations.fastly.client import FastlyClient


@pytest.fixture
def cache(sandbox: Sandbox) -> FastlyCache:
    edge = replace(sandbox.settings.edge, fastly_service_id="SU1Z0isxPaozGVKXdv0eY")
    return FastlyCache(FastlyClient(edge, outbound(sandbox.base_url)))


def _purged(sandbox: Sandbox) -> list[str]:
    return list(httpx2.get(f"{sandbox.base_url}/fastly/sandbox/purged").json())


def test_pages_are_purged_by_their_tags_in_batches(sandbox: Sandbox, cache: FastlyCache) -> None:
    paths = [f"ines-tallow/letters-{number}" for number in range(300)]
    cache.purge(paths)
    assert _purged(sandbox) == paths


def test_more_keys_than_one_purge_takes_are_refused_as_fastly_refuses_them(sandbox: Sandbox) -> None:
    answer = httpx2.post(
        f"{sandbox.base_url}/fastly/service/SU1/purge",
        headers={"fastly-key": "key"},
        json={"surrogate_keys": [f"key-{number}" for number in range(257)]},
    )
    assert (answer.status_code, answer.json()["status"]) == (400, "fail")
    assert _purged(sandbox) == []


@pytest.mark.parametrize(
    ("kind", "error"), [("429", RetryLater), ("500", RetryLater), ("hang", RetryLater), ("revoked", NeedsAction)]
)
def test_what_goes_wrong_is_told_in_our_words(
    sandbox: Sandbox, cache: FastlyCache, kind: str, error: type[Exception]
) -> None:
    sandbox.fault("fastly", kind, seconds=30)
    with pytest.raises(error, match="Fastly"):
        cache.purge(["ines-tallow"])
