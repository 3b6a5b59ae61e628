"""What this room holds about people: who did what. Everything else in it is about works and their pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backline.accounts.types import SYSTEM_USER_ID
from backline.catalog.models import CatalogImport, ServiceLink
from backline.core.personal_data import PERSONAL_DATA, Holding, RoomsPersonalData

_ACCOUNTABLE = "to account for changes (legitimate interest, GDPR Art. 6(1)(f))"
_UNTIL_ERASED = "until the person erases their account; only an id is held"

HOLDINGS = (
    Holding("catalog.CatalogImport", ("requested_by",), "people who change something", _ACCOUNTABLE, _UNTIL_ERASED),
    Holding("catalog.ServiceLink", ("decided_by",), "people who change something", _ACCOUNTABLE, _UNTIL_ERASED),
)


def export(user_id: UUID) -> dict[str, Any]:
    """Return what this room holds about a person with an account, as plain values."""
    return {
        "imports_started": [
            {"at": row.created_at.isoformat(), "status": row.status}
            for row in CatalogImport.objects.filter(requested_by=user_id).order_by("created_at")
        ],
        "service_links_decided": [
            {"url": row.url, "decision": row.decision}
            for row in ServiceLink.objects.filter(decided_by=user_id).order_by("pk")
        ],
    }


def erase(user_id: UUID) -> None:
    """Forget who it was."""
    CatalogImport.objects.filter(requested_by=user_id).update(requested_by=None)
    # That somebody decided has to stay known, or the next refresh would ask again; who it was does not.
    ServiceLink.objects.filter(decided_by=user_id).update(decided_by=SYSTEM_USER_ID)


def register() -> None:
    """Tell the privacy engine about this room."""
    PERSONAL_DATA.register("catalog", RoomsPersonalData("catalog", HOLDINGS, export, erase))
