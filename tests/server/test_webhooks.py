"""What anybody can send to the addresses that outside services call: only what is signed counts, and once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from tests.factories.accounts import make_access

from backline.connections.models import Connection
from backline.connections.state import State
from backline.core import clock, webhooks
from backline.settings import environment

pytestmark = pytest.mark.django_db
ADDRESS = "/webhooks/meta/deauthorize/"


def signed(secret: str, *, user_id: str = "10160000000000001") -> str:
    said = {"algorithm": "HMAC-SHA256", "user_id": user_id, "issued_at": int(clock.now().timestamp())}
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")
    mac = base64.urlsafe_b64encode(hmac.new(secret.encode(), payload, hashlib.sha256).digest()).rstrip(b"=")
    return f"{mac.decode()}.{payload.decode()}"


@pytest.fixture
def secret() -> str:
    return environment.current().meta.app_secret


@pytest.fixture(autouse=True)
def _somebody_connected() -> None:
    Connection.objects.create(
        artist_id=make_access().artist_id, provider="meta", state=State.CONNECTED, account_id="10160000000000001"
    )


def looks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'connections.check'")
        return int(cursor.fetchone()[0])


def test_what_meta_signed_counts_once(client: Client, secret: str) -> None:
    raw = signed(secret)
    assert [client.post(ADDRESS, {"signed_request": raw}).status_code for _ in range(3)] == [200, 200, 200]
    assert looks() == 1


def test_what_nobody_signed_does_nothing(client: Client, secret: str) -> None:
    raw = signed(secret)
    for forged in ("", "rubbish", raw[:-1], raw[1:], signed("another secret"), "." + raw.partition(".")[2]):
        assert client.post(ADDRESS, {"signed_request": forged}).status_code == 403, forged
    assert client.post(ADDRESS, {"signed_request": "a" * 100_000}).status_code == 413
    assert client.get(ADDRESS).status_code == 405
    assert looks() == 0


def test_somebody_we_do_not_know_changes_nothing(client: Client, secret: str) -> None:
    assert client.post(ADDRESS, {"signed_request": signed(secret, user_id="1")}).status_code == 200
    assert looks() == 0


def test_without_a_secret_the_address_does_not_exist(
    client: Client, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = signed(secret)
    monkeypatch.setenv("META_APP_SECRET", "")
    monkeypatch.setenv("META_APP_SECRET_FILE", "/dev/null")
    environment.current.cache_clear()
    try:
        is_there = bool(environment.current().meta.app_secret)
        assert client.post(ADDRESS, {"signed_request": raw}).status_code == (200 if is_there else 404)
        assert not is_there
    finally:
        environment.current.cache_clear()


def test_deliveries_are_forgotten_when_nobody_repeats_them() -> None:
    with clock.frozen(clock.now()) as advance:
        assert webhooks.take(source="meta", external_id="one")
        assert not webhooks.take(source="meta", external_id="one")
        assert webhooks.take(source="stripe", external_id="one")
        advance(timedelta(days=29))
        assert webhooks.forget_old() == 0
        advance(timedelta(days=2))
        assert webhooks.forget_old() == 2
