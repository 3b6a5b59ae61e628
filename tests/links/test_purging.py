"""Caches in front of play are told which pages changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import ArtistAccess
from backline.links import services
from backline.links.models import SmartLink
from backline.links.ports import edge_caches

pytestmark = pytest.mark.django_db


class Remembering:
    def __init__(self) -> None:
        self.purged: list[str] = []

    def purge(self, paths: Sequence[str]) -> None:
        self.purged += paths


@pytest.fixture
def cache() -> Iterator[Remembering]:
    cache = Remembering()
    with edge_caches.holding(memory=cache):
        yield cache


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.fixture
def link(access: ArtistAccess) -> SmartLink:
    return make_link(access, title="Harbour Night")


def test_every_change_of_a_page_is_purged_now_and_once_more(
    cache: Remembering, access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    drain_jobs(hurry=True)
    cache.purged.clear()
    services.unpublish(access, link_id=link.pk)
    drain_jobs(hurry=True)
    assert cache.purged.count("halla-norden/harbour-night") == 2
    assert cache.purged.count("halla-norden") == 2
    cache.purged.clear()
    services.publish(access, link_id=link.pk)
    services.change_slug(access, link_id=link.pk, slug="harbour")
    drain_jobs(hurry=True)
    assert set(cache.purged) == {"halla-norden/harbour-night", "halla-norden"}


def test_nobody_is_told_where_there_is_no_cache(access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs) -> None:
    with edge_caches.holding():
        services.unpublish(access, link_id=link.pk)
        drain_jobs()
