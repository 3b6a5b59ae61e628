"""The document is a pure function of what is known, what the artist says and what holds for all pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from backline.accounts.types import ArtistIdentity
from backline.catalog.types import (
    Confidence,
    Cover,
    Decision,
    PlaylistDetails,
    ReleaseDetails,
    ReleaseType,
    ServiceLinkDetails,
    TrackDetails,
)
from backline.contract import pages
from backline.contract import services as known
from backline.links.document import document_of, found_urls, hub_of, services_of, track_paths
from backline.links.types import EditFacts, LinkFacts, LinkKind, LinkSettings, OrderMode, Theme

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ID = UUID("018f0000-0000-7000-8000-000000000001")
ARTIST = ArtistIdentity(ID, "Halla Norden", "halla-norden", "", ("art pop",), ID)
SETTINGS = LinkSettings(OrderMode.AUTOMATIC, (), Theme.CLASSIC, AT, "https://play.example/halla-norden", "halla-norden")
LINK = LinkFacts(
    id=ID, kind=LinkKind.RELEASE, title="Harbour Night", slug="harbour-night", released="2024-05",
    release_type="single",
    description="Out now", language="", total_tracks=1, cover=Cover("a.jpg", "b.jpg", 640, 640), version=3,
    is_public=True, updated_at=AT,
)  # fmt: skip


def service_link(
    service: str, url: str, *, territory: str = "", decision: Decision = Decision.ACCEPTED
) -> ServiceLinkDetails:
    return ServiceLinkDetails(ID, service, territory, url, "deezer", Confidence.EXACT, decision, AT)


def release(*links: ServiceLinkDetails) -> ReleaseDetails:
    return ReleaseDetails(
        id=ID, artist_id=ID, external_id="0Album", title="Harbour Night", release_type=ReleaseType.SINGLE,
        released="2024-05", total_tracks=1, upc="940913972097", label="Night Ferry Records",
        source_url="https://open.spotify.com/album/0Album", artist_names=("Halla Norden",), language="",
        cover=Cover(), tracks=(TrackDetails("0Track", "Harbour Night", 1, 1, 180_000, ""),), service_links=links,
        fetched_at=AT,
    )  # fmt: skip


def edit(service: str, url: str = "", *, territory: str = "", is_hidden: bool = False) -> EditFacts:
    return EditFacts(service=service, territory=territory, url=url, is_hidden=is_hidden)


@pytest.mark.req("SL-10", "SL-12", "SL-20")
def test_a_page_says_everything_that_play_needs() -> None:
    page = document_of(
        LINK,
        artist=ARTIST,
        details=release(service_link("spotify", "https://open.spotify.com/album/0Album")),
        edits=(),
        settings=SETTINGS,
        play_url="https://play.example",
    )
    assert page == pages.PublishedPage(
        kind="release",
        path="halla-norden/harbour-night",
        version=3,
        artist_id=str(ID),
        link_id=str(ID),
        artist_name="Halla Norden",
        artist_slug="halla-norden",
        title="Harbour Night",
        canonical_url="https://play.example/halla-norden/harbour-night",
        release_type="single",
        released="2024-05",
        description="Out now",
        artwork=pages.Artwork("a.jpg", 640, 640, "b.jpg"),
        services=(pages.Service("spotify", "https://open.spotify.com/album/0Album"),),
        tracks=(pages.Track(1, "Harbour Night", 180_000),),
        total_tracks=1,
        genres=("art pop",),
        label="Night Ferry Records",
        upc="940913972097",
        is_indexable=True,
        updated_at="2026-11-22T12:00:00+00:00",
    )
    assert pages.decode(pages.encode(page)) == page


@pytest.mark.req("SL-12")
def test_a_page_that_is_not_public_is_not_indexable() -> None:
    page = document_of(
        replace(LINK, is_public=False), artist=ARTIST, details=release(), edits=(), settings=SETTINGS, play_url="x"
    )
    assert page.is_indexable is False


@pytest.mark.req("SL-24")
def test_the_artists_order_travels_with_the_page() -> None:
    fixed = replace(SETTINGS, order_mode=OrderMode.FIXED, fixed_order=("deezer", "spotify"))
    page = document_of(LINK, artist=ARTIST, details=release(), edits=(), settings=fixed, play_url="x")
    assert (page.order, page.fixed_order) == ("fixed", ("deezer", "spotify"))


def test_only_accepted_links_are_shown_in_the_default_order() -> None:
    slugs = list(known.SERVICES)
    found = found_urls(
        release(
            service_link("tidal", "t"),
            service_link("deezer", "d"),
            service_link("spotify", "s"),
            service_link("qobuz", "q", decision=Decision.WAITING),
            service_link("napster", "n", decision=Decision.REFUSED),
        )
    )
    shown = [service.service for service in services_of(found, [])]
    assert shown == sorted(["tidal", "deezer", "spotify"], key=slugs.index)


@pytest.mark.req("SL-25")
@pytest.mark.parametrize(
    ("edits", "services"),
    [
        ((), [("spotify", "s", {}), ("deezer", "d", {"DE": "d-de"})]),
        ((edit("deezer", "mine"),), [("spotify", "s", {}), ("deezer", "mine", {"DE": "d-de"})]),
        ((edit("deezer", is_hidden=True),), [("spotify", "s", {})]),
        ((edit("deezer", "mine", is_hidden=True),), [("spotify", "s", {})]),
        ((edit("deezer", territory="DE", is_hidden=True),), [("spotify", "s", {}), ("deezer", "d", {"DE": ""})]),
        ((edit("deezer", "jp", territory="JP"),), [("spotify", "s", {}), ("deezer", "d", {"DE": "d-de", "JP": "jp"})]),
        ((edit("spotify", is_hidden=True), edit("deezer", is_hidden=True)), []),
        (
            (edit("other-2", "https://b.example/"), edit("other-1", "https://a.example/"), edit("bandcamp", "b")),
            [
                ("spotify", "s", {}), ("deezer", "d", {"DE": "d-de"}), ("bandcamp", "b", {}),
                ("other-1", "https://a.example/", {}), ("other-2", "https://b.example/", {}),
            ],
        ),
        (
            (edit("melon", territory="KR", url="m"),),
            [("spotify", "s", {}), ("deezer", "d", {"DE": "d-de"}), ("melon", "", {"KR": "m"})],
        ),
    ],
)  # fmt: skip
def test_the_artists_word_wins(edits: tuple[EditFacts, ...], services: list[tuple[str, str, dict[str, str]]]) -> None:
    found = found_urls(
        release(
            service_link("spotify", "s"),
            service_link("deezer", "d"),
            service_link("deezer", "d-de", territory="DE"),
        )
    )
    assert [(each.service, each.url, each.territories) for each in services_of(found, edits)] == services


@pytest.mark.req("SL-04", "SL-32")
def test_a_playlist_is_on_spotify_and_can_be_more() -> None:
    playlist = PlaylistDetails(
        id=ID, artist_id=ID, external_id="p", title="Night Drive", owner_name="Halla",
        source_url="https://open.spotify.com/playlist/p", total_tracks=40, language="", cover=Cover(),
    )  # fmt: skip
    link = replace(LINK, kind=LinkKind.PLAYLIST, release_type="", released="")
    page = document_of(
        link,
        artist=ARTIST,
        details=playlist,
        edits=(edit("deezer", "https://www.deezer.com/playlist/1"),),
        settings=SETTINGS,
        play_url="https://play.example",
    )
    assert (page.kind, page.release_type, page.tracks) == ("playlist", "playlist", ())
    assert [service.url for service in page.services] == [
        "https://open.spotify.com/playlist/p",
        "https://www.deezer.com/playlist/1",
    ]
    assert track_paths("halla-norden", playlist) == ()


@pytest.mark.req("SL-05")
def test_tracks_have_paths_of_their_own() -> None:
    assert track_paths("halla-norden", release()) == ("halla-norden/t/0Track",)


@pytest.mark.req("SL-13")
def test_a_hub_lists_the_links_it_is_given() -> None:
    hub = hub_of(ARTIST, [LINK], version=2, settings=SETTINGS, play_url="https://play.example")
    assert (hub.kind, hub.path, hub.title, hub.is_indexable) == ("hub", "halla-norden", "Halla Norden", True)
    assert hub.items == (
        pages.HubItem(
            path="halla-norden/harbour-night",
            title="Harbour Night",
            release_type="single",
            released="2024-05",
            artwork=pages.Artwork("a.jpg", 640, 640, "b.jpg"),
            total_tracks=1,
        ),
    )
    assert hub_of(ARTIST, [], version=1, settings=SETTINGS, play_url="x").is_indexable is False
