"""TikTok API for Business, version 1.3: the advertiser's consent and what tells whether an account is ready.

Every answer has status 200 and the envelope ``{code, message, request_id, data}``. Sources: TikTok's pages on
authentication and on each endpoint; codes 40101 and 40110 are known from third parties only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from backline.integrations.tiktok.sandbox_grants import Grant, Grants, RefusedError
from backline.integrations.tiktok.sandbox_people import Advertiser, Person
from backline.sandbox import consent, identifiers
from backline.sandbox.answers import as_object, body_of, json, whole
from backline.sandbox.world import World

OK, NOT_PERMITTED, BAD_PARAMETER, THROTTLED = 0, 40001, 40002, 40100
BAD_APP, BAD_TOKEN, BAD_CODE, SERVER_ERROR = 40101, 40105, 40110, 50000
PERMISSIONS = {
    "4": "Ad account management: read ad account information",
    "5": "Business Center: read its members and assets",
    "6": "Creative management: read identities",
    "7": "Measurement: read pixels",
}
"""What the portal offers. The numbers are invented: TikTok does not publish them."""
_FIXED = "4"
_IDENTITY_TYPES = ("CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT")
_INFO_FIELDS = ("advertiser_id", "name", "status", "currency", "company", "country", "timezone", "role", "balance")

Json = dict[str, Any]


class _RefusedError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = envelope(code, message)


def envelope(code: int, message: str, data: object = None) -> Response:
    """Answer as every endpoint does."""
    request_id = f"20261122{identifiers.small(24, 'request', code, message)}"
    return json({"code": code, "message": message, "request_id": request_id, "data": data or {}})


class Business:
    """The service's answers."""

    def __init__(self, world: World, grants: Grants, people: Mapping[str, Person], prefix: str) -> None:
        self._world = world
        self._grants = grants
        self._people = people
        self._portal = prefix + "/business/portal/auth"
        self._api = prefix + "/business/open_api/v1.3"

    @property
    def routes(self) -> list[BaseRoute]:
        """The portal's and the API's paths."""
        return [
            Route(self._portal, self.ask, methods=["GET"]),
            Route(self._portal, self.decide, methods=["POST"]),
            Route(self._api + "/oauth2/access_token/", self._answered(self.access_token), methods=["POST"]),
            Route(self._api + "/oauth2/revoke_token/", self._answered(self.revoke_token), methods=["POST"]),
            Route(self._api + "/oauth2/advertiser/get/", self._answered(self.authorized_advertisers)),
            Route(self._api + "/user/info/", self._answered(self.user)),
            Route(self._api + "/advertiser/info/", self._answered(self.advertiser_info)),
            Route(self._api + "/bc/get/", self._answered(self.business_centers)),
            Route(self._api + "/identity/get/", self._answered(self.identities)),
            Route(self._api + "/pixel/list/", self._answered(self.pixels)),
        ]

    async def ask(self, request: Request) -> Response:
        """``GET /portal/auth``: the page, or one that says what is wrong with the request."""
        return self._page(dict(request.query_params))

    async def decide(self, request: Request) -> Response:
        """``POST /portal/auth``: what the person decided."""
        decision = await consent.decision_of(request)
        asked = decision.hidden
        if self._problem(asked):
            return self._page(asked)
        state = {"state": asked["state"]} if "state" in asked else {}
        if decision.word != "approve" or decision.person not in self._people:
            error = "server_error" if decision.word == "server_error" else "access_denied"
            return consent.send_back(asked["redirect_uri"], {"error": error} | state)
        scopes = tuple(scope for scope in PERMISSIONS if scope in decision.scopes)
        code = self._grants.new_code("business", decision.person, scopes, redirect_uri=asked["redirect_uri"])
        return consent.send_back(asked["redirect_uri"], {"auth_code": code} | state)

    async def access_token(self, request: Request) -> Json:
        """``POST /oauth2/access_token/``: a code for a token that lives until it is revoked."""
        body = as_object(await body_of(request)) or {}
        self._check_app(body)
        try:
            grant = self._grants.open(self._grants.redeem("business", str(body.get("auth_code", ""))))
        except RefusedError as error:
            raise _RefusedError(BAD_CODE, error.description) from None
        return {
            "access_token": next(iter(grant.access)),
            "advertiser_ids": [one.id for one in self._people[grant.person].advertisers],
            "scope": [int(scope) for scope in grant.scopes],
        }

    async def revoke_token(self, request: Request) -> Json:
        """``POST /oauth2/revoke_token/``."""
        body = as_object(await body_of(request)) or {}
        self._check_app(body)
        grant = self._granted(str(body.get("access_token", "")))
        self._grants.revoke(person=grant.person, kind="business")
        return {}

    async def authorized_advertisers(self, request: Request) -> Json:
        """``GET /oauth2/advertiser/get/?app_id&secret``: the ad accounts that the person let the app see."""
        self._check_app(request.query_params)
        person = self._people[self._granted(_token(request)).person]
        return {"list": [{"advertiser_id": one.id, "advertiser_name": one.name} for one in person.advertisers]}

    async def user(self, request: Request) -> Json:
        """``GET /user/info/``: who the token belongs to."""
        person = self._people[self._granted(_token(request)).person]
        return {
            "core_user_id": person.core_user_id,
            "display_name": person.name,
            "email": f"{person.username[0]}***@tiktok.example",
            "avatar_url": "",
        }

    async def advertiser_info(self, request: Request) -> Json:
        """``GET /advertiser/info/?advertiser_ids=[]&fields=[]``: at most a hundred."""
        query = request.query_params
        grant = self._permitted(request, "4")
        ids = _strings(query.get("advertiser_ids"), "advertiser_ids")
        fields = _strings(query["fields"], "fields") if query.get("fields") else list(_INFO_FIELDS)
        if not ids or len(ids) > 100:
            raise _RefusedError(BAD_PARAMETER, "advertiser_ids: Length must be between 1 and 100.")
        for name in fields:
            if name not in _INFO_FIELDS:
                raise _RefusedError(BAD_PARAMETER, f"fields: Invalid value {name}")
        return {"list": [_info(self._advertiser(grant, one), fields) for one in ids]}

    async def business_centers(self, request: Request) -> Json:
        """``GET /bc/get/``."""
        grant = self._permitted(request, "5")
        rows: list[Json] = []
        for name in self._people[grant.person].centers:
            center = {
                "bc_id": str(identifiers.small(19, "tiktok center", name)), "name": name, "company": name,
                "currency": "USD", "registered_area": "US", "status": "ENABLE", "timezone": "America/New_York",
                "type": "SELF_SERVICE",
            }  # fmt: skip
            rows.append({"bc_info": center, "user_role": "ADMIN", "ext_user_role": {"finance_role": "MANAGER"}})
        return _page_of(request, rows, "list", most=50)

    async def identities(self, request: Request) -> Json:
        """``GET /identity/get/?advertiser_id``."""
        grant = self._permitted(request, "6")
        kind = request.query_params.get("identity_type", "TT_USER")
        if kind not in _IDENTITY_TYPES:
            raise _RefusedError(BAD_PARAMETER, f"identity_type: Invalid value {kind}")
        advertiser = self._advertiser(grant, request.query_params.get("advertiser_id", ""))
        rows: list[Json] = [
            {
                "identity_id": identifiers.uuid("tiktok identity", name), "identity_type": "TT_USER",
                "display_name": name, "username": name, "available_status": "AVAILABLE", "profile_image": "",
            }
            for name in advertiser.identities
            if kind == "TT_USER"
        ]  # fmt: skip
        return _page_of(request, rows, "identity_list", most=100)

    async def pixels(self, request: Request) -> Json:
        """``GET /pixel/list/?advertiser_id``."""
        grant = self._permitted(request, "7")
        advertiser = self._advertiser(grant, request.query_params.get("advertiser_id", ""))
        rows: list[Json] = [
            {
                "pixel_id": str(identifiers.small(19, "tiktok pixel", name)),
                "pixel_code": "C" + identifiers.letters(19, "tiktok pixel", name),
                "pixel_name": name,
                "asset_ownership": "OWNED",
                "pixel_setup_mode": "STANDARD",
            }
            for name in advertiser.pixels
        ]
        return _page_of(request, rows, "pixels", most=20)

    def _answered(self, answer: Callable[[Request], Awaitable[Json]]) -> Callable[[Request], Awaitable[Response]]:
        async def wrapped(request: Request) -> Response:
            try:
                return envelope(OK, "OK", await answer(request))
            except _RefusedError as error:
                return error.answer

        return wrapped

    def _check_app(self, given: Mapping[str, Any]) -> None:
        settings = self._world.settings.tiktok
        if given.get("app_id") != settings.app_id or given.get("secret") != settings.app_secret:
            raise _RefusedError(BAD_APP, "Illegal app_id or secret.")

    def _granted(self, token: str) -> Grant:
        grant = self._grants.of_access("business", token)
        if grant is None:
            raise _RefusedError(BAD_TOKEN, "Access token is incorrect or has been revoked.")
        return grant

    def _permitted(self, request: Request, permission: str) -> Grant:
        grant = self._granted(_token(request))
        if permission not in grant.scopes:
            raise _RefusedError(
                NOT_PERMITTED, "Permission error: The access token lacks the required scope for this endpoint."
            )
        return grant

    def _advertiser(self, grant: Grant, advertiser_id: str) -> Advertiser:
        for one in self._people[grant.person].advertisers:
            if one.id == advertiser_id:
                return one
        if not advertiser_id.isdigit():
            raise _RefusedError(BAD_PARAMETER, "advertiser_id: Missing data for required field.")
        raise _RefusedError(NOT_PERMITTED, f"No permission to operate advertiser {advertiser_id}")

    def _problem(self, asked: Mapping[str, str]) -> str:
        web = self._world.settings.web_url
        if asked.get("app_id") != self._world.settings.tiktok.app_id:
            return "The app does not exist: app_id is unknown."
        if asked.get("redirect_uri") != f"{web}/connections/tiktok/callback/":
            return "The redirect_uri is not one of the advertiser redirect URLs of this app."
        return ""

    def _page(self, asked: Mapping[str, str]) -> Response:
        problem = self._problem(asked)
        people = () if problem else tuple(self._people.values())
        return consent.page(
            service="TikTok for Business",
            app_name="Backline",
            action=self._portal,
            hidden={} if problem else asked,
            people=[consent.Person(person.id, person.name, person.note) for person in people],
            scopes=[consent.Scope(scope, label, scope == _FIXED) for scope, label in PERMISSIONS.items()],
            problem=problem,
        )


