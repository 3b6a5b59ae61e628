"""Signing in with an account elsewhere (Google, Facebook), on top of allauth's social accounts.

allauth keeps which account elsewhere belongs to whom, and does everything after we know who came: second step,
confirmation of the address, connecting, disconnecting. Its own providers are not used: they put tokens into
addresses, take an id token unread, and go out past ``core.http``. Here a service is whatever stands in
:data:`~backline.accounts.ports.SIGN_IN_SERVICES`. No token is kept.

Whose account is it? Only what a person connected while signed in to it, or made by signing up that way. An address
alone opens nothing: who had it before may still have it at the other service, and Facebook does not say whose it is.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.internal.flows.manage_email import assess_unique_email
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount import signals
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess, Provider, ProviderAccount
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from backline.accounts import names
from backline.accounts.models import User
from backline.accounts.ports import SIGN_IN_SERVICES, SignInAnswer, SignInProfile, SignInRequest
from backline.accounts.services.people import record_activity
from backline.core.errors import Rejected
from backline.settings import environment

_state_signer = Signer(salt="backline.accounts.social state")


class SocialProvider(Provider):  # type: ignore[misc]
    """A service to sign in with, as allauth looks at it. It may be one that is not set up any more."""

    uses_apps = False
    account_class = ProviderAccount

    def __init__(self, request: HttpRequest | None, key: str) -> None:
        super().__init__(request)
        self.id = key
        self.is_set_up = key in SIGN_IN_SERVICES
        self.name = SIGN_IN_SERVICES.get(key).label if self.is_set_up else key.title()

    @property
    def redirect_uri(self) -> str:
        """The one address to which the service sends people back."""
        return f"{environment.current().web_url}{reverse('account:signed_in_with', args=[self.id])}"

    def begin(self, request: HttpRequest, *, is_connecting: bool, next_url: str) -> str:
        """Keep in the session what the answer has to fit, for ten minutes, and return the address at the service."""
        proof = generate_code_challenge()
        nonce = secrets.token_urlsafe(24)
        state = self.stash_redirect_state(
            request,
            AuthProcess.CONNECT if is_connecting else AuthProcess.LOGIN,
            next_url,
            code_verifier=proof["code_verifier"],
            nonce=nonce,
            user=str(request.user.pk or ""),
        )
        asked = SignInRequest(state, self.redirect_uri, proof["code_challenge"].decode("ascii"), nonce)
        return SIGN_IN_SERVICES.get(self.id).authorization_url(asked)

    def take(self, request: HttpRequest, state: str) -> dict[str, Any] | None:
        """Use up what was kept for ``state``.

        None for one that is altered, over, used, of another browser session or service, or to connect to the account
        of somebody who is not signed in any more.
        """
        try:
            _state_signer.unsign(state)
        except BadSignature:
            return None
        kept: dict[str, Any] | None = statekit.unstash_state(request, provider_id=self.id, state_id=state)
        if kept is None:
            return None
        is_connecting = kept["process"] == AuthProcess.CONNECT
        is_theirs = hmac.compare_digest(kept["user"], str(request.user.pk or ""))
        return kept if is_theirs or not is_connecting else None

    def login_of(self, request: HttpRequest, kept: dict[str, Any], *, code: str, issuer: str) -> SocialLogin:
        """Return who comes, as the service says; raises :class:`~backline.core.errors.BacklineError`."""
        answer = SignInAnswer(code, issuer, self.redirect_uri, kept["code_verifier"], kept["nonce"])
        profile = SIGN_IN_SERVICES.get(self.id).profile(answer)
        login: SocialLogin = self.sociallogin_from_response(request, profile)
        login.state = {name: kept[name] for name in ("process", "next") if name in kept}
        return login

    def extract_uid(self, data: SignInProfile) -> str:
        """Return the id there."""
        return data.id

    def extract_extra_data(self, data: SignInProfile) -> dict[str, str]:
        """Return what is kept of the profile: what tells one account there from another (PP-10)."""
        return {"name": data.name[: names.NAME_LENGTH], "email": data.email}

    def extract_common_fields(self, data: SignInProfile) -> dict[str, Any]:
        """Return what a new account begins with."""
        return {"name": data.name, "email": data.email}

    def extract_email_addresses(self, data: SignInProfile) -> list[EmailAddress]:
        """Return the address; it is confirmed only where the service answers for it."""
        return [EmailAddress(email=data.email, verified=data.is_email_verified, primary=True)] if data.email else []


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Our answers to what allauth leaves open about accounts elsewhere."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": "This address has an account already. Sign in to it, then connect %s under Connected apps.",
        "no_password": "It is the only way into your account. Set a password first; then you can disconnect it.",
        "no_verified_email": "Confirm your e-mail address first: without it there would be no way into your account.",
    }

    def list_providers(self, request: HttpRequest | None) -> list[Provider]:
        """Return the services that are set up, in their order."""
        return [SocialProvider(request, key) for key in SIGN_IN_SERVICES.keys()]  # noqa: SIM118 - no mapping

    def get_provider(self, request: HttpRequest | None, provider: str, client_id: str | None = None) -> Provider:  # noqa: ARG002
        """Return a service by its key."""
        return SocialProvider(request, provider)

    def generate_state_param(self, state: dict[str, Any]) -> str:  # noqa: ARG002
        """Return a new ``state``: random, and signed by us (PP-52)."""
        return _state_signer.sign(secrets.token_urlsafe(24))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:  # noqa: ARG002
        """Give a new account the address and, where our rules allow it, the name from there."""
        user = cast(User, sociallogin.user)
        user.email = data.get("email") or ""
        try:
            user.name = names.clean_name(data["name"])
        except Rejected:
            user.name = ""
        return user

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Ask for a name first where there is none that our rules allow; allauth asks for a missing address."""
        return bool(cast(User, sociallogin.user).name)

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, str]:
        """Return what stands in the form from the start."""
        return dict(sociallogin.account.extra_data)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Lead somebody who proved an address that has an account to its own sign-in, to connect the two there.

        An address that is not proved gets the mail that a sign-up with it would get: the page gives nothing away.
        """
        proved = next((one.email for one in sociallogin.email_addresses if one.verified), "")
        is_new = not sociallogin.is_existing and sociallogin.state["process"] == AuthProcess.LOGIN
        if not is_new or not proved or assess_unique_email(proved) is True:
            return
        service = sociallogin.provider.name
        messages.info(
            request,
            f"{proved} has an account here already. Sign in to it as you did before; then you can connect {service}.",
        )
        address = f"{reverse('account_login')}?{urlencode({'next': reverse('socialaccount_connections')})}"
        raise ImmediateHttpResponse(HttpResponseRedirect(address))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Make the account whole or not at all: who comes twice at once has one, and signs in to it."""
        try:
            with transaction.atomic():
                return cast(User, super().save_user(request, sociallogin, form))
        except IntegrityError:
            messages.info(request, "This was begun twice at the same moment. Sign in once more.")
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login"))) from None

    def get_requests_session(self) -> Any:
        """Refuse: everything goes out through ``core.http``."""
        raise RuntimeError("Services to sign in with are asked through their adapters.")


def _connected(sender: object, request: HttpRequest, sociallogin: SocialLogin, **kwargs: Any) -> None:  # noqa: ARG001
    record_activity(cast(User, sociallogin.user), "person.connect_app", detail={"app": sociallogin.provider.name})


def _disconnected(sender: object, request: HttpRequest, socialaccount: Any, **kwargs: Any) -> None:  # noqa: ARG001
    app = socialaccount.get_provider().name
    record_activity(socialaccount.user, "person.disconnect_app", detail={"app": app})


def listen() -> None:
    """Write what is connected and disconnected into people's activity."""
    signals.social_account_added.connect(_connected, dispatch_uid="accounts person.connect_app")
    signals.social_account_removed.connect(_disconnected, dispatch_uid="accounts person.disconnect_app")
