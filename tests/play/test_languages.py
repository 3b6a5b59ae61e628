"""A page is public as soon as it is published, whatever language a fan reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.factories.pages import release
from tests.play.conftest import Fan

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db


@pytest.mark.req("SL-14")
@pytest.mark.parametrize(
    ("accepted", "shown_in"),
    [
        ("", "en"),
        ("en-GB", "en"),
        ("de-CH, en;q=0.5", "de"),
        ("tlh", "en"),
        ("xx;q=0.9, ja;q=0.1", "ja"),
        (";;,", "en"),
    ],
)
def test_publishing_waits_for_no_translation(fan: Fan, publish: Publish, accepted: str, shown_in: str) -> None:
    publish(release())
    answer = fan.ask("/ines-tallow/letters", headers={"accept-language": accepted})
    assert (answer.status, answer.headers["content-language"]) == (200, shown_in)
    assert "Letters from the Orchard" in answer.text
