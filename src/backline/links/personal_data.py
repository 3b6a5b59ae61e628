"""What this room holds about people: who did what, and who reported a page. All else is about works and pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backline.core.personal_data import PERSONAL_DATA, Holding, RoomsPersonalData
from backline.links.models import ServiceEdit

_ACCOUNTABLE = "to account for changes (legitimate interest, GDPR Art. 6(1)(f))"
_UNTIL_ERASED = "until the person erases their account; only an id is held"

HOLDINGS = (
    Holding("links.ServiceEdit", ("edited_by",), "people who change something", _ACCOUNTABLE, _UNTIL_ERASED),
    Holding(
        "links.PageReport",
        ("email", "details"),
        "people who report a page, mostly without an account",
        "to look into it and to answer (legitimate interest, GDPR Art. 6(1)(f))",
        "until 180 days after it is settled",
    ),
)


def export(user_id: UUID) -> dict[str, Any]:
    """Return what this room holds about a person with an account, as plain values."""
    return {
        "service_edits": [
            {"at": row.edited_at.isoformat(), "service": row.service, "url": row.url, "is_hidden": row.is_hidden}
            for row in ServiceEdit.objects.filter(edited_by=user_id).order_by("edited_at")
        ],
    }


def erase(user_id: UUID) -> None:
    """Forget who it was."""
    ServiceEdit.objects.filter(edited_by=user_id).update(edited_by=None)


def register() -> None:
    """Tell the privacy engine about this room."""
    PERSONAL_DATA.register("links", RoomsPersonalData("links", HOLDINGS, export, erase))
