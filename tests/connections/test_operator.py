"""What an operator does about link requests under /operator/."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import make_access, make_user
from tests.factories.connecting import Connecting, real_platforms
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.connections.models import Link

pytestmark = [pytest.mark.django_db, pytest.mark.req("PC-15", "PC-42", "PC-43")]


@pytest.fixture(autouse=True)
def _platforms(sandbox: Sandbox) -> Iterator[None]:
    with real_platforms(sandbox):
        yield


@pytest.mark.parametrize(
    ("action", "label"),
    [
        ("approve", ("Connected", "")),
        ("waive", ("Connected", "")),
        ("turn_down", ("Error", "")),
        ("run_out", ("Error", "")),
        ("withdraw", ("Error", "")),
    ],
)
def test_a_request_is_sent_and_then_comes_to_something_or_nothing(
    client: Client, sandbox: Sandbox, drain_jobs: DrainJobs, action: str, label: tuple[str, str]
) -> None:
    way = Connecting(make_access(), sandbox, drain_jobs, "youtube").with_plan()
    way.consent("maya")
    way.choose(next(iter(way.choices())))
    client.force_login(make_user(is_superuser=True), backend="allauth.account.auth_backends.AuthenticationBackend")
    for name, then in (("mark_sent", ("Connecting", "Accept Invite")), (action, label)):
        rows = {"action": name, "_selected_action": [str(Link.objects.get().pk)]}
        assert client.post(reverse("admin:connections_link_changelist"), rows).status_code == 302
        drain_jobs()
        assert way.label == then
