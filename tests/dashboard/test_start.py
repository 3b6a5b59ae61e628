"""From nothing to the first artist."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.factories.accounts import access_of, make_artist, make_member, make_user
from tests.factories.dashboards import Studio, signed_in
from tests.factories.stand_ins import ARTIST_ID, ARTIST_URL, away, found_release, world

from backline.accounts import selectors as accounts
from backline.accounts.types import Role
from backline.catalog import selectors as catalog
from backline.connections import selectors as connections
from backline.connections.services import connect_spotify
from backline.core.errors import NeedsAction

pytestmark = pytest.mark.django_db
CONFIRM = f"/start/artist/{ARTIST_ID}/"


@pytest.fixture
def newcomer() -> Client:
    return signed_in(make_user(email="new@example.org"))


def test_somebody_without_an_artist_is_led_to_the_start(newcomer: Client) -> None:
    assert newcomer.get("/").headers["Location"] == "/start/"
    assert "Welcome to Backline" in newcomer.get("/start/").content.decode()


def test_somebody_with_artists_is_led_to_the_one_that_was_open_last() -> None:
    user = make_user()
    make_artist(creator=user, name="Aurelia Vane")
    make_artist(creator=user, name="Boreal Sund")
    client = signed_in(user)
    assert client.get("/").headers["Location"] == "/a/aurelia-vane/"
    assert client.get("/a/boreal-sund/").status_code == 200
    assert client.get("/").headers["Location"] == "/a/boreal-sund/"


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    "pasted",
    [
        ARTIST_URL,
        f"{ARTIST_URL}?si=0123456789abcdef",
        f"https://open.spotify.com/intl-de/artist/{ARTIST_ID}",
        f"spotify:artist:{ARTIST_ID}",
    ],
)
def test_every_form_of_an_artist_address_is_understood(newcomer: Client, pasted: str) -> None:
    with world():
        answer = newcomer.post("/start/", {"url": pasted})
    assert answer.headers["Location"] == CONFIRM


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("", "Paste the address of the artist on Spotify."),
        ("https://open.spotify.com/album/0Album", "This is an album or single."),
        ("https://open.spotify.com/track/0Track", "This is a track."),
        ("https://open.spotify.com/playlist/0Playlist", "This is a playlist."),
        ("https://open.spotify.com/user/0User", "This is a listener&#x27;s profile."),
        ("036000291452", "This is a UPC, the code of a release."),
        ("hello", "is no address or code that we know"),
        ("https://example.org/artist", "example.org is not Spotify"),
    ],
)
def test_anything_else_is_refused_and_kept(newcomer: Client, pasted: str, sentence: str) -> None:
    with world():
        answer = newcomer.post("/start/", {"url": pasted})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert not pasted or "aste the address of the artist&#x27;s own page on Spotify" in html
    assert "album, track" not in html
    assert not pasted or f'value="{pasted}"' in html


@pytest.mark.parametrize("error", [away(), NeedsAction("Our key was refused.")])
def test_a_source_that_cannot_answer_says_so_and_keeps_the_address(newcomer: Client, error: Exception) -> None:
    with world() as outside:

        def trouble(verb: str, what: str) -> None:
            raise error

        outside.catalog.trouble = trouble
        answer = newcomer.post("/start/", {"url": ARTIST_URL})
    assert answer.status_code == 422
    assert str(error) in answer.content.decode()
    assert f'value="{ARTIST_URL}"' in answer.content.decode()


def test_the_artist_is_shown_before_anything_is_made(newcomer: Client) -> None:
    with world(releases=[found_release(1), found_release(2, title="Low Tide Radio", released="2025-06-01")]):
        newcomer.post("/start/", {"url": ARTIST_URL})
    with world(releases=[]) as outside:
        html = newcomer.get(CONFIRM).content.decode()
        assert outside.catalog.calls == []
    assert "Halla Norden" in html
    assert re.search(r'<img class="person__picture" src="[^"]+/art/[0-9a-f]{32}\.png"', html)
    assert "Low Tide Radio" in html
    assert "1 June 2025" in html
    assert accounts.artists_of(user_id=accounts.user_id_by_email(email="new@example.org")) == ()  # type: ignore[arg-type]


def test_yes_makes_the_artist_connects_it_and_starts_the_import(newcomer: Client) -> None:
    user_id = accounts.user_id_by_email(email="new@example.org")
    assert user_id is not None
    with world(releases=[found_release(1)]):
        newcomer.post("/start/", {"url": ARTIST_URL})
        assert "Your hub is public at once" in newcomer.get(CONFIRM).content.decode()
        first = newcomer.post(CONFIRM)
        again = newcomer.post(CONFIRM)
    assert first.headers["Location"] == again.headers["Location"] == "/a/halla-norden/links/"
    (artist,) = accounts.artists_of(user_id=user_id)
    access = accounts.artist_access(user_id=user_id, slug="halla-norden")
    connection = connections.spotify_connection(access)
    assert connection is not None
    assert connection.external_id == ARTIST_ID
    assert artist.image_key.endswith(".png")
    progress = catalog.import_progress(access)
    assert progress is not None
    assert progress.is_running
    assert (
        "The import of your Spotify catalogue is about to start"
        in newcomer.get("/a/halla-norden/links/").content.decode()
    )


def test_what_another_team_has_is_told_to_wait_before_and_after(newcomer: Client) -> None:
    other = make_user()
    with world():
        connect_spotify(access_of(other, make_artist(creator=other)), url=ARTIST_URL)
        newcomer.post("/start/", {"url": ARTIST_URL})
        before = newcomer.get(CONFIRM).content.decode()
        after = newcomer.get(newcomer.post(CONFIRM).headers["Location"]).content.decode()
        again = newcomer.get(CONFIRM).content.decode()
        owner = signed_in(other)
        owner.post("/start/", {"url": ARTIST_URL})
        theirs = owner.get(CONFIRM).content.decode()
    assert "Nothing is public until an operator has said yes" in before
    assert "Nothing is public until an operator has said yes" in again
    assert "Your hub is public at once" not in before
    assert "This catalogue is in review" in after
    assert "Your hub is open already" not in after
    assert "Your hub is public at once" in theirs


def test_an_artist_nobody_has_leads_back_to_the_field(newcomer: Client) -> None:
    with world() as outside:
        outside.catalog.artist_ = None
        answer = newcomer.post("/start/", {"url": ARTIST_URL})
        late = newcomer.post(CONFIRM)
    assert answer.status_code == 422
    assert "Spotify has no such artist." in answer.content.decode()
    assert late.headers["Location"] == "/start/"


def test_looking_at_an_artist_asks_and_stores_nothing(newcomer: Client) -> None:
    """A page that is only opened spends no quota: the address is in the field, and a press finds it."""
    with world() as outside:
        answer = newcomer.get(CONFIRM)
        assert outside.catalog.calls == []
    assert answer.status_code == 200
    assert f'value="https://open.spotify.com/artist/{ARTIST_ID}"' in answer.content.decode()


def test_a_name_is_enough(newcomer: Client) -> None:
    assert newcomer.post("/start/", {"name": "Oleander Pike"}).headers["Location"] == "/a/oleander-pike/"
    html = newcomer.get("/a/oleander-pike/").content.decode()
    assert "Welcome, <bdi>Oleander Pike</bdi>" in html
    assert "1 of 5 done. It ticks itself." in html


@pytest.mark.parametrize("name", ["", "x" * 101])
def test_a_bad_name_is_kept(newcomer: Client, name: str) -> None:
    answer = newcomer.post("/start/", {"name": name})
    assert answer.status_code == 422
    assert f'value="{name}"' in answer.content.decode() or not name


@pytest.mark.req("PC-50")
def test_the_switcher_leads_to_every_artist_and_to_a_new_one(studio: Studio) -> None:
    other = make_artist(creator=make_user(), name="Boreal Sund")
    make_member(other, role=Role.VIEWER, user=studio.manager)
    make_artist(name="Somebody Else")
    html = studio.page()
    assert re.findall(r'<a class="menu__item" href="(/a/[^"]*|/start/)"', html) == [
        "/a/boreal-sund/",
        "/a/halla-norden/",
        "/start/",
    ]
    switched = studio.client.get("/a/boreal-sund/").content.decode()
    assert re.search(r'href="/a/boreal-sund/" aria-current="true"', switched)
    assert '<a class="nav__item" href="/a/boreal-sund/links/">' in switched
    assert "Somebody Else" not in html


@pytest.mark.req("PC-50")
def test_each_artist_shows_its_own_connection(studio: Studio) -> None:
    other = make_artist(creator=studio.manager, name="Boreal Sund")
    with world():
        studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})
    assert "Not Connected" not in studio.page("links/settings/")
    assert "Not Connected" in studio.client.get(f"/a/{other.slug}/links/settings/").content.decode()
    assert connections.spotify_connection(access_of(studio.manager, other)) is None
