"""What Meta's error codes mean to us: a total map. Pure but for the alert about a code that is not in it.

Codes: "Handling Errors" of the Graph API and "Error Codes" of the Marketing API, v26.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from backline.connections.types import CodeRefusedError, GrantLostError, LossReason
from backline.core.errors import BacklineError, NeedsAction, Rejected, RetryLater
from backline.core.http import in_words, logger_of
from backline.integrations.meta.shapes import Problem

log = logger_of("backline.meta")

THROTTLED_AFTER = timedelta(minutes=5)
"""How long to stay away when Meta does not say."""


class Family(StrEnum):
    """What is to be done about an error."""

    LOST = "lost"
    PERMISSION = "permission"
    CAPABILITY = "capability"
    BUSY = "busy"
    THROTTLED = "throttled"
    BLOCKED = "blocked"
    INVALID = "invalid"
    APP = "app"
    UNKNOWN = "unknown"


_FAMILIES = {
    1: Family.BUSY, 2: Family.BUSY,
    3: Family.CAPABILITY,
    4: Family.THROTTLED, 17: Family.THROTTLED, 32: Family.THROTTLED, 341: Family.THROTTLED, 613: Family.THROTTLED,
    10: Family.PERMISSION,
    100: Family.INVALID, 104: Family.INVALID, 506: Family.INVALID, 803: Family.INVALID, 2500: Family.INVALID,
    101: Family.APP, 2635: Family.APP,
    102: Family.LOST, 190: Family.LOST,
    368: Family.BLOCKED,
    **dict.fromkeys(range(200, 300), Family.PERMISSION),
    **dict.fromkeys(range(80_000, 80_015), Family.THROTTLED),
}  # fmt: skip

_REASONS = {
    458: LossReason.REVOKED, 461: LossReason.REVOKED,
    459: LossReason.CHECKPOINT, 464: LossReason.CHECKPOINT,
    460: LossReason.PASSWORD_CHANGED,
    463: LossReason.EXPIRED, 468: LossReason.EXPIRED,
}  # fmt: skip

_LOSSES = {
    LossReason.REVOKED: "Our access was removed at Facebook. Connect again to go on.",
    LossReason.EXPIRED: "Our access at Facebook has run out. Connect again to go on.",
    LossReason.PASSWORD_CHANGED: "The password at Facebook was changed, which ends our access. Connect again to go on.",
    LossReason.CHECKPOINT: (
        "Facebook wants the owner of the account to confirm who they are. Sign in at facebook.com, do what it asks, "
        "then connect again."
    ),
    LossReason.INVALID: "Facebook no longer takes our access. Connect again to go on.",
}

APP_REFUSED = (
    "Meta refuses this installation's app. Its operator has to look at META_APP_ID, META_APP_SECRET and "
    "META_GRAPH_VERSION."
)


_TO_DO = {
    Family.PERMISSION: "Meta says that a permission is missing. Connect again and allow what it asks for.",
    Family.CAPABILITY: "Meta does not let this installation's app do that.",
    Family.BLOCKED: (
        "Meta has blocked this for now, as it does when something looks like abuse. Look into the account's Support "
        "Inbox at Facebook, then try again."
    ),
    Family.APP: APP_REFUSED,
}


def family_of(problem: Problem) -> Family:
    """Return what is to be done about an error; a code that we do not know is UNKNOWN, never guessed at."""
    known = _FAMILIES.get(problem.code)
    if known is None:
        return Family.BUSY if problem.is_transient else Family.UNKNOWN
    return known


def reason_of(subcode: int | None) -> LossReason:
    """Return why a token is dead. Whatever Meta does not explain makes it invalid."""
    return _REASONS.get(subcode or 0, LossReason.INVALID)


def lost(reason: LossReason) -> GrantLostError:
    """Return the error for a grant that is dead."""
    return GrantLostError(_LOSSES[reason], reason=reason)


def error_of(problem: Problem, *, path: str, regained_in: timedelta | None = None) -> BacklineError:
    """Return the error for a refusal of the call at ``path`` (a template). ``regained_in`` is what the headers say."""
    family = family_of(problem)
    if family is Family.LOST:
        return lost(reason_of(problem.error_subcode))
    if family is Family.BUSY:
        return RetryLater("Meta has a fault of its own just now. We will ask again.")
    if family is Family.THROTTLED:
        after = regained_in or THROTTLED_AFTER
        return RetryLater(f"Meta asks us to slow down. We will go on {in_words(after)}.", after=after)
    if family in _TO_DO:
        return NeedsAction(_TO_DO[family])
    # Either is ours to mend: a request that Meta does not take, or a word that we do not know.
    log.error("meta.refused", family=family, code=problem.code, subcode=problem.error_subcode, path=path)
    return Rejected(f"Meta did not take our question (its code {problem.code}). The installation's log has more.")


def exchange_error_of(problem: Problem, status: int, *, path: str) -> BacklineError:
    """Return the error for a code or token that could not be exchanged; ``status`` is HTTP's.

    There Meta says 100 to a code that is used, too old or of another address (subcodes 36009, 36007, 36008), and 1 to
    a wrong app secret.
    """
    if problem.code == 100:
        return CodeRefusedError("Meta did not take this sign-in: it took too long or was used already. Connect again.")
    if problem.code == 1 and status < 500:
        return NeedsAction(APP_REFUSED)
    return error_of(problem, path=path)
