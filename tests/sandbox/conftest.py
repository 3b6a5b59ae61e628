"""A client that speaks to the sandbox, and a Spotify token."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from tests.plugins.sandbox import Sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=sandbox.base_url, timeout=10) as client:
        yield client


def fetch_token(client: httpx2.Client, sandbox: Sandbox) -> str:
    app = sandbox.settings.spotify
    answer = client.post(
        "/spotify/accounts/api/token",
        data={"grant_type": "client_credentials"},
        auth=(app.client_id, app.client_secret),
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


@pytest.fixture
def spotify(sandbox: Sandbox, client: httpx2.Client) -> Iterator[httpx2.Client]:
    """A client of Spotify's Web API with a fresh app token."""
    headers = {"Authorization": f"Bearer {fetch_token(client, sandbox)}"}
    with httpx2.Client(base_url=f"{sandbox.base_url}/spotify/v1", headers=headers, timeout=10) as signed_in:
        yield signed_in
