"""Background endpoints ask for the shared secret."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from backline.core import sync_secret
from backline.settings import environment

pytestmark = pytest.mark.req("PP-53")


def _secret() -> str:
    return environment.current().sync_secret


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic abc", "not a secret"])
def test_a_missing_or_wrong_secret_authorizes_nobody(header):
    assert not sync_secret.is_authorized(header)


def test_the_secret_authorizes_with_the_bearer_scheme_only():
    assert sync_secret.is_authorized(f"Bearer {_secret()}")
    assert sync_secret.is_authorized(f"bearer {_secret()}")
    assert not sync_secret.is_authorized(_secret())
    assert not sync_secret.is_authorized(f"Bearer {_secret()[:-1]}")


@pytest.mark.django_db
def test_the_sweep_answers_401_without_the_secret_and_runs_with_it():
    url = reverse("internal:sweep")
    client = Client(enforce_csrf_checks=True)
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        response = client.post(url, headers=headers)
        assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    allowed = {"Authorization": f"Bearer {_secret()}"}
    assert client.get(url, headers=allowed).status_code == 405
    response = client.post(url, headers=allowed)
    assert (response.status_code, response.json()) == (200, {"run_again": 0})
