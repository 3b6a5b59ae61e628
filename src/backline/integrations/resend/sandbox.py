"""Resend on this machine: takes mail into the sandbox's mailbox.

Error names, statuses and the shape ``{statusCode, name, message}`` are Resend's ("Errors" in its API reference); the
Idempotency-Key holds for 24 hours.
"""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.sandbox import identifiers
from backline.sandbox.answers import as_object, body_of, json
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import Limit, Window, whole_seconds
from backline.sandbox.mailbox import Mail
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/resend"
LIMIT = Limit(requests=2, seconds=1)
MOST_RECIPIENTS = 50
IDEMPOTENCY_SECONDS = 24 * 3600
LONGEST_IDEMPOTENCY_KEY = 256
_FIELDS = frozenset(
    {
        "from",
        "to",
        "subject",
        "html",
        "text",
        "reply_to",
        "cc",
        "bcc",
        "headers",
        "attachments",
        "tags",
        "scheduled_at",
        "react",
        "topic_id",
        "template",
    }
)
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\[\]\\]+@[^@\s<>\"(),:;\[\]\\]+\.[^@\s<>\"(),:;\[\]\\.]+")


class _RefusedError(Exception):
    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.answer = refusal(status, name, message)


def refusal(status: int, name: str, message: str, *, headers: dict[str, str] | None = None) -> Response:
    """Answer with an error in Resend's shape."""
    return json({"statusCode": status, "name": name, "message": message}, status, headers=headers)


