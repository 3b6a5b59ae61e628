"""Meta on this machine: the login dialog, the Graph API, the Business settings, and what happens behind our back.

The dialog knows both logins: Facebook Login for Business (``config_id``; all permissions of the configuration or none)
and the classic one (``scope``; a person may refuse some, and is asked for those again only with
``auth_type=rerequest``). Facts: ``docs/developers/outside-services.md``.
"""

from __future__ import annotations

import json as plain_json
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope as AsgiScope

from backline.integrations.meta.sandbox_behind import Behind
from backline.integrations.meta.sandbox_fields import GraphError
from backline.integrations.meta.sandbox_graph import Call, Graph
from backline.integrations.meta.sandbox_state import (
    CODE_SECONDS,
    DATA_ACCESS_SECONDS,
    LONG_SECONDS,
    Code,
    Meta,
    Token,
    required,
)
from backline.sandbox import artwork, consent
from backline.sandbox.answers import as_object, body_of, form_of, json
from backline.sandbox.faults import FaultKind
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/meta"
VERSIONS = ("v25.0", "v26.0")
CONFIG_ADVERTISING = "900000000000001"
CONFIG_IDENTITY = "900000000000002"
CONFIGURATIONS = {
    CONFIG_ADVERTISING: (
        "public_profile", "pages_show_list", "pages_read_engagement", "pages_manage_ads", "instagram_basic",
        "business_management", "ads_management",
    ),
    CONFIG_IDENTITY: ("public_profile", "pages_show_list"),
}  # fmt: skip
"""What configurations of Login for Business ask for, by their ids."""

PERMISSIONS = {
    "public_profile": "see your name and picture",
    "email": "see your e-mail address",
    "pages_show_list": "see which Pages you have",
    "pages_read_engagement": "read your Pages",
    "pages_manage_ads": "manage ads for your Pages",
    "instagram_basic": "see the Instagram accounts of your Pages",
    "instagram_manage_insights": "read the figures of those Instagram accounts",
    "business_management": "manage your businesses",
    "ads_management": "manage your ads",
    "ads_read": "read your ads and their figures",
}
_ASKED = (
    "client_id", "redirect_uri", "state", "scope", "config_id", "response_type", "auth_type", "code_challenge",
    "code_challenge_method",
)  # fmt: skip


class _DialogError(Exception):
    """The dialog shows this instead of asking anybody."""


