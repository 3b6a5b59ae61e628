"""Nights of a page whose stores are broken in every way, then truly lose it: through HTTP, with the real checker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from tests.factories.accounts import make_access
from tests.factories.catalogue import known_to
from tests.factories.links import make_link
from tests.factories.outbound import outbound
from tests.factories.pages_now import page_at
from tests.factories.stand_ins import StandInLinks, found_release, wake_all, world
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.catalog import ports
from backline.catalog import services as catalog
from backline.catalog.selectors import health_of
from backline.catalog.types import Confidence, FoundLink, Health
from backline.core import clock
from backline.core.http import Patience
from backline.integrations.stores.adapter import StorePages
from backline.integrations.stores.client import StoresClient
from backline.links import services
from backline.links.models import PublishedPage, SmartLink
from backline.sandbox import presence
from backline.sandbox.catalogue import Release
from backline.sandbox.presence import Knows

MIDNIGHT = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
HASTY = Patience(connect_seconds=1.0, read_seconds=0.2, total_seconds=0.5, wait_seconds=0.1, repeats=0)


@pytest.fixture
def release() -> Release:
    return known_to("deezer", Knows.BY_UPC)


@pytest.fixture
def link(sandbox: Sandbox, release: Release) -> Iterator[SmartLink]:
    """A page of a release that is on Spotify and on Deezer, and the stores of the sandbox to ask about it."""
    deezer = FoundLink("deezer", presence.deezer_url(release), Confidence.EXACT)
    found = found_release(external_id=release.id, title=release.title)
    checker = StorePages(StoresClient(sandbox.settings.stores, outbound(sandbox.base_url), patience=HASTY))
    with ports.link_checkers.holding(stores=checker), world(deezer=StandInLinks(answer=lambda _: (deezer,))) as outside:
        outside.catalog.releases_ = [found]
        made = make_link(make_access(), found=found)
        assert made.release_id is not None
        catalog.read_release(release_id=made.release_id, is_quick_only=True)
        services.republish_release(release_id=made.release_id)
        yield made


def shown(link: SmartLink) -> set[str]:
    path = PublishedPage.objects.filter(link_id=link.pk, is_indexable=True).values_list("path", flat=True).get()
    return {service.service for service in page_at(path).services}


def nights(number: int, drain_jobs: DrainJobs, *, first: datetime = MIDNIGHT) -> None:
    for night in range(number):
        for hour in range(7):
            with clock.frozen(first + timedelta(days=night, hours=hour)):
                services.check_due()
                drain_jobs()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["429", "500", "hang", "reset", "half_body", "revoked", "error_inside"])
def test_no_fault_ever_counts_as_an_end_and_an_end_does(
    sandbox: Sandbox, link: SmartLink, release: Release, drain_jobs: DrainJobs, kind: str
) -> None:
    with clock.frozen(MIDNIGHT):
        drain_jobs()
    sandbox.fault("stores", kind, "", seconds=2)
    nights(4, drain_jobs)
    assert shown(link) == {"spotify", "deezer"}
    sandbox.clear_faults()
    wake_all()
    url = presence.deezer_url(release)
    sandbox._call("POST", "/stores/-/gone", {"url": url})
    nights(2, drain_jobs, first=MIDNIGHT + timedelta(days=10))
    assert health_of([url])[url].status is Health.DEAD
    assert shown(link) == {"spotify"}
    sandbox._call("POST", "/stores/-/back", {"url": url})
    nights(1, drain_jobs, first=MIDNIGHT + timedelta(days=12))
    assert shown(link) == {"spotify", "deezer"}
