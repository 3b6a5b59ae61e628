"""The YouTube Data API v3 with a person's token."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from backline.connections import quotas
from backline.connections.types import GrantLostError, LossReason
from backline.core import clock
from backline.core.errors import BacklineError, NeedsAction, Rejected, RetryLater
from backline.core.http import Answer, Outbound, Service, in_words, logger_of
from backline.integrations.google import shapes
from backline.settings.services import GoogleSettings

PROVIDER = "youtube"
_PACIFIC = ZoneInfo("America/Los_Angeles")
_A_MINUTE = timedelta(minutes=1)
_MOST_PAGES = 4
"""Two hundred channels: more than Google lets one account manage."""

log = logger_of("backline.google")


class _NoChannelError(NeedsAction):
    """The account never signed up to YouTube."""


class _UsedUpError(RetryLater):
    """The project's quota of the day is used up."""


class YoutubeClient:
    """Thread-safe. The quota is the app's, for all artists together."""

    def __init__(self, settings: GoogleSettings, outbound: Outbound) -> None:
        self._api = Service(name="YouTube", base_url=settings.youtube_url, outbound=outbound, explain=_explain)

    def my_channels(self, token: str) -> tuple[shapes.Channel, ...]:
        """``GET /youtube/v3/channels?mine=true``: the channels of whoever the token is of; one unit a page.

        Raises :class:`GrantLostError` when the token is not taken.
        """
        rest = quotas.rest_of(PROVIDER)
        if rest is not None:
            raise RetryLater(f"YouTube is to be left alone for now. We will go on {in_words(rest)}.", after=rest)
        found: list[shapes.Channel] = []
        query: dict[str, str | int] = {"part": "id,snippet,statistics", "mine": "true", "maxResults": 50}
        headers = {"authorization": f"Bearer {token}"}
        try:
            for _ in range(_MOST_PAGES):
                page = self._api.get("/youtube/v3/channels", shapes.Channels, query=query, headers=headers)
                found.extend(page.items)
                if not page.next_page_token:
                    break
                query["pageToken"] = page.next_page_token
        except _NoChannelError:
            return ()
        except _UsedUpError as error:
            until = clock.now() + (error.after or _A_MINUTE)
            quotas.note_usage(provider=PROVIDER, used_percent=100, resting_until=until)
            raise
        return tuple(found)


def until_midnight() -> timedelta:
    """Return how long it is until midnight in California, when the day's quota begins anew."""
    now = clock.now()
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), _PACIFIC) - now


def _explain(answer: Answer) -> BacklineError | None:
    """Say what the API's refusals mean; what is not known is left to the status, and the operator is told."""
    problem = answer.decode_or_none(shapes.ApiProblem)
    reason = problem.error.errors[0].reason if problem is not None and problem.error.errors else ""
    error: BacklineError | None = None
    match reason:
        case "youtubeSignupRequired":
            error = _NoChannelError("This Google account has no YouTube channel.")
        case "authError" | "required" if answer.status == 401:
            error = GrantLostError("YouTube no longer accepts the access that was given.", reason=LossReason.INVALID)
        case "quotaExceeded" | "dailyLimitExceeded":
            after = until_midnight()
            error = _UsedUpError(f"YouTube's quota for today is used up. We will go on {in_words(after)}.", after=after)
        case "rateLimitExceeded" | "userRateLimitExceeded":
            after = answer.retry_after or _A_MINUTE
            error = RetryLater(f"YouTube asks us to slow down. We will go on {in_words(after)}.", after=after)
        case "channelNotFound":
            error = Rejected("YouTube does not know this channel.")
        case _ if reason in _ACTIONS:
            error = NeedsAction(_ACTIONS[reason])
        case _ if reason and answer.status < 500:
            log.error("google.unknown_reason", status=answer.status)
    return error


_NOT_SHOWN = "YouTube does not show us this account's channels. See at youtube.com what is the matter."
_ACTIONS = {
    "insufficientPermissions": "You have not allowed us to see your YouTube channels. Connect again and allow it.",
    "accessNotConfigured": "The YouTube Data API is not switched on for our app. Its operator does that at Google.",
    "forbidden": _NOT_SHOWN,
    "channelForbidden": _NOT_SHOWN,
    "channelClosed": _NOT_SHOWN,
    "channelSuspended": _NOT_SHOWN,
    "authenticatedUserAccountClosed": _NOT_SHOWN,
    "authenticatedUserAccountSuspended": _NOT_SHOWN,
}
