"""The Google Ads API over REST, with the operator's credentials: what it says about links to channels."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta

from backline.connections import quotas
from backline.connections.types import GrantLostError
from backline.core import clock
from backline.core.errors import BacklineError, NeedsAction, RetryLater
from backline.core.http import Answer, Outbound, Service, in_words, logger_of
from backline.integrations.google import shapes
from backline.integrations.google.client.oauth import OAuthClient
from backline.settings.services import GoogleSettings

PROVIDER = "google_ads"
_CHANNEL_ID = re.compile(r"UC[\w-]{22}", re.ASCII)
_CODE = re.compile(r"[A-Z_]{3,80}")
_ACCESS = re.compile(r"for (\w+) access")
_USED_OF_LIFE = 0.8
_DAILY_AFTER = timedelta(hours=1)
_SOON = timedelta(minutes=1)
_RETRIED = {
    "RESOURCE_EXHAUSTED": _DAILY_AFTER,
    "RESOURCE_TEMPORARILY_EXHAUSTED": _SOON,
    "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION": _SOON,
    "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION": _DAILY_AFTER,
    "TRANSIENT_ERROR": _SOON,
    "INTERNAL_ERROR": _SOON,
    "CONCURRENT_MODIFICATION": _SOON,
    "OAUTH_TOKEN_EXPIRED": _SOON,
    "OAUTH_TOKEN_INVALID": _SOON,
}
"""Errors that pass, and after how long to ask again where Google does not say."""

log = logger_of("backline.google")


class _QuotaError(RetryLater):
    """A quota is used up; ``level`` is the access level that it belongs to, where Google says so."""

    def __init__(self, message: str, *, after: timedelta, level: str) -> None:
        super().__init__(message, after=after)
        self.level = level


class _TestAccessError(NeedsAction):
    """The project may only reach test accounts."""


class AdsClient:
    """Thread-safe; keeps one access token per process."""

    def __init__(self, settings: GoogleSettings, oauth: OAuthClient, outbound: Outbound) -> None:
        self._settings = settings
        self._oauth = oauth
        self._api = Service(
            name="Google Ads",
            base_url=f"{settings.ads_url}/{settings.ads_version}",
            outbound=outbound,
            explain=_explain,
        )
        self._lock = threading.Lock()
        self._token = ""
        self._token_until: datetime | None = None

    @property
    def is_set_up(self) -> bool:
        """Tell whether the operator gave credentials."""
        return bool(self._settings.ads_refresh_token and self._settings.ads_customer_id)

    def data_links(self, channel_id: str) -> tuple[shapes.DataLink, ...]:
        """Return the links of our account to videos of a channel; one operation.

        Raises ``RetryLater``, and ``NeedsAction`` for the operator.
        """
        if not _CHANNEL_ID.fullmatch(channel_id):
            return ()
        query = (
            "SELECT data_link.resource_name, data_link.status FROM data_link"  # noqa: S608 - the id was checked
            f" WHERE data_link.youtube_video.channel_id = '{channel_id}'"
        )
        return tuple(row.data_link for chunk in self._search(query) for row in chunk.results)

    def _search(self, query: str) -> tuple[shapes.AdsChunk, ...]:
        rest = quotas.rest_of(PROVIDER)
        if rest is not None:
            raise RetryLater(f"Google Ads is to be left alone for now. We will go on {in_words(rest)}.", after=rest)
        path = f"/customers/{self._settings.ads_customer_id}/googleAds:searchStream"
        headers = {"authorization": f"Bearer {self._access_token()}"}
        if self._settings.ads_login_customer_id:
            headers["login-customer-id"] = self._settings.ads_login_customer_id
        if self._settings.ads_developer_token:
            headers["developer-token"] = self._settings.ads_developer_token
        try:
            return self._api.post_json(
                path, {"query": query}, tuple[shapes.AdsChunk, ...], headers=headers, is_repeatable=True
            )
        except _QuotaError as error:
            until = clock.now() + (error.after or _SOON)
            quotas.note_usage(provider=PROVIDER, used_percent=100, access_level=error.level, resting_until=until)
            raise
        except _TestAccessError:
            quotas.note_usage(provider=PROVIDER, access_level="Test")
            raise
        except BacklineError:
            self._token = ""  # it may be the token; the next question begins with a new one
            raise

    def _access_token(self) -> str:
        with self._lock:
            if self._token and self._token_until is not None and clock.now() < self._token_until:
                return self._token
            asked_at = clock.now()
            try:
                fetched = self._oauth.renew(self._settings.ads_refresh_token)
            except GrantLostError:
                raise NeedsAction(
                    "Google no longer takes GOOGLE_ADS_REFRESH_TOKEN. The operator has to renew it."
                ) from None
            self._token_until = asked_at + timedelta(seconds=fetched.expires_in * _USED_OF_LIFE)
            self._token = fetched.access_token
            return self._token


def _explain(answer: Answer) -> BacklineError | None:
    """Say what the API's refusals mean; what is not known goes to the operator."""
    error = _error_of(answer)
    if error is None:
        return None
    code = next(iter(error.error_code.values()), "")
    if code in _RETRIED:
        details = error.details.quota_error_details
        after = max(_delay(details.retry_delay) or answer.retry_after or _RETRIED[code], timedelta(seconds=1))
        message = f"Google Ads cannot answer just now. We will go on {in_words(after)}."
        if code == "RESOURCE_EXHAUSTED":
            level = _ACCESS.search(details.rate_name)
            return _QuotaError(message, after=after, level=level[1].title() if level else "")
        return RetryLater(message, after=after)
    if code == "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION":
        return _TestAccessError("Our project at Google may only reach test accounts. The operator has to ask for more.")
    if code == "UNSUPPORTED_VERSION":
        return NeedsAction(
            "Google ended this version of the Google Ads API. The operator has to set GOOGLE_ADS_VERSION."
        )
    word = code if _CODE.fullmatch(code) else "unknown to us"
    log.error("google.ads_refused", code=word)
    return NeedsAction(f"Google Ads refuses us ({word}). The operator has to look at the settings for Google Ads.")


def _error_of(answer: Answer) -> shapes.AdsError | None:
    listed = answer.decode_or_none(tuple[shapes.AdsProblem, ...])
    problem = listed[0] if listed else answer.decode_or_none(shapes.AdsProblem)
    details = problem.error.details if problem is not None else ()
    return next((error for failure in details for error in failure.errors), None)


def _delay(text: str) -> timedelta | None:
    """Read a protobuf duration such as ``30s`` or ``1.500s``."""
    try:
        return timedelta(seconds=float(text.removesuffix("s"))) if text.endswith("s") else None
    except (ValueError, OverflowError):
        return None
