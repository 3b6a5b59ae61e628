from __future__ import annotations

import pytest
from tests.contracts.image_source import ImageSourceContract
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.catalog.ports import ImageSource
from backline.core.errors import RetryLater
from backline.integrations.covers.adapter import CoverImages
from backline.integrations.covers.client import CoverClient
from backline.sandbox import invented


def make(url: str) -> ImageSource:
    return CoverImages(CoverClient(outbound(url)))


class TestCovers(ImageSourceContract):
    make = staticmethod(make)


def test_the_sandbox_paints_covers(sandbox: Sandbox) -> None:
    data = make(sandbox.base_url).fetch(f"{sandbox.base_url}/spotify/covers/{invented.DEMO_ARTIST_ID}/640.jpg")
    assert data.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("kind", ["500", "hang", "reset", "half_body"])
def test_a_fault_says_to_try_later(sandbox: Sandbox, kind: str) -> None:
    sandbox.fault("spotify", kind, "/covers", seconds=30)
    with pytest.raises(RetryLater) as failure:
        make(sandbox.base_url).fetch(f"{sandbox.base_url}/spotify/covers/{invented.DEMO_ARTIST_ID}/640.jpg")
    assert failure.value.message.startswith("The cover's host ")
