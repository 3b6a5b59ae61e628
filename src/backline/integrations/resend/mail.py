"""Django's way to send mail: through an HTTP API in the shape of Resend, or through SMTP where that is set.

Mail goes out while the person waits, for five seconds at most. It is not put on the job queue: the mails of
an account carry links that sign somebody in, and a job's arguments never hold a secret. When the mail
service fails, :class:`MailNotSentError` is raised; it is a ``RetryLater``, which the dashboard answers with a page that
says so (503), never with a bare fault. Nothing is lost: the account exists already, and allauth sends the link
again at a sign-in three minutes later or more.
"""

from __future__ import annotations

import base64
import functools
import smtplib
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from backline.core.errors import BacklineError, Rejected, RetryLater
from backline.core.http import logger_of
from backline.core.ids import new_id
from backline.integrations.outbound import outbound_of
from backline.integrations.resend.client import Attachment, Email, ResendClient
from backline.settings import environment

log = logger_of("backline.mail")

_IDEMPOTENCY_HEADER = "Idempotency-Key"
_SMTP_TIMEOUT_SECONDS = 5


class MailNotSentError(RetryLater):
    """The mail service cannot take the mail now; nothing was sent."""


class MailRefusedError(Rejected):
    """The mail service does not take this mail: mostly, the address is wrong."""


@functools.lru_cache(maxsize=4)
def _client(mail: environment.MailSettings, settings: environment.Environment) -> ResendClient:
    return ResendClient(mail, outbound_of(settings))


class ResendBackend(BaseEmailBackend):
    """Django's ``EMAIL_BACKEND``. ``client`` replaces the one of the settings."""

    def __init__(self, fail_silently: bool = False, *, client: ResendClient | None = None, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently, **kwargs)
        self._given = client

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send and return how many went out; raises :class:`MailNotSentError` or :class:`MailRefusedError`."""
        sent = 0
        for message in email_messages:
            if not message.recipients():
                continue
            try:
                self._send(message)
            except (MailNotSentError, MailRefusedError):
                if not self.fail_silently:
                    raise
            else:
                sent += 1
        return sent

    def _send(self, message: EmailMessage) -> None:
        settings = environment.current()
        problem: BacklineError | None = None
        try:
            if self._given is None and settings.mail.smtp_url:
                problem = through_smtp(settings.mail.smtp_url, message)
            else:
                client = self._given or _client(settings.mail, settings)
                key = str(message.extra_headers.get(_IDEMPOTENCY_HEADER) or new_id())
                client.send(as_email(message, settings.mail.sender), idempotency_key=key)
        except BacklineError as error:
            problem = error
        if problem is None:
            return
        log.error("mail.not_sent", kind=type(problem).__name__, reason=problem.message, recipients=len(message.to))
        if isinstance(problem, Rejected):
            raise MailRefusedError("The mail could not be delivered to this address. Check it and try again.")
        raise MailNotSentError(
            "The mail could not be sent just now. Try again in a few minutes; if you were signing up, your account "
            "exists: sign in and we send the link again.",
            after=problem.after if isinstance(problem, RetryLater) else None,
        )


def as_email(message: EmailMessage, sender: str) -> Email:
    """Return Django's message in Resend's form. Line breaks in a subject become spaces."""
    html = next((_plain(content) for content, kind in getattr(message, "alternatives", ()) if kind == "text/html"), "")
    body = _plain(message.body)
    is_html = message.content_subtype == "html"
    return Email(
        sender=message.from_email or sender,
        to=tuple(message.to),
        subject=" ".join(_plain(message.subject).split()),
        text="" if is_html else body,
        html=body if is_html else html,
        cc=tuple(message.cc),
        bcc=tuple(message.bcc),
        reply_to=tuple(message.reply_to),
        headers={key: _plain(value) for key, value in message.extra_headers.items() if key != _IDEMPOTENCY_HEADER},
        attachments=tuple(_attachment(item) for item in message.attachments),
    )


def _plain(text: object) -> str:
    """Return a ``str`` and no subclass of it: Django marks safe text with its own, which an encoder refuses."""
    return str.__str__(str(text))


def _attachment(item: Any) -> Attachment:
    """Return a file in Resend's form; Django holds it as (name, content, kind) or as a MIME part."""
    if isinstance(item, tuple):
        name, content = item[0] or "attachment", item[1]
    else:
        name, content = item.get_filename() or "attachment", item.get_payload(decode=True)
    data = content.encode() if isinstance(content, str) else bytes(content)
    return Attachment(filename=name, content=base64.b64encode(data).decode("ascii"))


def through_smtp(url: str, message: EmailMessage) -> BacklineError | None:
    """Send through the operator's own server; returns what went wrong."""
    parts = urlsplit(url)
    backend = SmtpBackend(
        host=parts.hostname or "localhost",
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=parts.scheme == "smtps",
        use_tls=parts.scheme == "smtp" and bool(parts.username),
        timeout=_SMTP_TIMEOUT_SECONDS,
    )
    try:
        backend.send_messages([message])
    except smtplib.SMTPRecipientsRefused:
        return Rejected("The mail server refuses the recipient.")
    except (smtplib.SMTPException, OSError) as error:
        kind = type(error).__name__
    else:
        return None
    return RetryLater(f"The mail server did not take the mail ({kind}).")