class ResendSandbox:
    """The service's state and its answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._window = Window(world.clock)
        self._answered: dict[str, tuple[float, bytes, str]] = {}

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        return Provider(
            key="resend",
            name="Resend",
            prefix=PREFIX,
            instead_of="https://api.resend.com",
            routes=[
                Route(PREFIX + "/emails", self.send, methods=["POST"]),
                Route(PREFIX + "/emails/{id}", self.read),
                Route(PREFIX + "/{rest:path}", self.unknown, methods=["GET", "POST", "PATCH", "DELETE"]),
            ],
            refuse=self.refuse,
            admit=self.admit,
            clear=self.clear,
        )

    def clear(self) -> None:
        """Forget requests and idempotency keys."""
        self._window.clear()
        self._answered.clear()

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as Resend does when it is broken, busy, or does not know us."""
        del route
        match kind:
            case FaultKind.TOO_MANY:
                return _too_many(whole_seconds(seconds))
            case FaultKind.REVOKED:
                return refusal(403, "invalid_api_key", "API key is invalid")
            case FaultKind.ERROR_INSIDE:
                error = {"statusCode": 500, "name": "application_error", "message": "An unexpected error occurred."}
                return json({"data": None, "error": error})
            case _:
                return refusal(500, "internal_server_error", "An unexpected error occurred.")

    def admit(self, scope: Scope, route: str) -> Response | None:
        """Keep the limit of two requests a second."""
        del scope, route
        if self._world.modes.limits == "real":
            wait = self._window.admit(LIMIT)
            if wait is not None:
                return _too_many(whole_seconds(wait))
        return None

    async def send(self, request: Request) -> Response:
        """``POST /emails``."""
        body = await body_of(request)
        try:
            self._check_caller(request)
            key = request.headers.get("idempotency-key", "")
            earlier = self._earlier(key, body)
            if earlier is None:
                mail = _mail(body, self._world)
                self._world.mailbox.take(mail)
                earlier = mail.id
                if key:
                    self._answered[key] = (self._world.clock.seconds() + IDEMPOTENCY_SECONDS, body, mail.id)
        except _RefusedError as error:
            return error.answer
        return json({"id": earlier})

    async def read(self, request: Request) -> Response:
        """``GET /emails/{id}``."""
        try:
            self._check_caller(request)
        except _RefusedError as error:
            return error.answer
        mail = self._world.mailbox.get(request.path_params["id"])
        if mail is None:
            return refusal(404, "not_found", "Email not found")
        return json(
            {
                "object": "email",
                "id": mail.id,
                "to": mail.to,
                "from": mail.sender,
                "created_at": mail.at.isoformat(),
                "subject": mail.subject,
                "html": mail.html or None,
                "text": mail.text or None,
                "bcc": mail.bcc,
                "cc": mail.cc,
                "reply_to": mail.reply_to,
                "last_event": "delivered",
            }
        )

    async def unknown(self, request: Request) -> Response:
        """Any other path."""
        del request
        return refusal(404, "not_found", "The requested endpoint does not exist.")

    def _check_caller(self, request: Request) -> None:
        if not request.headers.get("user-agent"):
            raise _RefusedError(403, "validation_error", "A User-Agent header is required.")
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise _RefusedError(401, "missing_api_key", "Missing API key in the authorization header.")
        if key != self._world.settings.mail.api_key:
            raise _RefusedError(403, "invalid_api_key", "API key is invalid")

    def _earlier(self, key: str, body: bytes) -> str | None:
        if not key:
            return None
        if len(key) > LONGEST_IDEMPOTENCY_KEY:
            raise _RefusedError(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
        found = self._answered.get(key)
        if found is None or found[0] <= self._world.clock.seconds():
            return None
        if found[1] != body:
            raise _RefusedError(
                409, "invalid_idempotent_request", "Same idempotency key used with a different request payload."
            )
        return found[2]


def provider(world: World) -> Provider:
    """Return Resend's stand-in."""
    return ResendSandbox(world).provider()


def _too_many(seconds: int) -> Response:
    return refusal(
        429,
        "rate_limit_exceeded",
        "Too many requests. Please limit the number of requests per second.",
        headers={"Retry-After": str(seconds)},
    )


def _mail(body: bytes, world: World) -> Mail:
    fields = as_object(body)
    if fields is None:
        raise _RefusedError(400, "validation_error", "The request body must be a JSON object.")
    for name in fields.keys() - _FIELDS:
        raise _RefusedError(422, "validation_error", f"Unrecognized field `{name}`.")
    for name in ("from", "to", "subject"):
        if not fields.get(name):
            raise _RefusedError(422, "missing_required_field", f"Missing `{name}` field.")
    if not fields.get("html") and not fields.get("text"):
        raise _RefusedError(422, "missing_required_field", "Missing `html` or `text` field.")
    sender = _words(fields, "from")
    if not _is_address(sender):
        raise _RefusedError(
            422,
            "invalid_from_address",
            "Invalid `from` field. The email address needs to follow the `email@example.com` or "
            "`Name <email@example.com>` format.",
        )
    to = _addresses(fields, "to")
    if len(to) > MOST_RECIPIENTS:
        raise _RefusedError(422, "validation_error", "The `to` field must have at most 50 recipients.")
    return Mail(
        id=identifiers.uuid("mail", world.clock.seconds(), len(world.mailbox), body),
        at=world.mailbox.now(),
        sender=sender,
        to=to,
        cc=_addresses(fields, "cc"),
        bcc=_addresses(fields, "bcc"),
        reply_to=_addresses(fields, "reply_to"),
        subject=_words(fields, "subject"),
        text=_words(fields, "text"),
        html=_words(fields, "html"),
        headers=_headers(fields),
        tags=_tags(fields),
        attachment_names=_attachments(fields),
    )


def _words(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _RefusedError(422, "validation_error", f"The `{name}` field must be a `string`.")
    return value


def _addresses(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if value is None:
        return ()
    many = [value] if isinstance(value, str) else value
    if not isinstance(many, list) or not all(isinstance(one, str) and _is_address(one) for one in many):
        raise _RefusedError(
            422,
            "validation_error",
            f"Invalid `{name}` field. The email address needs to follow the `email@example.com` or "
            "`Name <email@example.com>` format.",
        )
    return tuple(many)


def _is_address(text: str) -> bool:
    return "\r" not in text and "\n" not in text and _ADDRESS.fullmatch(parseaddr(text)[1]) is not None


def _headers(fields: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    value = fields.get("headers") or {}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise _RefusedError(422, "validation_error", "The `headers` field must be an `object` of strings.")
    return tuple(value.items())


def _tags(fields: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    value = fields.get("tags") or []
    if not isinstance(value, list) or not all(
        isinstance(tag, dict) and _TAG.fullmatch(str(tag.get("name", ""))) and _TAG.fullmatch(str(tag.get("value", "")))
        for tag in value
    ):
        raise _RefusedError(
            422,
            "validation_error",
            "Tags should only contain ASCII letters, numbers, underscores, or dashes.",
        )
    return tuple((tag["name"], tag["value"]) for tag in value)


def _attachments(fields: dict[str, Any]) -> tuple[str, ...]:
    value = fields.get("attachments") or []
    if not isinstance(value, list) or not all(
        isinstance(one, dict) and (one.get("content") or one.get("path")) for one in value
    ):
        raise _RefusedError(422, "invalid_attachment", "Attachment must have either a `content` or `path`.")
    return tuple(str(one.get("filename", "unnamed")) for one in value)
