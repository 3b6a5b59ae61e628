from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.contracts.faults import FaultContract, Faulty
from tests.factories.catalogue import releases
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.catalog.ports import catalog_sources
from backline.connections import quotas
from backline.connections.types import CampaignType, End, FoundArtist
from backline.core import clock
from backline.core.errors import Rejected, RetryLater
from backline.integrations.spotify.adapter import SpotifyCatalog
from backline.integrations.spotify.client import SpotifyClient
from backline.integrations.spotify.platform import SpotifyPlatform
from backline.sandbox import invented

pytestmark = pytest.mark.django_db

ARTIST = invented.DEMO_ARTIST_ID
ACCEPTED = "the address of the artist's own page on Spotify: open.spotify.com/artist/…"


def make(sandbox: Sandbox) -> SpotifyPlatform:
    return SpotifyPlatform(SpotifyClient(sandbox.settings.spotify, outbound(sandbox.base_url)))


@pytest.fixture(autouse=True)
def _catalogue(sandbox: Sandbox) -> Iterator[None]:
    """Hold the catalogue source, which reads what people paste."""
    source = SpotifyCatalog(SpotifyClient(sandbox.settings.spotify, outbound(sandbox.base_url)))
    with catalog_sources.holding(spotify=source):
        yield


class TestSpotifyPlatform(FaultContract):
    make = staticmethod(make)
    faulty = Faulty(provider="spotify", says="Spotify ", call=lambda platform: platform.find(ARTIST), route="/v1")


@pytest.mark.req("PC-01", "PC-10", "PC-17")
def test_it_serves_identity_and_measurement_and_a_smart_campaign_needs_it(sandbox: Sandbox) -> None:
    facts = make(sandbox).facts
    assert facts.serves == (End.IDENTITY, End.MEASUREMENT)
    assert [(need.campaign_type, need.is_required, need.purpose) for need in facts.needs] == [
        (CampaignType.SMART, True, "The artist to promote")
    ]


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    "text",
    [
        f"https://open.spotify.com/artist/{ARTIST}",
        f" open.spotify.com/intl-de/artist/{ARTIST}?si=4f1b2c3d ",
        f"spotify:artist:{ARTIST}",
    ],
)
def test_an_artists_address_is_understood_without_asking(sandbox: Sandbox, text: str) -> None:
    assert make(sandbox).understand(text) == ARTIST
    assert sandbox.counts() == {}


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"https://open.spotify.com/album/{ARTIST}", f"This is an album or single. Paste {ACCEPTED}"),
        (f"https://open.spotify.com/intl-fr/track/{ARTIST}?si=x", f"This is a track. Paste {ACCEPTED}"),
        (f"spotify:playlist:{ARTIST}", f"This is a playlist. Paste {ACCEPTED}"),
        ("https://open.spotify.com/user/somebody", f"This is a listener's profile. Paste {ACCEPTED}"),
        ("https://www.deezer.com/artist/7", f"www.deezer.com is not Spotify. Paste {ACCEPTED}"),
        ("", f"Paste {ACCEPTED}"),
    ],
)
def test_anything_else_is_refused_by_its_name(sandbox: Sandbox, text: str, says: str) -> None:
    with pytest.raises(Rejected) as refusal:
        make(sandbox).understand(text)
    assert refusal.value.field_errors == {"url": says}


def test_an_artist_is_found_with_picture_and_latest_release(sandbox: Sandbox) -> None:
    own = [release for release in releases() if release.spotify_type != "compilation"]
    latest = max(own, key=lambda release: (release.released, release.id))
    assert make(sandbox).find(ARTIST) == FoundArtist(
        external_id=ARTIST,
        name="Oleander Pike",
        url=f"https://open.spotify.com/artist/{ARTIST}",
        image_url=f"{sandbox.base_url}/spotify/covers/{ARTIST}/640.jpg",
        latest_release=latest.title,
        latest_release_on=latest.released,
    )


def test_an_artist_without_releases_is_found_all_the_same(sandbox: Sandbox) -> None:
    found = make(sandbox).find(invented.EMPTY_ARTIST_ID)
    assert (found.name, found.latest_release, found.latest_release_on) == ("The Unrecorded", "", "")


def test_an_unknown_artist_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(Rejected) as refusal:
        make(sandbox).find("A" * 22)
    assert "url" in refusal.value.field_errors


def test_artists_are_searched_by_name_the_likeliest_first(sandbox: Sandbox) -> None:
    platform = make(sandbox)
    assert [found.name for found in platform.search("oleander")] == ["Oleander Pike"]
    assert {found.name for found in platform.search("conveyor")} == {"Conveyor Five Hundred", "Conveyor Two Thousand"}
    assert [found.external_id for found in platform.search(" 潮のあいだ ")] == [invented.SCRIPTS_ARTIST_ID]
    assert platform.search("  ") == ()
    assert platform.search("nobody of this name") == ()


def test_a_quota_that_is_used_up_keeps_every_worker_away_until_it_is_over(sandbox: Sandbox) -> None:
    with clock.frozen(datetime(2026, 11, 2, 12, tzinfo=UTC)) as advance:
        sandbox.limits(quota_exceeded=True)
        with pytest.raises(RetryLater):
            make(sandbox).find(ARTIST)
        asked = sandbox.counts()["spotify"]
        sandbox.limits(quota_exceeded=False)
        with pytest.raises(RetryLater) as failure:
            make(sandbox).find(ARTIST)  # another worker: a client of its own
        assert failure.value.message == "Spotify's quota for this app is used up. We will go on in about 3 hours."
        assert sandbox.counts()["spotify"] == asked
        assert quotas.rest_of("spotify") == timedelta(hours=3)
        advance(timedelta(hours=3))
        assert make(sandbox).find(ARTIST).name == "Oleander Pike"
