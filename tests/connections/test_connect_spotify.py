"""Connecting Spotify: which addresses are taken, whose catalogue it is, what follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.factories.accounts import access_of, make_access, make_artist, make_organization, make_user
from tests.factories.stand_ins import ARTIST_ID, ARTIST_URL, World, found_release, world
from tests.plugins.jobs import DrainJobs

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess, Role
from backline.catalog.selectors import import_progress
from backline.catalog.types import SourceRef
from backline.connections import rules
from backline.connections.models import Connection
from backline.connections.selectors import artists_connected_to, spotify_connection
from backline.connections.services import connect_spotify, disconnect, reset, settle_claim
from backline.connections.types import ClaimBasis
from backline.contract import pages
from backline.core import audit
from backline.core.audit import SYSTEM
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.links.models import PublishedPage, SmartLink

pytestmark = pytest.mark.django_db


@pytest.fixture
def outside() -> Iterator[World]:
    with world(releases=[found_release(1), found_release(2)]) as made:
        yield made


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    "text",
    [
        ARTIST_URL,
        f"  {ARTIST_URL}\n",
        f"{ARTIST_URL}?si=0123abc",
        f"https://open.spotify.com/intl-de/artist/{ARTIST_ID}?si=0123abc&nd=1",
        f"spotify:artist:{ARTIST_ID}",
    ],
)
def test_an_artists_address_is_taken_in_every_form(access: ArtistAccess, outside: World, text: str) -> None:
    connected = connect_spotify(access, url=text)
    assert (connected.external_id, connected.name, connected.url) == (ARTIST_ID, "Halla Norden", ARTIST_URL)


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ARTIST_URL.replace("artist", "track"), "This is a track."),
        (ARTIST_URL.replace("artist", "album"), "This is an album or single."),
        (ARTIST_URL.replace("artist", "playlist"), "This is a playlist."),
        (ARTIST_URL.replace("artist", "user"), "This is a listener's profile."),
        ("spotify:track:abc", "This is a track."),
        ("940913972097", "This is a UPC"),
        ("ZZ-BLN-19-45562", "This is an ISRC"),
        ("https://spotify.link/AbC", "short link"),
        ("https://www.deezer.com/artist/1", "www.deezer.com is not Spotify"),
        ("https://open.spotify.com/search/x", "leads to something else"),
        ("Halla Norden", "no address or code"),
        ("", "Paste the address of the artist's own page"),
        ("a" * 5000, "too long"),
        ("https://[open.spotify.com/artist/1", "no address or code"),
    ],
)
def test_anything_else_is_refused_by_its_name(access: ArtistAccess, outside: World, text: str, words: str) -> None:
    with pytest.raises(Rejected) as refused:
        connect_spotify(access, url=text)
    assert words in refused.value.field_errors["url"]
    assert spotify_connection(access) is None
    assert outside.catalog.calls == []


def test_an_artist_that_does_not_exist_is_refused(access: ArtistAccess, outside: World) -> None:
    outside.catalog.artist_ = None
    with pytest.raises(Rejected) as refused:
        connect_spotify(access, url=ARTIST_URL)
    assert refused.value.field_errors == {"url": "Spotify has no such artist."}
    assert import_progress(access) is None


@pytest.mark.req("PC-02")
def test_connections_belong_to_one_artist(outside: World) -> None:
    user = make_user()
    first, second = (access_of(user, make_artist(creator=user, name=name)) for name in ("Halla Norden", "Jo Kessel"))
    connect_spotify(first, url=ARTIST_URL)
    assert spotify_connection(second) is None
    other = ARTIST_URL.replace(ARTIST_ID, "0ArtistJoKessel0000000")
    connect_spotify(second, url=other)
    mine, theirs = spotify_connection(first), spotify_connection(second)
    assert mine is not None
    assert theirs is not None
    assert (mine.url, theirs.external_id) == (ARTIST_URL, "0ArtistJoKessel0000000")
    assert Connection.objects.count() == 2


def test_connecting_gives_the_artist_picture_and_genres(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    artist = accounts.artist_identity(artist_id=access.artist_id)
    assert artist.genres == ("art pop",)
    assert artist.image_key.endswith(".png")
    hub = pages.decode(bytes(PublishedPage.objects.get(path=artist.slug).document))
    assert isinstance(hub, pages.PublishedPage)
    assert hub.artwork is not None
    assert hub.artwork.key == artist.image_key


def test_a_new_picture_is_no_reason_to_publish_every_page_again(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    connect_spotify(access, url=ARTIST_URL)
    assert "links.republish_artist" not in drain_jobs(hurry=True)


def test_connecting_the_same_again_keeps_one_and_imports_again(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    first = import_progress(access)
    outside.catalog.artist_ = replace(outside.catalog.artist_, name="HALLA NORDEN")  # type: ignore[type-var]
    assert connect_spotify(access, url=f"{ARTIST_URL}?si=1").name == "HALLA NORDEN"
    second = import_progress(access)
    assert Connection.objects.count() == 1
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert [entry.action for entry in audit.of_artist(access.artist_id) if entry.action.startswith("connection")] == [
        "connection.connect"
    ]


def test_another_artist_is_refused_once_connected(access: ArtistAccess, outside: World) -> None:
    connect_spotify(access, url=ARTIST_URL)
    with pytest.raises(Rejected) as refused:
        connect_spotify(access, url=ARTIST_URL.replace(ARTIST_ID, "0SomebodyElse000000000"))
    assert "connected to Halla Norden" in refused.value.field_errors["url"]


def test_viewers_do_not_connect(outside: World) -> None:
    viewer = make_access(Role.VIEWER)
    with pytest.raises(NotAllowedError):
        connect_spotify(viewer, url=ARTIST_URL)


def test_the_same_spotify_artist_twice_in_one_organization_is_fine(outside: World) -> None:
    user = make_user()
    organization = make_organization(creator=user)
    for name in ("Halla Norden", "Halla Norden Live"):
        artist = make_artist(creator=user, name=name, organization_id=organization)
        assert connect_spotify(access_of(user, artist), url=ARTIST_URL).claim_basis is ClaimBasis.CLEAR
    assert len(artists_connected_to(spotify_artist_id=ARTIST_ID)) == 2


@pytest.mark.req("SL-11")
def test_a_catalogue_that_another_organization_has_waits_for_an_operator(
    access: ArtistAccess, outside: World, drain_jobs: DrainJobs
) -> None:
    connect_spotify(access, url=ARTIST_URL)
    drain_jobs(hurry=True)
    second = make_access()
    assert connect_spotify(second, url=ARTIST_URL).claim_basis is ClaimBasis.CONTESTED
    drain_jobs(hurry=True)
    mine = SmartLink.objects.filter(artist_id=second.artist_id)
    assert set(mine.values_list("claim_status", flat=True)) == {"pending_ops_review"}
    assert not PublishedPage.objects.filter(artist_id=second.artist_id).exists(), "not even the hub exists"

    settle_claim(artist_id=second.artist_id, is_confirmed=True, actor=SYSTEM)
    drain_jobs(hurry=True)
    assert set(mine.values_list("claim_status", flat=True)) == {"approved_by_ops"}
    kinds = PublishedPage.objects.filter(artist_id=second.artist_id).values_list("kind", flat=True)
    assert sorted(kinds) == ["hub", "redirect", "redirect", "release", "release"]

    settle_claim(artist_id=second.artist_id, is_confirmed=False, actor=SYSTEM)
    drain_jobs(hurry=True)
    assert set(mine.values_list("claim_status", flat=True)) == {"rejected"}
    gone = [pages.decode(bytes(page.document)) for page in PublishedPage.objects.filter(artist_id=second.artist_id)]
    assert [isinstance(page, pages.Gone) and page.is_secret for page in gone] == [True] * 5
    assert SmartLink.objects.filter(artist_id=access.artist_id, claim_status="auto_approved").count() == 2


@pytest.mark.parametrize("word", [True, False, None])
def test_a_claim_outlives_a_reset(access: ArtistAccess, outside: World, word: bool | None) -> None:
    """To clear the connection and make it again must not open pages that wait for an operator, or were refused."""
    connect_spotify(make_access(), url=ARTIST_URL)
    before = connect_spotify(access, url=ARTIST_URL).claim_basis
    if word is not None:
        settle_claim(artist_id=access.artist_id, is_confirmed=word, actor=SYSTEM)
        before = ClaimBasis.CONFIRMED if word else ClaimBasis.REFUSED
    disconnect(access, provider="spotify")
    reset(access, provider="spotify")
    cleared = spotify_connection(access)
    assert cleared is not None
    assert (cleared.claim_basis, cleared.is_live) == (before, False)
    assert connect_spotify(access, url=ARTIST_URL).claim_basis is before


def test_an_operators_word_needs_a_connection(access: ArtistAccess) -> None:
    with pytest.raises(NotFoundError):
        settle_claim(artist_id=access.artist_id, is_confirmed=True, actor=SYSTEM)


@pytest.mark.parametrize(
    ("elsewhere", "popularity", "review_from", "basis"),
    [
        (False, None, 80, ClaimBasis.CLEAR),
        (False, 79, 80, ClaimBasis.CLEAR),
        (False, 80, 80, ClaimBasis.PROMINENT),
        (False, 100, None, ClaimBasis.CLEAR),
        (True, None, None, ClaimBasis.CONTESTED),
        (True, 99, 80, ClaimBasis.CONTESTED),
    ],
)
def test_who_is_believed_at_once(
    *, elsewhere: bool, popularity: int | None, review_from: int | None, basis: ClaimBasis
) -> None:
    found = rules.claim_basis(is_held_elsewhere=elsewhere, popularity=popularity, review_from=review_from)
    assert found is basis


def test_only_an_artist_is_an_artist() -> None:
    assert rules.artist_id_of(SourceRef("artist", "abc")) == "abc"
