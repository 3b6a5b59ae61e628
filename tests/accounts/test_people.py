"""A person's own settings, their log, their copy, and being forgotten."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.urls import reverse
from tests.factories.accounts import access_of, make_artist, make_member, make_organization, make_user

from backline.accounts import selectors, services
from backline.accounts.models import Membership, Organization, User
from backline.accounts.types import Role
from backline.core import audit
from backline.core.errors import NotAllowedError, Rejected
from backline.core.personal_data import PERSONAL_DATA

pytestmark = pytest.mark.django_db


@pytest.mark.req("PP-10")
def test_an_account_holds_name_address_language_and_zone():
    me = make_user(email="Jo@Example.org", name="Jo")
    services.change_person(user_id=me.pk, name=" Jo Marlow ", language="en", timezone="Europe/Oslo")
    person = selectors.person(user_id=me.pk)
    assert (person.email, person.name, person.language, person.timezone, person.has_password) == (
        "jo@example.org",
        "Jo Marlow",
        "en",
        "Europe/Oslo",
        False,
    )
    line = selectors.activity_of(user_id=me.pk).lines[0]
    assert (line.actor_name, line.action, line.detail) == (
        "Jo Marlow",
        "person.change_settings",
        {"changed": "name, timezone"},
    )


def test_every_bad_field_is_named():
    with pytest.raises(Rejected) as refused:
        services.change_person(user_id=make_user().pk, name="", language="xx", timezone="Mars/Olympus")
    assert list(refused.value.field_errors) == ["name", "language", "timezone"]


def test_an_address_has_one_account():
    make_user(email="jo@example.org")
    with pytest.raises(Rejected) as refused:
        services.create_person(email="JO@example.org", password=None, name="Jo")
    assert list(refused.value.field_errors) == ["email"]


@pytest.mark.req("PP-50")
def test_a_log_pages_from_newest_to_oldest():
    me = make_user()
    artist = make_artist(creator=me, name="Name 0")
    access = access_of(me, artist)
    for number in range(1, 5):
        services.rename_artist(access, name=f"Name {number}")
    first = selectors.artist_log(access, limit=2)
    second = selectors.artist_log(access, limit=2, cursor=first.next_cursor)
    third = selectors.artist_log(access, limit=2, cursor=second.next_cursor)
    assert [line.detail for page in (first, second, third) for line in page.lines] == [
        {"from": "Name 3", "to": "Name 4"},
        {"from": "Name 2", "to": "Name 3"},
        {"from": "Name 1", "to": "Name 2"},
        {"from": "Name 0", "to": "Name 1"},
        {"slug": "name-0"},
    ]
    assert third.next_cursor == ""
    assert selectors.artist_log(access, cursor="rubbish").lines[0] == first.lines[0]


def test_an_organizations_log_holds_what_was_done_to_its_artists():
    me = make_user()
    place = make_organization(creator=me)
    artist = make_artist(creator=me, organization_id=place)
    audit.record(
        "link.publish",
        actor=selectors.actor_of(access_of(me, artist)),
        object_type="link",
        object_name="Kettle",
        artist_id=artist.id,
    )
    lines = selectors.organization_log(selectors.organization_access(user_id=me.pk, organization_id=place)).lines
    assert [(line.action, line.item) for line in lines] == [
        ("link.publish", "Kettle"),
        ("artist.create", "Halla Norden"),
        ("organization.create", "Night Ferry Records"),
    ]


def test_an_erased_person_is_nowhere_and_the_organization_goes_on():
    head, admin = make_user(name="Jo Marlow", email="jo@example.org"), make_user(name="Rika Sund")
    place = make_organization(creator=head)
    artist = make_artist(creator=head, organization_id=place)
    make_member(organization_id=place, role=Role.ADMIN, user=admin)
    services.erase_person(user_id=head.pk)
    erased = User.objects.get(pk=head.pk)
    assert (erased.email, erased.name, erased.is_active) == (f"{head.pk.hex}@erased.invalid", "", False)
    assert Organization.objects.get(pk=place).creator_id == admin.pk
    assert access_of(admin, artist).role is Role.ADMIN
    assert not EmailAddress.objects.filter(user=head).exists()
    assert not Membership.objects.filter(user=head).exists()
    assert {entry.actor_name for entry in audit.of_actor(head.pk)} == {""}
    assert selectors.artist_log(access_of(admin, artist)).lines[0].actor_name == ""
    assert make_user(email="jo@example.org").pk != head.pk


def test_erasing_waits_until_the_others_have_an_admin():
    head = make_user()
    place = make_organization(creator=head, name="Night Ferry Records")
    make_member(organization_id=place, role=Role.EDITOR)
    with pytest.raises(NotAllowedError, match="Night Ferry Records would be without an admin"):
        services.erase_person(user_id=head.pk)
    assert User.objects.get(pk=head.pk).is_active


def test_the_room_says_what_it_holds_and_gives_a_copy():
    me = make_user(email="jo@example.org", name="Jo Marlow")
    make_artist(creator=me, name="Halla Norden")
    room = PERSONAL_DATA.get("accounts")
    copy = room.export(me.pk)
    assert (copy["account"]["email"], copy["artists_created"]) == ("jo@example.org", ["Halla Norden"])
    assert [entry["action"] for entry in copy["activity"]] == ["artist.create", "organization.create"]
    assert {holding.table for holding in room.holdings} >= {"accounts.User", "accounts.Invitation", "core.AuditEntry"}
    room.erase(me.pk)
    assert not User.objects.get(pk=me.pk).is_active


def test_an_operator_who_makes_another_one_is_written_down(client):
    operator, person = make_user(name="Ola Operator", is_superuser=True), make_user(name="Rika Sund")
    client.force_login(operator)
    address = reverse("admin:accounts_user_change", args=[person.pk])
    fields = {"name": "Rika Sund", "language": "en", "timezone": "UTC", "is_active": "on"}
    assert client.post(address, fields | {"is_staff": "on", "is_superuser": "on"}).status_code == 302
    person.refresh_from_db()
    assert (person.is_active, person.is_staff, person.is_superuser) == (True, True, True)
    entry = audit.of_actor(operator.pk)[0]
    assert (entry.action, entry.object_id, entry.detail, entry.origin) == (
        "person.change_rights",
        person.pk,
        {"is_staff": True, "is_superuser": True},
        "operator",
    )
    assert selectors.activity_of(user_id=operator.pk).lines[0].item == "Rika Sund"
    before = audit.of_actor(operator.pk).count()
    assert client.post(address, fields | {"is_staff": "on", "is_superuser": "on", "name": "Rika"}).status_code == 302
    person.refresh_from_db()
    assert person.name == "Rika"
    assert audit.of_actor(operator.pk).count() == before


def test_operators_sign_in_where_everybody_does(client):
    answer = client.get(reverse("admin:login"), {"next": "/operator/"})
    assert (answer.status_code, answer["Location"]) == (302, f"{reverse('account_login')}?next=%2Foperator%2F")
    assert hasattr(admin.site.login.__wrapped__, "__self__"), "it is wrapped once"
