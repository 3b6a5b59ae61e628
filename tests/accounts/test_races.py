"""Two people at once, on two connections: one wins, nothing is doubled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection
from tests.factories.accounts import (
    access_of,
    make_artist,
    make_member,
    make_organization,
    make_user,
    organization_access_of,
)

from backline.accounts import services
from backline.accounts.models import Artist, Membership, Organization
from backline.accounts.services.invitations import token_of
from backline.accounts.types import Role
from backline.core.errors import BacklineError, Rejected

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")


def _at_once(*acts: Callable[[], T]) -> list[T | BacklineError]:
    """Run the acts at the same moment, each on its own connection; an expected error is its result."""
    start = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | BacklineError:
        try:
            with connection.cursor():  # connected before the start
                start.wait(timeout=10)
            return act()
        except BacklineError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_artists_of_one_name_get_different_addresses():
    people = [make_user() for _ in range(6)]
    made = _at_once(*(lambda person=person: make_artist(creator=person, name="Nova") for person in people))
    assert sorted(artist.slug for artist in made) == ["nova", *(f"nova-{number}" for number in range(2, 7))]


def test_one_address_goes_to_one_artist():
    people = [make_user() for _ in range(4)]
    accesses = [access_of(person, make_artist(creator=person, name=f"Artist {person.name}")) for person in people]
    results = _at_once(*(lambda access=access: services.change_artist_slug(access, slug="nova") for access in accesses))
    refused = [result.message for result in results if isinstance(result, Rejected)]
    assert refused == ["This address is taken. Choose another one."] * 3
    assert Artist.objects.filter(slug="nova").count() == 1


def test_an_invitation_is_accepted_once():
    artist = make_artist()
    admin = make_member(artist, role=Role.ADMIN)
    token = token_of(services.invite_to_artist(access_of(admin, artist), email="guest@example.org", role=Role.VIEWER))
    guest = make_user(email="guest@example.org")
    results = _at_once(*[lambda: services.accept_invitation(user_id=guest.pk, token=token)] * 4)
    refused = [result for result in results if isinstance(result, Rejected)]
    assert [error.message for error in refused] == ["This invitation has been used already."] * 3
    assert Membership.objects.filter(user=guest).count() == 1


def test_the_last_place_is_taken_once():
    me = make_user()
    place = make_organization(creator=me)
    for number in range(9):
        make_artist(creator=me, name=f"Artist {number}", organization_id=place)
    results = _at_once(
        *(
            lambda name=name: make_artist(creator=me, name=name, organization_id=place)
            for name in ("One", "Two", "Three")
        )
    )
    assert len([result for result in results if isinstance(result, Rejected)]) == 2
    assert Artist.objects.filter(organization_id=place).count() == 10


def test_two_first_artists_make_one_organization():
    me = make_user()
    _at_once(*(lambda name=name: make_artist(creator=me, name=name) for name in ("One", "Two")))
    assert (Artist.objects.count(), Organization.objects.count()) == (2, 1)


def test_two_admins_who_leave_at_once_leave_one_behind():
    head = make_user()
    place = make_organization(creator=head)
    other = make_member(organization_id=place, role=Role.ADMIN)
    accesses = [organization_access_of(person, place) for person in (head, other)]
    results = _at_once(*(lambda access=access: services.leave_organization(access) for access in accesses))
    assert results.count(None) == 1
    assert Membership.objects.filter(organization_id=place, role=Role.ADMIN).count() == 1