def _token(request: Request) -> str:
    return request.headers.get("access-token", "")


def _strings(text: str | None, name: str) -> list[str]:
    try:
        return msgspec.json.decode(text or "", type=list[str])
    except msgspec.DecodeError:
        raise _RefusedError(BAD_PARAMETER, f"{name}: Not a valid list.") from None


def _info(advertiser: Advertiser, fields: list[str]) -> Json:
    known: Json = {
        "advertiser_id": advertiser.id,
        "name": advertiser.name,
        "status": advertiser.status,
        "currency": advertiser.currency,
        "company": advertiser.name,
        "country": "US",
        "timezone": "America/New_York",
        "role": "ROLE_ADVERTISER",
        "balance": 0,
    }
    return {name: known[name] for name in ("advertiser_id", *fields)}


def _page_of(request: Request, rows: list[Json], name: str, *, most: int) -> Json:
    page = whole(request.query_params.get("page"), 1, 1, 999_999)
    size = whole(request.query_params.get("page_size"), 10, 1, most)
    if page is None or size is None:
        raise _RefusedError(BAD_PARAMETER, f"page_size: Must be between 1 and {most}.")
    shown = rows[(page - 1) * size : page * size]
    info = {"page": page, "page_size": size, "total_number": len(rows), "total_page": -(-len(rows) // size)}
    return {name: shown, "page_info": info}
