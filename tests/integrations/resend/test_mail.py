from __future__ import annotations

import logging
import traceback

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils.safestring import mark_safe
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.core.errors import RetryLater
from backline.integrations.resend.client import ResendClient
from backline.integrations.resend.mail import MailNotSentError, MailRefusedError, ResendBackend, through_smtp

TO = "fan@backline.example"
LINK = "https://backline.example/confirm/planted-link-4711"


@pytest.fixture
def backend(sandbox: Sandbox) -> ResendBackend:
    return ResendBackend(client=ResendClient(sandbox.settings.mail, outbound(sandbox.base_url)))


def message(**values: object) -> EmailMultiAlternatives:
    made = EmailMultiAlternatives(**{"subject": "Confirm", "body": f"Open {LINK}", "to": [TO], **values})  # type: ignore[arg-type]
    made.attach_alternative(f"<a href='{LINK}'>Open</a>", "text/html")
    return made


def test_a_mail_arrives_with_all_its_parts(sandbox: Sandbox, backend: ResendBackend) -> None:
    sent = message(
        from_email="Backline <hello@backline.example>", subject="Hello\n there", reply_to=["reply@backline.example"],
        cc=["cc@backline.example"], bcc=["bcc@backline.example"], headers={"X-Kind": "confirmation"},
    )  # fmt: skip
    sent.attach("notes.txt", "some notes", "text/plain")
    assert backend.send_messages([sent]) == 1
    (arrived,) = sandbox.mail(TO)
    assert (arrived["subject"], arrived["text"]) == ("Hello there", f"Open {LINK}")
    assert LINK in arrived["html"]
    assert LINK in arrived["links"]


def test_a_mail_of_html_alone(sandbox: Sandbox, backend: ResendBackend) -> None:
    only_html = EmailMessage("Hi", "<p>Hi</p>", to=[TO])
    only_html.content_subtype = "html"
    assert backend.send_messages([only_html]) == 1
    assert (sandbox.mail(TO)[0]["html"], sandbox.mail(TO)[0]["text"]) == ("<p>Hi</p>", "")


def test_a_text_that_a_template_marked_as_safe_goes_out(sandbox: Sandbox, backend: ResendBackend) -> None:
    subject, body = mark_safe("Ana & Co"), mark_safe("1 < 2")
    message = EmailMessage(subject, body, to=[TO])
    assert backend.send_messages([message]) == 1
    mail = sandbox.mail(TO)[0]
    assert (mail["subject"], mail["text"]) == ("Ana & Co", "1 < 2")


def test_a_key_of_the_sender_makes_a_repeat_harmless(sandbox: Sandbox, backend: ResendBackend) -> None:
    for _ in range(2):
        backend.send_messages([message(headers={"Idempotency-Key": "confirm/1"})])
    assert len(sandbox.mail(TO)) == 1
    backend.send_messages([message(), message()])
    assert len(sandbox.mail(TO)) == 3


@pytest.mark.parametrize("kind", ["429", "500", "hang", "reset", "half_body", "error_inside", "revoked"])
def test_a_mail_service_that_fails_is_told_plainly_and_the_link_stays_secret(
    sandbox: Sandbox, backend: ResendBackend, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sandbox.fault("resend", kind, seconds=30)
    with pytest.raises(MailNotSentError) as failure:
        backend.send_messages([message()])
    assert isinstance(failure.value, RetryLater)
    assert failure.value.message == (
        "The mail could not be sent just now. Try again in a few minutes; if you were signing up, your account exists: "
        "sign in and we send the link again."
    )
    told = "".join(traceback.format_exception(failure.value)) + caplog.text
    assert [secret for secret in (LINK, TO, sandbox.settings.mail.api_key + '"') if secret in told] == []
    assert "mail.not_sent" in caplog.text


def test_a_mail_that_is_refused_names_the_address(sandbox: Sandbox, backend: ResendBackend) -> None:
    with pytest.raises(MailRefusedError) as refusal:
        backend.send_messages([message(to=["nobody at home"])])
    assert refusal.value.message == "The mail could not be delivered to this address. Check it and try again."


def test_failing_silently_is_respected(sandbox: Sandbox) -> None:
    client = ResendClient(sandbox.settings.mail, outbound(sandbox.base_url))
    sandbox.fault("resend", "500", times=1)
    assert ResendBackend(fail_silently=True, client=client).send_messages([message(), message()]) == 1
    assert ResendBackend(client=client).send_messages([EmailMessage("x", "y")]) == 0


def test_django_sends_with_the_settings_of_the_process(sandbox: Sandbox) -> None:
    with mail.get_connection("backline.integrations.resend.mail.ResendBackend") as connection:
        assert connection.send_messages([message()]) == 1
    assert sandbox.mail(TO)[0]["subject"] == "Confirm"


def test_a_mail_server_that_is_away_is_told_in_the_same_way() -> None:
    problem = through_smtp("smtp://user:planted-password@127.0.0.1:9", message())
    assert isinstance(problem, RetryLater)
    assert problem.message == "The mail server did not take the mail (ConnectionRefusedError)."
