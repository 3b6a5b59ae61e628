"""What events say about fans: no name, no address, no account. Fans are counted, never identified (PP-42)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backline.core.personal_data import PERSONAL_DATA, Holding, RoomsPersonalData

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
        "as long as the artist's pages are counted; the network address is never written down anywhere",
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


def register() -> None:
    """Tell the privacy engine about this room."""
    PERSONAL_DATA.register("analytics", RoomsPersonalData("analytics", HOLDINGS, export, erase))
