"""What this room holds about people: who did what. Everything else in it is about works and their pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backline.connections.models import Connection, Consent
from backline.core.personal_data import PERSONAL_DATA, Holding, RoomsPersonalData

_ACCOUNTABLE = "to account for changes (legitimate interest, GDPR Art. 6(1)(f))"
_UNTIL_ERASED = "until the person erases their account; only an id is held"

_TO_ACT = "to act for the artist at the platform, as they consented (contract, GDPR Art. 6(1)(b))"
_UNTIL_ENDED = "until the connection is ended, reset or lost, or the platform says that consent was taken back"
_UNTIL_FORGOTTEN = "until the connection is reset or made with another account, which it tells apart"
_A_DAY = "a day after the way to the platform began"

HOLDINGS = (
    Holding("connections.Connection", ("connected_by",), "people who change something", _ACCOUNTABLE, _UNTIL_ERASED),
    Holding("connections.Connection", ("account_name",), "people who consent", _TO_ACT, _UNTIL_ENDED),
    Holding("connections.Connection", ("account_id",), "people who consent", _TO_ACT, _UNTIL_FORGOTTEN),
    Holding("connections.Grant", ("account_id", "access", "refresh"), "people who consent", _TO_ACT, _UNTIL_ENDED),
    Holding("connections.Consent", ("user_id",), "people who consent", _TO_ACT, _A_DAY),
)


def export(user_id: UUID) -> dict[str, Any]:
    """Return what this room holds about a person with an account, as plain values."""
    return {
        "connections_made": [
            {
                "at": row.connected_at.isoformat() if row.connected_at else None,
                "provider": row.provider,
                "name": row.display_name,
                "account": row.account_name,
            }
            for row in Connection.objects.filter(connected_by=user_id).order_by("connected_at")
        ],
    }


def erase(user_id: UUID) -> None:
    """Forget who it was. What they connected stays the artist's; its team can end it."""
    Consent.objects.filter(user_id=user_id).delete()
    Connection.objects.filter(connected_by=user_id).update(connected_by=None)


def register() -> None:
    """Tell the privacy engine about this room."""
    PERSONAL_DATA.register("connections", RoomsPersonalData("connections", HOLDINGS, export, erase))
