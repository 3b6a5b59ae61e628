"""Whole imports through the real clients, from the sandbox: every kind of artist, every fault in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.factories.accounts import make_access
from tests.factories.pages_now import page_at
from tests.factories.stand_ins import wake_all
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.accounts.types import ArtistAccess
from backline.catalog import ports
from backline.catalog.models import Release, ServiceLink
from backline.catalog.selectors import import_progress, review_list
from backline.catalog.types import ImportProgress, ImportStatus
from backline.connections.services import connect_spotify
from backline.core import clock
from backline.core.errors import Rejected
from backline.core.http import Outbound, Patience
from backline.integrations.outbound import outbound_of
from backline.links import services
from backline.links.models import PublishedPage, SmartLink
from backline.sandbox import invented
from backline.server import composition

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60)]
IMPATIENT = Patience(connect_seconds=0.5, read_seconds=0.3, total_seconds=1.0, wait_seconds=0.2, repeats=0)


@pytest.fixture(autouse=True)
def _real_clients(sandbox: Sandbox) -> Iterator[None]:
    """Hold the ports with the clients that production uses, pointed at the sandbox and short of patience."""
    outbound: Outbound = replace(outbound_of(sandbox.settings), patience=IMPATIENT)
    wake_all()
    with ExitStack() as stack:
        sources = composition.catalog_sources(sandbox.settings, outbound)
        stack.enter_context(ports.catalog_sources.holding(**sources))
        stack.enter_context(ports.link_sources.holding(**composition.link_sources(sandbox.settings, outbound)))
        stack.enter_context(ports.image_sources.holding(**composition.image_sources(outbound)))
        yield
    wake_all()


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


def url_of(artist_id: str) -> str:
    return f"https://open.spotify.com/intl-de/artist/{artist_id}?si=0a1b2c"


def progress_of(access: ArtistAccess) -> ImportProgress:
    progress = import_progress(access)
    assert progress is not None
    return progress


def drain_until(drain_jobs: DrainJobs, is_over: Callable[[], bool]) -> None:
    """Run jobs as time passes, half a minute at a go, for an hour at most."""
    with clock.frozen(datetime.now(UTC)) as advance:
        for _ in range(120):
            drain_jobs()
            if is_over():
                return
            advance(timedelta(seconds=30))


@pytest.mark.req("SL-03", "SL-09", "SL-13", "SL-22", "SL-31", "PC-10")
def test_an_artists_address_becomes_a_hub_and_a_page_for_every_release(
    access: ArtistAccess, sandbox: Sandbox, drain_jobs: DrainJobs
) -> None:
    connect_spotify(access, url=url_of(invented.DEMO_ARTIST_ID))
    drain_jobs()
    progress = progress_of(access)
    assert (progress.status, progress.done, progress.failed) == (ImportStatus.DONE, 40, 0)
    drain_jobs(hurry=True)
    links = SmartLink.objects.filter(artist_id=access.artist_id)
    assert set(links.values_list("release_type", flat=True)) == {"album", "single", "ep", "compilation"}
    assert links.filter(artwork_key="").count() == 0
    assert len(page_at("halla-norden").items) == 40
    assert PublishedPage.objects.filter(kind="release", is_indexable=True).count() == 40
    sources = set(ServiceLink.objects.values_list("source", flat=True))
    assert sources == {"spotify", "deezer", "itunes", "musicbrainz"}
    by_name = ServiceLink.objects.filter(confidence="name")
    assert by_name.exists()
    assert set(by_name.values_list("decision", flat=True)) == {"waiting"}
    assert len(review_list(access)) == by_name.count()


@pytest.mark.req("SL-04", "SL-05")
def test_a_track_a_code_and_a_playlist_are_added(access: ArtistAccess, sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
    connect_spotify(access, url=url_of(invented.SINGLE_ARTIST_ID))
    drain_jobs()
    release = Release.objects.get()
    link = SmartLink.objects.get()
    track = release.tracks.get()
    for text in (
        f"https://open.spotify.com/track/{track.external_id}?si=1",
        f"spotify:album:{release.external_id}",
        release.upc,
    ):
        outcome = services.add(access, text=text)
        assert (outcome.kind, outcome.link_id) == ("existing", link.pk)
    playlist = services.add(access, text=f"https://open.spotify.com/playlist/{invented.PLAYLIST_ID}")
    assert (playlist.kind, playlist.title) == ("created", "Music for the Late Crossing")
    drain_jobs(hurry=True)
    assert page_at("halla-norden/music-for-the-late-crossing").kind == "playlist"


def test_titles_in_every_script_get_pages(access: ArtistAccess, sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
    connect_spotify(access, url=url_of(invented.SCRIPTS_ARTIST_ID))
    drain_jobs()
    progress = progress_of(access)
    assert (progress.status, progress.failed) == (ImportStatus.DONE, 0)
    links = SmartLink.objects.filter(artist_id=access.artist_id)
    assert links.count() == progress.done
    assert {"ja", "ar"} <= set(links.values_list("language", flat=True))
    assert all(link.slug.isascii() for link in links)


def test_an_artist_without_releases_is_done_and_says_so(
    access: ArtistAccess, sandbox: Sandbox, drain_jobs: DrainJobs
) -> None:
    connect_spotify(access, url=url_of(invented.EMPTY_ARTIST_ID))
    drain_jobs()
    progress = progress_of(access)
    assert (progress.status, progress.total) == (ImportStatus.DONE, 0)
    assert progress.message.startswith("Spotify has no release")


def test_an_artist_that_does_not_exist_is_refused(access: ArtistAccess, sandbox: Sandbox) -> None:
    with pytest.raises(Rejected) as refused:
        connect_spotify(access, url=url_of("0" * 22))
    assert refused.value.field_errors["url"]


@pytest.mark.faults
@pytest.mark.parametrize("kind", ["429", "500", "hang", "reset", "half_body", "error_inside"])
@pytest.mark.parametrize("providers", [("spotify",), ("deezer", "itunes", "musicbrainz")], ids=["spotify", "others"])
def test_a_fault_in_the_middle_ends_and_nothing_is_missing(
    access: ArtistAccess, sandbox: Sandbox, drain_jobs: DrainJobs, *, providers: tuple[str, ...], kind: str
) -> None:
    connect_spotify(access, url=url_of(invented.SCRIPTS_ARTIST_ID))
    for provider in providers:
        sandbox.fault(provider, kind, times=6, seconds=2)
    drain_until(drain_jobs, lambda: not progress_of(access).is_running)
    progress = progress_of(access)
    assert (progress.status, progress.failed, progress.message) == (ImportStatus.DONE, 0, "")
    links = SmartLink.objects.filter(artist_id=access.artist_id)
    assert links.count() == progress.done == progress.total
    drain_until(drain_jobs, lambda: not Release.objects.filter(enrich_after__isnull=False).exists())
    assert not Release.objects.filter(enrich_after__isnull=False).exists()
    assert {"deezer", "itunes", "musicbrainz"} <= set(ServiceLink.objects.values_list("source", flat=True))


@pytest.mark.faults
def test_while_spotify_is_away_the_import_says_so(
    access: ArtistAccess, sandbox: Sandbox, drain_jobs: DrainJobs
) -> None:
    connect_spotify(access, url=url_of(invented.DEMO_ARTIST_ID))
    sandbox.fault("spotify", "429", seconds=120)
    drain_jobs()
    progress = progress_of(access)
    assert progress.status is ImportStatus.PAUSED
    assert "Spotify" in progress.message
    assert progress.retry_at is not None
    assert timedelta(seconds=60) < progress.retry_at - clock.now() <= timedelta(seconds=121)
