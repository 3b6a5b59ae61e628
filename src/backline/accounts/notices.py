"""What a person is told by mail when their way in changed: should it not have been them, they learn of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail. ``text`` may name the address or the service in question as ``{address}``."""

    subject: str
    text: str


NOTICES: Mapping[str, Notice] = {
    "account/email/password_changed": Notice("Your password was changed", "From now on you sign in with the new one."),
    "account/email/password_reset": Notice("Your password was changed", "From now on you sign in with the new one."),
    "account/email/password_set": Notice(
        "Your account has a password", "You can sign in with your address and the password."
    ),
    "account/email/email_changed": Notice(
        "Your account has another address", "From now on you sign in with {address}, and mails go there."
    ),
    "account/email/email_deleted": Notice("An address was removed", "{address} does not belong to your account now."),
    "mfa/email/totp_activated": Notice(
        "An authenticator app was added", "From now on signing in asks for a code from your app."
    ),
    "mfa/email/totp_deactivated": Notice(
        "The authenticator app was removed", "Signing in does not ask for a code from your app any more."
    ),
    "mfa/email/webauthn_added": Notice(
        "A passkey or security key was added", "You can sign in with it, or use it as your second step."
    ),
    "mfa/email/webauthn_removed": Notice(
        "A passkey or security key was removed", "It does not open your account any more."
    ),
    "mfa/email/recovery_codes_generated": Notice(
        "You have new recovery codes",
        "Each opens your account once when your phone or key is lost. Older ones ended.",
    ),
    "socialaccount/email/account_connected": Notice(
        "You can sign in another way", "From now on you can sign in with {address}."
    ),
    "socialaccount/email/account_disconnected": Notice(
        "A way to sign in was removed", "Signing in with {address} does not open your account any more."
    ),
}
"""By the name that allauth has for the mail."""
