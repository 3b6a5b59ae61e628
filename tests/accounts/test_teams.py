"""Organizations and their people: names, roles, leaving, and never being without an admin."""

from __future__ import annotations

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
from backline.accounts.models import Artist, Membership, Organization, User
from backline.accounts.types import Role, Source
from backline.core import audit
from backline.core.errors import NotAllowedError, NotFoundError, Rejected

pytestmark = [pytest.mark.django_db, pytest.mark.req("R3")]


def test_only_the_creator_renames_an_organization():
    head = make_user()
    place = make_organization(creator=head, name="Before")
    admin = make_member(organization_id=place, role=Role.ADMIN)
    with pytest.raises(NotAllowedError, match="created the organization"):
        services.rename_organization(organization_access_of(admin, place), name="After")
    services.rename_organization(organization_access_of(head, place), name=" After ")
    assert Organization.objects.get(pk=place).name == "After"
    entry = audit.of_organization(place)[0]
    assert (entry.action, entry.detail) == ("organization.rename", {"from": "Before", "to": "After"})
    with pytest.raises(Rejected):
        services.rename_organization(organization_access_of(head, place), name="")


def test_my_organizations_with_role_and_room():
    me = make_user()
    own = make_organization(creator=me, name="Own")
    make_artist(creator=me, organization_id=own)
    other = make_organization(name="Another")
    make_member(organization_id=other, role=Role.VIEWER, user=me)
    make_organization(name="Somebody else's")
    found = [
        (one.name, one.role, one.is_creator, one.artists, one.room) for one in selectors.organizations_of(user_id=me.pk)
    ]
    assert found == [("Another", Role.VIEWER, False, 0, 10), ("Own", Role.ADMIN, True, 1, 9)]


def test_a_team_list_names_each_person_once_with_the_role_that_counts():
    creator, head = make_user(name="Creator"), make_user(name="Head")
    place = make_organization(creator=head)
    make_member(organization_id=place, role=Role.EDITOR, user=creator)
    artist = make_artist(creator=creator, organization_id=place)
    both = make_user(name="Both")
    make_member(organization_id=place, role=Role.ADMIN, user=both)
    make_member(artist, role=Role.VIEWER, user=both)
    gone = make_member(artist, role=Role.VIEWER, user=make_user(name="Gone"))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    team = [
        (one.name, one.role, one.source, one.is_you, one.is_fixed)
        for one in selectors.artist_team(access_of(both, artist))
    ]
    assert team == [
        ("Creator", Role.ADMIN, Source.CREATOR, False, True),
        ("Both", Role.VIEWER, Source.DIRECT, True, False),
        ("Head", Role.ADMIN, Source.ORGANIZATION, False, True),
    ]
    organization = selectors.organization_team(organization_access_of(head, place))
    assert [(one.name, one.role, one.is_fixed) for one in organization] == [
        ("Head", Role.ADMIN, True),
        ("Both", Role.ADMIN, False),
        ("Creator", Role.EDITOR, False),
    ]


@pytest.mark.parametrize("members", [1, 3])
def test_a_team_list_asks_as_often_however_many_members(members, django_assert_num_queries):
    head = make_user()
    artist = make_artist(creator=head)
    access = access_of(head, artist)
    for _ in range(members):
        make_member(artist)
        make_member(organization_id=artist.organization_id)
    with django_assert_num_queries(3):
        assert len(selectors.artist_team(access)) == 1 + 2 * members


def test_a_role_is_changed_and_written_down():
    head = make_user()
    artist = make_artist(creator=head)
    member = make_member(artist, role=Role.VIEWER)
    services.change_artist_member(access_of(head, artist), user_id=member.pk, role=Role.EDITOR)
    assert access_of(member, artist).role is Role.EDITOR
    line = selectors.artist_log(access_of(head, artist)).lines[0]
    assert (line.action, line.item, line.detail) == (
        "member.change_role",
        member.name,
        {"from": "Viewer", "to": "Editor"},
    )
    services.erase_person(user_id=member.pk)
    line = selectors.artist_log(access_of(head, artist)).lines[0]
    assert (line.action, line.item) == ("member.change_role", "somebody who is no longer here")


def test_a_removed_member_has_no_access_and_keeps_none_through_what_they_created():
    head = make_user()
    place = make_organization(creator=head)
    editor = make_member(organization_id=place, role=Role.EDITOR)
    artist = make_artist(creator=editor, organization_id=place)
    services.remove_organization_member(organization_access_of(head, place), user_id=editor.pk)
    with pytest.raises(NotFoundError):
        access_of(editor, artist)
    assert Artist.objects.get(pk=artist.id).creator_id == head.pk
    with pytest.raises(NotFoundError):
        services.remove_organization_member(organization_access_of(head, place), user_id=editor.pk)


def test_a_viewer_may_leave_an_artist_by_themselves():
    artist = make_artist()
    viewer = make_member(artist, role=Role.VIEWER)
    services.remove_artist_member(access_of(viewer, artist), user_id=viewer.pk)
    with pytest.raises(NotFoundError):
        access_of(viewer, artist)
    assert audit.of_artist(artist.id)[0].action == "member.leave"


def test_the_creator_is_neither_demoted_nor_removed():
    head = make_user()
    place = make_organization(creator=head)
    access = organization_access_of(make_member(organization_id=place, role=Role.ADMIN), place)
    with pytest.raises(NotAllowedError, match="stays an admin"):
        services.change_organization_member(access, user_id=head.pk, role=Role.VIEWER)
    with pytest.raises(NotAllowedError, match="cannot be removed"):
        services.remove_organization_member(access, user_id=head.pk)


def test_an_organization_is_never_without_an_admin():
    head = make_user()
    place = make_organization(creator=head)
    editor = make_member(organization_id=place, role=Role.EDITOR)
    access = organization_access_of(head, place)
    with pytest.raises(NotAllowedError, match="only admin"):
        services.leave_organization(access)
    services.change_organization_member(access, user_id=editor.pk, role=Role.ADMIN)
    artist = make_artist(creator=head, organization_id=place)
    services.leave_organization(access)
    assert Organization.objects.get(pk=place).creator_id == editor.pk
    with pytest.raises(NotFoundError):
        access_of(head, artist)
    assert access_of(editor, artist).role is Role.ADMIN
    with pytest.raises(NotAllowedError, match="only admin"):
        services.leave_organization(organization_access_of(editor, place))
    assert Membership.objects.filter(organization_id=place, role=Role.ADMIN).count() == 1
