"""An artist, and two made-up platforms to connect."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client
    from tests.factories.dashboards import Studio
    from tests.factories.platforms import Platforms
    from tests.plugins.jobs import DrainJobs


@dataclass
class Stage:
    """The artist's page, and what a person does on it."""

    studio: Studio
    platforms: Platforms
    drain: DrainJobs

    @property
    def client(self) -> Client:
        """The manager's browser."""
        return self.studio.client

    def url(self, path: str = "") -> str:
        """Return an address of the connections."""
        return self.studio.url(f"connections/{path}")

    def page(self, client: Client | None = None, **query: str) -> str:
        """Return the page."""
        answer = (client or self.client).get(self.url(), query)
        assert answer.status_code == 200
        return answer.content.decode()

    def row(self, key: str, client: Client | None = None) -> str:
        """Return the HTML of one row."""
        found = re.search(
            rf'<li class="conn[^>]*id="row-{key}".*?</li>\s*(?=<li class="conn|</ul>\s*<section)',
            self.page(client),
            re.DOTALL,
        )
        assert found, f"no row {key}"
        return found[0]

    def post(self, path: str, **data: str) -> HttpResponse:
        """Press a button."""
        return self.client.post(self.url(path), data)  # type: ignore[return-value]

    def leave(self, key: str = "wavelet", purpose: str = "advertising") -> str:
        """Begin a consent and return the address at the platform."""
        answer = self.post(f"{key}/start/", purpose=purpose)
        assert answer.status_code == 200, answer.headers.get("Location")
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.content.decode())
        assert found
        return html.unescape(found[1])

    def consent(self, key: str = "wavelet", purpose: str = "advertising") -> None:
        """Connect, up to what the platform says afterwards."""
        from tests.factories.platforms import answer_of

        assert self.client.get(answer_of(self.leave(key, purpose))).status_code == 302
        self.drain()

    def choose(self, external_id: str = "channel-1") -> None:
        """Choose a channel."""
        assert self.post("wavelet/choose/", choice=external_id).status_code == 302
        self.drain()

    def find(self, url: str = "https://humming.example/artist/77") -> None:
        """Give an address and let it be looked up."""
        assert self.post("humming/connect/", text=url).status_code == 302
        self.drain()


@pytest.fixture
def stage(studio: Studio, drain_jobs: DrainJobs) -> Iterator[Stage]:
    """Return an artist without any connection, and the made-up platforms."""
    from tests.factories.platforms import made_up

    with made_up() as platforms:
        yield Stage(studio, platforms, drain_jobs)
