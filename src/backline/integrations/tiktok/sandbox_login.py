"""TikTok's Login Kit: the consent page, tokens, revocation and the signed-in person's profile.

Sources: TikTok's pages "Login Kit for Web", "Login Kit for Desktop", "Manage User Access Tokens" and "Error handling".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from backline.integrations.tiktok.sandbox_grants import (
    ACCESS_SECONDS,
    Code,
    Grant,
    Grants,
    RefusedError,
    is_verifier_of,
)
from backline.integrations.tiktok.sandbox_people import Person
from backline.sandbox import consent, identifiers
from backline.sandbox.answers import form_of, json
from backline.sandbox.world import World

SCOPES = {
    "user.info.basic": "Read your profile info (avatar, display name)",
    "user.info.profile": "Read your additional profile information, such as your user name",
    "user.info.stats": "Read your profile engagement statistics",
    "video.list": "Read your public videos on TikTok",
}
_FIELDS = {
    "open_id": "user.info.basic",
    "union_id": "user.info.basic",
    "avatar_url": "user.info.basic",
    "display_name": "user.info.basic",
    "username": "user.info.profile",
    "profile_deep_link": "user.info.profile",
    "is_verified": "user.info.profile",
    "follower_count": "user.info.stats",
}
_CHALLENGE = re.compile(r"[0-9a-f]{64}")

Json = dict[str, Any]


class _ShownError(Exception):
    """Something that TikTok shows the person instead of its page."""


def token_refusal(error: str, description: str, status: int = 400) -> Response:
    """Answer with an error in the shape of the token endpoint."""
    log_id = identifiers.letters(34, "log", error, description)
    return json({"error": error, "error_description": description, "log_id": log_id}, status)


def refusal(code: str, message: str, status: int) -> Response:
    """Answer with an error in the shape of the other endpoints."""
    error = {"code": code, "message": message, "log_id": identifiers.letters(34, "log", code)}
    return json({"data": {}, "error": error}, status)


class LoginKit:
    """The service's answers."""

    def __init__(self, world: World, grants: Grants, people: Mapping[str, Person], prefix: str) -> None:
        self._world = world
        self._grants = grants
        self._people = people
        self._page_path = prefix + "/www/v2/auth/authorize/"
        self._api = prefix + "/open/v2"

    @property
    def routes(self) -> list[BaseRoute]:
        """Login Kit's paths."""
        return [
            Route(self._page_path, self.ask, methods=["GET"]),
            Route(self._page_path, self.decide, methods=["POST"]),
            Route(self._api + "/oauth/token/", self.token, methods=["POST"]),
            Route(self._api + "/oauth/revoke/", self.revoke, methods=["POST"]),
            Route(self._api + "/user/info/", self.user, methods=["GET"]),
        ]

    async def ask(self, request: Request) -> Response:
        """``GET /v2/auth/authorize/``: the page, or one that says what is wrong with the request."""
        asked = dict(request.query_params)
        try:
            scopes = self._check(asked)
        except _ShownError as error:
            return self._page({}, (), str(error))
        return self._page(asked, scopes)

    async def decide(self, request: Request) -> Response:
        """``POST /v2/auth/authorize/``: what the person decided. The basic profile cannot be unticked."""
        decision = await consent.decision_of(request)
        asked = decision.hidden
        try:
            scopes = self._check(asked)
        except _ShownError as error:
            return self._page({}, (), str(error))
        state = {"state": asked["state"]} if "state" in asked else {}
        if decision.word != "approve" or decision.person not in self._people:
            word = "server_error" if decision.word == "server_error" else "access_denied"
            return consent.send_back(asked["redirect_uri"], {"error": word, "error_description": word} | state)
        granted = tuple(scope for scope in scopes if scope in decision.scopes)
        code = self._grants.new_code(
            "login",
            decision.person,
            granted,
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge", ""),
        )
        return consent.send_back(asked["redirect_uri"], {"code": code, "scopes": ",".join(granted)} | state)

    async def token(self, request: Request) -> Response:
        """``POST /v2/oauth/token/``: a code or a refresh token for tokens."""
        form = await form_of(request)
        settings = self._world.settings.tiktok
        if form.get("client_key") != settings.client_key or form.get("client_secret") != settings.client_secret:
            return token_refusal("invalid_client", "Client key or secret is incorrect.", 401)
        try:
            match form.get("grant_type"):
                case "authorization_code":
                    grant = self._exchange(form)
                case "refresh_token":
                    grant = self._grants.renew(form.get("refresh_token", ""))
                case _:
                    return token_refusal("unsupported_grant_type", "The grant type is not supported.")
        except RefusedError as error:
            return token_refusal(error.error, error.description)
        return json(
            {
                "access_token": next(reversed(grant.access)),
                "expires_in": ACCESS_SECONDS,
                "open_id": self._people[grant.person].open_id,
                "refresh_expires_in": self._grants.seconds_left(grant),
                "refresh_token": grant.refresh[-1],
                "scope": ",".join(grant.scopes),
                "token_type": "Bearer",
            }
        )

    def _exchange(self, form: Mapping[str, str]) -> Grant:
        code: Code = self._grants.redeem("login", form.get("code", ""))
        if form.get("redirect_uri") != code.redirect_uri:
            raise RefusedError("invalid_request", "Redirect_uri is not matched with the uri when requesting code.")
        verifier = form.get("code_verifier", "")
        if bool(code.challenge) != bool(verifier) or (verifier and not is_verifier_of(code.challenge, verifier)):
            raise RefusedError("invalid_request", "Code verifier or code challenge is invalid.")
        return self._grants.open(code)

    async def revoke(self, request: Request) -> Response:
        """``POST /v2/oauth/revoke/``: with an access token; all that the person gave by Login Kit ends."""
        form = await form_of(request)
        settings = self._world.settings.tiktok
        if form.get("client_key") != settings.client_key or form.get("client_secret") != settings.client_secret:
            return token_refusal("invalid_client", "Client key or secret is incorrect.", 401)
        grant = self._grants.of_access("login", form.get("token", ""))
        if grant is None:
            return token_refusal("invalid_request", "The token is invalid or expired.")
        self._grants.revoke(person=grant.person, kind="login")
        return json({})

    async def user(self, request: Request) -> Response:
        """``GET /v2/user/info/?fields=``."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._grants.of_access("login", token) if scheme.lower() == "bearer" else None
        if grant is None:
            return refusal(
                "access_token_invalid", "The access token is invalid or not found in the request.", status=401
            )
        fields = [name for name in request.query_params.get("fields", "").split(",") if name]
        if not fields or any(name not in _FIELDS for name in fields):
            return refusal("invalid_params", "Fields is invalid.", status=400)
        if any(_FIELDS[name] not in grant.scopes for name in fields):
            return refusal(
                "scope_not_authorized", "The user did not authorize the scope required for this request.", status=401
            )
        person = self._people[grant.person]
        known = {
            "open_id": person.open_id,
            "union_id": identifiers.uuid("tiktok union", person.id),
            "avatar_url": "",
            "display_name": person.name,
            "username": person.username,
            "profile_deep_link": f"https://www.tiktok.com/@{person.username}",
            "is_verified": False,
            "follower_count": identifiers.number("tiktok followers", person.id) % 90_000,
        }
        user: Json = {name: known[name] for name in fields}
        return json({"data": {"user": user}, "error": {"code": "ok", "message": "", "log_id": ""}})

    def _check(self, asked: Mapping[str, str]) -> tuple[str, ...]:
        """Return the scopes that are asked for. Raises :class:`_ShownError`."""
        web = self._world.settings.web_url
        if asked.get("client_key") != self._world.settings.tiktok.client_key:
            raise _ShownError("We couldn't log in with TikTok. client_key: it is not that of an app.")
        if asked.get("redirect_uri") != f"{web}/connections/tiktok/callback/":
            raise _ShownError("We couldn't log in with TikTok. redirect_uri: it is not registered for this app.")
        if asked.get("response_type") != "code":
            raise _ShownError("We couldn't log in with TikTok. response_type: it must be code.")
        scopes = tuple(dict.fromkeys(scope for scope in asked.get("scope", "").split(",") if scope))
        if "user.info.basic" not in scopes or any(scope not in SCOPES for scope in scopes):
            raise _ShownError("We couldn't log in with TikTok. scope: it is missing or unknown.")
        challenge = asked.get("code_challenge", "")
        if challenge and (asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge)):
            raise _ShownError("We couldn't log in with TikTok. code_challenge: it must be S256, in hexadecimal.")
        return scopes

    def _page(self, asked: Mapping[str, str], scopes: tuple[str, ...], problem: str = "") -> Response:
        people = () if problem else tuple(self._people.values())
        return consent.page(
            service="TikTok",
            app_name="Backline",
            action=self._page_path,
            hidden=asked,
            people=[consent.Person(person.id, person.name, f"@{person.username}") for person in people],
            scopes=[consent.Scope(scope, SCOPES[scope], scope == "user.info.basic") for scope in scopes],
            problem=problem,
        )
