"""How allauth fits in: where a sign-in leads, whose address counts, and what goes into a person's activity."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from allauth.account import signals as account_signals
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa import signals as mfa_signals
from django import forms
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.urls import reverse

from backline.accounts import names, selectors, services
from backline.accounts.models import User
from backline.accounts.services.people import record_activity
from backline.core import clock, jobs
from backline.core.errors import Rejected
from backline.core.ids import new_id
from backline.settings import environment


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Our answers to what allauth leaves open."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead to the invitation that waits, else to making an artist, else home. An explicit ``next`` goes first."""
        return landing(user_id=request.user.pk)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Lead a newcomer where a sign-in leads, which is known only once their address is confirmed."""
        return reverse("account:welcome")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send allauth's mail with links to our own address, whatever host the request named."""
        links = {name: _at_home(value) for name, value in context.items() if name.endswith("_url") and value}
        super().send_mail(template_prefix, email, context | links)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Have a person told that their way in changed, by a job: what they did is done, also when mail is away."""
        told = context or {}
        jobs.enqueue(
            "accounts.mail_notice",
            queue="mail",
            notice_id=str(new_id()),
            notice=template_prefix,
            to=email or user.email,
            address=told.get("to_email") or told.get("deleted_email") or str(told.get("provider") or ""),
            at=clock.now().isoformat(),
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that rate limits and the session list use.

        ``X-Forwarded-For`` is believed only as far as it was written by the configured proxies.
        """
        trusted = [ip_network(proxy, strict=False) for proxy in environment.current().trusted_proxies]
        hops = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), request.META.get("REMOTE_ADDR", "")]
        address = ""
        for hop in reversed(hops):
            try:
                one = ip_address(hop.strip())
            except ValueError:
                break
            address = str(one)
            if not any(one in network for network in trusted):
                break
        return address or "127.0.0.1"


def _at_home(url: str) -> str:
    parts = urlsplit(url)
    return environment.current().web_url + urlunsplit(parts._replace(scheme="", netloc=""))


def landing(*, user_id: UUID | None) -> str:
    """Return where a person goes who asked for no page: to the invitation that waits, to a first artist, or home."""
    if user_id is None or selectors.artists_of(user_id=user_id):
        return reverse("dashboard:home")
    token = services.waiting_invitation(user_id=user_id)
    return reverse("account:invitation", args=[token]) if token else reverse("dashboard:start")


class SignUpForm(forms.Form):
    """What signing up asks besides the address and the password."""

    name = forms.CharField(
        label="Your name",
        max_length=names.NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="The people you work with see it.",
    )
    field_order = ("name", "email", "password1")

    def clean_name(self) -> str:
        """Return the name trimmed, or say what is wrong with it."""
        try:
            return names.clean_name(self.cleaned_data["name"])
        except Rejected as refused:
            raise forms.ValidationError(refused.message) from None

    def signup(self, request: HttpRequest, user: User) -> None:  # noqa: ARG002
        """Keep the name; allauth calls this with the new user."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


_AUTHENTICATORS = {
    "totp": "authenticator app",
    "webauthn": "passkey or security key",
    "recovery_codes": "recovery codes",
}


def _write(action: str) -> Any:
    def receiver(sender: object, **kwargs: Any) -> None:  # noqa: ARG001
        elsewhere = kwargs.get("sociallogin")
        record_activity(kwargs["user"], action, detail={"with": elsewhere.provider.name} if elsewhere else None)

    return receiver


def _email_confirmed(sender: object, email_address: Any, **kwargs: Any) -> None:  # noqa: ARG001
    record_activity(email_address.user, "person.confirm_email")


def _signed_out(sender: object, user: User | None, **kwargs: Any) -> None:  # noqa: ARG001
    if user is not None:
        record_activity(user, "person.sign_out")


def _authenticator(action: str) -> Any:
    def receiver(sender: object, user: User, authenticator: Any, **kwargs: Any) -> None:  # noqa: ARG001
        record_activity(user, action, detail={"kind": _AUTHENTICATORS.get(authenticator.type, authenticator.type)})

    return receiver


def listen() -> None:
    """Write what people do with their own account into their activity."""
    for signal, action in (
        (account_signals.user_signed_up, "person.sign_up"),
        (account_signals.user_logged_in, "person.sign_in"),
        (account_signals.password_set, "person.change_password"),
        (account_signals.password_changed, "person.change_password"),
        (account_signals.password_reset, "person.reset_password"),
        (account_signals.email_changed, "person.change_email"),
    ):
        signal.connect(_write(action), weak=False, dispatch_uid=f"accounts {action} {id(signal)}")
    account_signals.email_confirmed.connect(_email_confirmed, dispatch_uid="accounts person.confirm_email")
    user_logged_out.connect(_signed_out, dispatch_uid="accounts person.sign_out")
    for signal, action in (
        (mfa_signals.authenticator_added, "person.add_authenticator"),
        (mfa_signals.authenticator_removed, "person.remove_authenticator"),
        (mfa_signals.authenticator_reset, "person.new_recovery_codes"),
    ):
        signal.connect(_authenticator(action), weak=False, dispatch_uid=f"accounts {action}")
