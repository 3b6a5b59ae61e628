"""The page on which an invented person gives an app access."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from tests.factories.consent import read_form

from backline.sandbox import consent
from backline.sandbox.consent import Decision, Person, Scope

HIDDEN = {"scope": "a b", "person": "of the app", "decision": "also of the app", "state": 'x&y="<z>'}
PEOPLE = (Person("1", "Ann <b>", "two Pages"), Person("2", "علي"))
SCOPES = (Scope("id", "Know who you are", is_fixed=True), Scope("read", "Read"), Scope("write", "Write"))


def page(**changes: object) -> str:
    values: dict[str, object] = {
        "service": "Meta", "app_name": "Backline", "action": "/meta/x", "hidden": HIDDEN, "people": PEOPLE,
        "scopes": SCOPES, **changes,
    }  # fmt: skip
    return bytes(consent.page(**values).body).decode()  # type: ignore[arg-type]


def posted(fields: list[tuple[str, str]]) -> Decision:
    body = urlencode(fields).encode()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return asyncio.run(consent.decision_of(Request({"type": "http", "method": "POST", "headers": []}, receive)))


def test_what_a_person_decides_comes_back_with_what_the_app_sent() -> None:
    form = read_form(page())
    assert (form.action, form.people, form.scopes) == ("/meta/x", ["1", "2"], ["read", "write"])
    fields = [*form.hidden, ("scope", "write"), ("person", "2"), ("decision", "approve")]
    assert posted(fields) == Decision("approve", "2", ("id", "write"), HIDDEN)


def test_names_are_text_and_not_markup() -> None:
    shown = page()
    assert "Ann &lt;b&gt;" in shown
    assert "<b>" not in shown


def test_a_refusal_has_nothing_to_send() -> None:
    answer = consent.page(
        service="Meta", app_name="Backline", action="/x", hidden={}, people=(), scopes=(), problem="No such app."
    )
    assert answer.status_code == 400
    assert b"No such app." in answer.body
    assert b"<form" not in answer.body


def test_the_browser_may_be_sent_back_to_the_app_and_runs_no_script() -> None:
    answer = consent.page(service="M", app_name="B", action="/x", hidden={}, people=PEOPLE, scopes=())
    policy = answer.headers["content-security-policy"]
    assert "form-action 'self' http: https:" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("uri", ["http://localhost:8000/back/", "http://localhost:8000/back/?a=1"])
def test_the_way_back_keeps_the_apps_own_query(uri: str) -> None:
    location = consent.send_back(uri, {"code": "4/ü&", "state": "s"}).headers["location"]
    joint = "&" if "?" in uri else "?"
    assert location == f"{uri}{joint}code=4%2F%C3%BC%26&state=s"
