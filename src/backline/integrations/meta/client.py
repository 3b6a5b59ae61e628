"""The Graph API. Calls, typed in and out; no rules.

The token goes into the Authorization header and never into an address; with each call goes the proof that it comes
from a server that knows the app's secret. What Meta says of the quota is kept for all workers, and respected.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from backline.connections import quotas
from backline.core import clock
from backline.core.errors import BacklineError, RetryLater
from backline.core.http import Answer, Outbound, Service, in_words
from backline.integrations.meta import refusals, shapes
from backline.settings.services import MetaSettings

T = TypeVar("T")

KEY = "meta"
MOST_PAGES = 50
"""Where reading a list ends, in pages of it: far above a real one, and a bound on a faulty answer."""

_PER_PAGE = 100
_TOKEN_PATH = "/oauth/access_token"  # noqa: S105
_PAGE_FIELDS = "id,name,link,tasks,picture{url},instagram_business_account{id,username}"
_FORM = {"content-type": "application/x-www-form-urlencoded"}

_app_usage = msgspec.json.Decoder(shapes.AppUsage)
_account_usage = msgspec.json.Decoder(shapes.AccountUsage)
_business_usage = msgspec.json.Decoder(dict[str, tuple[shapes.BusinessUsage, ...]])


class MetaClient:
    """Thread-safe; keeps nothing but connections."""

    def __init__(self, settings: MetaSettings, outbound: Outbound) -> None:
        self._settings = settings
        self._graph = Service(
            name="Meta",
            base_url=f"{settings.graph_url}/{settings.graph_version}",
            outbound=outbound,
            explain=self._explain,
        )

    def exchange_code(self, code: str, *, redirect_uri: str, verifier: str) -> shapes.Token:
        """``POST /oauth/access_token``: a code for a short-lived token. Raises ``CodeRefusedError``."""
        return self._exchange({"code": code, "redirect_uri": redirect_uri, "code_verifier": verifier})

    def exchange_token(self, token: str) -> shapes.Token:
        """``POST /oauth/access_token``: a token for one that lives sixty days from now."""
        return self._exchange({"grant_type": "fb_exchange_token", "fb_exchange_token": token})

    def me(self, token: str) -> shapes.Me:
        """``GET /me``: who consented, and to what."""
        return self._call("GET", "/me", shapes.Me, token, {"fields": "id,name,permissions{permission,status}"})

    def profile(self, token: str) -> shapes.Profile:
        """``GET /me``: who consented to signing in."""
        return self._call("GET", "/me", shapes.Profile, token, {"fields": "id,name,email"})

    def pages(self, token: str) -> Iterator[shapes.Page]:
        """``GET /me/accounts``: the Pages of a person, with their Instagram accounts."""
        return self._each("/me/accounts", shapes.Listed[shapes.Page], token, _PAGE_FIELDS)

    def revoke(self, token: str) -> None:
        """``DELETE /me/permissions``: the person's whole consent to the app ends, whoever else was given a token."""
        self._call("DELETE", "/me/permissions", shapes.Done, token)

    def client_pages(self) -> Iterator[shapes.ClientPage]:
        """``GET /{business}/client_pages``: the Pages that the operator is partner of."""
        shape = shapes.Listed[shapes.ClientPage]
        return self._each("/{business}/client_pages", shape, self._settings.system_user_token, "id,permitted_tasks")

    def pending_client_pages(self) -> Iterator[shapes.PageRequest]:
        """``GET /{business}/pending_client_pages``: the Pages that the operator asked for."""
        shape = shapes.Listed[shapes.PageRequest]
        return self._each("/{business}/pending_client_pages", shape, self._settings.system_user_token, "id,page{id}")

    def request_client_page(self, page_id: str, *, tasks: Sequence[str]) -> None:
        """``POST /{business}/client_pages``: ask to be the partner of a Page."""
        form = {"page_id": page_id, "permitted_tasks": json.dumps(list(tasks))}
        self._call("POST", "/{business}/client_pages", shapes.Done, self._settings.system_user_token, form)

    def operators_ad_account(self) -> shapes.AdAccount:
        """``GET /act_{id}``: the ad account that pays for campaigns."""
        query = {"fields": "account_status"}
        return self._call("GET", "/act_{ad_account}", shapes.AdAccount, self._settings.system_user_token, query)

    def _exchange(self, form: Mapping[str, str]) -> shapes.Token:
        app = {"client_id": self._settings.app_id, "client_secret": self._settings.app_secret}
        return self._send("POST", _TOKEN_PATH, shapes.Token, headers=_FORM, body=urlencode({**app, **form}))

    def _each(self, path: str, shape: type[shapes.Listed[T]], token: str, fields: str) -> Iterator[T]:
        query: dict[str, str | int] = {"fields": fields, "limit": _PER_PAGE}
        for _ in range(MOST_PAGES):
            found = self._call("GET", path, shape, token, query)
            yield from found.data
            if not found.paging.after:
                return
            query["after"] = found.paging.after

    def _call(
        self, method: str, path: str, shape: type[T], token: str, values: Mapping[str, str | int] | None = None
    ) -> T:
        signed = {**(values or {}), "appsecret_proof": proof_of(token, secret=self._settings.app_secret)}
        headers = {"authorization": f"Bearer {token}"}
        if method == "POST":
            return self._send(method, path, shape, headers=headers | _FORM, body=urlencode(signed))
        return self._send(method, path, shape, headers=headers, query=signed)

    def _send(
        self,
        method: str,
        path: str,
        shape: type[T],
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str | int] | None = None,
        body: str | None = None,
    ) -> T:
        rest = quotas.rest_of(KEY)
        if rest is not None:
            message = f"Meta's quota for this installation is nearly used up. We will go on {in_words(rest)}."
            raise RetryLater(message, after=rest)
        answer = self._graph.send(
            method,
            path,
            values={"business": self._settings.business_id, "ad_account": self._settings.ad_account_id},
            query=query,
            headers=headers,
            body=None if body is None else body.encode("ascii"),
        )
        self._note_usage(answer)
        problem = answer.decode_or_none(shapes.ProblemBody)
        if problem is not None:  # an error that calls itself a success
            raise refusals.error_of(problem.error, path=path)
        return answer.decode(shape)

    def _explain(self, answer: Answer) -> BacklineError | None:
        """Say what a refusal means."""
        regained_in = self._note_usage(answer)
        problem = answer.decode_or_none(shapes.ProblemBody)
        if problem is None:
            return None
        if answer.path == _TOKEN_PATH:
            return refusals.exchange_error_of(problem.error, answer.status, path=answer.path)
        return refusals.error_of(problem.error, path=answer.path, regained_in=regained_in)

    def _note_usage(self, answer: Answer) -> timedelta | None:
        """Keep what the headers tell of the quota; returns after how long there will be some again, if they say so."""
        percents: list[float] = []
        minutes, tier = 0.0, ""
        try:
            if text := answer.header("x-app-usage"):
                app = _app_usage.decode(text)
                percents += [app.call_count, app.total_time, app.total_cputime]
            if text := answer.header("x-ad-account-usage"):
                account = _account_usage.decode(text)
                percents.append(account.acc_id_util_pct)
                tier = account.ads_api_access_tier
            if text := answer.header("x-business-use-case-usage"):
                for one in (entry for entries in _business_usage.decode(text).values() for entry in entries):
                    percents += [one.call_count, one.total_time, one.total_cputime]
                    minutes = max(minutes, one.estimated_time_to_regain_access)
                    tier = one.ads_api_access_tier or tier
        except msgspec.DecodeError:
            refusals.log.warning("meta.unreadable_usage")
        regained_in = timedelta(minutes=minutes) if minutes > 0 else None
        if percents:
            quotas.note_usage(
                provider=KEY,
                used_percent=min(100, max(0, round(max(percents)))),
                access_level=tier,
                resting_until=clock.now() + regained_in if regained_in else None,
            )
        return regained_in


def proof_of(token: str, *, secret: str) -> str:
    """Return ``appsecret_proof`` for a token ("Secure Graph API Calls"): HMAC-SHA256, in hex."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
