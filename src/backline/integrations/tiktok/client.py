"""Login Kit and TikTok API for Business. Calls, typed in and out; no rules. Facts: docs/developers/outside-services.md.

API for Business answers 200 to everything: what went wrong is a number inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from backline.connections import quotas
from backline.connections.types import CodeRefusedError, GrantLostError, LossReason
from backline.core import clock
from backline.core.errors import BacklineError, NeedsAction, Rejected, RetryLater
from backline.core.http import Answer, Outbound, Service, UnreadableAnswerError, in_words, logger_of
from backline.integrations.tiktok import shapes
from backline.settings.services import TiktokSettings

T = TypeVar("T")

log = logger_of("backline.tiktok")

IDENTITY_SCOPES = ("user.info.basic", "user.info.profile")
MOST_ADVERTISERS = 100
"""The most that ``/advertiser/info/`` takes at once."""

_PROVIDER = "tiktok"
_API = "/open_api/v1.3"
_THROTTLED = 40100
_THROTTLED_AFTER = timedelta(minutes=1)
"""How long to stay away after code 40100, which does not say for how long."""

_LOST = "TikTok no longer accepts our access. Connect TikTok again."
_CODE_REFUSED = "TikTok did not take the consent: it was used already, or took too long. Connect TikTok again."
_BUSY = "TikTok has a fault of its own just now. We will ask again."


class NotPermittedError(NeedsAction):
    """The person did not grant this, or may not see it themselves."""


class UnknownAnswerError(NeedsAction):
    """TikTok answered with a code that we do not know; the operator finds it in the log."""


class _LoginRefusedError(NeedsAction):
    """The token endpoint does not take a code or a token; what that means depends on what was asked."""


class TiktokClient:
    """Thread-safe. ``access`` is always a person's access token; it is sent in a header only."""

    def __init__(self, settings: TiktokSettings, outbound: Outbound) -> None:
        self._app = {"app_id": settings.app_id, "secret": settings.app_secret}
        self._login_app = {"client_key": settings.client_key, "client_secret": settings.client_secret}
        self._open = Service(name="TikTok", base_url=settings.open_url, outbound=outbound, explain=_explain_open)
        self._business = Service(name="TikTok", base_url=settings.business_url, outbound=outbound)

    def login_tokens(self, code: str, *, redirect_uri: str, code_verifier: str) -> shapes.LoginTokens:
        """``POST /v2/oauth/token/`` with a code; raises ``CodeRefusedError``."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        try:
            answer = self._post_login("/v2/oauth/token/", {**form, "code_verifier": code_verifier})
        except _LoginRefusedError:
            raise CodeRefusedError(_CODE_REFUSED) from None
        return answer.decode(shapes.LoginTokens)

    def renewed_tokens(self, refresh: str) -> shapes.LoginTokens:
        """``POST /v2/oauth/token/`` with a refresh token; raises ``GrantLostError``."""
        try:
            answer = self._post_login("/v2/oauth/token/", {"grant_type": "refresh_token", "refresh_token": refresh})
        except _LoginRefusedError:
            raise GrantLostError(_LOST, reason=LossReason.REVOKED) from None
        return answer.decode(shapes.LoginTokens)

    def revoke_login(self, access: str) -> None:
        """``POST /v2/oauth/revoke/``; raises ``GrantLostError`` when the token is dead already."""
        try:
            self._post_login("/v2/oauth/revoke/", {"token": access})
        except _LoginRefusedError:
            raise GrantLostError(_LOST, reason=LossReason.REVOKED) from None

    def profile(self, access: str, fields: Sequence[str]) -> shapes.Profile:
        """``GET /v2/user/info/``: who is signed in."""
        answer = self._open.send(
            "GET",
            "/v2/user/info/",
            query={"fields": ",".join(fields)},
            headers={"authorization": f"Bearer {access}"},
        )
        _raise_if_refused(answer)
        return answer.decode(shapes.ProfileBody).data.user

    def business_tokens(self, auth_code: str) -> shapes.BusinessTokens:
        """``POST /oauth2/access_token/``; raises ``CodeRefusedError``."""
        body = {**self._app, "auth_code": auth_code}
        return self._ask("POST", "/oauth2/access_token/", shapes.BusinessTokens, body=body)

    def revoke_business(self, access: str) -> None:
        """``POST /oauth2/revoke_token/``; raises ``GrantLostError`` when the token is dead already."""
        body = {**self._app, "access_token": access}
        self._ask("POST", "/oauth2/revoke_token/", shapes.Nothing, access=access, body=body)

    def business_user(self, access: str) -> shapes.BusinessUser:
        """``GET /user/info/``: who the token belongs to."""
        return self._ask("GET", "/user/info/", shapes.BusinessUser, access=access)

    def advertiser_ids(self, access: str) -> tuple[shapes.AdvertiserId, ...]:
        """``GET /oauth2/advertiser/get/``: the ad accounts that the person let us see; it wants the app's secret."""
        return self._ask("GET", "/oauth2/advertiser/get/", shapes.AdvertiserIds, access=access, query=self._app).list

    def advertisers(self, access: str, ids: Sequence[str]) -> tuple[shapes.Advertiser, ...]:
        """``GET /advertiser/info/``: at most a hundred ad accounts."""
        query = {"advertiser_ids": _json(ids), "fields": _json(["advertiser_id", "name", "status", "currency"])}
        return self._ask("GET", "/advertiser/info/", shapes.Advertisers, access=access, query=query).list

    def centers(self, access: str) -> tuple[shapes.CenterRow, ...]:
        """``GET /bc/get/``: the first Business Centers that the person is in."""
        return self._ask("GET", "/bc/get/", shapes.Centers, access=access).list

    def identities(self, access: str, advertiser_id: str) -> tuple[shapes.Identity, ...]:
        """``GET /identity/get/``: the first names that the account's ads can be shown under."""
        query = {"advertiser_id": advertiser_id}
        return self._ask("GET", "/identity/get/", shapes.Identities, access=access, query=query).identity_list

    def pixels(self, access: str, advertiser_id: str) -> tuple[shapes.Pixel, ...]:
        """``GET /pixel/list/``: the first pixels of the account."""
        query = {"advertiser_id": advertiser_id}
        return self._ask("GET", "/pixel/list/", shapes.Pixels, access=access, query=query).pixels

    def _post_login(self, path: str, form: Mapping[str, str]) -> Answer:
        body = urlencode({**self._login_app, **form}).encode("ascii")
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = self._open.send("POST", path, headers=headers, body=body)
        _raise_if_refused(answer)
        return answer

    def _ask(
        self,
        method: str,
        path: str,
        shape: type[T],
        *,
        access: str = "",
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> T:
        rest = quotas.rest_of(_PROVIDER)
        if rest is not None:
            raise RetryLater(f"TikTok asks us to slow down. We will go on {in_words(rest)}.", after=rest)
        headers = {"access-token": access} if access else {}
        if body is not None:
            headers["content-type"] = "application/json"
        answer = self._business.send(
            method, _API + path, query=query, headers=headers, body=None if body is None else msgspec.json.encode(body)
        )
        envelope = answer.decode(shapes.Envelope)
        if envelope.code == _THROTTLED:
            quotas.note_usage(provider=_PROVIDER, resting_until=clock.now() + _THROTTLED_AFTER)
        if envelope.code != 0:
            raise _failure(envelope.code, path)
        try:
            return msgspec.json.decode(envelope.data, type=shape)
        except msgspec.DecodeError as error:
            log.warning("http.unreadable", service="TikTok", path=path, problem=str(error)[:200])
            raise UnreadableAnswerError("TikTok sent an answer that could not be read. We will ask again.") from None


def _failure(code: int, path: str) -> BacklineError:
    """Return what a code of API for Business means; one that is not known is written where the operator is alerted."""
    if code == _THROTTLED:
        message = f"TikTok asks us to slow down. We will go on {in_words(_THROTTLED_AFTER)}."
        return RetryLater(message, after=_THROTTLED_AFTER)
    if 50_000 <= code < 60_000:
        return RetryLater(_BUSY)
    make = _FAILURES.get(code)
    return make() if make else _unknown(str(code), path)


_FAILURES: Mapping[int, Callable[[], BacklineError]] = {
    40001: lambda: NotPermittedError(
        "TikTok does not let us see this. Connect TikTok again with every permission ticked, as somebody who may "
        "manage the advertiser account."
    ),
    40002: lambda: Rejected("TikTok did not accept what we asked."),
    40101: lambda: NeedsAction("TikTok refuses our app. Check TIKTOK_APP_ID and TIKTOK_APP_SECRET in the settings."),
    40102: lambda: GrantLostError(_LOST, reason=LossReason.EXPIRED),
    40105: lambda: GrantLostError(_LOST, reason=LossReason.REVOKED),
    40110: lambda: CodeRefusedError(_CODE_REFUSED),
}


def _explain_open(answer: Answer) -> BacklineError | None:
    """Say what Login Kit's refusals mean."""
    token_problem = answer.decode_or_none(shapes.LoginProblem)
    if token_problem is not None:
        return _login_failure(token_problem.error, answer.path)
    problem = answer.decode_or_none(shapes.ApiProblemBody)
    return _api_failure(problem.error.code, answer.path) if problem is not None else None


def _raise_if_refused(answer: Answer) -> None:
    """Raise for an answer of status 200 that holds an error."""
    error = _explain_open(answer)
    if error is not None:
        raise error


def _login_failure(word: str, path: str) -> BacklineError:
    match word:
        case "invalid_grant" | "invalid_request":
            return _LoginRefusedError(_LOST)
        case "invalid_client" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope":
            return NeedsAction(
                f"TikTok refuses our app ({word}). Check TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET in the settings."
            )
        case "server_error" | "temporarily_unavailable":
            return RetryLater(_BUSY)
        case _:
            return _unknown(word, path)


def _api_failure(code: str, path: str) -> BacklineError | None:
    match code:
        case "ok" | "rate_limit_exceeded":
            return None
        case "access_token_invalid":
            return GrantLostError(_LOST, reason=LossReason.INVALID)
        case "scope_not_authorized" | "scope_permission_missed":
            return NotPermittedError("TikTok does not let us see this. Connect TikTok again with everything ticked.")
        case "invalid_params":
            return Rejected("TikTok did not accept what we asked.")
        case "internal_error":
            return RetryLater(_BUSY)
        case _:
            return _unknown(code, path)


def _unknown(code: str, path: str) -> UnknownAnswerError:
    log.error("tiktok.unknown_code", code=code[:40], path=path)
    return UnknownAnswerError(
        f"TikTok answered with code {code[:40]}, which we do not know. The operator of this installation finds it in "
        "the log; try again later."
    )


def _json(values: Sequence[str]) -> str:
    return msgspec.json.encode(list(values)).decode()
