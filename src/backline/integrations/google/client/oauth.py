"""Google's OAuth 2.0 for web apps: codes, tokens, revocation, id tokens."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import jwt
import msgspec

from backline.connections.types import Account, CodeRefusedError, GrantLostError, LossReason
from backline.core import clock
from backline.core.errors import BacklineError, NeedsAction
from backline.core.http import Answer, Outbound, Service, logger_of
from backline.integrations.google import shapes
from backline.settings.services import GoogleSettings

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
"""Both are Google's, says its OpenID Connect page."""

log = logger_of("backline.google")


class _GrantRefusedError(NeedsAction):
    """``invalid_grant``: the code or the refresh token is not taken."""

    def __init__(self, reason: LossReason) -> None:
        super().__init__("Google does not take the access that was given.")
        self.reason = reason


class OAuthClient:
    """Thread-safe; keeps Google's public keys per process."""

    def __init__(self, settings: GoogleSettings, outbound: Outbound) -> None:
        self._credentials = {"client_id": settings.client_id, "client_secret": settings.client_secret}
        self._tokens, self._token_path = _service(settings.token_url, outbound)
        self._revocations, self._revoke_path = _service(settings.revoke_url, outbound)
        self._certs, self._certs_path = _service(settings.certs_url, outbound)
        self._keys: Mapping[str, jwt.PyJWK] = {}

    def redeem(self, code: str, *, redirect_uri: str, verifier: str) -> shapes.Token:
        """Exchange a code. Raises :class:`CodeRefusedError` when it is not taken."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        try:
            return self._ask({**form, "code_verifier": verifier}, is_repeatable=False)
        except _GrantRefusedError:
            raise CodeRefusedError(
                "Google did not take the consent: it was too old or used before. Connect again."
            ) from None

    def renew(self, refresh_token: str) -> shapes.Token:
        """Ask for a new access token. Raises :class:`GrantLostError` when the grant is dead."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            return self._ask(form, is_repeatable=True)
        except _GrantRefusedError as error:
            message = "Google no longer accepts the access that was given. Connect again."
            raise GrantLostError(message, reason=error.reason) from None

    def revoke(self, token: str) -> None:
        """Give a grant back; one that is dead already is no error. Every token of that person dies with it."""
        try:
            self._revocations.post_form(self._revoke_path, {"token": token}, dict, is_repeatable=True)
        except _GrantRefusedError:
            return

    def account(self, id_token: str, *, nonce: str) -> Account:
        """Return whom an id token names; see :meth:`claims`."""
        claims = self.claims(id_token, nonce=nonce)
        return Account(claims.sub, claims.name or "Google account")

    def claims(self, id_token: str, *, nonce: str) -> shapes.Claims:
        """Return what an id token says (OpenID Connect Core, 3.1.3.7).

        Raises :class:`CodeRefusedError` unless Google signed it with RS256, for our app, for this consent, and it has
        not ended.
        """
        try:
            claims = jwt.decode(
                id_token,
                self._key_of(id_token),
                algorithms=["RS256"],
                audience=self._credentials["client_id"],
                issuer=ISSUERS,
                options={
                    "require": ["exp", "aud", "iss", "sub", "nonce"],
                    "verify_exp": False,  # by our own clock, below
                    "verify_iat": False,
                },
            )
            is_ours = claims.get("azp", self._credentials["client_id"]) == self._credentials["client_id"]
            is_now = int(claims["exp"]) > clock.now().timestamp()
            is_answer = hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode())
            if not (is_ours and is_now and is_answer):
                raise jwt.InvalidTokenError
            return msgspec.convert(claims, shapes.Claims)
        except (jwt.PyJWTError, msgspec.ValidationError, TypeError, ValueError) as error:
            log.warning("google.id_token_refused", problem=type(error).__name__)
            raise CodeRefusedError("What Google said about the account could not be verified. Connect again.") from None

    def _key_of(self, id_token: str) -> jwt.PyJWK:
        head = jwt.get_unverified_header(id_token)
        if head.get("kid") not in self._keys:  # Google changes its keys every few days
            found = self._certs.get(self._certs_path, shapes.Keys).keys
            self._keys = {key["kid"]: jwt.PyJWK(key) for key in found if key.get("kty") == "RSA" and "kid" in key}
        if head.get("kid") not in self._keys:
            raise jwt.InvalidKeyError
        return self._keys[str(head["kid"])]

    def _ask(self, form: Mapping[str, str], *, is_repeatable: bool) -> shapes.Token:
        sent = {**self._credentials, **form}
        return self._tokens.post_form(self._token_path, sent, shapes.Token, is_repeatable=is_repeatable)


def _service(url: str, outbound: Outbound) -> tuple[Service, str]:
    base, _, path = url.rpartition("/")
    return Service(name="Google", base_url=base, outbound=outbound, explain=_explain), f"/{path}"


def _explain(answer: Answer) -> BacklineError | None:
    """Say what the token endpoint's refusals mean (RFC 6749, 5.2, and Google's own words)."""
    problem = answer.decode_or_none(shapes.TokenProblem)
    if problem is None or answer.status == 429 or answer.status >= 500:
        return None
    if problem.error in ("invalid_grant", "invalid_token"):
        return _GrantRefusedError(_reason_of(problem))
    if problem.error in ("admin_policy_enforced", "org_internal", "access_denied"):
        return NeedsAction("The administrator of this Google account does not allow our app. Use another account.")
    word = problem.error
    if word not in _OURS:
        word = "for a reason unknown to us"
        log.error("google.unknown_error", status=answer.status)
    return NeedsAction(f"Google refuses our app ({word}). Its operator has to look at the settings for Google.")


_OURS = frozenset(
    {
        "invalid_client", "unauthorized_client", "deleted_client", "disabled_client", "redirect_uri_mismatch",
        "invalid_request", "invalid_scope", "unsupported_grant_type",
    }
)  # fmt: skip


def _reason_of(problem: shapes.TokenProblem) -> LossReason:
    if problem.error_subtype == "invalid_rapt":
        return LossReason.CHECKPOINT
    return LossReason.REVOKED if "revoked" in problem.error_description else LossReason.INVALID
