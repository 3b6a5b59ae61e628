"""What events say about fans: no name, no address, no account. Fans are counted, never identified (PP-42).

With ``EVENTS_URL`` set, what is declared of the lake's files lies in ClickHouse instead, under the same names.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backline.analytics.types import Erasure
from backline.core.personal_data import PERSONAL_DATA, Holding, RoomsPersonalData
from backline.settings.environment import Environment

_COUNTING = "to count visits for the artist (legitimate interest, GDPR Art. 6(1)(f))"

HOLDINGS = (
    Holding(
        "lake/*.parquet",
        ("visitor",),
        "visitors of public pages",
        _COUNTING,
        "a hash under a daily salt; once the salt is deleted, within 48 hours, it leads back to nobody",
    ),
    Holding(
        "lake/*.parquet",
        ("country", "locale", "user_agent", "referrer_host", "click_ids", "consent"),
        "visitors of public pages",
        _COUNTING,
        "as long as the operator's settings say (BACKLINE_EVENTS_KEPT_DAYS); the network address is never written down",
    ),
    Holding(
        "copies/*.parquet",
        ("event",),
        "visitors of public pages",
        "to rebuild the lake after a loss (legitimate interest, GDPR Art. 6(1)(f)); off unless the operator wants it",
        "as many days as BACKLINE_SPOOL_COPIES_DAYS says; what is erased is erased from them too",
    ),
    Holding(
        "analytics.Tombstone",
        ("visitors", "click_digests"),
        "visitors of public pages whose events were erased",
        "to keep erased what was erased (legal obligation, GDPR Art. 17)",
        "for good, as nobody can tell which backups are left; click ids as SHA-256 digests only",
    ),
    Holding(
        "spool/*.spool",
        ("event",),
        "visitors of public pages",
        _COUNTING,
        "seconds, until the event is in the lake; what cannot be read is kept in spool/quarantine for the operator",
    ),
    Holding(
        "analytics.VisitorSalt",
        ("salt",),
        "visitors of public pages",
        "to count a visitor once a day without knowing who it is (legitimate interest, GDPR Art. 6(1)(f))",
        "48 hours; never in a backup",
    ),
)


def export(user_id: UUID) -> dict[str, Any]:  # noqa: ARG001
    """Return nothing: no event is tied to an account."""
    return {}


def erase(user_id: UUID) -> None:
    """Do nothing: no event is tied to an account."""


def erase_events(what: Erasure, *, settings: Environment | None = None) -> int:
    """Erase events for good, wherever they are kept and whatever brings them back; returns how many went.

    Call it in no transaction: it waits for a backup that is running, and commits file by file.
    """
    # Only here, so that a program that erases nothing never loads what reads the lake.
    from backline.analytics import store  # noqa: PLC0415

    return store.in_use(settings).erase(what)


def register() -> None:
    """Tell the privacy engine about this room."""
    PERSONAL_DATA.register("analytics", RoomsPersonalData("analytics", HOLDINGS, export, erase))
