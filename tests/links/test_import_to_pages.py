"""The main line: an artist's address becomes a hub and a page for every release."""

from __future__ import annotations

import pytest
from tests.factories.accounts import make_access
from tests.factories.stand_ins import ARTIST_URL, found_release, found_tracks, world
from tests.plugins.jobs import DrainJobs

from backline.catalog import selectors as catalog
from backline.catalog.types import ImportStatus
from backline.connections.services import connect_spotify
from backline.contract import pages
from backline.links import selectors
from backline.links.models import PublishedPage


def documents() -> dict[str, pages.Document]:
    return {row.path: pages.decode(bytes(row.document)) for row in PublishedPage.objects.all()}


@pytest.mark.django_db
@pytest.mark.req("SL-03", "SL-09", "SL-10", "SL-13", "SL-31", "PC-02")
def test_connecting_spotify_makes_a_link_per_release_and_a_hub(drain_jobs: DrainJobs) -> None:
    access = make_access()
    releases = [
        found_release(1, title="The Long Album", group="album", total_tracks=9, tracks=found_tracks(9)),
        found_release(2, title="A Single"),
        found_release(3, title="Four Songs", total_tracks=4, tracks=found_tracks(4)),
        found_release(4, title="Collected", group="compilation", total_tracks=9, tracks=found_tracks(9)),
    ]
    with world(releases=releases):
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs(hurry=True)
    page = selectors.links_page(access)
    assert {(row.title, row.release_type, row.is_public) for row in page.rows} == {
        ("The Long Album", "album", True),
        ("A Single", "single", True),
        ("Four Songs", "ep", True),
        ("Collected", "compilation", True),
    }
    progress = catalog.import_progress(access)
    assert progress is not None
    assert (progress.status, progress.total, progress.done, progress.failed) == (ImportStatus.DONE, 4, 4, 0)
    published = documents()
    hub = published["halla-norden"]
    assert isinstance(hub, pages.PublishedPage)
    assert [item.path for item in hub.items] == [
        "halla-norden/collected", "halla-norden/four-songs", "halla-norden/a-single", "halla-norden/the-long-album",
    ]  # fmt: skip
    single = published["halla-norden/a-single"]
    assert isinstance(single, pages.PublishedPage)
    assert [(service.service, service.url) for service in single.services] == [
        ("spotify", "https://open.spotify.com/album/0Album0000000000000002"),
        ("deezer", "https://www.deezer.com/album/940000000002"),
    ]
    assert single.artwork is not None
    assert single.artwork.key.endswith(".png")
