"""A page that is not public any more is closed at every address it ever had."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.factories.pages_now import document_at, gone_at, redirect_at
from tests.factories.stand_ins import ARTIST_URL, found_release, found_tracks, world
from tests.plugins.jobs import DrainJobs

from backline.accounts import services as accounts
from backline.accounts.types import ArtistAccess
from backline.connections.services import connect_spotify, settle_claim
from backline.contract import pages
from backline.core.audit import SYSTEM
from backline.links import services
from backline.links.models import PublishedPage, SmartLink

pytestmark = [pytest.mark.django_db, pytest.mark.req("R5")]
PATH = "halla-norden/harbour-night"
TRACK = "0Track0000000700000001"


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.fixture
def link(access: ArtistAccess) -> SmartLink:
    return make_link(access, title="Harbour Night", tracks=found_tracks(1, prefix="0Track00000007"))


CLOSE: dict[str, Callable[[ArtistAccess, SmartLink], None]] = {
    "unpublish": lambda access, link: services.unpublish(access, link_id=link.pk),
    "take_down": lambda access, link: services.take_down(link_id=link.pk, actor=SYSTEM, reason="A notice."),
    "reject": lambda access, link: services.reject_claim(link_id=link.pk, actor=SYSTEM, reason="Not theirs."),
}


@pytest.mark.req("SL-11")
@pytest.mark.parametrize("close", CLOSE.values(), ids=list(CLOSE))
def test_a_page_that_has_not_moved_yet_is_closed_where_it_is(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs, close: Callable[[ArtistAccess, SmartLink], None]
) -> None:
    accounts.change_artist_slug(access, slug="halla")  # the job that moves the pages has not run
    close(access, link)
    assert isinstance(document_at("halla-norden/harbour-night"), pages.Gone)
    drain_jobs(hurry=True)
    of_link = PublishedPage.objects.filter(link_id=link.pk)
    assert set(of_link.values_list("path", "kind", "is_indexable")) == {
        (path, "gone", False)
        for path in ("halla-norden/harbour-night", f"halla-norden/t/{TRACK}", "halla/harbour-night", f"halla/t/{TRACK}")
    }


@pytest.mark.req("SL-11")
def test_a_closed_page_is_closed_under_a_later_address_of_the_artist_too(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    services.change_slug(access, link_id=link.pk, slug="night")
    services.unpublish(access, link_id=link.pk)
    accounts.change_artist_slug(access, slug="halla")
    drain_jobs(hurry=True)
    for path in ("halla/night", "halla/harbour-night", "halla-norden/night", PATH, f"halla/t/{TRACK}"):
        assert gone_at(path).is_secret is False


@pytest.mark.req("SL-11")
def test_no_older_address_tells_of_a_page_that_was_refused(access: ArtistAccess, link: SmartLink) -> None:
    services.change_slug(access, link_id=link.pk, slug="secret-plan")
    services.reject_claim(link_id=link.pk, actor=SYSTEM, reason="Not theirs.")
    paths = ("halla-norden/harbour-night", "halla-norden/secret-plan", f"halla-norden/t/{TRACK}")
    assert [(gone_at(path).is_secret, gone_at(path).artist_slug) for path in paths] == [(True, "")] * 3
    services.approve_claim(link_id=link.pk, actor=SYSTEM)
    assert [redirect_at(path) for path in (paths[0], paths[2])] == ["halla-norden/secret-plan"] * 2


@pytest.mark.req("SL-11")
def test_an_older_address_of_the_artist_does_not_tell_either(access: ArtistAccess, drain_jobs: DrainJobs) -> None:
    with world(releases=[found_release(1)]):
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs(hurry=True)
    accounts.change_artist_slug(access, slug="halla")
    drain_jobs(hurry=True)
    assert redirect_at("halla-norden") == "halla"
    settle_claim(artist_id=access.artist_id, is_confirmed=False, actor=SYSTEM)
    drain_jobs(hurry=True)
    assert {gone_at(path).is_secret for path in PublishedPage.objects.values_list("path", flat=True)} == {True}


def test_a_single_page_that_cannot_be_made_again_says_so(link: SmartLink) -> None:
    assert link.release is not None
    type(link.release).objects.filter(pk=link.release_id).update(release_type="nonsense")
    services.republish_artist(artist_id=link.artist_id)
    assert SmartLink.objects.get().render_state == "failed"
