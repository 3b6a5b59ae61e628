"""An artist of a Spotify address: found or made, once, however many ask at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection
from tests.factories.accounts import access_of, make_artist, make_member, make_user
from tests.factories.stand_ins import ARTIST_ID, ARTIST_URL, World, found_release, world

from backline.accounts.models import Artist
from backline.accounts.selectors import artist_identity, artists_of
from backline.accounts.types import Role
from backline.catalog.models import CatalogImport
from backline.connections.selectors import artists_connected_to
from backline.connections.services import artist_from_spotify, connect_spotify
from backline.core.errors import Rejected


@pytest.fixture
def outside() -> Iterator[World]:
    with world(releases=[found_release(1)]) as made:
        yield made


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_artist_and_one_import(outside: World) -> None:
    user_id = make_user().pk
    start = Barrier(4)

    def ask(_: int) -> UUID:
        try:
            with connection.cursor():  # connected before the start
                start.wait(timeout=10)
            return artist_from_spotify(user_id=user_id, url=ARTIST_URL).artist_id
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(ask, range(4)))
    (artist,) = artists_of(user_id=user_id)
    assert (artist.slug, found) == ("halla-norden", {artist.id})
    assert artists_connected_to(spotify_artist_id=ARTIST_ID) == (artist.id,)
    assert CatalogImport.objects.filter(artist_id=artist.id).count() == 1


@pytest.mark.django_db
def test_the_artist_may_have_a_name_of_their_own(outside: World) -> None:
    access = artist_from_spotify(user_id=make_user().pk, url=ARTIST_URL, name="Halla & Friends", origin="cli")
    assert artist_identity(artist_id=access.artist_id).name == "Halla & Friends"


@pytest.mark.django_db
def test_an_artist_that_one_may_only_look_at_is_not_taken(outside: World) -> None:
    owner, viewer = make_user(), make_user()
    theirs = make_artist(creator=owner)
    connect_spotify(access_of(owner, theirs), url=ARTIST_URL)
    make_member(theirs, role=Role.VIEWER, user=viewer)
    assert artist_from_spotify(user_id=owner.pk, url=ARTIST_URL).artist_id == theirs.id
    assert artist_from_spotify(user_id=viewer.pk, url=ARTIST_URL).artist_id != theirs.id


@pytest.mark.django_db
def test_what_is_no_artist_makes_none(outside: World) -> None:
    with pytest.raises(Rejected, match=r"This is an album or single\. Paste the address of the artist's own page"):
        artist_from_spotify(user_id=make_user().pk, url="https://open.spotify.com/album/0Album")
    assert Artist.objects.count() == 0
