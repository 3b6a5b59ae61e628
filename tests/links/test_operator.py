"""What an operator does under /operator/, and what the three rooms hold about people."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import access_of, make_artist, make_user
from tests.factories.links import make_link
from tests.factories.pages_now import gone_at, page_at
from tests.factories.stand_ins import ARTIST_URL, StandInLinks, found_release, world
from tests.plugins.jobs import DrainJobs

from backline.accounts.models import User
from backline.accounts.types import SYSTEM_USER_ID
from backline.catalog import selectors as catalog
from backline.catalog.models import CatalogImport, ServiceLink
from backline.catalog.services import decide_link
from backline.catalog.types import Confidence, FoundLink
from backline.connections.models import Connection
from backline.connections.services import connect_spotify
from backline.core import audit
from backline.core.personal_data import PERSONAL_DATA
from backline.links.models import ServiceEdit, SmartLink
from backline.links.services import edit_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> User:
    user = make_user(is_superuser=True, name="Olive Operator")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


def act(client: Client, model: str, action: str, *rows: object) -> None:
    answer = client.post(
        reverse(f"admin:{model}_changelist"), {"action": action, "_selected_action": [str(row) for row in rows]}
    )
    assert answer.status_code == 302, answer.content


def test_an_operator_takes_down_and_opens_again(client: Client, operator: User, drain_jobs: DrainJobs) -> None:
    link = make_link(title="Harbour Night")
    act(client, "links_smartlink", "take_down", link.pk)
    assert gone_at("halla-norden/harbour-night").is_secret is False
    act(client, "links_smartlink", "resolve_takedown", link.pk)
    assert page_at("halla-norden/harbour-night").title == "Harbour Night"
    act(client, "links_smartlink", "reject", link.pk)
    act(client, "links_smartlink", "approve", link.pk)
    act(client, "links_smartlink", "approve", link.pk)
    assert SmartLink.objects.get().claim_status == "approved_by_ops"
    done = list(audit.of_artist(link.artist_id))[:4]
    assert [entry.action for entry in done] == [
        "link.approve", "link.reject", "link.resolve_takedown", "link.take_down",
    ]  # fmt: skip
    assert {(entry.actor_name, entry.origin) for entry in done} == {("Olive Operator", "operator")}


def test_an_operator_settles_whose_catalogue_it_is(client: Client, operator: User, drain_jobs: DrainJobs) -> None:
    with world(releases=[found_release(1)]):
        for _ in range(2):
            user = make_user()
            connect_spotify(access_of(user, make_artist(creator=user)), url=ARTIST_URL)
        drain_jobs(hurry=True)
    contested = Connection.objects.get(claim_basis="contested")
    act(client, "connections_connection", "confirm_claims", contested.pk)
    drain_jobs(hurry=True)
    assert SmartLink.objects.get(artist_id=contested.artist_id).claim_status == "approved_by_ops"
    act(client, "connections_connection", "refuse_claims", contested.pk)
    drain_jobs(hurry=True)
    assert SmartLink.objects.get(artist_id=contested.artist_id).claim_status == "rejected"


@pytest.mark.parametrize(
    "model",
    [
        "links_smartlink",
        "links_pagereport",
        "connections_connection",
        "catalog_catalogimport",
        "catalog_release",
        "catalog_sourceanswer",
    ],
)
def test_the_operators_lists_open(client: Client, operator: User, model: str) -> None:
    make_link()
    assert client.get(reverse(f"admin:{model}_changelist")).status_code == 200


def test_what_is_held_about_people_can_be_had_and_erased(drain_jobs: DrainJobs) -> None:
    user = make_user()
    access = access_of(user, make_artist(creator=user))
    by_name = StandInLinks(
        answer=lambda key: (FoundLink("deezer", f"https://www.deezer.com/album/{key.upc}", Confidence.NAME),)
    )
    with world(releases=[found_release(1)], deezer=by_name):
        connect_spotify(access, url=ARTIST_URL)
        drain_jobs(hurry=True)
        (item,) = catalog.review_list(access)
        decide_link(access, service_link_id=item.service_link_id, accept=False)
        edit_service(access, link_id=SmartLink.objects.get().pk, service="tidal", url="https://tidal.com/album/1")
    rooms = [PERSONAL_DATA.get(room) for room in ("catalog", "connections", "links")]
    held = {key: len(rows) for room in rooms for key, rows in room.export(user.pk).items()}
    assert held == {"imports_started": 1, "service_links_decided": 1, "connections_made": 1, "service_edits": 1}
    for room in rooms:
        room.erase(user.pk)
    assert [rows for room in rooms for rows in room.export(user.pk).values()] == [[], [], [], []]
    assert CatalogImport.objects.get().requested_by is None
    assert Connection.objects.get().connected_by is None
    assert ServiceEdit.objects.get().edited_by is None
    assert ServiceLink.objects.get(service="deezer").decided_by == SYSTEM_USER_ID, "a no stays a no"
