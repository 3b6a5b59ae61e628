"""The Google Ads API v26 on this machine, over REST: data links and queries about them, with its access levels."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from backline.integrations.google import sandbox_gaql as gaql
from backline.integrations.google.sandbox_grants import Grants
from backline.integrations.google.sandbox_people import Person
from backline.integrations.google.sandbox_quota import DailyCount
from backline.sandbox import identifiers
from backline.sandbox.answers import as_object, body_of, json
from backline.sandbox.world import World

AccessLevel = Literal["test", "explorer", "basic", "standard"]
OPERATIONS_PER_DAY: Mapping[AccessLevel, int | None] = {
    "test": 15_000, "explorer": 2_880, "basic": 15_000, "standard": None,
}  # fmt: skip
STATUSES = ("REQUESTED", "PENDING_APPROVAL", "ENABLED", "DISABLED", "REVOKED", "REJECTED")
MANAGER = "9876543210"
_VERSION = "v26"
_SCOPE = "https://www.googleapis.com/auth/adwords"
_TYPE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
_CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
_VIDEO = re.compile(r"[\w-]{11}", re.ASCII)
_MAY_BECOME = {
    "PENDING_APPROVAL": {"ENABLED", "REJECTED"}, "REQUESTED": {"REVOKED"}, "ENABLED": {"DISABLED"},
    "DISABLED": {"ENABLED"},
}  # fmt: skip
_STATUS_NAMES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL",
}  # fmt: skip

_Body = dict[str, Any]


class FailureError(Exception):
    """A request that the API refuses, with a ``GoogleAdsFailure``; ``kind`` is such as ``quotaError``."""

    def __init__(self, status: int, kind: str, code: str, message: str, *, details: _Body | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.error: _Body = {"errorCode": {kind: code}, "message": message}
        if details:
            self.error["details"] = details

    def answer(self, *, is_stream: bool = False) -> Response:
        """Return the answer in the API's shape; a stream's is a list."""
        failure = {"@type": _TYPE, "errors": [self.error], "requestId": secrets.token_urlsafe(16)}
        message = "Request contains an invalid argument." if self.status == 400 else "The caller was refused."
        error = {"code": self.status, "message": message, "status": _STATUS_NAMES[self.status], "details": [failure]}
        return json([{"error": error}] if is_stream else {"error": error}, self.status)


@dataclass(frozen=True, slots=True)
class Customer:
    """A Google Ads account; ``manager`` is the id of the one above it."""

    id: str
    name: str
    status: str = "ENABLED"
    manager: str = ""
    is_manager: bool = False
    is_test: bool = False

    def row(self) -> gaql.Row:
        """Return it by the names of its fields."""
        return {
            "customer.resource_name": f"customers/{self.id}", "customer.id": self.id,
            "customer.descriptive_name": self.name, "customer.status": self.status, "customer.manager": self.is_manager,
            "customer.test_account": self.is_test, "customer.currency_code": "USD",
            "customer.time_zone": "Europe/Berlin",
        }  # fmt: skip


@dataclass(slots=True)
class DataLink:
    """A link between an account and a video."""

    customer_id: str
    channel_id: str
    video_id: str
    status: str

    @property
    def resource_name(self) -> str:
        """``customers/{customer}/dataLinks/{product link}~{data link}``."""
        return f"customers/{self.customer_id}/dataLinks/{self._ids[0]}~{self._ids[1]}"

    @property
    def _ids(self) -> tuple[str, str]:
        product = identifiers.small(9, "product link", self.customer_id, self.channel_id)
        return str(product), str(identifiers.small(9, "data link", self.customer_id, self.video_id))

    def row(self) -> gaql.Row:
        """Return it by the names of its fields."""
        return {
            "data_link.resource_name": self.resource_name, "data_link.product_link_id": self._ids[0],
            "data_link.data_link_id": self._ids[1], "data_link.type": "VIDEO", "data_link.status": self.status,
            "data_link.youtube_video.channel_id": self.channel_id, "data_link.youtube_video.video_id": self.video_id,
        }  # fmt: skip


class Ads:
    """The API's state and its answers."""

    def __init__(self, world: World, grants: Grants, people: Mapping[str, Person]) -> None:
        self._grants = grants
        self._people = people
        main = world.settings.google.ads_customer_id
        customers = (
            Customer(main, "Backline campaigns"),
            Customer(MANAGER, "Backline manager", is_manager=True),
            Customer("1112223334", "Client of the manager", manager=MANAGER),
            Customer("5556667778", "Suspended", status="SUSPENDED"),
            Customer("9998887776", "Test account", is_test=True),
        )
        self._main = main
        self._customers = {customer.id: customer for customer in customers}
        self.operations = DailyCount(world.clock)
        self.level: AccessLevel = "explorer"
        self.links: dict[str, DataLink] = {}

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Return the routes below ``prefix``."""
        base = prefix + "/ads/{version}/customers/{customer_id}/"
        verbs = {
            "googleAds:searchStream": self._search_stream, "dataLinks:create": self._create,
            "dataLinks:update": self._update, "dataLinks:remove": self._remove,
        }  # fmt: skip
        return [Route(base + path, self._checked(answer), methods=["POST"]) for path, answer in verbs.items()]

    def clear(self) -> None:
        """Go back to how everything was at the start."""
        self.level = "explorer"
        self.operations.used = 0
        self.links.clear()

    def set_link(self, channel_id: str, status: str) -> None:
        """Give every link of a channel a status, as its owner or the operator does on Google's pages.

        Where there is none, a link to the channel's newest video appears. An empty status takes them away.
        """
        mine = [link for link in self.links.values() if link.channel_id == channel_id]
        if not status:
            for link in mine:
                del self.links[link.resource_name]
            return
        if not mine:
            video = next(channel.videos[0] for channel in self._channels() if channel.id == channel_id)
            mine = [DataLink(self._main, channel_id, video.id, status)]
        for link in mine:
            link.status = status
            self.links[link.resource_name] = link

    def _checked(self, answer: Callable[[Customer, _Body], object]) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            try:
                customer = self._admit(request)
                body = as_object(await body_of(request))
                if body is None:
                    return _malformed("Invalid JSON payload received.")
                return json(answer(customer, body))
            except FailureError as failure:
                return failure.answer(is_stream=request.url.path.endswith("Stream"))
            except _UnknownFieldError as error:
                return _malformed(f'Invalid JSON payload received. Unknown name "{error}": Cannot find field.')

        return checked

    def _admit(self, request: Request) -> Customer:
        """Return the account that is asked about, after everything that can be wrong with who asks."""
        token = self._grants.bearer(request.headers.get("authorization", ""))
        if token is None:
            raise FailureError(401, "authenticationError", "OAUTH_TOKEN_INVALID", "OAuth token is invalid.")
        if _SCOPE not in token.scopes:
            message = "Request had insufficient authentication scopes."
            raise FailureError(403, "authorizationError", "ACTION_NOT_PERMITTED", message)
        if request.path_params["version"] != _VERSION:
            raise FailureError(400, "requestError", "UNSUPPORTED_VERSION", "Version is deprecated or unknown.")
        customer_id, login = request.path_params["customer_id"], request.headers.get("login-customer-id", "")
        for one in (customer_id, *([login] if login else [])):
            if not re.fullmatch(r"[0-9]{10}", one):
                raise FailureError(400, "requestError", "INVALID_CUSTOMER_ID", f"Invalid customer ID '{one}'.")
        customer = self._customers.get(customer_id)
        if customer is None:
            raise FailureError(401, "authenticationError", "CUSTOMER_NOT_FOUND", "No customer found.")
        if login not in ({customer.manager} if customer.manager else {"", customer.id}):
            message = (
                "User doesn't have permission to access customer. Note: If you're accessing a client customer, the"
                " manager's customer id must be set in the 'login-customer-id' header."
            )
            raise FailureError(403, "authorizationError", "USER_PERMISSION_DENIED", message)
        if customer.status != "ENABLED":
            message = "The customer account can't be accessed because it is not yet enabled or has been deactivated."
            raise FailureError(403, "authorizationError", "CUSTOMER_NOT_ENABLED", message)
        if self.level == "test" and not customer.is_test:
            message = "The Cloud project is only approved for use with test accounts."
            raise FailureError(403, "authorizationError", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", message)
        self._count()
        return customer

    def _count(self) -> None:
        most = OPERATIONS_PER_DAY[self.level]
        if most is not None and self.operations.used >= most:
            details = {
                "quotaErrorDetails": {
                    "rateScope": "DEVELOPER", "rateName": f"Operations for {self.level} access", "retryDelay": "3600s",
                }
            }  # fmt: skip
            message = "Too many requests. Retry later."
            raise FailureError(429, "quotaError", "RESOURCE_EXHAUSTED", message, details=details)
        self.operations.used += 1

    def _search_stream(self, customer: Customer, body: _Body) -> object:
        _known(body, "query", "summaryRowSetting")
        try:
            query = gaql.parse(str(body.get("query", "")))
        except gaql.QueryError as error:
            raise FailureError(400, "queryError", error.code, error.message) from None
        if query.resource == "customer":
            rows = [customer.row()]
        else:
            rows = [link.row() for link in self.links.values() if link.customer_id == customer.id]
        mask = ",".join(".".join(gaql.camel(part) for part in field.split(".")) for field in query.fields)
        chunk: _Body = {"fieldMask": mask, "requestId": secrets.token_urlsafe(16), "queryResourceConsumption": "131"}
        if found := query.pick(rows):
            chunk["results"] = [gaql.shape(row, query.fields) for row in found]
        return [chunk]

    def _create(self, customer: Customer, body: _Body) -> object:
        _known(body, "dataLink")
        wanted = _object(body, "dataLink")
        _known(wanted, "youtubeVideo", "youtubeLinkMetadata", "resourceName")
        video = _object(wanted, "youtubeVideo")
        _known(video, "channelId", "videoId")
        _known(_object(wanted, "youtubeLinkMetadata"), "brandChannelId")
        channel_id, video_id = str(video.get("channelId", "")), str(video.get("videoId", ""))
        if not _CHANNEL.fullmatch(channel_id):
            raise _link_failure("YOUTUBE_CHANNEL_ID_INVALID", "The provided channel ID is invalid.")
        if not _VIDEO.fullmatch(video_id):
            raise _link_failure("YOUTUBE_VIDEO_ID_INVALID", "The provided video ID is invalid.")
        owner = next((one for one in self._channels() if video_id in {video.id for video in one.videos}), None)
        if owner is not None and owner.id != channel_id:
            message = "The provided video ID is not owned by the given channel."
            raise _link_failure("YOUTUBE_VIDEO_FROM_DIFFERENT_CHANNEL", message)
        link = DataLink(customer.id, channel_id, video_id, "REQUESTED")
        self.links.setdefault(link.resource_name, link)
        return {"resourceName": link.resource_name}

    def _update(self, customer: Customer, body: _Body) -> object:
        _known(body, "dataLinkStatus", "resourceName")
        link, status = self._link(customer, body), body.get("dataLinkStatus")
        if status not in STATUSES:
            raise FailureError(400, "requestError", "INVALID_ENUM_VALUE", "Enum value is not permitted.")
        if status not in _MAY_BECOME.get(link.status, ()):
            raise _link_failure("INVALID_UPDATE_STATUS", "The requested status is invalid for the link's present one.")
        link.status = str(status)
        return {"resourceName": link.resource_name}

    def _remove(self, customer: Customer, body: _Body) -> object:
        _known(body, "resourceName")
        link = self._link(customer, body)
        del self.links[link.resource_name]
        return {"resourceName": link.resource_name}

    def _link(self, customer: Customer, body: _Body) -> DataLink:
        name = str(body.get("resourceName", ""))
        if not re.fullmatch(rf"customers/{customer.id}/dataLinks/[0-9]+~[0-9]+", name):
            raise _link_failure("INVALID_RESOURCE_NAME", "The data link resource name is invalid.")
        if name not in self.links:
            raise FailureError(404, "requestError", "RESOURCE_NOT_FOUND", "Resource was not found.")
        return self.links[name]

    def _channels(self) -> Iterator[Any]:
        for person in self._people.values():
            yield from person.channels


class _UnknownFieldError(Exception):
    """A body holds a field that the proto does not have."""


def _known(body: _Body, *names: str) -> None:
    for name in body:
        if name not in names:
            raise _UnknownFieldError(name)


def _object(body: _Body, name: str) -> _Body:
    value = body.get(name, {})
    return value if isinstance(value, dict) else {}


def _link_failure(code: str, message: str) -> FailureError:
    return FailureError(400, "dataLinkError", code, message)


def _malformed(message: str) -> Response:
    return json({"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}, 400)
