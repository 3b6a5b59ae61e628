"""Resend's API. One call, typed in and out; no rules. Facts: ``docs/developers/outside-services.md``."""

from __future__ import annotations

import msgspec

from backline.core.http import Outbound, Patience, Service
from backline.settings.environment import MailSettings

PATIENCE = Patience(connect_seconds=2.0, read_seconds=4.0, total_seconds=5.0, wait_seconds=1.0, repeats=1)
"""Short: a person waits for the page behind it."""


class Attachment(msgspec.Struct, frozen=True):
    """A file; ``content`` in base64."""

    filename: str
    content: str


class Email(msgspec.Struct, frozen=True, omit_defaults=True, rename={"sender": "from"}):
    """What is posted to ``/emails``."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str = ""
    html: str = ""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    attachments: tuple[Attachment, ...] = ()


class Accepted(msgspec.Struct, frozen=True):
    """Resend's answer."""

    id: str


class ResendClient:
    """Thread-safe."""

    def __init__(self, settings: MailSettings, outbound: Outbound) -> None:
        self._authorization = f"Bearer {settings.api_key}"
        self._service = Service(
            name="The mail service",
            base_url=settings.api_url,
            outbound=Outbound(outbound.reach, outbound.user_agent, PATIENCE),
        )

    def send(self, email: Email, *, idempotency_key: str) -> str:
        """``POST /emails``; a repeat with the same key sends nothing twice. Returns the mail's id."""
        accepted = self._service.post_json(
            "/emails",
            email,
            Accepted,
            headers={"authorization": self._authorization, "idempotency-key": idempotency_key},
            is_repeatable=True,
        )
        return accepted.id
