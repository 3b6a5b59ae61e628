"""Google's accounts on this machine: consent, tokens, revocation, the keys that id tokens are signed with, userinfo."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from backline.integrations.google.sandbox_grants import ACCESS_SECONDS, TESTING_SECONDS, Grants, Issued, RefusedError
from backline.integrations.google.sandbox_people import OPERATOR, Person
from backline.sandbox import consent
from backline.sandbox.answers import form_of, json
from backline.sandbox.world import World

ISSUER = "https://accounts.google.com"
SIGN_IN = {
    "openid": "Know who you are at Google",
    "https://www.googleapis.com/auth/userinfo.email": "See your e-mail address",
    "https://www.googleapis.com/auth/userinfo.profile": "See your name and picture",
}
SCOPES = SIGN_IN | {
    "https://www.googleapis.com/auth/youtube.readonly": "View your YouTube account",
    "https://www.googleapis.com/auth/youtube": "Manage your YouTube account",
    "https://www.googleapis.com/auth/adwords": "See, edit, create and delete your Google Ads accounts and data",
    "https://www.googleapis.com/auth/datamanager": "See, edit and add data in Google Ads",
}
_SHORT = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}
_PARAMETERS = frozenset(
    {
        "client_id", "redirect_uri", "response_type", "scope", "state", "access_type", "prompt", "login_hint",
        "include_granted_scopes", "enable_granular_consent", "code_challenge", "code_challenge_method", "nonce", "hd",
        "hl",
    }
)  # fmt: skip
_ALLOWED: Mapping[str, frozenset[str]] = {
    "response_type": frozenset({"code"}),
    "access_type": frozenset({"", "online", "offline"}),
    "include_granted_scopes": frozenset({"", "true", "false"}),
    "enable_granular_consent": frozenset({"", "true", "false"}),
    "code_challenge_method": frozenset({"", "plain", "S256"}),
}
_PROMPTS = frozenset({"none", "consent", "select_account"})
_CHALLENGE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


class _ShownError(Exception):
    """A request that Google shows a page about instead of sending the person back."""


class OAuth:
    """Everything under ``/accounts``, ``/oauth2`` and ``/openidconnect``."""

    def __init__(self, world: World, grants: Grants, people: Mapping[str, Person]) -> None:
        self._world = world
        self._grants = grants
        self._people = people

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Return the routes below ``prefix``."""
        return [
            Route(prefix + "/accounts/o/oauth2/v2/auth", self.ask, methods=["GET"]),
            Route(prefix + "/accounts/o/oauth2/v2/auth", self.decide, methods=["POST"]),
            Route(prefix + "/oauth2/token", self.token, methods=["POST"]),
            Route(prefix + "/oauth2/revoke", self.revoke, methods=["POST"]),
            Route(prefix + "/oauth2/v3/certs", self.certs),
            Route(prefix + "/openidconnect/v1/userinfo", self.userinfo, methods=["GET", "POST"]),
        ]

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """The addresses that the app registered; one that differs by a character is refused."""
        web = self._world.settings.web_url
        return (f"{web}/connections/youtube/callback/", f"{web}/account/google/login/callback/")

    async def ask(self, request: Request) -> Response:
        """``GET /o/oauth2/v2/auth``: the page, or one that says what is wrong with the request."""
        asked = dict(request.query_params)
        try:
            if len(request.query_params.multi_items()) != len(asked):
                raise _ShownError("Error 400: invalid_request. OAuth 2 parameters can only have a single value.")
            scopes = self._check(asked)
        except _ShownError as error:
            return self._page({}, (), (), str(error))
        if asked.get("prompt") == "none":
            return self._back(asked, {"error": "interaction_required"})
        people = [person for person in self._people.values() if person.id != OPERATOR]
        return self._page(asked, people, scopes)

    async def decide(self, request: Request) -> Response:
        """``POST /o/oauth2/v2/auth``: what the person decided. Sign-in scopes cannot be unticked."""
        decision = await consent.decision_of(request)
        asked = dict(decision.hidden)
        person = self._people.get(decision.person)
        try:
            scopes = self._check(asked)
            if person is None or decision.word not in consent.DECISIONS:
                raise _ShownError("Error 400: invalid_request. Choose an account.")
        except _ShownError as error:
            return self._page({}, (), (), str(error))
        if decision.word != "approve":
            return self._back(asked, {"error": "access_denied" if decision.word == "deny" else "server_error"})
        given = frozenset(scope for scope in scopes if scope in SIGN_IN or scope in decision.scopes)
        if not given:
            return self._back(asked, {"error": "access_denied"})
        if asked.get("include_granted_scopes") == "true":
            given |= self._grants.granted(person.id)
        code = self._grants.new_code(
            person=person.id,
            scopes=given,
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge", ""),
            method=asked.get("code_challenge_method", "") or "plain",
            nonce=asked.get("nonce", ""),
            is_offline=asked.get("access_type") == "offline",
            is_prompted="consent" in asked.get("prompt", "").split(),
        )
        values = {"code": code, "scope": " ".join(sorted(given)), "authuser": "0", "prompt": "consent"}
        return self._back(asked, values)

    async def token(self, request: Request) -> Response:
        """``POST /token``: credentials by HTTP Basic or in the body."""
        form = await form_of(request)
        try:
            self._check_client(form, request.headers.get("authorization", ""))
            match form.get("grant_type", ""):
                case "authorization_code":
                    _demand(form, "code", "redirect_uri")
                    issued = self._grants.redeem(
                        form["code"], redirect_uri=form["redirect_uri"], verifier=form.get("code_verifier", "")
                    )
                case "refresh_token":
                    _demand(form, "refresh_token")
                    issued = self._grants.refresh(form["refresh_token"])
                case "":
                    raise RefusedError("invalid_request", "Missing required parameter: grant_type")
                case other:
                    raise RefusedError("unsupported_grant_type", f"Invalid grant_type: {other}")
        except RefusedError as error:
            return json({"error": error.error, "error_description": error.description}, error.status)
        return json(self._tokens(issued), headers={"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate"})

    async def revoke(self, request: Request) -> Response:
        """``POST /revoke`` with ``token`` in the body or the query."""
        token = (await form_of(request)).get("token") or request.query_params.get("token", "")
        if not token:
            return json({"error": "invalid_request", "error_description": "Missing required parameter: token"}, 400)
        if not self._grants.revoke(token):
            return json({"error": "invalid_token", "error_description": "Token expired or revoked"}, 400)
        return json({})

    async def certs(self, request: Request) -> Response:
        """``GET /oauth2/v3/certs``: the public key as a JWK set."""
        del request
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self._key_id,
            "n": _base64(numbers.n.to_bytes(256, "big")), "e": _base64(numbers.e.to_bytes(3, "big")),
        }  # fmt: skip
        return json({"keys": [key]}, headers={"Cache-Control": "public, max-age=19800, must-revalidate"})

    async def userinfo(self, request: Request) -> Response:
        """``GET /v1/userinfo`` with an access token that ``openid`` was granted to."""
        token = self._grants.bearer(request.headers.get("authorization", ""))
        if token is None or "openid" not in token.scopes:
            return json({"error": "invalid_request", "error_description": "Invalid Credentials"}, 401)
        person = self._people[token.person]
        return json({"sub": person.subject, **self._about(person, token.scopes)})

    def _check(self, asked: Mapping[str, str]) -> tuple[str, ...]:
        """Return the scopes that are asked for. Raises :class:`_ShownError` where Google shows a page about it."""
        for name in ("client_id", "redirect_uri", "response_type", "scope"):
            if not asked.get(name):
                raise _ShownError(f"Error 400: invalid_request. Missing required parameter: {name}")
        if not hmac.compare_digest(asked["client_id"].encode(), self._world.settings.google.client_id.encode()):
            raise _ShownError("Error 401: invalid_client. The OAuth client was not found.")
        if asked["redirect_uri"] not in self.redirect_uris:
            raise _ShownError("Error 400: redirect_uri_mismatch. The address is not registered for this app.")
        for name in sorted(asked.keys() - _PARAMETERS):
            raise _ShownError(f"Error 400: invalid_request. Parameter not allowed for this message type: {name}")
        for name, allowed in _ALLOWED.items():
            if asked.get(name, "") not in allowed:
                raise _ShownError(f"Error 400: invalid_request. Invalid parameter value for {name}")
        _check_details(asked)
        scopes = tuple(dict.fromkeys(_SHORT.get(scope, scope) for scope in asked["scope"].split()))
        invalid = [scope for scope in scopes if scope not in SCOPES]
        if invalid:
            raise _ShownError(f"Error 400: invalid_scope. Some requested scopes were invalid: {', '.join(invalid)}")
        return scopes

    def _check_client(self, form: Mapping[str, str], authorization: str) -> None:
        settings = self._world.settings.google
        in_body = (form.get("client_id", ""), form.get("client_secret", ""))
        client_id, secret = _basic(authorization) if authorization else in_body
        if not client_id:
            raise RefusedError("invalid_request", "Could not determine client ID from request.")
        if not hmac.compare_digest(client_id.encode(), settings.client_id.encode()):
            raise RefusedError("invalid_client", "The OAuth client was not found.", 401)
        if not secret:
            raise RefusedError("invalid_request", "client_secret is missing.")
        if not hmac.compare_digest(secret.encode(), settings.client_secret.encode()):
            raise RefusedError("invalid_client", "The provided client secret is invalid.", 401)

    def _tokens(self, issued: Issued) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "access_token": issued.access,
            "expires_in": ACCESS_SECONDS,
            "scope": " ".join(sorted(issued.scopes)),
            "token_type": "Bearer",
        }
        if issued.refresh:
            answer["refresh_token"] = issued.refresh
            if self._grants.is_testing:
                answer["refresh_token_expires_in"] = TESTING_SECONDS
        if "openid" in issued.scopes:
            answer["id_token"] = self._id_token(issued, self._people[issued.person])
        return answer

    def _id_token(self, issued: Issued, person: Person) -> str:
        now = int(self._world.clock.seconds())
        client_id = self._world.settings.google.client_id
        claims: dict[str, Any] = {
            "iss": ISSUER, "azp": client_id, "aud": client_id, "sub": person.subject, "iat": now, "exp": now + 3_600,
            "at_hash": _base64(hashlib.sha256(issued.access.encode()).digest()[:16]),
            **self._about(person, issued.scopes),
        }  # fmt: skip
        if issued.nonce:
            claims["nonce"] = issued.nonce
        head = {"alg": "RS256", "kid": self._key_id, "typ": "JWT"}
        signed = ".".join(_base64(msgspec.json.encode(part)) for part in (head, claims))
        return f"{signed}.{_base64(self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def _about(self, person: Person, scopes: frozenset[str]) -> dict[str, Any]:
        about: dict[str, Any] = {}
        if _SHORT["profile"] in scopes:
            first, _, last = person.name.partition(" ")
            picture = f"{self._world.base_url}/google/yt3/{person.id}=s88"
            about |= {"name": person.name, "given_name": first, "family_name": last, "picture": picture}
        if _SHORT["email"] in scopes:
            about |= {"email": person.email, "email_verified": person.is_email_verified}
            about |= {"hd": person.workspace} if person.workspace else {}
        return about

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)

    @cached_property
    def _key_id(self) -> str:
        modulus = self._key.public_key().public_numbers().n
        return hashlib.sha256(str(modulus).encode()).hexdigest()[:40]

    def _page(
        self, asked: Mapping[str, str], people: Sequence[Person], scopes: Sequence[str], problem: str = ""
    ) -> Response:
        return consent.page(
            service="Google",
            app_name="Backline",
            action="/google/accounts/o/oauth2/v2/auth",
            hidden=asked,
            people=[consent.Person(person.id, person.name, person.note) for person in people],
            scopes=[consent.Scope(scope, SCOPES[scope], is_fixed=scope in SIGN_IN) for scope in scopes],
            problem=problem,
        )

    def _back(self, asked: Mapping[str, str], values: Mapping[str, str]) -> Response:
        state = {"state": asked["state"]} if asked.get("state") else {}
        return consent.send_back(asked["redirect_uri"], {**state, **values, "iss": ISSUER})


def _check_details(asked: Mapping[str, str]) -> None:
    """Check how it is asked: prompts and PKCE."""
    prompts = asked.get("prompt", "").split()
    if not _PROMPTS.issuperset(prompts) or ("none" in prompts and len(prompts) > 1):
        raise _ShownError("Error 400: invalid_request. Invalid parameter value for prompt")
    challenge = asked.get("code_challenge", "")
    if challenge and not _CHALLENGE.fullmatch(challenge):
        raise _ShownError("Error 400: invalid_request. Invalid code_challenge length")
    if asked.get("code_challenge_method") and not challenge:
        raise _ShownError("Error 400: invalid_request. Missing required parameter: code_challenge")


def _demand(form: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not form.get(name):
            raise RefusedError("invalid_request", f"Missing required parameter: {name}")


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
