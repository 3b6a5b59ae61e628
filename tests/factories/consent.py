"""A person on a consent page of the sandbox, without a browser."""

from __future__ import annotations

from collections.abc import Collection
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: list[tuple[str, str]] = []
        self.people: list[str] = []
        self.scopes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name, value = found.get("name", ""), found.get("value", "")
        if tag == "form":
            self.action = found["action"]
        elif tag == "input" and found["type"] == "hidden":
            self.hidden.append((name, value))
        elif tag == "input" and name == "person":
            self.people.append(value)
        elif tag == "input" and name == "scope":
            self.scopes.append(value)


def page_of(url: str) -> _Form:
    """Return what stands on the page at an authorization address."""
    return read_form(httpx2.get(url, timeout=10).text)


def read_form(page: str) -> _Form:
    """Return what stands in the form of a consent page."""
    form = _Form()
    form.feed(page)
    return form


def decide(url: str, *, person: str, without: Collection[str] = (), decision: str = "approve") -> dict[str, str]:
    """Sign in as ``person`` at an authorization address, untick ``without``, decide (``approve``, ``deny``,
    ``server_error``); returns the query with which the browser comes back."""
    form = page_of(url)
    assert person in form.people, form.people
    ticked = [("scope", scope) for scope in form.scopes if scope not in without]
    fields = [*form.hidden, *ticked, ("person", person), ("decision", decision)]
    body: dict[str, list[str]] = {}
    for name, value in fields:
        body.setdefault(name, []).append(value)
    answer = httpx2.post(urljoin(url, form.action), data=body, timeout=10, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return {name: values[-1] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
