"""Spotify's accounts service: app tokens for the right client id and secret."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from backline.sandbox.answers import form_of, json
from backline.sandbox.world import World

TOKEN_SECONDS = 3600
_MOST_TOKENS = 1_000
_NEEDS_A_PERSON = {"authorization_code": "Invalid authorization code", "refresh_token": "Invalid refresh token"}


class RefusedError(Exception):
    """A request that the Web API refuses, with the status and the message of its answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def token_refusal(error: str, description: str) -> Response:
    """Answer with an error in the shape of the accounts service."""
    return json({"error": error, "error_description": description}, 400)


class Accounts:
    """The tokens that are good, and until when."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[str, float] = {}

    def clear(self) -> None:
        """Forget every token."""
        self._tokens.clear()

    def check(self, authorization: str) -> None:
        """Check an Authorization header. Raises :class:`RefusedError` unless it carries a token that is good now."""
        scheme, _, token = authorization.partition(" ")
        if not token:
            raise RefusedError(401, "No token provided")
        if scheme.lower() != "bearer":
            raise RefusedError(400, "Only valid bearer authentication supported")
        expires = self._tokens.get(token)
        if expires is None:
            raise RefusedError(401, "Invalid access token")
        if expires <= self._world.clock.seconds():
            raise RefusedError(401, "The access token expired")

    async def token(self, request: Request) -> Response:
        """``POST /api/token``. Grants that need a person's consent have no code or token here that could be good."""
        form = await form_of(request)
        grant = form.get("grant_type", "")
        client_id, secret = _basic(request.headers.get("authorization", ""))
        settings = self._world.settings.spotify
        if not grant:
            return token_refusal("unsupported_grant_type", "grant_type parameter is missing")
        if not hmac.compare_digest(client_id.encode(), settings.client_id.encode()):
            return token_refusal("invalid_client", "Invalid client")
        if not hmac.compare_digest(secret.encode(), settings.client_secret.encode()):
            return token_refusal("invalid_client", "Invalid client secret")
        if grant in _NEEDS_A_PERSON:
            return token_refusal("invalid_grant", _NEEDS_A_PERSON[grant])
        if grant != "client_credentials":
            return token_refusal(
                "unsupported_grant_type", "grant_type must be client_credentials, authorization_code or refresh_token"
            )
        return self._issue()

    def _issue(self) -> Response:
        token = "BQ" + secrets.token_urlsafe(60)
        if len(self._tokens) >= _MOST_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        self._tokens[token] = self._world.clock.seconds() + TOKEN_SECONDS
        return json({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret
