from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contracts.faults import Faulty
from tests.contracts.link_source import LinkSourceContract
from tests.factories.catalogue import key_of, known_to
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.catalog.types import Confidence, FoundLink
from backline.core.errors import RetryLater
from backline.integrations.deezer.adapter import DeezerLinks
from backline.integrations.deezer.client import DeezerClient
from backline.sandbox import presence
from backline.sandbox.presence import Knows


def make(sandbox: Sandbox) -> DeezerLinks:
    return DeezerLinks(DeezerClient(sandbox.settings.deezer, outbound(sandbox.base_url)))


class TestDeezer(LinkSourceContract):
    make = staticmethod(make)
    faulty = Faulty(
        provider="deezer", says="Deezer ", call=lambda source: source.find(key_of(known_to("deezer", Knows.BY_UPC)))
    )


@pytest.mark.parametrize("pad", [12, 13, 14])
def test_a_upc_matches_exactly_however_it_is_padded(sandbox: Sandbox, pad: int) -> None:
    release = known_to("deezer", Knows.BY_UPC)
    found = make(sandbox).find(key_of(release, upc=release.upc.lstrip("0").rjust(pad, "0")))
    assert found == (FoundLink("deezer", presence.deezer_url(release), Confidence.EXACT),)


def test_an_isrc_matches_exactly_where_the_whole_release_is_the_same(sandbox: Sandbox) -> None:
    release = known_to("deezer", Knows.BY_ISRC)
    key = replace(key_of(release), isrcs=(release.tracks[0].isrc,))
    assert make(sandbox).find(key) == (FoundLink("deezer", presence.deezer_url(release), Confidence.EXACT),)
    other = replace(key, title="Something Else Entirely", track_ms=())
    assert [link for link in make(sandbox).find(other) if link.confidence is Confidence.EXACT] == []


def test_title_artist_and_length_match_by_name(sandbox: Sandbox) -> None:
    release = known_to("deezer", Knows.BY_NAME)
    key = key_of(release)
    assert make(sandbox).find(key) == (FoundLink("deezer", presence.deezer_url(release), Confidence.NAME),)
    assert make(sandbox).find(replace(key, track_ms=(), track_titles=())) == make(sandbox).find(key)


def test_the_same_name_with_another_length_is_another_release(sandbox: Sandbox) -> None:
    assert make(sandbox).find(key_of(known_to("deezer", Knows.NEAR_MISS))) == ()


def test_a_quota_inside_a_200_is_waited_out(sandbox: Sandbox) -> None:
    source = make(sandbox)
    sandbox.fault("deezer", "error_inside", times=1)
    for _ in range(2):
        with pytest.raises(RetryLater) as failure:
            source.find(key_of(known_to("deezer", Knows.BY_UPC)))
        assert failure.value.after is not None
        assert timedelta(seconds=4) < failure.value.after <= timedelta(seconds=5)
    assert sandbox.counts()["deezer"] == 1
