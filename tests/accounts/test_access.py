"""Who may do what (R3): the order of resolution, and every role against every act, own and foreign."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from tests.factories.accounts import (
    access_of,
    make_artist,
    make_member,
    make_organization,
    make_user,
    organization_access_of,
)

from backline.accounts import selectors, services
from backline.accounts.models import Membership, User
from backline.accounts.types import ArtistAccess, ArtistIdentity, OrganizationAccess, Role, Source
from backline.core.errors import NotAllowedError, NotFoundError
from backline.core.ids import new_id

pytestmark = [pytest.mark.django_db, pytest.mark.req("PP-50", "R3")]


def test_the_first_match_wins_operator_creator_direct_organization():
    label = make_user()
    artist = make_artist(creator=label)
    person = make_user()
    with pytest.raises(NotFoundError):
        access_of(person, artist)

    make_member(organization_id=artist.organization_id, role=Role.ADMIN, user=person)
    assert (access_of(person, artist).role, access_of(person, artist).source) == (Role.ADMIN, Source.ORGANIZATION)

    make_member(artist, role=Role.VIEWER, user=person)
    assert (access_of(person, artist).role, access_of(person, artist).source) == (Role.VIEWER, Source.DIRECT)

    assert (access_of(label, artist).role, access_of(label, artist).source) == (Role.ADMIN, Source.CREATOR)
    make_member(artist, role=Role.VIEWER, user=label)
    assert (access_of(label, artist).role, access_of(label, artist).source) == (Role.ADMIN, Source.CREATOR)

    User.objects.filter(pk=person.pk).update(is_superuser=True)
    assert (access_of(person, artist).role, access_of(person, artist).source) == (Role.ADMIN, Source.SUPER_ADMIN)


def test_the_organizations_creator_is_an_admin_of_its_artists():
    head = make_user()
    organization_id = make_organization(creator=head)
    editor = make_member(organization_id=organization_id, role=Role.EDITOR)
    artist = make_artist(creator=editor, organization_id=organization_id)
    assert (access_of(head, artist).role, access_of(head, artist).source) == (Role.ADMIN, Source.ORGANIZATION)
    assert organization_access_of(head, organization_id).is_creator


def test_somebody_elses_artist_looks_like_none_at_all():
    stranger, artist = make_user(), make_artist()
    with pytest.raises(NotFoundError) as foreign:
        selectors.artist_access(user_id=stranger.pk, slug=artist.slug)
    with pytest.raises(NotFoundError) as absent:
        selectors.artist_access(user_id=stranger.pk, slug="no-such-artist")
    assert foreign.value.message == absent.value.message
    with pytest.raises(NotFoundError) as foreign:
        selectors.organization_access(user_id=stranger.pk, organization_id=artist.organization_id)
    with pytest.raises(NotFoundError) as absent:
        selectors.organization_access(user_id=stranger.pk, organization_id=new_id())
    assert foreign.value.message == absent.value.message


def test_a_locked_account_has_no_access():
    creator = make_user()
    artist = make_artist(creator=creator)
    User.objects.filter(pk=creator.pk).update(is_active=False)
    with pytest.raises(NotFoundError):
        access_of(creator, artist)


def test_membership_of_one_artist_opens_no_other_of_the_organization():
    head = make_user()
    organization_id = make_organization(creator=head)
    one = make_artist(creator=head, name="One", organization_id=organization_id)
    other = make_artist(creator=head, name="Other", organization_id=organization_id)
    editor = make_member(one, role=Role.EDITOR)
    assert access_of(editor, one).can_edit
    with pytest.raises(NotFoundError):
        access_of(editor, other)
    with pytest.raises(NotFoundError):
        organization_access_of(editor, organization_id)


def test_the_system_acts_as_nobody():
    artist = make_artist()
    access = selectors.system_access(artist_id=artist.id)
    assert (access.role, access.source) == (Role.ADMIN, Source.SUPER_ADMIN)
    assert selectors.actor_of(access, origin="cli").id is None
    with pytest.raises(NotFoundError):
        selectors.system_access(artist_id=new_id())


@pytest.mark.req("PC-50")
def test_the_switcher_holds_what_is_mine_with_my_role():
    me = make_user()
    own = make_artist(creator=me, name="Zeta")
    shared = make_artist(name="Alpha")
    make_member(shared, role=Role.EDITOR, user=me)
    inherited = make_artist(name="Mid")
    make_member(organization_id=inherited.organization_id, role=Role.VIEWER, user=me)
    make_artist(name="Somebody else's")
    found = [(one.name, one.slug, one.role) for one in selectors.artists_of(user_id=me.pk)]
    assert found == [
        ("Alpha", shared.slug, Role.EDITOR),
        ("Mid", inherited.slug, Role.VIEWER),
        ("Zeta", own.slug, Role.ADMIN),
    ]


@pytest.mark.req("PC-50")
@pytest.mark.parametrize("artists", [1, 3])
def test_the_switcher_asks_once_however_many_artists(artists, django_assert_num_queries):
    me = make_user()
    for number in range(artists):
        make_artist(creator=me, name=f"Artist {number}")
    with django_assert_num_queries(1):
        assert len(selectors.artists_of(user_id=me.pk)) == artists


ArtistAct = Callable[[ArtistAccess, User], object]
ARTIST_ACTS: dict[str, tuple[Role, ArtistAct]] = {
    "look": (Role.VIEWER, lambda access, other: selectors.artist_detail(access)),
    "see the team": (Role.VIEWER, lambda access, other: selectors.artist_team(access)),
    "see the log": (Role.VIEWER, lambda access, other: selectors.artist_log(access)),
    "rename": (Role.EDITOR, lambda access, other: services.rename_artist(access, name="New Name")),
    "change the address": (Role.EDITOR, lambda access, other: services.change_artist_slug(access, slug="new-address")),
    "choose genres": (Role.EDITOR, lambda access, other: services.choose_genres(access, genres=["Folk"])),
    "follow found genres": (Role.EDITOR, lambda access, other: services.follow_found_genres(access)),
    "invite": (
        Role.ADMIN,
        lambda access, other: services.invite_to_artist(access, email="new@example.org", role=Role.VIEWER),
    ),
    "change a member's role": (
        Role.ADMIN,
        lambda access, other: services.change_artist_member(access, user_id=other.pk, role=Role.EDITOR),
    ),
    "remove a member": (
        Role.ADMIN,
        lambda access, other: services.remove_artist_member(access, user_id=other.pk),
    ),
    "delete": (Role.ADMIN, lambda access, other: services.delete_artist(access, confirmed_name="Halla Norden")),
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("through", ["artist", "organization"])
@pytest.mark.parametrize("act", ARTIST_ACTS)
def test_every_act_on_an_artist_needs_its_role(act, through, role):
    needed, do = ARTIST_ACTS[act]
    artist = make_artist(name="Halla Norden")
    other = make_member(artist, role=Role.VIEWER)
    if through == "artist":
        member = make_member(artist, role=role)
    else:
        member = make_member(organization_id=artist.organization_id, role=role)
    access = access_of(member, artist)
    assert access.role is role
    if role.rank >= needed.rank:
        do(access, other)
    else:
        with pytest.raises(NotAllowedError):
            do(access, other)


OrganizationAct = Callable[[OrganizationAccess, User], object]
ORGANIZATION_ACTS: dict[str, tuple[Role, OrganizationAct]] = {
    "look": (Role.VIEWER, lambda access, other: selectors.organization_detail(access)),
    "see the team": (Role.VIEWER, lambda access, other: selectors.organization_team(access)),
    "see the log": (Role.VIEWER, lambda access, other: selectors.organization_log(access)),
    "create an artist": (
        Role.EDITOR,
        lambda access, other: services.create_artist(
            user_id=access.user_id, name="Another", organization_id=access.organization_id
        ),
    ),
    "invite": (
        Role.ADMIN,
        lambda access, other: services.invite_to_organization(access, email="new@example.org", role=Role.VIEWER),
    ),
    "change a member's role": (
        Role.ADMIN,
        lambda access, other: services.change_organization_member(access, user_id=other.pk, role=Role.EDITOR),
    ),
    "remove a member": (
        Role.ADMIN,
        lambda access, other: services.remove_organization_member(access, user_id=other.pk),
    ),
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("act", ORGANIZATION_ACTS)
def test_every_act_on_an_organization_needs_its_role(act, role):
    needed, do = ORGANIZATION_ACTS[act]
    organization_id = make_organization()
    other = make_member(organization_id=organization_id, role=Role.VIEWER)
    access = organization_access_of(make_member(organization_id=organization_id, role=role), organization_id)
    if role.rank >= needed.rank:
        do(access, other)
    else:
        with pytest.raises(NotAllowedError):
            do(access, other)


def test_an_admin_of_one_place_reaches_nobody_of_another():
    artist, foreign = make_artist(), make_artist()
    admin, victim = make_member(artist, role=Role.ADMIN), make_member(foreign, role=Role.VIEWER)
    access = access_of(admin, artist)
    for act in (
        lambda: services.change_artist_member(access, user_id=victim.pk, role=Role.ADMIN),
        lambda: services.remove_artist_member(access, user_id=victim.pk),
        lambda: services.revoke_invitation(access, invitation_id=_foreign_invitation(foreign)),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert Membership.objects.get(user=victim).role == Role.VIEWER


def _foreign_invitation(artist: ArtistIdentity) -> UUID:
    admin = make_member(artist, role=Role.ADMIN)
    return services.invite_to_artist(access_of(admin, artist), email="guest@example.org", role=Role.VIEWER)
