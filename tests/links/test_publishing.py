"""What stands at public addresses, through every change of a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import psycopg
import pytest
from django.db import connection
from tests.factories.accounts import access_of, make_access, make_artist, make_member
from tests.factories.links import make_link
from tests.factories.pages_now import document_at, gone_at, page_at, redirect_at
from tests.factories.stand_ins import ARTIST_URL, StandInLinks, found_release, found_tracks, world
from tests.plugins.jobs import DrainJobs

from backline.accounts import services as accounts
from backline.accounts.types import ArtistAccess, Role
from backline.catalog import services as catalog
from backline.catalog.models import Release, ServiceLink, SourceAnswer
from backline.catalog.selectors import review_list, waiting_count
from backline.catalog.types import Confidence, Decision, FoundLink, ReleaseKey
from backline.connections.services import connect_spotify
from backline.contract import pages
from backline.core import audit
from backline.core.audit import SYSTEM
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.core.state import TransitionRefusedError
from backline.links import document, selectors, services
from backline.links.models import PublishedPage, SmartLink

pytestmark = [pytest.mark.django_db, pytest.mark.req("R5")]
PATH = "halla-norden/harbour-night"


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.fixture
def link(access: ArtistAccess) -> SmartLink:
    return make_link(access, title="Harbour Night")


def actions(access: ArtistAccess) -> list[str]:
    return [entry.action for entry in audit.of_artist(access.artist_id) if entry.action.startswith("link")]


@pytest.mark.req("SL-11", "SL-12", "SL-13")
def test_unpublished_is_gone_and_published_again_is_back(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    assert page_at(PATH).is_indexable
    services.unpublish(access, link_id=link.pk)
    drain_jobs()
    gone = gone_at(PATH)
    assert (gone.is_secret, gone.artist_slug, gone.version) == (False, "halla-norden", 2)
    assert page_at("halla-norden").items == ()
    assert not PublishedPage.objects.filter(is_indexable=True).exists()
    assert selectors.link_row(access, link_id=link.pk).state == "unpublished"
    with pytest.raises(TransitionRefusedError):
        services.unpublish(access, link_id=link.pk)

    services.publish(access, link_id=link.pk)
    drain_jobs()
    assert (page_at(PATH).version, page_at(PATH).is_indexable) == (3, True)
    assert [item.path for item in page_at("halla-norden").items] == [PATH]
    assert actions(access) == ["link.publish", "link.unpublish"]


@pytest.mark.req("SL-11")
def test_a_takedown_closes_the_page_whatever_the_artist_wants(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    services.take_down(link_id=link.pk, actor=SYSTEM, reason="A notice by the rights holder.")
    assert gone_at(PATH).is_secret is False
    services.unpublish(access, link_id=link.pk)
    services.publish(access, link_id=link.pk)
    drain_jobs()
    assert isinstance(document_at(PATH), pages.Gone)
    assert selectors.link_row(access, link_id=link.pk).state_label == "Taken down"
    services.resolve_takedown(link_id=link.pk, actor=SYSTEM, reason="Settled.")
    drain_jobs()
    assert page_at(PATH).title == "Harbour Night"


@pytest.mark.req("SL-11")
def test_a_rejected_page_looks_as_if_it_had_never_been(link: SmartLink, drain_jobs: DrainJobs) -> None:
    services.reject_claim(link_id=link.pk, actor=SYSTEM, reason="Not theirs.")
    drain_jobs()
    gone = gone_at(PATH)
    assert (gone.is_secret, gone.artist_name) == (True, "")
    assert page_at("halla-norden").items == ()
    services.approve_claim(link_id=link.pk, actor=SYSTEM)
    drain_jobs()
    assert page_at(PATH).is_indexable


def test_versions_grow_and_nothing_is_written_for_nothing(link: SmartLink) -> None:
    before = PublishedPage.objects.get(path=PATH)
    services.republish_artist(artist_id=link.artist_id)
    after = PublishedPage.objects.get(path=PATH)
    assert (after.seq, after.version) == (before.seq, before.version)
    SmartLink.objects.filter(pk=link.pk).update(description="New words")
    services.republish_artist(artist_id=link.artist_id)
    changed = PublishedPage.objects.get(path=PATH)
    assert changed.seq > before.seq
    assert (changed.version, page_at(PATH).version, SmartLink.objects.get(pk=link.pk).version) == (2, 2, 2)


@pytest.mark.req("SL-10")
def test_a_new_address_keeps_the_old_one(access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs) -> None:
    services.change_slug(access, link_id=link.pk, slug="Night")
    services.change_slug(access, link_id=link.pk, slug="the-night")
    drain_jobs()
    assert page_at("halla-norden/the-night").canonical_url.endswith("/halla-norden/the-night")
    assert [redirect_at(PATH), redirect_at("halla-norden/night")] == ["halla-norden/the-night"] * 2
    assert [item.path for item in page_at("halla-norden").items] == ["halla-norden/the-night"]
    assert selectors.link_detail(access, link_id=link.pk).old_paths == (PATH, "halla-norden/night")
    services.change_slug(access, link_id=link.pk, slug="harbour-night")
    assert (page_at(PATH).title, redirect_at("halla-norden/the-night")) == ("Harbour Night", PATH)


def test_an_address_that_a_link_ever_had_is_given_to_no_other(access: ArtistAccess, link: SmartLink) -> None:
    services.change_slug(access, link_id=link.pk, slug="moved")
    other = make_link(access, title="Harbour Night")
    assert other.slug == "harbour-night-2"
    with pytest.raises(Rejected) as refused:
        services.change_slug(access, link_id=other.pk, slug="harbour-night")
    assert "Another of your links" in refused.value.field_errors["slug"]


@pytest.mark.req("SL-05")
def test_tracks_lead_to_their_release_wherever_it_moves(access: ArtistAccess) -> None:
    link = make_link(
        access, title="Long One", tracks=found_tracks(3, prefix="0Track00000077"), total_tracks=3, group="album"
    )
    tracks = [f"halla-norden/t/0Track00000077{number:08d}" for number in (1, 2, 3)]
    assert [redirect_at(path) for path in tracks] == ["halla-norden/long-one"] * 3
    services.change_slug(access, link_id=link.pk, slug="longer")
    assert [redirect_at(path) for path in tracks] == ["halla-norden/longer"] * 3


@pytest.mark.req("SL-10")
def test_a_new_artist_address_moves_everything_and_leaves_redirects(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    old = make_link(access, title="Older", tracks=found_tracks(1, prefix="0Track00000055"))
    services.change_slug(access, link_id=old.pk, slug="oldest")
    accounts.change_artist_slug(access, slug="halla")
    drain_jobs(hurry=True)
    assert page_at("halla").canonical_url.endswith("/halla")
    assert page_at("halla/harbour-night").artist_slug == "halla"
    assert redirect_at("halla-norden") == "halla"
    assert redirect_at(PATH) == "halla/harbour-night"
    assert redirect_at("halla-norden/older") == redirect_at("halla-norden/oldest") == "halla/oldest"
    old_paths = selectors.link_detail(access, link_id=old.pk).old_paths
    assert old_paths == ("halla/older",)
    assert [redirect_at(path) for path in old_paths] == ["halla/oldest"]
    assert redirect_at("halla/t/0Track0000005500000001") == "halla/oldest"
    assert redirect_at("halla-norden/t/0Track0000005500000001") == "halla/oldest"
    assert set(SmartLink.objects.values_list("render_state", flat=True)) == {"rendered"}


def test_an_artist_is_at_the_new_address_at_once_and_at_the_old_one_all_the_while(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    """Before any job has run, neither the hub nor a page is missing, wherever a fan comes from."""
    gone = make_link(access, title="Taken back")
    services.unpublish(access, link_id=gone.pk)
    drain_jobs(hurry=True)
    accounts.change_artist_slug(access, slug="halla")
    moved = document.moved(page_at(PATH), before="halla-norden", to="halla")
    assert page_at("halla/harbour-night") == msgspec.structs.replace(moved, version=1)  # the first at its path
    assert page_at("halla/harbour-night").canonical_url.endswith("/halla/harbour-night")
    assert [item.path for item in page_at("halla").items] == ["halla/harbour-night"]
    assert not PublishedPage.objects.filter(path="halla/taken-back").exists()
    accounts.change_artist_slug(access, slug="halla-n")
    assert page_at("halla-n/harbour-night").artist_slug == "halla-n"
    drain_jobs(hurry=True)
    assert page_at("halla-n/harbour-night").version == 1, "what was right already is not written again"
    assert redirect_at("halla") == redirect_at("halla-norden") == "halla-n"
    assert redirect_at("halla/harbour-night") == redirect_at(PATH) == "halla-n/harbour-night"
    accounts.change_artist_slug(access, slug="halla-norden")
    assert page_at(PATH).artist_slug == "halla-norden", "back where it began"
    assert redirect_at("halla/harbour-night") == "halla-n/harbour-night"
    drain_jobs(hurry=True)
    assert redirect_at("halla-n/harbour-night") == redirect_at("halla/harbour-night") == PATH


def test_a_hub_moves_after_the_pages_that_it_leads_to(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    accounts.change_artist_slug(access, slug="halla")
    drain_jobs(hurry=True)
    in_order = PublishedPage.objects.filter(path__in=["halla", "halla/harbour-night"]).order_by("seq")
    assert list(in_order.values_list("path", flat=True)) == ["halla/harbour-night", "halla"]


def test_a_new_name_is_on_every_page(access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs) -> None:
    accounts.rename_artist(access, name="Halla N.")
    drain_jobs(hurry=True)
    assert (page_at(PATH).artist_name, page_at("halla-norden").title) == ("Halla N.", "Halla N.")


def test_the_pages_of_a_deleted_artist_are_gone_and_say_nothing(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    accounts.delete_artist(access, confirmed_name="Halla Norden")
    drain_jobs(hurry=True)
    assert SmartLink.objects.count() == 0
    for path in (PATH, "halla-norden"):
        assert (gone_at(path).artist_name, gone_at(path).is_secret) == ("", False)


def test_a_page_that_cannot_be_made_again_does_not_hold_up_the_others(access: ArtistAccess, link: SmartLink) -> None:
    other = make_link(access, title="Fine")
    Release.objects.filter(pk=link.release_id).update(release_type="nonsense")
    SmartLink.objects.filter(pk=other.pk).update(description="Still here")
    services.republish_artist(artist_id=access.artist_id)
    states = dict(SmartLink.objects.values_list("pk", "render_state"))
    assert states == {link.pk: "failed", other.pk: "rendered"}
    assert page_at("halla-norden/fine").description == "Still here"


@pytest.mark.django_db(transaction=True)
def test_play_is_told_in_the_same_transaction(link: SmartLink) -> None:
    settings = connection.settings_dict
    with psycopg.connect(
        dbname=settings["NAME"], user=settings["USER"], password=settings["PASSWORD"], host=settings["HOST"],
        port=settings["PORT"] or None, autocommit=True,
    ) as listener:  # fmt: skip
        listener.execute(f"LISTEN {pages.NOTIFY_CHANNEL}")
        services.take_down(link_id=link.pk, actor=SYSTEM, reason="A notice.")
        told = {notice.payload for notice in listener.notifies(timeout=5, stop_after=1)}
    assert PATH in told


@pytest.fixture
def unsure() -> Iterator[StandInLinks]:
    """A source that knows everything by name only."""

    def by_name(key: ReleaseKey) -> tuple[FoundLink, ...]:
        return (FoundLink("deezer", f"https://www.deezer.com/album/{key.upc}", Confidence.NAME),)

    source = StandInLinks(answer=by_name)
    with world(releases=[found_release(1, title="Harbour Night")], deezer=source):
        yield source


@pytest.mark.req("SL-31")
def test_a_match_by_name_waits_for_a_yes(access: ArtistAccess, unsure: StandInLinks, drain_jobs: DrainJobs) -> None:
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    assert [service.service for service in page_at(PATH).services] == ["spotify"]
    (item,) = review_list(access)
    assert (item.release_title, item.service, item.service_name, item.url) == (
        "Harbour Night", "deezer", "Deezer", "https://www.deezer.com/album/940000000001",
    )  # fmt: skip
    assert waiting_count(access) == 1
    catalog.decide_link(access, service_link_id=item.service_link_id, accept=True)
    drain_jobs(hurry=True)
    assert [service.service for service in page_at(PATH).services] == ["spotify", "deezer"]
    assert review_list(access) == ()
    link = SmartLink.objects.get()
    row = next(row for row in selectors.link_detail(access, link_id=link.pk).services if row.service == "deezer")
    assert (row.source, row.confidence, row.fetched_at is not None) == ("deezer", "name", True)


def test_a_no_stays_a_no(access: ArtistAccess, unsure: StandInLinks, drain_jobs: DrainJobs) -> None:
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    (item,) = review_list(access)
    catalog.decide_link(access, service_link_id=item.service_link_id, accept=False)
    drain_jobs(hurry=True)
    SourceAnswer.objects.all().delete()
    catalog.read_release(release_id=item.release_id, is_quick_only=True, must_fetch=True)
    assert len(unsure.asked) == 2
    assert ServiceLink.objects.get(service="deezer").decision == Decision.REFUSED
    assert review_list(access) == ()
    assert "link.refuse_service" in actions(access)


def test_nobody_else_decides(access: ArtistAccess, unsure: StandInLinks, drain_jobs: DrainJobs) -> None:
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    (item,) = review_list(access)
    stranger = make_access()
    assert review_list(stranger) == ()
    with pytest.raises(NotFoundError):
        catalog.decide_link(stranger, service_link_id=item.service_link_id, accept=True)
    artist = make_artist()
    viewer = replace(access_of(make_member(artist, role=Role.VIEWER), artist), artist_id=access.artist_id)
    with pytest.raises(NotAllowedError):
        catalog.decide_link(viewer, service_link_id=item.service_link_id, accept=True)
