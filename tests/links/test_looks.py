"""The artist's choices for pages: title, look, order, ways on; for one link and for all. They survive every refresh."""

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
from backline.catalog.types import FoundPlaylist
from backline.connections.services import connect_spotify
from backline.core import audit, clock
from backline.core.errors import NotAllowedError, Rejected, StaleError
from backline.links import selectors, services
from backline.links.models import SmartLink
from backline.links.types import LinkDraft, RenderState, SubLinkFacts, Theme

pytestmark = pytest.mark.django_db
PATH = "halla-norden/harbour-night"
SHOP = SubLinkFacts("merch", "https://halla.example/shop", "Vinyl")
INSTAGRAM = SubLinkFacts("instagram", "https://instagram.com/halla", "")


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


def seen(access: ArtistAccess, link: SmartLink) -> dict[str, object]:
    return {"link_id": link.pk, "expected_updated_at": selectors.link_row(access, link_id=link.pk).updated_at}


def choose_everything(access: ArtistAccess, link: SmartLink) -> None:
    services.set_text(access, title="Hafennacht", description="Out now.", **seen(access, link))  # type: ignore[arg-type]
    services.set_look(access, theme="aurora", accent="tomato", **seen(access, link))  # type: ignore[arg-type]
    services.set_service_order(access, order=["deezer", "spotify"], **seen(access, link))  # type: ignore[arg-type]
    services.set_sub_links(access, sub_links=[SHOP, INSTAGRAM], **seen(access, link))  # type: ignore[arg-type]
    services.hide_service(access, link_id=link.pk, service="spotify", territory="DE")


@pytest.mark.req("SL-25", "SL-28")
def test_choices_are_published_and_survive_every_refresh(access: ArtistAccess, link: SmartLink, outside: World) -> None:
    choose_everything(access, link)
    before = page_at(PATH)
    assert (before.title, before.theme, before.accent) == ("Hafennacht", "aurora", "#ff6347")
    assert (before.order, before.fixed_order) == ("fixed", ("deezer", "spotify"))
    assert [(way.kind, way.url, way.label) for way in before.sub_links] == [
        ("merch", "https://halla.example/shop", "Vinyl"), ("instagram", "https://instagram.com/halla", ""),
    ]  # fmt: skip
    outside.catalog.releases_[0] = found_release(1, title="Harbour Night (Deluxe)", label="Another label")
    SourceAnswer.objects.all().delete()
    assert link.release_id is not None
    catalog.read_release(release_id=link.release_id, is_quick_only=True, must_fetch=True)
    services.republish_release(release_id=link.release_id)
    services.republish_artist(artist_id=access.artist_id)
    after = page_at(PATH)
    assert after.label == "Another label"
    for chosen in ("title", "description", "theme", "accent", "order", "fixed_order", "sub_links", "services"):
        assert getattr(after, chosen) == getattr(before, chosen), chosen
    detail = selectors.link_detail(access, link_id=link.pk)
    assert (detail.own_title, detail.found_title) == ("Hafennacht", "Harbour Night (Deluxe)")
    assert [row.service for row in detail.services] == ["deezer", "spotify"]
    assert selectors.links_page(access, query="hafen").rows[0].title == "Hafennacht"


def test_an_empty_title_follows_spotify_and_so_does_its_own(access: ArtistAccess, link: SmartLink) -> None:
    for typed in ("Hafennacht", "Harbour Night", "  "):
        services.set_text(access, title=typed, description="", **seen(access, link))  # type: ignore[arg-type]
    assert page_at(PATH).title == "Harbour Night"
    assert SmartLink.objects.get().own_title == ""


def test_a_title_is_one_line_of_two_hundred(access: ArtistAccess, link: SmartLink) -> None:
    services.set_text(access, title="ليل\nالمرفأ\u202e", description="", **seen(access, link))  # type: ignore[arg-type]
    assert (page_at(PATH).title, page_at(PATH).language) == ("ليل المرفأ", "ar")
    with pytest.raises(Rejected) as refused:
        services.set_text(access, title="x" * 201, description="", **seen(access, link))  # type: ignore[arg-type]
    assert refused.value.field_errors == {"title": "Use at most 200 characters; this has 201."}


