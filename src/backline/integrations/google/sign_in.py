"""Signing in with Google: who somebody is, and nothing else."""

from __future__ import annotations

from urllib.parse import urlencode

from backline.accounts.ports import SignInAnswer, SignInProfile, SignInRequest
from backline.connections.types import CodeRefusedError
from backline.core.errors import Rejected
from backline.core.http import Outbound
from backline.integrations.google.client.oauth import ISSUERS, OAuthClient
from backline.integrations.google.shapes import Claims
from backline.settings.services import GoogleSettings

SCOPES = ("openid", "email", "profile")


class GoogleSignIn:
    """Implements ``accounts.ports.SignInService``."""

    label = "Google"

    def __init__(self, settings: GoogleSettings, outbound: Outbound) -> None:
        self._settings = settings
        self._oauth = OAuthClient(settings, outbound)

    def authorization_url(self, request: SignInRequest) -> str:
        """Return Google's page. It always lets the person choose an account, so that nobody is signed in unasked."""
        asked = {
            "client_id": self._settings.client_id, "redirect_uri": request.redirect_uri, "response_type": "code",
            "scope": " ".join(SCOPES), "state": request.state, "nonce": request.nonce, "prompt": "select_account",
            "code_challenge": request.code_challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self._settings.auth_url}?{urlencode(asked)}"

    def profile(self, answer: SignInAnswer) -> SignInProfile:
        """Return whom Google's id token names; the access token that comes with it is not used."""
        if answer.issuer and answer.issuer not in ISSUERS:
            raise _refused()
        try:
            token = self._oauth.redeem(answer.code, redirect_uri=answer.redirect_uri, verifier=answer.code_verifier)
            claims = self._oauth.claims(token.id_token, nonce=answer.nonce)
        except CodeRefusedError:
            raise _refused() from None
        return SignInProfile(claims.sub, claims.name, claims.email, _is_googles(claims))


def _is_googles(claims: Claims) -> bool:
    """Tell whether Google itself runs the mailbox.

    Of other addresses it knows only that they were somebody's once ("Verify the Google ID token on your server side").
    """
    return claims.email_verified and (bool(claims.hd) or claims.email.lower().endswith("@gmail.com"))


def _refused() -> Rejected:
    return Rejected("Google did not confirm who you are, or took longer than it allows. Nothing was changed.")
