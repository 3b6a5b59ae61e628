"""The colours of a cover: found when it is fetched, made up for where it was kept without, and handed to the page."""

from __future__ import annotations

import pytest
from tests.factories.accounts import make_access
from tests.factories.stand_ins import ARTIST_URL, found_release, world
from tests.plugins.jobs import DrainJobs

from backline.catalog import services
from backline.catalog.models import Release
from backline.connections.services import connect_spotify
from backline.links.models import SmartLink

pytestmark = pytest.mark.django_db


@pytest.mark.req("SL-28")
def test_a_cover_brings_its_colours_to_the_page_and_an_older_one_gets_them_later(drain_jobs: DrainJobs) -> None:
    with world(releases=[found_release(1)]) as outside:
        connect_spotify(make_access(), url=ARTIST_URL)
        drain_jobs(hurry=True)
        palette = SmartLink.objects.get().artwork_palette
        assert len(palette) == 1  # a stand-in's picture has one colour
        Release.objects.update(artwork_palette=[])  # as a cover was kept before covers had colours
        fetched = len(outside.covers.fetched)
        details = services.read_release(release_id=Release.objects.get().pk, is_quick_only=True)
        assert details.cover.palette == tuple(palette)
        assert len(outside.covers.fetched) == fetched