@pytest.mark.req("SL-30", "SL-32")
def test_a_playlist_begins_with_spotify_and_takes_other_services(access: ArtistAccess, outside: World) -> None:
    playlist = FoundPlaylist(
        "0Playlist00000000000001", "Late Ferries", "Halla", "", "https://open.spotify.com/playlist/0P", 7
    )
    outside.catalog.playlists[playlist.external_id] = playlist
    made = services.add(access, text=f"https://open.spotify.com/playlist/{playlist.external_id}")
    assert made.link_id is not None
    path = selectors.link_row(access, link_id=made.link_id).public_path
    assert [service.service for service in page_at(path).services] == ["spotify"]
    services.edit_service(access, link_id=made.link_id, service="deezer", url="https://www.deezer.com/playlist/7")
    services.edit_service(access, link_id=made.link_id, service="other", url="https://radio.example/late")
    services.republish_artist(artist_id=access.artist_id)
    assert [service.service for service in page_at(path).services] == ["spotify", "deezer", "other-1"]
    with pytest.raises(Rejected):
        services.add(access, text="https://music.apple.com/us/playlist/x/pl.7")


@pytest.mark.req("SL-24")
def test_a_link_follows_the_order_of_all_links_again(access: ArtistAccess, link: SmartLink) -> None:
    services.set_order(access, mode="fixed", fixed_order=["spotify", "deezer"])
    services.set_service_order(access, order=["deezer", "nonsense"], **seen(access, link))  # type: ignore[arg-type]
    assert page_at(PATH).fixed_order == ("deezer",)
    services.set_service_order(access, order=[], **seen(access, link))  # type: ignore[arg-type]
    assert page_at(PATH).fixed_order == ("spotify", "deezer")


@pytest.mark.req("SL-28")
def test_there_are_exactly_four_themes(access: ArtistAccess, link: SmartLink) -> None:
    assert [theme.value for theme in Theme] == ["classic", "brutalist", "aurora", "cinematic"]
    for theme in Theme:
        services.set_look(access, theme=theme.value, accent="", **seen(access, link))  # type: ignore[arg-type]
        assert page_at(PATH).theme == theme.value
    with pytest.raises(Rejected):
        services.set_look(access, theme="vapor", accent="", **seen(access, link))  # type: ignore[arg-type]


