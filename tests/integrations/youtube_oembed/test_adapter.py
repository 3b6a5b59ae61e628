"""YouTube's word on films, asked of its stand-in."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from tests.contracts.faults import FaultContract, Faulty
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.core.errors import Rejected
from backline.integrations.youtube_oembed.adapter import YoutubeFilms
from backline.integrations.youtube_oembed.client import YoutubeClient


def make(sandbox: Sandbox) -> YoutubeFilms:
    return YoutubeFilms(YoutubeClient(sandbox.settings.films, outbound(sandbox.base_url)))


class TestFaults(FaultContract):
    make = staticmethod(make)
    faulty = Faulty(provider="youtube_oembed", says="YouTube ", call=lambda films: films.title("night-ferry"))


def test_a_film_has_a_title_and_its_largest_still(sandbox: Sandbox) -> None:
    films = make(sandbox)
    assert films.title("night-ferry") == "Oleander Pike: Night Ferry (Official Video)"
    sizes = {video_id: films.poster(video_id) for video_id in ("night-ferry", "slow-harbor")}
    assert [(still.width, still.height) for still in sizes.values() if still] == [(1280, 720), (480, 360)]
    assert sizes["night-ferry"] is not None
    with Image.open(io.BytesIO(sizes["night-ferry"].data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1280, 720))


@pytest.mark.parametrize(
    ("video_id", "says"),
    [
        ("unknown-one", "YouTube does not know this video."),
        ("too-short", "YouTube does not know this video."),
        ("private-one", "This video is private."),
        ("not-for-you", "may not be played on other pages."),
    ],
)
def test_a_film_that_may_not_be_shown_says_why(sandbox: Sandbox, video_id: str, says: str) -> None:
    with pytest.raises(Rejected) as refused:
        make(sandbox).title(video_id)
    assert says in refused.value.message
    assert make(sandbox).poster(video_id) is None or video_id in ("private-one", "not-for-you")
