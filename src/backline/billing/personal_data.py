"""What this room holds about people: which operator set a plan."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backline.billing.models import Plan
from backline.core.personal_data import PERSONAL_DATA, Holding, RoomsPersonalData

HOLDINGS = (
    Holding(
        "billing.Plan",
        ("set_by",),
        "operators who set a plan",
        "to account for changes (legitimate interest, GDPR Art. 6(1)(f))",
        "until the person erases their account; only an id is held",
    ),
)


def export(user_id: UUID) -> dict[str, Any]:
    """Return what this room holds about a person with an account, as plain values."""
    return {
        "plans_set": [
            {"at": row.set_at.isoformat(), "tier": row.tier, "artist": row.artist.name}
            for row in Plan.objects.filter(set_by=user_id).select_related("artist").order_by("set_at")
        ],
    }


def erase(user_id: UUID) -> None:
    """Forget who it was."""
    Plan.objects.filter(set_by=user_id).update(set_by=None)


def register() -> None:
    """Tell the privacy engine about this room."""
    PERSONAL_DATA.register("billing", RoomsPersonalData("billing", HOLDINGS, export, erase))
