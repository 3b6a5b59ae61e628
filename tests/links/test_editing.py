"""The artist's own words on a link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.factories.pages_now import page_at
from tests.factories.stand_ins import ARTIST_URL, World, found_release, world
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import ArtistAccess, Role
from backline.catalog import services as catalog
from backline.catalog.models import SourceAnswer
from backline.connections.services import connect_spotify
from backline.contract.services import SERVICES
from backline.core import audit
from backline.core.errors import NotAllowedError, NotFoundError, Rejected, StaleError
from backline.core.models import Transition
from backline.links import selectors, services
from backline.links.models import ServiceEdit, SmartLink
from backline.links.types import LinkDraft, OrderMode

pytestmark = [pytest.mark.django_db, pytest.mark.req("R5")]
PATH = "halla-norden/harbour-night"


@pytest.fixture
def outside() -> Iterator[World]:
    with world(releases=[found_release(1, title="Harbour Night")]) as made:
        yield made


@pytest.fixture
def access(outside: World, drain_jobs: DrainJobs) -> ArtistAccess:
    made = make_access()
    connect_spotify(made, url=ARTIST_URL)
    drain_jobs(hurry=True)
    return made


@pytest.fixture
def link(access: ArtistAccess) -> SmartLink:
    return SmartLink.objects.get()


def shown() -> dict[str, str]:
    return {service.service: service.url for service in page_at(PATH).services}


SPOTIFY = "https://open.spotify.com/album/0Album0000000000000001"
DEEZER = "https://www.deezer.com/album/940000000001"


@pytest.mark.req("SL-25")
def test_an_edit_survives_the_next_refresh(access: ArtistAccess, link: SmartLink, outside: World) -> None:
    services.edit_service(access, link_id=link.pk, service="deezer", url="https://www.deezer.com/album/77")
    services.edit_service(access, link_id=link.pk, service="tidal", url="https://tidal.com/album/1")
    services.hide_service(access, link_id=link.pk, service="spotify")
    expected = {"deezer": "https://www.deezer.com/album/77", "tidal": "https://tidal.com/album/1"}
    assert shown() == expected
    SourceAnswer.objects.all().delete()
    asked = len(outside.deezer.asked)
    release_id = SmartLink.objects.values_list("release_id", flat=True).get()
    assert release_id is not None
    catalog.read_release(release_id=release_id, is_quick_only=True, must_fetch=True)
    services.republish_release(release_id=release_id)
    assert len(outside.deezer.asked) == asked + 1
    assert shown() == expected
    rows = {row.service: row for row in selectors.link_detail(access, link_id=link.pk).services}
    assert (rows["deezer"].url, rows["deezer"].found_url, rows["deezer"].is_edited) == (
        "https://www.deezer.com/album/77", DEEZER, True,
    )  # fmt: skip
    assert (rows["spotify"].is_hidden, rows["spotify"].found_url) == (True, SPOTIFY)
    assert (rows["tidal"].source, rows["tidal"].found_url) == ("", "")


@pytest.mark.req("SL-25")
def test_hidden_and_shown_and_reset(access: ArtistAccess, link: SmartLink) -> None:
    services.edit_service(access, link_id=link.pk, service="deezer", url="https://www.deezer.com/album/77")
    services.hide_service(access, link_id=link.pk, service="deezer")
    assert shown() == {"spotify": SPOTIFY}
    services.show_service(access, link_id=link.pk, service="deezer")
    assert shown() == {"spotify": SPOTIFY, "deezer": "https://www.deezer.com/album/77"}
    services.reset_service(access, link_id=link.pk, service="deezer")
    assert shown() == {"spotify": SPOTIFY, "deezer": DEEZER}
    services.reset_service(access, link_id=link.pk, service="deezer")
    services.hide_service(access, link_id=link.pk, service="deezer")
    services.hide_service(access, link_id=link.pk, service="deezer")
    services.show_service(access, link_id=link.pk, service="deezer")
    assert ServiceEdit.objects.count() == 0
    assert [entry.action for entry in audit.of_artist(access.artist_id) if "service" in entry.action] == [
        "link.show_service", "link.hide_service", "link.reset_service", "link.show_service", "link.hide_service",
        "link.edit_service",
    ]  # fmt: skip


def test_a_country_can_have_its_own_address_or_none(access: ArtistAccess, link: SmartLink) -> None:
    services.edit_service(
        access, link_id=link.pk, service="deezer", url="https://www.deezer.com/de/album/1", territory="de"
    )
    services.hide_service(access, link_id=link.pk, service="deezer", territory="FR")
    deezer = next(service for service in page_at(PATH).services if service.service == "deezer")
    assert (deezer.url, deezer.territories) == (DEEZER, {"DE": "https://www.deezer.com/de/album/1", "FR": ""})
    services.reset_service(access, link_id=link.pk, service="deezer", territory="FR")
    deezer = next(service for service in page_at(PATH).services if service.service == "deezer")
    assert deezer.territories == {"DE": "https://www.deezer.com/de/album/1"}
    row = next(row for row in selectors.link_detail(access, link_id=link.pk).services if row.service == "deezer")
    assert [(place.territory, place.url, place.is_edited) for place in row.territories] == [
        ("DE", "https://www.deezer.com/de/album/1", True)
    ]


def test_destinations_of_ones_own_are_numbered(access: ArtistAccess, link: SmartLink) -> None:
    first = services.edit_service(access, link_id=link.pk, service="other", url="https://shop.example.com/vinyl")
    second = services.edit_service(access, link_id=link.pk, service="other", url="https://radio.example.com/")
    assert (first, second) == ("other-1", "other-2")
    assert list(shown()) == ["spotify", "deezer", "other-1", "other-2"]
    detail = selectors.link_detail(access, link_id=link.pk)
    assert detail.addable_services[-1] == ("other-3", "Another service")
    assert detail.services[-1].name == "Other 2"


@pytest.mark.req("SL-25")
@pytest.mark.parametrize(
    ("service", "url", "field", "words"),
    [
        ("tidal", "https://www.deezer.com/album/1", "url", "leads to Deezer, not to TIDAL"),
        ("tidal", "https://tidal.com.evil.example/album/1", "url", "leads elsewhere, not to TIDAL"),
        ("tidal", "javascript:alert(1)", "url", "https://"),
        ("tidal", "https://tidal.com@evil.example/", "url", "https://"),
        ("tidal", "https://evil.example\\.tidal.com/", "url", "https://"),
        ("tidal", "https://tidal.com/\r\nX: y", "url", "https://"),
        ("tidal", "", "url", "Paste the address"),
        ("other", "http://shop.example.com/", "url", "https://"),
        ("other", "https://127.0.0.1/", "url", "https://"),
        ("other", "https://tidal.com/album/1", "url", "belongs to TIDAL"),
        ("no-such", "https://tidal.com/album/1", "service", "no service that we know"),
        ("other-x", "https://shop.example.com/", "service", "no service that we know"),
    ],
)
def test_an_address_has_to_belong(
    access: ArtistAccess, link: SmartLink, *, service: str, url: str, field: str, words: str
) -> None:
    with pytest.raises(Rejected) as refused:
        services.edit_service(access, link_id=link.pk, service=service, url=url)
    assert words in refused.value.field_errors[field]
    assert ServiceEdit.objects.count() == 0


def test_what_people_paste_is_understood(access: ArtistAccess, link: SmartLink) -> None:
    services.edit_service(access, link_id=link.pk, service="tidal", url="  http://TIDAL.com/album/1 ")
    services.edit_service(access, link_id=link.pk, service="bandcamp", url="halla.bandcamp.com/album/é")
    assert (shown()["tidal"], shown()["bandcamp"]) == (
        "https://tidal.com/album/1", "https://halla.bandcamp.com/album/%C3%A9",
    )  # fmt: skip


@pytest.mark.parametrize("service", ["other-" + "1" * 40, "other-100", "other-0", "other-²", "no-such"])
def test_what_is_no_service_is_refused(access: ArtistAccess, link: SmartLink, service: str) -> None:
    for change in (
        lambda: services.hide_service(access, link_id=link.pk, service=service),
        lambda: services.edit_service(access, link_id=link.pk, service=service, url="https://halla.example/"),
    ):
        with pytest.raises(Rejected) as refused:
            change()
        assert refused.value.field_errors == {"service": "This is no service that we know."}


def test_a_link_holds_so_many_edits_and_no_more(access: ArtistAccess, link: SmartLink) -> None:
    others = [
        ServiceEdit(link=link, service=f"other-{number}", url="https://halla.example/") for number in range(1, 100)
    ]
    ServiceEdit.objects.bulk_create(others)
    with pytest.raises(Rejected, match="at most 99 destinations of your own"):
        services.edit_service(access, link_id=link.pk, service="other", url="https://halla.example/more")
    assert selectors.link_detail(access, link_id=link.pk).addable_services[-1][0] in SERVICES
    countries = [f"{first}{second}" for first in "ABCDEFGH" for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"][:101]
    ServiceEdit.objects.bulk_create(
        ServiceEdit(link=link, service="deezer", territory=place, is_hidden=True) for place in countries
    )
    with pytest.raises(Rejected, match="at most 200 edits"):
        services.hide_service(access, link_id=link.pk, service="tidal")
    services.show_service(access, link_id=link.pk, service="deezer", territory="AA")
    services.hide_service(access, link_id=link.pk, service="tidal")


@pytest.mark.parametrize("territory", ["Germany", "D", "1A", "дe"])
def test_a_country_has_two_letters(access: ArtistAccess, link: SmartLink, territory: str) -> None:
    with pytest.raises(Rejected) as refused:
        services.hide_service(access, link_id=link.pk, service="deezer", territory=territory)
    assert refused.value.field_errors["territory"]


def test_a_description_is_kept_as_typed(access: ArtistAccess, link: SmartLink) -> None:
    text = "Out now.\nRecorded at sea </script>\x00\x9b شكرا\u202e\u2066"
    services.set_text(access, link_id=link.pk, title="", description=text, expected_updated_at=link.updated_at)
    assert page_at(PATH).description == "Out now.\nRecorded at sea </script> شكرا"


def test_a_description_is_short(access: ArtistAccess, link: SmartLink) -> None:
    services.set_text(access, link_id=link.pk, title="", description="a" * 500, expected_updated_at=link.updated_at)
    now = selectors.link_row(access, link_id=link.pk).updated_at
    with pytest.raises(Rejected) as refused:
        services.set_text(access, link_id=link.pk, title="", description="a" * 501, expected_updated_at=now)
    assert refused.value.field_errors == {"description": "Use at most 500 characters; this has 501."}


def test_two_editors_do_not_overwrite_each_other(access: ArtistAccess, link: SmartLink) -> None:
    services.set_text(access, link_id=link.pk, title="", description="first", expected_updated_at=link.updated_at)
    with pytest.raises(StaleError) as stale:
        services.set_text(access, link_id=link.pk, title="", description="second", expected_updated_at=link.updated_at)
    assert "Nothing was overwritten" in stale.value.message
    assert page_at(PATH).description == "first"


def test_a_refresh_by_the_product_is_no_edit(access: ArtistAccess, link: SmartLink, outside: World) -> None:
    outside.catalog.releases_[0] = found_release(1, title="Harbour Night", label="Another label")
    assert link.release_id is not None
    catalog.read_release(release_id=link.release_id, is_quick_only=True, must_fetch=True)
    services.republish_release(release_id=link.release_id)
    assert page_at(PATH).label == "Another label"
    services.set_text(access, link_id=link.pk, title="", description="mine", expected_updated_at=link.updated_at)


def test_the_preview_is_what_fans_would_get(access: ArtistAccess, link: SmartLink) -> None:
    assert selectors.preview_document(access, link_id=link.pk).services == page_at(PATH).services
    services.unpublish(access, link_id=link.pk)
    preview = services.preview_document(access, link_id=link.pk, draft=LinkDraft(description="being typed"))
    assert (preview.description, preview.is_indexable, preview.title) == ("being typed", False, "Harbour Night")


CHANGES: list[Callable[[ArtistAccess, SmartLink], object]] = [
    lambda access, link: services.publish(access, link_id=link.pk),
    lambda access, link: services.unpublish(access, link_id=link.pk),
    lambda access, link: services.set_text(
        access, link_id=link.pk, title="y", description="x", expected_updated_at=link.updated_at
    ),
    lambda access, link: services.set_look(
        access, link_id=link.pk, theme="aurora", accent="", expected_updated_at=link.updated_at
    ),
    lambda access, link: services.set_video(access, link_id=link.pk, url="", expected_updated_at=link.updated_at),
    lambda access, link: services.set_sub_links(
        access, link_id=link.pk, sub_links=[], expected_updated_at=link.updated_at
    ),
    lambda access, link: services.set_service_order(
        access, link_id=link.pk, order=["deezer"], expected_updated_at=link.updated_at
    ),
    lambda access, link: services.edit_service(access, link_id=link.pk, service="deezer", url=DEEZER),
    lambda access, link: services.hide_service(access, link_id=link.pk, service="deezer"),
    lambda access, link: services.show_service(access, link_id=link.pk, service="deezer"),
    lambda access, link: services.reset_service(access, link_id=link.pk, service="deezer"),
    lambda access, link: services.change_slug(access, link_id=link.pk, slug="x"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_viewers_change_nothing_and_strangers_see_nothing(
    change: Callable[[ArtistAccess, SmartLink], object],
) -> None:
    viewer, stranger = make_access(Role.VIEWER), make_access()
    link = make_link(viewer)
    with pytest.raises(NotAllowedError):
        change(viewer, link)
    with pytest.raises(NotFoundError):
        change(stranger, link)
    assert selectors.link_row(viewer, link_id=link.pk).title == link.title
    for read in (selectors.link_row, selectors.link_detail, selectors.preview_document):
        with pytest.raises(NotFoundError):
            read(stranger, link_id=link.pk)


@pytest.mark.req("SL-24")
def test_one_order_for_every_fan(access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs) -> None:
    assert page_at(PATH).order == "automatic"
    assert services.set_order(access, mode="fixed", fixed_order=["deezer", "spotify", "deezer"]) == 1
    assert SmartLink.objects.get().render_state == "queued"
    drain_jobs(hurry=True)
    assert (page_at(PATH).order, page_at(PATH).fixed_order) == ("fixed", ("deezer", "spotify"))
    assert SmartLink.objects.get().render_state == "rendered"
    assert services.set_order(access, mode="fixed", fixed_order=["deezer", "spotify"]) == 0
    services.set_order(access, mode="automatic")
    drain_jobs(hurry=True)
    assert page_at(PATH).order == "automatic"
    settings = selectors.artist_link_settings(access)
    assert (settings.order_mode, settings.fixed_order) == (OrderMode.AUTOMATIC, ("deezer", "spotify"))


def test_several_moves_are_published_together(access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs) -> None:
    for first in ("deezer", "spotify", "tidal", "apple-music"):
        services.set_order(access, mode="fixed", fixed_order=[first])
    assert drain_jobs() == []
    assert drain_jobs(hurry=True) == ["links.republish_artist"]
    assert page_at(PATH).fixed_order == ("apple-music",)
    assert not Transition.objects.filter(machine="links.render").exists()


@pytest.mark.req("SL-24")
@pytest.mark.parametrize(
    ("mode", "order", "field"),
    [("fixed", [], "fixed_order"), ("fixed", ["no-such"], "fixed_order"), ("sometimes", [], "mode"), ("", [], "mode")],
)
def test_an_order_has_to_make_sense(access: ArtistAccess, mode: str, order: list[str], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        services.set_order(access, mode=mode, fixed_order=order)
    assert refused.value.field_errors[field]


def test_the_order_is_not_for_viewers() -> None:
    with pytest.raises(NotAllowedError):
        services.set_order(make_access(Role.VIEWER), mode="automatic")


def test_updated_at_is_when_a_person_changed_it(access: ArtistAccess, link: SmartLink) -> None:
    services.hide_service(access, link_id=link.pk, service="deezer")
    assert selectors.link_row(access, link_id=link.pk).updated_at - link.updated_at > timedelta()
