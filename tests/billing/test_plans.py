"""An artist's managed-advertising plan: who sets it, who is told, what it stands against."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import access_of, make_artist, make_user

from backline.accounts.models import User
from backline.accounts.services import delete_artist
from backline.accounts.types import ArtistIdentity
from backline.billing import selectors
from backline.billing.models import Plan as PlanRow
from backline.billing.services import set_plan
from backline.billing.types import Plan, Tier
from backline.connections.ports import plans
from backline.core import audit, clock
from backline.core.audit import Actor
from backline.core.errors import NotAllowedError, NotFoundError
from backline.core.ids import new_id
from backline.core.personal_data import PERSONAL_DATA
from backline.server import composition, demo

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user()


@pytest.fixture
def artist(owner: User) -> ArtistIdentity:
    return make_artist(creator=owner)


@pytest.fixture
def operator(client: Client) -> User:
    user = make_user(is_superuser=True, name="Olive Operator")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


def given(artist: ArtistIdentity, tier: Tier = Tier.STARTER, *, is_active: bool = True, note: str = "") -> None:
    actor = Actor(id=None, name="Olive Operator", origin="operator")
    set_plan(artist_id=artist.id, tier=tier, is_active=is_active, note=note, actor=actor)


@pytest.mark.req("PC-51")
def test_a_new_artist_has_no_plan(artist: ArtistIdentity, owner: User) -> None:
    assert selectors.plan_of(access_of(owner, artist)) is None
    assert not selectors.has_plan(artist_id=artist.id)


@pytest.mark.req("PC-51")
def test_a_plan_is_given_changed_and_ended_and_each_is_written_down(artist: ArtistIdentity, owner: User) -> None:
    access = access_of(owner, artist)
    start = clock.now().replace(microsecond=0)
    found = []
    for days, tier, is_active in ((0, Tier.STARTER, True), (1, Tier.PLUS, True), (2, Tier.PLUS, False)):
        with clock.frozen(start + timedelta(days=days)):
            given(artist, tier, is_active=is_active)
            found.append((selectors.plan_of(access), selectors.has_plan(artist_id=artist.id)))
    assert found == [
        (Plan(Tier.STARTER, is_active=True, since=start), True),
        (Plan(Tier.PLUS, is_active=True, since=start + timedelta(days=1)), True),
        (Plan(Tier.PLUS, is_active=False, since=start + timedelta(days=2)), False),
    ]
    entries = list(audit.of_artist(artist.id).filter(action="plan.set"))[::-1]
    assert [(entry.detail["from"], entry.detail["to"]) for entry in entries] == [
        ("no plan", "Starter, active"),
        ("Starter, active", "Plus, active"),
        ("Plus, active", "Plus, ended"),
    ]
    assert {(entry.actor_name, entry.origin, entry.object_name) for entry in entries} == {
        ("Olive Operator", "operator", artist.name)
    }


def test_setting_what_is_set_keeps_its_day_and_its_trace(artist: ArtistIdentity, owner: User) -> None:
    given(artist)
    before = selectors.plan_of(access_of(owner, artist))
    given(artist, note="Agreed by mail")
    assert selectors.plan_of(access_of(owner, artist)) == before
    assert PlanRow.objects.get().note == "Agreed by mail"
    assert audit.of_artist(artist.id).filter(action="plan.set").count() == 1


def test_a_plan_is_one_artists(artist: ArtistIdentity, owner: User) -> None:
    other = make_artist(creator=owner, name="Boreal Sund")
    given(artist)
    assert selectors.plan_of(access_of(owner, other)) is None
    assert not selectors.has_plan(artist_id=other.id)


def test_nobody_who_is_no_artist_gets_a_plan() -> None:
    with pytest.raises(NotFoundError):
        set_plan(artist_id=new_id(), tier=Tier.PLUS, is_active=True, actor=audit.SYSTEM)


@pytest.mark.req("R3")
def test_an_artist_with_an_active_plan_is_not_deleted(artist: ArtistIdentity, owner: User) -> None:
    access = access_of(owner, artist)
    given(artist)
    with pytest.raises(NotAllowedError, match="Managed advertising is active"):
        delete_artist(access, confirmed_name=artist.name)
    given(artist, is_active=False)
    delete_artist(access, confirmed_name=artist.name)
    assert not PlanRow.objects.exists()


def test_connections_are_told_through_their_port(artist: ArtistIdentity) -> None:
    composition.wire()
    assert not plans.get("billing").has_plan(artist_id=artist.id)
    given(artist)
    assert plans.get("billing").has_plan(artist_id=artist.id)


def test_an_operator_sets_plans_on_the_operators_pages(
    client: Client, operator: User, artist: ArtistIdentity, owner: User
) -> None:
    add = reverse("admin:billing_plan_add")
    assert f'<option value="{artist.id}" selected' in client.get(add, {"artist": artist.id}).content.decode()
    form = {"artist": artist.id, "tier": "starter", "is_active": "on", "note": "Agreed by mail"}
    assert client.post(add, form).status_code == 302
    assert "already exists" in client.post(add, form).content.decode()
    change = reverse("admin:billing_plan_change", args=[artist.id])
    assert client.post(change, {"tier": "plus", "note": ""}).status_code == 302
    plan = selectors.plan_of(access_of(owner, artist))
    assert plan is not None
    assert (plan.tier, plan.is_active) == (Tier.PLUS, False)
    assert [(entry.actor_id, entry.origin) for entry in audit.of_artist(artist.id).filter(action="plan.set")] == [
        (operator.pk, "operator")
    ] * 2
    assert client.get(reverse("admin:billing_plan_delete", args=[artist.id])).status_code == 403


def test_an_operator_is_offered_artists_by_name(client: Client, operator: User, artist: ArtistIdentity) -> None:
    make_artist(name="Boreal Sund")
    asked = {"app_label": "billing", "model_name": "plan", "field_name": "artist", "term": "halla"}
    found = client.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert found == [{"id": str(artist.id), "text": artist.name}]


def test_an_operator_finds_a_plan_by_the_artists_name(client: Client, operator: User, artist: ArtistIdentity) -> None:
    given(artist)
    page = reverse("admin:billing_plan_changelist")
    assert artist.name in client.get(page, {"q": "halla"}).content.decode()
    assert artist.name not in client.get(page, {"q": "boreal"}).content.decode()


def test_a_plan_says_which_operator_set_it_until_they_are_erased(artist: ArtistIdentity) -> None:
    operator = make_user(is_superuser=True)
    actor = Actor(id=operator.pk, name=operator.name, origin="operator")
    set_plan(artist_id=artist.id, tier=Tier.PLUS, is_active=True, actor=actor)
    held = PERSONAL_DATA.get("billing")
    (exported,) = held.export(operator.pk)["plans_set"]
    assert (exported["tier"], exported["artist"]) == ("plus", artist.name)
    held.erase(operator.pk)
    assert held.export(operator.pk) == {"plans_set": []}
    assert PlanRow.objects.get().set_by is None


def test_the_demo_artist_has_a_plan(sandbox: object) -> None:
    demo.ensure_person()
    composition.wire()
    demo.load()
    artist_id = demo.artist_of_demo()
    assert artist_id is not None
    assert selectors.has_plan(artist_id=artist_id)
