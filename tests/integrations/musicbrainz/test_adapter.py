from __future__ import annotations

from datetime import timedelta

import pytest
from tests.contracts.faults import Faulty
from tests.contracts.link_source import LinkSourceContract
from tests.factories.catalogue import key_of, releases
from tests.factories.http_server import Received, Step, answer, scripted_server
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.catalog.types import Confidence
from backline.core.errors import RetryLater
from backline.integrations.musicbrainz.adapter import MusicbrainzLinks
from backline.integrations.musicbrainz.client import MusicbrainzClient
from backline.sandbox import invented, presence
from backline.sandbox.catalogue import Release
from backline.settings.environment import SourceSettings


def make(sandbox: Sandbox) -> MusicbrainzLinks:
    return MusicbrainzLinks(MusicbrainzClient(sandbox.settings.musicbrainz, outbound(sandbox.base_url)))


def known() -> Release:
    return next(
        release for release in releases(artist_id=invented.BENCH_500_ARTIST_ID) if presence.is_in_musicbrainz(release)
    )


class TestMusicbrainz(LinkSourceContract):
    make = staticmethod(make)
    faulty = Faulty(
        provider="musicbrainz", says="MusicBrainz ", call=lambda source: source.find(key_of(known())), route="/ws/2"
    )


@pytest.mark.parametrize("pad", [12, 13, 14])
def test_a_barcode_leads_to_everything_that_editors_collected(sandbox: Sandbox, pad: int) -> None:
    release = known()
    found = make(sandbox).find(key_of(release, upc=release.upc.lstrip("0").rjust(pad, "0")))
    wanted = set(presence.service_urls(release))
    if presence.deezer_knows(release) is not presence.Knows.NOT:
        wanted.add("deezer")
    if presence.itunes_knows(release) is not presence.Knows.NOT:
        wanted.add("apple-music")
    assert {link.service for link in found} == wanted
    assert {link.confidence for link in found} == {Confidence.EXACT}


def test_being_too_fast_is_waited_out(sandbox: Sandbox) -> None:
    sandbox.fault("musicbrainz", "429", seconds=7)
    with pytest.raises(RetryLater) as failure:
        make(sandbox).find(key_of(known()))
    assert failure.value.after == timedelta(seconds=7)


def test_only_addresses_that_play_or_sell_the_release_on_a_known_host_are_taken() -> None:
    relations = [
        ("streaming", "https://tidal.com/album/1", False),
        ("streaming", "https://tidal.com/album/2", False),
        ("free streaming", "http://www.deezer.com/album/3", False),
        ("streaming", "https://open.spotify.com/album/4", False),
        ("streaming", "https://soundcloud.com/gone", True),
        ("discogs", "https://www.discogs.com/release/5", False),
        ("review", "https://somebody.bandcamp.com/6", False),
        ("streaming", "https://tidal.com.evil.example/7", False),
        ("streaming", "https://evil@boomplay.com/8", False),
        ("streaming", "javascript:alert(9)", False),
        ("streaming", "https://[::1", False),
        ("purchase for download", "https://itunes.apple.com/us/album/id10", False),
    ]

    def script(request: Received) -> list[Step]:
        if "query=" in request.target:
            return answer(
                {
                    "releases": [
                        {"id": "other", "barcode": "190295000000"},
                        {"id": "none", "barcode": None},
                        {"id": "right", "barcode": "0036000291452"},
                    ]
                }
            )
        assert "/release/right?" in request.target
        return answer(
            {
                "id": "right",
                "relations": [
                    {"type": kind, "ended": ended, "url": {"resource": url}} for kind, url, ended in relations
                ],
            }
        )

    with scripted_server(script) as server:
        client = MusicbrainzClient(SourceSettings(server.url, 100.0), outbound(server.url))
        found = MusicbrainzLinks(client).find(key_of(known(), upc="036000291452"))
    assert [(link.service, link.url) for link in found] == [
        ("tidal", "https://tidal.com/album/1"),
        ("deezer", "https://www.deezer.com/album/3"),
        ("itunes", "https://itunes.apple.com/us/album/id10"),
    ]
