"""Signing in with Facebook: who somebody is, and nothing else."""

from __future__ import annotations

from urllib.parse import urlencode

from backline.accounts.ports import SignInAnswer, SignInProfile, SignInRequest
from backline.connections.types import CodeRefusedError, GrantLostError
from backline.core.errors import Rejected
from backline.integrations.meta.client import MetaClient
from backline.settings.services import MetaSettings

ISSUER = "https://www.facebook.com"
SCOPES = ("public_profile", "email")


class FacebookSignIn:
    """Implements ``accounts.ports.SignInService``."""

    label = "Facebook"

    def __init__(self, settings: MetaSettings, client: MetaClient) -> None:
        self._settings = settings
        self._client = client

    def authorization_url(self, request: SignInRequest) -> str:
        """Return Facebook's dialog. It knows no nonce: no id token comes from it, and PKCE ties the code to us."""
        asked = {
            "client_id": self._settings.app_id, "redirect_uri": request.redirect_uri, "state": request.state,
            "response_type": "code", "scope": ",".join(SCOPES), "code_challenge": request.code_challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self._settings.dialog_url}/{self._settings.graph_version}/dialog/oauth?{urlencode(asked)}"

    def profile(self, answer: SignInAnswer) -> SignInProfile:
        """Return who consented. Facebook does not say whether an address was confirmed, so none counts as confirmed."""
        if answer.issuer not in ("", ISSUER):
            raise _refused()
        try:
            token = self._client.exchange_code(
                answer.code, redirect_uri=answer.redirect_uri, verifier=answer.code_verifier
            )
            me = self._client.profile(token.access_token)
        except (CodeRefusedError, GrantLostError):
            raise _refused() from None
        return SignInProfile(me.id, me.name, me.email, is_email_verified=False)


def _refused() -> Rejected:
    return Rejected("Facebook did not confirm who you are, or took longer than it allows. Nothing was changed.")
