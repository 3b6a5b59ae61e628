"""Somebody with a browser who signs in with an account elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx2
from django.test import Client
from django.urls import reverse
from tests.factories.consent import decide
from tests.plugins.sandbox import Sandbox

from backline.accounts.ports import SIGN_IN_SERVICES
from backline.integrations.meta.sandbox_people import NO_PAGE, ONE_PAGE
from backline.integrations.outbound import outbound_of
from backline.server import composition

PERSON = {"google": "maya", "facebook": ONE_PAGE}
OTHER_PERSON = {"google": "tomas", "facebook": NO_PAGE}
EMAIL = {"google": "maya@gmail.example", "facebook": "pilar@people.example"}
NAME = {"google": "Maya Okafor", "facebook": "Pilar Ocampo"}
LABEL = {"google": "Google", "facebook": "Facebook"}
SERVICES = tuple(PERSON)

Query = Mapping[str, str | list[str]]


@contextmanager
def real_services(sandbox: Sandbox) -> Iterator[None]:
    """Let people sign in with what stands in the sandbox."""
    settings = sandbox.settings
    with SIGN_IN_SERVICES.holding(**composition.sign_in_services(settings, outbound_of(settings))):
        yield


def change_profile(sandbox: Sandbox, **values: str | bool) -> None:
    """Have Google say something else of its first person: name, email, verified, workspace."""
    answer = httpx2.post(f"{sandbox.base_url}/google/-/profile", json={"person": "maya", **values})
    assert answer.status_code == 200, answer.text


class Browser:
    """A browser. ``last`` is the answer that it got last."""

    def __init__(self, service: str, client: Client | None = None) -> None:
        self.service = service
        self.client = client or Client()

    def begin(self, **form: str) -> str:
        """Press the button; returns the address at the service."""
        answer = self.client.post(reverse("account:sign_in_with", args=[self.service]), form)
        assert answer.status_code == 200, answer.content.decode()
        return str(answer.context["url"])

    def consent(self, address: str, person: str = "", *, without: tuple[str, ...] = ()) -> dict[str, str]:
        """Say yes there; returns what the browser brings back."""
        return decide(address, person=person or PERSON[self.service], without=without)

    def back(self, query: Query, service: str = "") -> str:
        """Come back; returns where it leads, or the page's text."""
        address = reverse("account:signed_in_with", args=[service or self.service])
        self.last = self.client.get(address, query)
        return str(self.last.headers.get("Location") or self.last.content.decode())

    def go(self, person: str = "", *, without: tuple[str, ...] = (), **form: str) -> str:
        """There and back; returns where it leads, or the page's text."""
        return self.back(self.consent(self.begin(**form), person, without=without))

    @property
    def is_signed_in(self) -> bool:
        return "_auth_user_id" in self.client.session


def asked(address: str) -> dict[str, str]:
    """Return the query of an address."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}
