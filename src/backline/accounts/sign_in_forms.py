"""What allauth asks for, in our words. Apart from :mod:`sign_in`, which allauth's own forms import."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm

from backline.accounts.models import User


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """Signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remember"].label = "Keep me signed in on this device"


class SecondStepForm(AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_the_code(self)


class SecondStepAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """The second step as a proof that it is still the same person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_the_code(self)


def _name_the_code(form: Any) -> None:
    form.fields["code"].label = "Code from your app, or a recovery code"


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Adding a passkey or a security key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].label = "Sign in with it alone, without my password"
        self.fields["passwordless"].help_text = (
            "Your device then asks for your fingerprint, your face or a PIN. "
            "Otherwise it is the second step after your password."
        )


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Our answers to what allauth leaves open about second steps."""

    error_messages = {
        "add_email_blocked": "While a second step guards your account, you cannot add an address. Turn it off first.",
        "cannot_delete_authenticator": "This second step cannot be removed.",
        "cannot_generate_recovery_codes": "Recovery codes come with a second step. Turn one on first.",
        "incorrect_code": "That code or key is not right. An app shows a new code every 30 seconds; each works once.",
        "unverified_email": "Confirm your e-mail address first; then you can turn on a second step.",
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """Return what a new key is called until the person gives it a name."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "My key" if number == 1 else f"My key {number}"
