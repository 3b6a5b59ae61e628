"""Two at once: a deletion beside publishing, an operator's word beside an import, two who give addresses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from django.db import connection, transaction
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.factories.pages_now import document_at, page_at
from tests.factories.stand_ins import ARTIST_URL, found_release, world

from backline.accounts import ports
from backline.accounts import services as accounts
from backline.accounts.models import Artist
from backline.accounts.types import ArtistAccess
from backline.catalog import services as catalog
from backline.catalog.selectors import release_details
from backline.connections.services import connect_spotify, settle_claim
from backline.contract import pages
from backline.core.audit import SYSTEM
from backline.core.errors import NotFoundError
from backline.links import services
from backline.links.holding import LinksOfArtist
from backline.links.models import PublishedPage, SmartLink
from backline.links.pages import lock
from backline.links.services.publishing import make_link as publish_new
from backline.links.services.publishing import publish_links

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(30)]
PATH = "halla-norden/harbour-night"


class Beside:
    """Something that happens on a connection of its own; :meth:`end` waits for it and raises what it raised."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 whatever it is, the test gets it
            self._error = error
        finally:
            connection.close()

    def start(self) -> Beside:
        self._thread.start()
        return self

    def end(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()
        if self._error is not None:
            raise self._error


def wait_until_waiting(count: int) -> None:
    """Wait until so many others wait for a lock."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction it is read once
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.02)
    raise AssertionError(f"There are not {count} waiting for a lock.")


class SlowRoom:
    """A room with so many things of the artist that a deletion takes its time."""

    def __init__(self) -> None:
        self.is_reached = threading.Event()
        self.may_go_on = threading.Event()

    def move(self, *, artist_id: UUID, before: str, to: str) -> None:
        pass

    def refusal(self, *, artist_id: UUID) -> str:
        return ""

    def hold(self, *, artist_id: UUID) -> None:
        self.is_reached.set()
        assert self.may_go_on.wait(10)

    def withdraw(self, *, artist_id: UUID) -> None:
        pass


@pytest.fixture
def slow() -> Iterator[SlowRoom]:
    room = SlowRoom()
    with ports.ARTIST_HOLDERS.holding(links=LinksOfArtist(), slow=room):
        yield room


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.fixture
def link(access: ArtistAccess) -> SmartLink:
    return make_link(access, title="Harbour Night")


def all_are_gone(access: ArtistAccess) -> bool:
    assert not Artist.objects.filter(pk=access.artist_id).exists()
    kinds = set(PublishedPage.objects.filter(artist_id=access.artist_id).values_list("kind", flat=True))
    return kinds == {"gone"}


def test_what_begins_during_a_deletion_opens_nothing_again(
    access: ArtistAccess, link: SmartLink, slow: SlowRoom
) -> None:
    details = release_details(release_id=catalog.keep_release(artist_id=access.artist_id, found=found_release(77)))
    deletion = Beside(lambda: accounts.delete_artist(access, confirmed_name="Halla Norden")).start()
    assert slow.is_reached.wait(5)
    hub = Beside(lambda: services.publish_hub(artist_id=access.artist_id)).start()
    page = Beside(lambda: publish_links([link.pk])).start()
    made = Beside(lambda: publish_new(details)).start()
    wait_until_waiting(3)
    other = make_access()
    make_link(other, title="Elsewhere")  # nobody else is held up
    slow.may_go_on.set()
    for each in (deletion, hub, page):
        each.end()
    with pytest.raises(NotFoundError):
        made.end()
    assert all_are_gone(access)
    assert isinstance(document_at("halla-norden"), pages.Gone)
    assert PublishedPage.objects.filter(artist_id=other.artist_id, kind="release").count() == 1


CHANGES: dict[str, Callable[[ArtistAccess, UUID], object]] = {
    "takedown": lambda access, link_id: services.take_down(link_id=link_id, actor=SYSTEM, reason="A notice."),
    "address": lambda access, link_id: services.change_slug(access, link_id=link_id, slug="moved"),
    "edit": lambda access, link_id: services.hide_service(access, link_id=link_id, service="spotify"),
    "order": lambda access, link_id: services.set_order(access, mode="fixed", fixed_order=["tidal"]),
    "page": lambda access, link_id: publish_links([link_id]),
    "hub": lambda access, link_id: services.publish_hub(artist_id=access.artist_id),
    "all": lambda access, link_id: services.republish_artist(artist_id=access.artist_id),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_deletion_waits_for_a_change(
    access: ArtistAccess, link: SmartLink, change: Callable[[ArtistAccess, UUID], object]
) -> None:
    SmartLink.objects.filter(pk=link.pk).update(title="Old title", description="So that there is something to publish")
    is_made, may_commit = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            change(access, link.pk)
            is_made.set()
            assert may_commit.wait(10)

    changing = Beside(work).start()
    assert is_made.wait(5)
    deletion = Beside(lambda: accounts.delete_artist(access, confirmed_name="Halla Norden")).start()
    wait_until_waiting(1)
    may_commit.set()
    changing.end()
    deletion.end()
    assert all_are_gone(access)


@pytest.fixture
def connected(access: ArtistAccess) -> ArtistAccess:
    with world():
        connect_spotify(access, url=ARTIST_URL)
    return access


def refuse(access: ArtistAccess) -> None:
    settle_claim(artist_id=access.artist_id, is_confirmed=False, actor=SYSTEM)
    services.settle_claims(artist_id=access.artist_id, actor=SYSTEM)


@pytest.mark.req("SL-11")
def test_a_refusal_reaches_a_page_that_is_just_being_made(connected: ArtistAccess, link: SmartLink) -> None:
    details = release_details(release_id=catalog.keep_release(artist_id=connected.artist_id, found=found_release(77)))
    is_made, may_commit = threading.Event(), threading.Event()

    def make() -> None:
        with transaction.atomic():
            publish_new(details)
            is_made.set()
            assert may_commit.wait(10)

    making = Beside(make).start()
    assert is_made.wait(5)
    refusing = Beside(lambda: refuse(connected)).start()
    wait_until_waiting(1)
    may_commit.set()
    making.end()
    refusing.end()
    assert list(SmartLink.objects.values_list("claim_status", flat=True)) == ["rejected"] * 2


@pytest.mark.req("SL-11")
def test_a_page_that_waited_for_its_address_is_made_after_the_refusal(connected: ArtistAccess) -> None:
    details = release_details(release_id=catalog.keep_release(artist_id=connected.artist_id, found=found_release(77)))
    with transaction.atomic():
        lock(f"links.slugs:{connected.artist_id}")
        making = Beside(lambda: publish_new(details)).start()
        wait_until_waiting(1)
        refuse(connected)
    making.end()
    assert SmartLink.objects.get().claim_status == "rejected"
    assert not PublishedPage.objects.exists()


def test_adding_again_and_a_new_address_do_not_block_each_other(access: ArtistAccess, link: SmartLink) -> None:
    assert link.release_id is not None
    details = release_details(release_id=link.release_id)

    def add_again() -> None:
        with transaction.atomic():
            publish_new(details)

    with transaction.atomic():
        SmartLink.objects.select_for_update(no_key=True).get(pk=link.pk)
        moving = Beside(lambda: services.change_slug(access, link_id=link.pk, slug="moved")).start()
        wait_until_waiting(1)
        adding = Beside(add_again).start()
        wait_until_waiting(2)
    moving.end()
    adding.end()
    assert page_at("halla-norden/moved").title == "Harbour Night"
