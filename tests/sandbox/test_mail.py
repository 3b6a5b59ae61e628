"""Resend's stand-in and the mailbox."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.plugins.sandbox import Sandbox

MAIL = {"from": "Backline <hello@backline.example>", "to": ["Ann <ann@label.example>"], "subject": "Hi", "text": "Text"}


def send(client: httpx2.Client, sandbox: Sandbox, mail: dict[str, Any], **headers: str) -> httpx2.Response:
    key = sandbox.settings.mail.api_key
    return client.post("/resend/emails", json=mail, headers={"Authorization": f"Bearer {key}", **headers})


def test_a_mail_arrives_and_is_found_by_its_address(sandbox: Sandbox, client: httpx2.Client) -> None:
    text = "Please confirm: http://127.0.0.1:8000/confirm/abc?x=1. Thank you."
    answer = send(
        client, sandbox, {**MAIL, "text": text, "html": "<p>Please</p>", "tags": [{"name": "a", "value": "b"}]}
    )
    assert answer.status_code == 200
    send(client, sandbox, {**MAIL, "to": "bob@label.example", "subject": "Other"})
    (mail,) = sandbox.mail("ANN@label.example")
    assert (mail["id"], mail["subject"], mail["html"]) == (answer.json()["id"], "Hi", "<p>Please</p>")
    assert mail["links"] == ["http://127.0.0.1:8000/confirm/abc?x=1"]
    assert [mail["subject"] for mail in sandbox.mail()] == ["Other", "Hi"]
    read = client.get(f"/resend/emails/{mail['id']}", headers={"Authorization": "Bearer sandbox"})
    assert (read.json()["subject"], read.json()["last_event"]) == ("Hi", "delivered")


def test_the_pages_show_mail_without_running_what_is_in_it(sandbox: Sandbox, client: httpx2.Client) -> None:
    hostile = {
        **MAIL,
        "subject": "<script>alert(1)</script>",
        "text": "<b>http://x.example/a?b=1&c=2</b>",
        "html": '"><script>',
    }
    mail_id = send(client, sandbox, hostile).json()["id"]
    listed, page = client.get("/mailbox"), client.get(f"/mailbox/{mail_id}")
    assert "<script>" not in listed.text + page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in listed.text
    assert '<a href="http://x.example/a?b=1&amp;c=2">' in page.text
    assert 'sandbox="allow-popups' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert client.get("/mailbox/absent").status_code == 404
    assert "No mail to nobody@x.example" in client.get("/mailbox?to=nobody@x.example").text


@pytest.mark.parametrize(
    ("changes", "status", "name"),
    [
        ({"to": []}, 422, "missing_required_field"),
        ({"subject": ""}, 422, "missing_required_field"),
        ({"text": ""}, 422, "missing_required_field"),
        ({"from": "nobody"}, 422, "invalid_from_address"),
        ({"to": ["nobody"]}, 422, "validation_error"),
        ({"to": ["a@b.example\r\nBcc: c@d.example"]}, 422, "validation_error"),
        ({"to": ["a@b.example"] * 51}, 422, "validation_error"),
        ({"subject": ["x"]}, 422, "validation_error"),
        ({"colour": "red"}, 422, "validation_error"),
        ({"tags": [{"name": "a b", "value": "c"}]}, 422, "validation_error"),
        ({"attachments": [{"filename": "x"}]}, 422, "invalid_attachment"),
    ],
)
def test_mail_that_is_refused(
    sandbox: Sandbox, client: httpx2.Client, changes: dict[str, Any], status: int, name: str
) -> None:
    answer = send(client, sandbox, {**MAIL, **changes})
    assert (answer.status_code, answer.json()["statusCode"], answer.json()["name"]) == (status, status, name)
    assert sandbox.mail() == []


def test_callers_that_are_refused(client: httpx2.Client) -> None:
    assert client.post("/resend/emails", json=MAIL).json()["name"] == "missing_api_key"
    wrong = client.post("/resend/emails", json=MAIL, headers={"Authorization": "Bearer re_wrong"})
    assert (wrong.status_code, wrong.json()["name"]) == (403, "invalid_api_key")
    nameless = {"Authorization": "Bearer sandbox", "User-Agent": ""}
    assert client.post("/resend/emails", json=MAIL, headers=nameless).status_code == 403


def test_the_same_key_sends_once_for_a_day_and_never_something_else(sandbox: Sandbox, client: httpx2.Client) -> None:
    key = {"Idempotency-Key": "one"}
    first, again = send(client, sandbox, MAIL, **key), send(client, sandbox, MAIL, **key)
    assert first.json() == again.json()
    other = send(client, sandbox, {**MAIL, "subject": "Other"}, **key)
    assert (other.status_code, other.json()["name"]) == (409, "invalid_idempotent_request")
    assert len(sandbox.mail()) == 1
    sandbox.advance(hours=25)
    assert send(client, sandbox, MAIL, **key).json() != first.json()
    assert send(client, sandbox, MAIL, **{"Idempotency-Key": "x" * 257}).json()["name"] == "invalid_idempotency_key"


def test_two_mails_a_second(sandbox: Sandbox, client: httpx2.Client) -> None:
    sandbox.limits(limits="real")
    assert [send(client, sandbox, MAIL).status_code for _ in range(3)] == [200, 200, 429]
