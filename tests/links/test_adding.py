"""Adding by pasting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.factories.accounts import make_access
from tests.factories.pages_now import page_at, redirect_at
from tests.factories.stand_ins import ARTIST_ID, ARTIST_URL, World, away, found_release, found_tracks, world
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import ArtistAccess, Role
from backline.catalog.models import ServiceLink
from backline.catalog.selectors import import_progress
from backline.catalog.types import FoundImage, FoundPlaylist
from backline.connections.services import connect_spotify
from backline.core import audit
from backline.core.errors import NotAllowedError, Rejected, RetryLater
from backline.links import services
from backline.links.models import SmartLink

pytestmark = [pytest.mark.django_db, pytest.mark.req("R5")]
ALBUM = "https://open.spotify.com/album/"
PLAYLIST = "https://open.spotify.com/playlist/0Playlist"


@pytest.fixture
def outside() -> Iterator[World]:
    releases = [found_release(1), found_release(2, tracks=found_tracks(5, prefix="0Track00000002"), group="album")]
    with world(releases=releases) as made:
        made.catalog.playlists["0Playlist"] = FoundPlaylist(
            "0Playlist", "Night Drive", "Halla", "", PLAYLIST, 40, (FoundImage("https://covers.example/p", 640, 640),)
        )
        yield made


@pytest.fixture
def access(outside: World, drain_jobs: DrainJobs) -> ArtistAccess:
    """An artist who is connected, with the two releases imported."""
    made = make_access()
    connect_spotify(made, url=ARTIST_URL)
    drain_jobs(hurry=True)
    outside.catalog.calls.clear()
    return made


@pytest.mark.req("SL-05")
@pytest.mark.parametrize(
    "text",
    [
        f"{ALBUM}0Album0000000000000002?si=1",
        "spotify:album:0Album0000000000000002",
        "https://open.spotify.com/intl-ja/track/0Track0000000200000003",
        "940000000002",
        "0940000000002",
        "zz-bln-24-00203",
    ],
)
def test_what_is_there_is_found_without_asking_anybody(access: ArtistAccess, outside: World, text: str) -> None:
    outcome = services.add(access, text=text)
    link = SmartLink.objects.get(title="Harbour Night 2")
    assert (outcome.kind, outcome.link_id, outcome.title) == ("existing", link.pk, "Harbour Night 2")
    assert outside.catalog.calls == []
    assert SmartLink.objects.count() == 2


@pytest.mark.req("SL-05")
@pytest.mark.parametrize(
    "text", [f"{ALBUM}0Album0000000000000009", "spotify:track:0Track0000000900000001", "940000000009", "ZZBLN2400901"]
)
def test_what_is_new_is_fetched_and_live_at_once(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs, text: str
) -> None:
    outside.catalog.releases_.append(
        found_release(9, title="Just out", tracks=found_tracks(1, prefix="0Track00000009"), released="2026-11-20")
    )
    outcome = services.add(access, text=text)
    assert (outcome.kind, outcome.title) == ("created", "Just out")
    path = "halla-norden/just-out"
    assert [service.service for service in page_at(path).services] == ["spotify"]
    assert redirect_at("halla-norden/t/0Track0000000900000001") == path
    drain_jobs(hurry=True)
    assert [service.service for service in page_at(path).services] == ["spotify", "deezer"]
    assert page_at(path).artwork is not None
    assert page_at("halla-norden").items[0].path == path
    assert services.add(access, text=text) == replace(outcome, kind="existing")
    assert SmartLink.objects.count() == 3


@pytest.mark.req("SL-04", "SL-30", "SL-32")
def test_a_playlist_gets_a_link_that_starts_with_spotify(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    outcome = services.add(access, text=f"{PLAYLIST}?si=1")
    assert (outcome.kind, outcome.title) == ("created", "Night Drive")
    page = page_at("halla-norden/night-drive")
    assert (page.kind, [service.url for service in page.services]) == ("playlist", [PLAYLIST])
    drain_jobs(hurry=True)
    assert page_at("halla-norden/night-drive").artwork is not None
    assert services.add(access, text="spotify:playlist:0Playlist").kind == "existing"
    assert "link.add" in [entry.action for entry in audit.of_artist(access.artist_id)]


def test_an_artist_is_imported(outside: World, drain_jobs: DrainJobs) -> None:
    access = make_access()
    outcome = services.add(access, text=f"spotify:artist:{ARTIST_ID}")
    assert (outcome.kind, outcome.title, outcome.link_id) == ("import_started", "Halla Norden", None)
    again = services.add(access, text=ARTIST_URL)
    progress = import_progress(access)
    assert progress is not None
    assert outcome.import_id == again.import_id == progress.id
    drain_jobs(hurry=True)
    assert SmartLink.objects.filter(artist_id=access.artist_id).count() == 2


def test_a_release_of_somebody_else_is_refused_by_name(access: ArtistAccess, outside: World) -> None:
    outside.catalog.releases_.append(
        found_release(9, title="Other Song", artist_ids=("0JoKessel",), artist_names=("Jo Kessel",))
    )
    with pytest.raises(Rejected) as refused:
        services.add(access, text=f"{ALBUM}0Album0000000000000009")
    assert refused.value.field_errors["url"].startswith("“Other Song” is by Jo Kessel, not by Halla Norden.")
    assert SmartLink.objects.count() == 2


def test_a_release_with_somebody_else_is_welcome(access: ArtistAccess, outside: World) -> None:
    outside.catalog.releases_.append(
        found_release(9, artist_ids=("0JoKessel", ARTIST_ID), artist_names=("Jo Kessel", "Halla Norden"))
    )
    assert services.add(access, text=f"{ALBUM}0Album0000000000000009").kind == "created"


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "hello", "https://www.deezer.com/album/1", "https://open.spotify.com/user/someone",
        "https://spotify.link/abc", "javascript:alert(1)", "940000000002 940000000002", "\x00", "👍" * 3000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_is_accepted(access: ArtistAccess, text: str) -> None:
    with pytest.raises(Rejected) as refused:
        services.add(access, text=text)
    assert "paste" in refused.value.field_errors["url"].lower()


@pytest.mark.parametrize(
    "text", [f"{ALBUM}0NoSuchAlbum", "https://open.spotify.com/playlist/0None", "111111111117", "ZZBLN9999999"]
)
def test_what_spotify_does_not_have_is_refused(access: ArtistAccess, text: str) -> None:
    with pytest.raises(Rejected) as refused:
        services.add(access, text=text)
    assert "Spotify has no" in refused.value.field_errors["url"]


@pytest.mark.req("SL-05")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("036000291453", "The last digit of the UPC 036000291453 does not fit the others"),
        ("3600029", "“3600029” is no UPC: one has 12 digits (13 as an EAN); this has 7."),
        ("US-S1Z-99-0001", "“USS1Z990001” is no ISRC: one has 12 characters"),
    ],
)
def test_a_mistyped_code_is_told_from_one_that_spotify_does_not_have(
    access: ArtistAccess, outside: World, text: str, says: str
) -> None:
    with pytest.raises(Rejected) as refused:
        services.add(access, text=text)
    assert refused.value.field_errors["url"].startswith(says)
    assert outside.catalog.calls == []


def test_without_a_connection_releases_wait_for_it(outside: World) -> None:
    access = make_access()
    with pytest.raises(Rejected) as refused:
        services.add(access, text=f"{ALBUM}0Album0000000000000001")
    assert refused.value.field_errors["url"].startswith("Connect the artist first")


def test_when_spotify_is_away_nothing_is_half_added(access: ArtistAccess, outside: World) -> None:
    def broken(verb: str, what: str) -> None:
        raise away()

    outside.catalog.trouble = broken
    with pytest.raises(RetryLater):
        services.add(access, text=f"{ALBUM}0Album0000000000000009")
    assert SmartLink.objects.count() == 2
    assert ServiceLink.objects.count() == 4


def test_viewers_add_nothing(outside: World) -> None:
    with pytest.raises(NotAllowedError):
        services.add(make_access(Role.VIEWER), text=PLAYLIST)


def test_the_same_title_twice_has_two_addresses(access: ArtistAccess, outside: World) -> None:
    for number in (20, 21):
        outside.catalog.releases_.append(found_release(number, title="Intro"))
        services.add(access, text=f"{ALBUM}0Album00000000000000{number}")
    assert set(SmartLink.objects.filter(title="Intro").values_list("slug", flat=True)) == {"intro", "intro-2"}
