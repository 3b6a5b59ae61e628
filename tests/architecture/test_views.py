"""Every address asks for a person first, unless it is on the list of public ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from backline.core.tenancy import PUBLIC_VIEWS

SAMPLES = {
    "slug": "nobody",
    "uuid": UUID("01900000-0000-7000-8000-000000000000"),
    "int": 1,
    "str": "sample",
    "path": "some/where",
}


SIGN_IN = ("/account/login/?next=", "/operator/login/?next=")


@dataclass(frozen=True)
class Address:
    name: str
    path: str
    is_public: bool


def _addresses(patterns: list[Any], prefix: str = "/", namespace: str = "") -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _addresses(pattern.url_patterns, prefix + _filled(pattern), inner)
        elif isinstance(pattern, URLPattern):
            is_public = getattr(pattern.callback, "login_required", True) is False
            yield Address(f"{namespace}{pattern.name or ''}", prefix + _filled(pattern), is_public)


def _filled(pattern: URLPattern | URLResolver) -> str:
    """Return the pattern's own part of the path with a sample in each place."""
    text = str(pattern.pattern)
    if hasattr(pattern.pattern, "_route"):
        for name, converter in pattern.pattern.converters.items():
            kind = next((kind for kind in SAMPLES if f"<{kind}:{name}>" in text), "str")
            text = text.replace(f"<{kind}:{name}>", converter.to_url(SAMPLES[kind])).replace(f"<{name}>", "sample")
        return text
    plain = text.removeprefix("^").removesuffix("$").removesuffix(r"\Z")
    for group in pattern.pattern.regex.groupindex:
        start = plain.index(f"(?P<{group}>")
        depth, end = 0, start
        for end in range(start, len(plain)):
            depth += {"(": 1, ")": -1}.get(plain[end], 0)
            if depth == 0:
                break
        plain = plain[:start] + "sample" + plain[end + 1 :]
    return plain.replace("\\", "").replace("?", "")


ADDRESSES = sorted(_addresses(get_resolver().url_patterns), key=lambda address: address.path)


def test_the_list_names_exactly_the_views_that_are_public() -> None:
    assert {address.name for address in ADDRESSES if address.is_public} == PUBLIC_VIEWS


@pytest.mark.django_db
def test_nobody_gets_past_a_private_address() -> None:
    client = Client()
    private = [address for address in ADDRESSES if not address.is_public]
    assert len(private) > 30
    answers = {address.path: client.get(address.path) for address in private}
    shown = {
        path: (answer.status_code, answer.headers.get("Location", ""))
        for path, answer in answers.items()
        if not (answer.status_code == 302 and answer.headers["Location"].startswith(SIGN_IN))
    }
    assert shown == {}


@pytest.mark.django_db
def test_nobody_writes_to_a_private_address() -> None:
    client = Client()
    answers = {address.path: client.post(address.path).status_code for address in ADDRESSES if not address.is_public}
    assert {path: code for path, code in answers.items() if code != 302} == {}


@pytest.mark.django_db
def test_a_public_address_never_breaks_for_nobody() -> None:
    client = Client()
    answers = {address.path: client.get(address.path).status_code for address in ADDRESSES if address.is_public}
    assert {path: code for path, code in answers.items() if code >= 500} == {}


@pytest.mark.django_db
def test_operators_sign_in_where_everybody_does() -> None:
    answer = Client().get("/operator/login/?next=/operator/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/login/?next=%2Foperator%2F")
