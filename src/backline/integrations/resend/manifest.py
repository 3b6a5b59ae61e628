"""Resend's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="resend",
    label="Resend",
    home_url="https://resend.com/docs/api-reference/emails/send-email",
    base_urls=(("RESEND_URL", "https://api.resend.com"),),
    capabilities=frozenset({Capability.MAIL}),
    settings=(
        Setting("RESEND_API_KEY", "A key that may send.", is_secret=True),
        Setting("BACKLINE_MAIL_FROM", "The sender, of a domain that is verified at Resend.", is_required=True),
        Setting("SMTP_URL", "Sends through your own server instead: smtp://user:password@host:587.", is_secret=True),
    ),
    limits="An idempotency key is kept for 24 hours.",
)