class MetaSandbox:
    """The service's answers."""

    def __init__(self, world: World) -> None:
        self._meta = Meta(world)
        self._graph = Graph(self._meta)
        self._behind = Behind(self._meta)

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        graph = PREFIX + "/graph/{version}"
        return Provider(
            key="meta",
            name="Meta",
            prefix=PREFIX,
            instead_of="https://graph.facebook.com",
            routes=[
                Route(graph + "/{rest:path}", self.graph, methods=["GET", "POST", "DELETE"]),
                Route(PREFIX + "/www/{version}/dialog/oauth", self.dialog),
                Route(PREFIX + "/www/-/decision", self.decide, methods=["POST"]),
                Route(PREFIX + "/www/pictures/{id}.jpg", self.picture),
                *self._behind.routes(PREFIX),
            ],
            refuse=self.refuse,
            admit=self.admit,
            clear=self._meta.clear,
        )

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as Meta does when it is broken, busy, or does not know us; it knows no Retry-After."""
        del route
        match kind:
            case FaultKind.TOO_MANY:
                throttled = GraphError(4, "(#4) Application request limit reached", status=403, is_transient=True)
                return self._refusal(throttled, minutes=math.ceil(seconds / 60))
            case FaultKind.REVOKED:
                return self._refusal(GraphError(190, "Error validating access token.", subcode=458))
            case FaultKind.ERROR_INSIDE:
                return json({"error": GraphError(2, "Service temporarily unavailable", is_transient=True).error})
            case _:
                return self._refusal(GraphError(1, "An unknown error occurred", status=500))

    def admit(self, scope: AsgiScope, route: str) -> Response | None:
        """Refuse what exceeds the app's quota."""
        del scope
        if route.startswith("/graph/") and self._meta.now.usage.percent >= 100:
            return self._refusal(GraphError(4, "(#4) Application request limit reached", status=403, is_transient=True))
        return None

    async def dialog(self, request: Request) -> Response:
        """``GET /{version}/dialog/oauth``."""
        asked = {name: value for name, value in request.query_params.items() if name in _ASKED}
        try:
            _demand_version(request.path_params["version"])
            scopes = self._asked_for(asked)
        except (_DialogError, GraphError) as error:
            return self._page(problem=str(error))
        people = [consent.Person(one.id, one.name, one.note) for one in self._meta.now.people.values()]
        is_fixed = "config_id" in asked
        shown = [consent.Scope(name, PERMISSIONS[name], is_fixed or name == "public_profile") for name in scopes]
        return self._page(asked, people, shown)

    def _page(
        self,
        hidden: Mapping[str, str] | None = None,
        people: list[consent.Person] | None = None,
        scopes: list[consent.Scope] | None = None,
        problem: str = "",
    ) -> Response:
        return consent.page(
            service="Meta",
            app_name="Backline",
            action=PREFIX + "/www/-/decision",
            hidden=hidden or {},
            people=people or [],
            scopes=scopes or [],
            problem=problem,
        )

    def _asked_for(self, asked: Mapping[str, str]) -> tuple[str, ...]:
        """Return the permissions that the request asks for. Raises :class:`_DialogError`."""
        app = self._meta.app
        if asked.get("client_id") != app.app_id:
            raise _DialogError("Invalid App ID: The provided app ID does not look like a valid app ID.")
        if asked.get("redirect_uri", "") not in self._redirects():
            raise _DialogError(
                "URL Blocked: This redirect failed because the redirect URI is not whitelisted in the app's Client "
                "OAuth Settings."
            )
        if asked.get("response_type", "code") != "code":
            raise _DialogError("Invalid parameter: response_type must be code.")
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            raise _DialogError("Invalid parameter: code_challenge_method must be S256.")
        if "config_id" in asked:
            if asked["config_id"] not in CONFIGURATIONS:
                raise _DialogError("Invalid parameter: config_id is not a configuration of this app.")
            return CONFIGURATIONS[asked["config_id"]]
        scopes = [name for name in asked.get("scope", "").replace(" ", ",").split(",") if name]
        unknown = [name for name in scopes if name not in PERMISSIONS]
        if unknown:
            raise _DialogError(f"Invalid Scopes: {', '.join(unknown)[:200]}. This message is only shown to developers.")
        return tuple(dict.fromkeys(("public_profile", *scopes)))

    def _redirects(self) -> tuple[str, ...]:
        web = self._meta.world.settings.web_url
        return (f"{web}/connections/meta/callback/", f"{web}/account/facebook/login/callback/")

    async def decide(self, request: Request) -> Response:
        """The dialog's form comes back: the person allowed, refused, or Meta broke."""
        decision = await consent.decision_of(request)
        asked = decision.hidden
        try:
            scopes = self._asked_for(asked)
        except _DialogError as error:
            return self._page(problem=str(error))
        back = asked["redirect_uri"] + "#_=_"
        state = {"state": asked["state"]} if "state" in asked else {}
        if decision.word == "server_error":
            failure = {"error_code": "2", "error_message": "Service temporarily unavailable"}
            return consent.send_back(back, {"error": "server_error"} | failure | state)
        person = self._meta.now.people.get(decision.person)
        if decision.word != "approve" or person is None:
            refusal = {"error_code": "200", "error_description": "Permissions error", "error_reason": "user_denied"}
            return consent.send_back(back, {"error": "access_denied"} | refusal | state)
        granted = set(scopes)
        if "config_id" not in asked:
            granted &= {"public_profile", *decision.scopes}
            if asked.get("auth_type") != "rerequest":
                granted -= person.declined
        code = Code(
            person.id,
            asked["redirect_uri"],
            asked.get("code_challenge", ""),
            self._meta.world.clock.seconds() + CODE_SECONDS,
        )
        word = self._meta.grant(person, code, granted=granted, declined=set(scopes) - granted)
        return consent.send_back(back, {"code": word} | state)

    async def graph(self, request: Request) -> Response:
        """Anything below ``/{version}/`` of the Graph API."""
        path = tuple(part for part in request.path_params["rest"].split("/") if part)
        try:
            _demand_version(request.path_params["version"])
            params = await _params(request)
            if path == ("oauth", "access_token"):
                body = self._token(params)
            else:
                word = _bearer(request) or str(params.get("access_token") or "")
                if not word:
                    raise GraphError(
                        2500 if path[:1] == ("me",) else 104,
                        "An active access token must be used to query information about the current user."
                        if path[:1] == ("me",)
                        else "An access token is required to request this resource.",
                    )
                token = self._meta.check(word, str(params.get("appsecret_proof") or ""))
                url = f"{self._meta.world.base_url}{request.url.path}"
                call = Call(request.method, path or ("",), params, token, word, url)
                body = self._debug(call) if path == ("debug_token",) else self._graph.answer(call)
        except GraphError as error:
            return self._refusal(error)
        return json(body, headers=self._usage() | self._account_usage(path))

    def _token(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """``oauth/access_token``: a code, a short-lived token, or the app itself."""
        if required(params, "client_id") != self._meta.app.app_id:
            raise GraphError(101, "Error validating application. Cannot get application info due to a system error.")
        if not self._meta.is_secret(str(params.get("client_secret") or "")):
            raise GraphError(1, "Error validating client secret.")
        grant = params.get("grant_type", "authorization_code")
        if grant == "client_credentials":
            return {"access_token": f"{self._meta.app.app_id}|{params['client_secret']}", "token_type": "bearer"}
        if grant == "fb_exchange_token":
            given = self._meta.read(required(params, "fb_exchange_token"))
            if given.kind != "user":
                raise GraphError(190, "The access token does not belong to a user.")
            if given.death:
                raise GraphError(190, "Error validating access token: Session has expired.", subcode=given.death)
            word = self._meta.issue(Token("user", given.person), LONG_SECONDS)
            return {"access_token": word, "token_type": "bearer", "expires_in": LONG_SECONDS}
        if grant != "authorization_code":
            raise GraphError(100, "Unsupported grant type.")
        word = self._meta.redeem(
            required(params, "code"),
            redirect_uri=required(params, "redirect_uri"),
            verifier=str(params.get("code_verifier") or ""),
        )
        token = self._meta.read(word)
        return {"access_token": word, "token_type": "bearer", "expires_in": int(token.expires - token.issued)}

    def _debug(self, call: Call) -> dict[str, Any]:
        """``debug_token``: what a token is."""
        if call.token.kind != "app":
            raise GraphError(100, "(#100) You must provide an app access token")
        shared = {"app_id": self._meta.app.app_id, "application": "Backline"}
        try:
            token = self._meta.read(required(call.params, "input_token"))
        except GraphError as error:
            told = {"code": 190, "message": error.error["message"]}
            return {"data": {"error": told, "is_valid": False, "scopes": []}}
        person = self._meta.now.people.get(token.person)
        scopes = sorted(person.granted) if person else list(CONFIGURATIONS[CONFIG_ADVERTISING])
        pages = [page.id for page in person.pages] if person else []
        data: dict[str, Any] = shared | {
            "type": {"user": "USER", "page": "PAGE", "system": "SYSTEM_USER", "app": "APP"}[token.kind],
            "is_valid": not token.death,
            "issued_at": int(token.issued),
            "expires_at": int(token.expires),
            "data_access_expires_at": int(token.issued + DATA_ACCESS_SECONDS) if person else 0,
            "scopes": scopes,
            "granular_scopes": [
                {"scope": scope, "target_ids": pages} if scope.startswith("pages_") else {"scope": scope}
                for scope in scopes
            ],
            "user_id": token.person,
        }
        if token.death:
            data["error"] = {"code": 190, "message": "Error validating access token.", "subcode": token.death}
        return {"data": data}

    def _usage(self, minutes: int = 0) -> dict[str, str]:
        usage, app = self._meta.now.usage, self._meta.app
        counts = {"call_count": usage.percent, "total_cputime": usage.percent // 2, "total_time": usage.percent // 2}
        business = {
            "type": "ads_management", **counts, "ads_api_access_tier": usage.tier,
            "estimated_time_to_regain_access": minutes or usage.minutes,
        }  # fmt: skip
        return {
            "X-App-Usage": plain_json.dumps(counts),
            "X-Business-Use-Case-Usage": plain_json.dumps({app.business_id: [business]}),
        }

    def _account_usage(self, path: tuple[str, ...]) -> dict[str, str]:
        """Return what is told only of an ad account that was asked about."""
        usage = self._meta.now.usage
        if not path or not path[0].startswith("act_"):
            return {}
        told = {
            "acc_id_util_pct": usage.account_percent, "reset_time_duration": 300, "ads_api_access_tier": usage.tier,
        }  # fmt: skip
        return {"X-Ad-Account-Usage": plain_json.dumps(told)}

    def _refusal(self, error: GraphError, minutes: int = 0) -> Response:
        trace = "A" + str(self._meta.world.clock.seconds()).replace(".", "")[-10:]
        headers = self._usage(minutes)
        if error.error["code"] == 190:
            description = urlencode({"m": error.error["message"]})[2:].replace("+", " ")
            headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{description}"'
        return json({"error": error.error | {"fbtrace_id": trace}}, error.status, headers=headers)

    async def picture(self, request: Request) -> Response:
        """The picture of a Page or a person, generated."""
        return Response(artwork.cover(request.path_params["id"], 160), media_type="image/jpeg")


def provider(world: World) -> Provider:
    """Return Meta's stand-in."""
    return MetaSandbox(world).provider()


async def _params(request: Request) -> dict[str, Any]:
    """Return the parameters, wherever they are: in the query, in a form, in JSON."""
    params: dict[str, Any] = dict(request.query_params)
    if request.method == "GET":
        return params
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        body = as_object(await body_of(request))
        if body is None:
            raise GraphError(100, "(#100) The body is no JSON object")
        return params | body
    if kind.startswith("multipart/form-data"):
        raise GraphError(100, "(#100) The stand-in takes forms that are URL-encoded, and JSON")
    return params | await form_of(request)


def _bearer(request: Request) -> str:
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    return word.strip() if scheme.lower() in ("bearer", "oauth") else ""


def _demand_version(version: str) -> None:
    if version not in VERSIONS:
        raise GraphError(
            2635, f"(#2635) You are calling a deprecated version of the Ads API. Please update to {VERSIONS[-1]}."
        )
