"""What this room holds about people: who did what. Everything else in it is about works and their pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backline.connections.models import Connection
from backline.core.personal_data import PERSONAL_DATA, Holding, RoomsPersonalData

_ACCOUNTABLE = "to account for changes (legitimate interest, GDPR Art. 6(1)(f))"
_UNTIL_ERASED = "until the person erases their account; only an id is held"

HOLDINGS = (
    Holding("connections.Connection", ("connected_by",), "people who change something", _ACCOUNTABLE, _UNTIL_ERASED),
)


def export(user_id: UUID) -> dict[str, Any]:
    """Return what this room holds about a person with an account, as plain values."""
    return {
        "connections_made": [
            {"at": row.connected_at.isoformat(), "provider": row.provider, "name": row.display_name}
            for row in Connection.objects.filter(connected_by=user_id).order_by("connected_at")
        ],
    }


def erase(user_id: UUID) -> None:
    """Forget who it was."""
    Connection.objects.filter(connected_by=user_id).update(connected_by=None)


def register() -> None:
    """Tell the privacy engine about this room."""
    PERSONAL_DATA.register("connections", RoomsPersonalData("connections", HOLDINGS, export, erase))
