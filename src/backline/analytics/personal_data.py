"""What events say about fans: no name, no address, no account. Fans are counted, never identified (PP-42).

Of people with an account it knows who gets a report, and who asked for an export or shared figures.

With ``EVENTS_URL`` set, what is declared of the lake's files lies in ClickHouse instead, under the same names.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from backline.analytics.models import Export, ReportSchedule, SharedReport
from backline.analytics.types import Erasure
from backline.core.personal_data import PERSONAL_DATA, Holding, RoomsPersonalData
from backline.settings.environment import Environment

_ACCOUNTABLE = "to account for changes (legitimate interest, GDPR Art. 6(1)(f))"
_UNTIL_ERASED = "until the person erases their account; only an id is held"
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
        "exports/*",
        ("country", "locale", "referrer_host"),
        "visitors of public pages",
        "to hand artists the rows that their figures are made of (legitimate interest, GDPR Art. 6(1)(f))",
        "seven days; without visitor hash, user agent, click ids and event ids, and to the minute only",
    ),
    Holding("analytics.Export", ("asked_by",), "people who export", _ACCOUNTABLE, "seven days; only an id is held"),
    Holding("analytics.SharedReport", ("made_by",), "people who share figures", _ACCOUNTABLE, _UNTIL_ERASED),
    Holding(
        "analytics.ReportSchedule",
        ("members",),
        "members of a team",
        "to send them the report that was chosen (contract, GDPR Art. 6(1)(b))",
        "until they are taken off the report, or erase their account; only an id is held",
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


def export(user_id: UUID) -> dict[str, Any]:
    """Return what this room holds about a person with an account: no event is tied to one."""
    return {
        "exports_asked_for": [
            {"at": row.created_at.isoformat(), "artist": row.artist.name, "format": row.format}
            for row in Export.objects.filter(asked_by=user_id).select_related("artist").order_by("created_at")
        ],
        "reports_shared": [
            {"at": row.created_at.isoformat(), "artist": row.artist.name, "name": row.name}
            for row in SharedReport.objects.filter(made_by=user_id).select_related("artist").order_by("created_at")
        ],
        "reports_received": [
            {"artist": row.artist.name, "cadence": row.cadence}
            for row in _schedules_of(user_id).select_related("artist").order_by("artist__name", "cadence")
        ],
    }


@transaction.atomic
def erase(user_id: UUID) -> None:
    """Forget who it was, and send them no report any more."""
    Export.objects.filter(asked_by=user_id).update(asked_by=None)
    SharedReport.objects.filter(made_by=user_id).update(made_by=None)
    for row in _schedules_of(user_id).select_for_update():
        row.members = [member for member in row.members if member != user_id]
        if row.members:
            row.save(update_fields=["members"])
        else:
            row.delete()


def _schedules_of(user_id: UUID) -> QuerySet[ReportSchedule]:
    return ReportSchedule.objects.filter(members__contains=[user_id])


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
