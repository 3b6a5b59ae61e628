"""A link's addresses in each language; publishing itself knows of none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.factories.pages_now import gone_at, page_at
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import ArtistAccess
from backline.contract.languages import LANGUAGES
from backline.links import selectors, services
from backline.settings import environment

pytestmark = pytest.mark.django_db
PATH = "halla-norden/harbour-night"


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.fixture
def english_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BACKLINE_PUBLIC_LANGUAGES", "en")
    environment.current.cache_clear()
    yield
    environment.current.cache_clear()


@pytest.mark.req("R5")
def test_a_link_has_an_address_in_every_language(access: ArtistAccess) -> None:
    detail = selectors.link_detail(access, link_id=make_link(access, title="Harbour Night").pk)
    assert detail.localized_public_urls == tuple(f"{detail.row.public_url}?lang={tag}" for tag in LANGUAGES)


@pytest.mark.req("SL-14")
def test_publishing_works_with_one_language(access: ArtistAccess, english_only: None, drain_jobs: DrainJobs) -> None:
    link = make_link(access, title="Harbour Night")
    assert page_at(PATH).title == "Harbour Night"
    assert selectors.link_detail(access, link_id=link.pk).localized_public_urls == ()
    services.unpublish(access, link_id=link.pk)
    drain_jobs()
    assert gone_at(PATH).version == 2
    services.publish(access, link_id=link.pk)
    drain_jobs()
    assert page_at(PATH).is_indexable