@pytest.mark.req("SL-28", "R5")
def test_the_look_of_all_links_reaches_those_that_chose_none(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    settings = selectors.artist_link_settings(access)
    queued = services.set_default_look(
        access, theme="cinematic", accent="#abc", expected_updated_at=settings.updated_at
    )
    assert queued == 1
    progress = selectors.render_progress(access)
    assert (progress.done, progress.total, progress.percent) == (0, 1, 0)
    drain_jobs(hurry=True)
    progress = selectors.render_progress(access)
    assert (progress.done, progress.total, progress.percent) == (1, 1, 100)
    assert (page_at(PATH).theme, page_at(PATH).accent) == ("cinematic", "#aabbcc")
    assert (page_at("halla-norden").theme, page_at("halla-norden").accent) == ("cinematic", "#aabbcc")
    services.set_look(access, theme="aurora", accent="", **seen(access, link))  # type: ignore[arg-type]
    settings = selectors.artist_link_settings(access)
    services.set_default_look(access, theme="brutalist", accent="", expected_updated_at=settings.updated_at)
    drain_jobs(hurry=True)
    assert (page_at(PATH).theme, page_at("halla-norden").theme) == ("aurora", "brutalist")
    settings = selectors.artist_link_settings(access)
    same = services.set_default_look(access, theme="brutalist", accent="", expected_updated_at=settings.updated_at)
    assert same == 0


def test_what_could_not_be_published_is_named_and_tried_again(
    access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs
) -> None:
    SmartLink.objects.update(render_state=RenderState.FAILED)
    progress = selectors.render_progress(access)
    assert (progress.failed_count, [row.title for row in progress.failed]) == (1, ["Harbour Night"])
    assert services.publish_again(access) == 1
    drain_jobs(hurry=True)
    assert selectors.render_progress(access).failed_count == 0


@pytest.mark.req("SL-13")
def test_the_hub_says_what_the_artist_says(access: ArtistAccess, link: SmartLink, drain_jobs: DrainJobs) -> None:
    def seen_now() -> dict[str, object]:
        return {"expected_updated_at": selectors.artist_link_settings(access).updated_at}

    services.set_bio(access, bio="Songs from\nthe harbour.", **seen_now())  # type: ignore[arg-type]
    services.set_hub_links(access, sub_links=[INSTAGRAM], **seen_now())  # type: ignore[arg-type]
    drain_jobs(hurry=True)
    hub = page_at("halla-norden")
    assert (hub.description, [way.url for way in hub.sub_links]) == (
        "Songs from\nthe harbour.", ["https://instagram.com/halla"],
    )  # fmt: skip
    with pytest.raises(Rejected) as refused:
        services.set_bio(access, bio="x" * 501, **seen_now())  # type: ignore[arg-type]
    assert refused.value.field_errors == {"bio": "Use at most 500 characters; this has 501."}


def test_a_draft_is_shown_and_not_kept(access: ArtistAccess, link: SmartLink) -> None:
    draft = LinkDraft(
        title="Typed",
        description="Typed too",
        theme="brutalist",
        accent="no colour",
        service_order=("deezer",),
        sub_links=(SHOP, SubLinkFacts("", "javascript:alert(1)", ""), SubLinkFacts("", "", "")),
    )
    shown = selectors.preview_document(access, link_id=link.pk, draft=draft)
    assert (shown.title, shown.description, shown.theme, shown.accent) == ("Typed", "Typed too", "brutalist", "")
    assert (shown.order, shown.fixed_order) == ("fixed", ("deezer",))
    assert [way.url for way in shown.sub_links] == ["https://halla.example/shop"]
    assert selectors.preview_document(access, link_id=link.pk).title == "Harbour Night"


LINK_CHANGES: list[Callable[[ArtistAccess, SmartLink, object], object]] = [
    lambda access, link, at: services.set_text(
        access, link_id=link.pk, title="y", description="", expected_updated_at=at
    ),
    lambda access, link, at: services.set_look(
        access, link_id=link.pk, theme="aurora", accent="", expected_updated_at=at
    ),
    lambda access, link, at: services.set_service_order(
        access, link_id=link.pk, order=["deezer"], expected_updated_at=at
    ),
    lambda access, link, at: services.set_sub_links(access, link_id=link.pk, sub_links=[SHOP], expected_updated_at=at),
    lambda access, link, at: services.set_video(access, link_id=link.pk, url="", expected_updated_at=at),
    lambda access, link, at: services.edit_service(
        access, link_id=link.pk, service="tidal", url="https://tidal.com/album/1", expected_updated_at=at
    ),
    lambda access, link, at: services.hide_service(access, link_id=link.pk, service="spotify", expected_updated_at=at),
    lambda access, link, at: services.show_service(access, link_id=link.pk, service="spotify", expected_updated_at=at),
    lambda access, link, at: services.reset_service(access, link_id=link.pk, service="spotify", expected_updated_at=at),
    lambda access, link, at: services.change_slug(access, link_id=link.pk, slug="other", expected_updated_at=at),
]


@pytest.mark.req("R5")
@pytest.mark.parametrize("change", LINK_CHANGES)
def test_no_change_of_a_link_overwrites_what_was_not_read(
    access: ArtistAccess, link: SmartLink, change: Callable[[ArtistAccess, SmartLink, object], object]
) -> None:
    with pytest.raises(StaleError):
        change(access, link, link.updated_at - timedelta(seconds=1))
    change(access, link, link.updated_at)


SETTINGS_CHANGES: list[Callable[[ArtistAccess, object], object]] = [
    lambda access, at: services.set_order(access, mode="fixed", fixed_order=["deezer"], expected_updated_at=at),
    lambda access, at: services.set_default_look(access, theme="aurora", accent="", expected_updated_at=at),
    lambda access, at: services.set_bio(access, bio="Mine", expected_updated_at=at),
    lambda access, at: services.set_hub_links(access, sub_links=[INSTAGRAM], expected_updated_at=at),
]


@pytest.mark.req("R5")
@pytest.mark.parametrize("change", SETTINGS_CHANGES)
def test_no_change_of_the_settings_overwrites_what_was_not_read(
    change: Callable[[ArtistAccess, object], object],
) -> None:
    access, viewer = make_access(), make_access(Role.VIEWER)
    make_link(access)
    before = selectors.artist_link_settings(access).updated_at
    assert before == selectors.artist_link_settings(access).updated_at, "also where nobody ever changed them"
    change(access, before)
    with clock.frozen(clock.now() + timedelta(minutes=1)), pytest.raises(StaleError):
        change(access, before)
    with pytest.raises(NotAllowedError):
        change(viewer, selectors.artist_link_settings(viewer).updated_at)


def test_every_choice_is_written_down(access: ArtistAccess, link: SmartLink) -> None:
    choose_everything(access, link)
    written = [entry.action for entry in audit.of_artist(access.artist_id) if entry.action.startswith("link.")]
    assert written == [
        "link.hide_service", "link.set_sub_links", "link.set_service_order", "link.set_look", "link.set_text",
    ]  # fmt: skip
