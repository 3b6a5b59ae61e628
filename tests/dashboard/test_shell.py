from __future__ import annotations

import pytest
from django.test import Client

from tests.factories.accounts import make_artist, make_user

pytestmark = pytest.mark.django_db


def test_somebody_without_an_artist_is_led_to_the_start() -> None:
    client = Client()
    client.force_login(make_user())
    assert client.get("/").headers["Location"] == "/start/"
    page = client.get("/start/").content.decode()
    assert "Paste a Spotify artist" in page
    make_artist()
