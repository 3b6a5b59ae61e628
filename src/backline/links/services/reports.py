"""Reports about public pages: written by anybody, settled by an operator."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from backline.catalog.rules import clean_text
from backline.core import audit, clock
from backline.core.audit import Actor
from backline.core.errors import Rejected
from backline.links import pages
from backline.links.models import REPORT_LENGTH, PageReport, PublishedPage
from backline.links.services.statuses import take_down
from backline.links.types import ReportReason, TakedownStatus

MOST_OPEN = 50
"""Open reports of one page that are kept: whoever sends more of them tells the operator nothing new."""
KEPT_DAYS = 180
LONGEST_PATH = 500
LONGEST_EMAIL = 254


def page_path(text: str) -> str:
    """Return the path of a page in an address that somebody pasted, without slashes around it."""
    typed = text.strip()[:LONGEST_PATH]
    try:
        path = urlsplit(typed).path if "://" in typed else typed.partition("?")[0]
    except ValueError:
        return ""
    return unquote(path).strip("/").lower()


def report_page(*, page: str, reason: str, details: str, email: str) -> None:
    """Keep a report about the public page at this path or address. The same report again is kept once.

    Raises :class:`Rejected` with the fields ``page``, ``reason``, ``details``, ``email``.
    """
    lines = [clean_text(line, limit=REPORT_LENGTH + 1) for line in details.strip().splitlines()]
    words = "\n".join(lines).strip()
    problems: dict[str, str] = {}
    if reason not in ReportReason:
        problems["reason"] = "Choose what is wrong."
    elif reason == ReportReason.OTHER and not words:
        problems["details"] = "Say in a sentence what is wrong."
    if len(words) > REPORT_LENGTH:
        problems["details"] = f"Use at most {REPORT_LENGTH} characters; this has {len(words)}."
    if email and not _is_email(email):
        problems["email"] = "This is no e-mail address. Correct it, or leave it empty."
    path = page_path(page)
    with transaction.atomic():
        pages.lock(f"report {path}")  # of two who send the same at once, one sees the other's
        found = PublishedPage.objects.filter(path=path).first()
        if found is None or found.kind in ("redirect", "gone"):
            problems["page"] = "There is no page at this address now. Open the page, and copy its address from there."
        if problems or found is None:
            raise Rejected("The report cannot be sent like this.", field_errors=problems)
        same = PageReport.objects.filter(path=found.path, settled_at=None)
        is_known = same.filter(reason=reason, details=words, email=email).exists()
        if not is_known and same.count() < MOST_OPEN:
            PageReport.objects.create(
                artist_id=found.artist_id,
                link_id=found.link_id,
                path=found.path,
                reason=reason,
                details=words,
                email=email,
            )


def settle_report(*, report_id: UUID, actor: Actor) -> None:
    """Close a report: nothing is to be done, or it is done. For operators."""
    with transaction.atomic():
        if not _settle(PageReport.objects.filter(pk=report_id), actor):
            raise Rejected("Somebody has settled it already.")


def take_down_reported(*, report_id: UUID, actor: Actor) -> None:
    """Take the reported page down and close every open report about it. For operators.

    Raises :class:`Rejected` for a hub, which shows the artist's pages and is closed with the artist.
    """
    report = PageReport.objects.select_related("link").filter(pk=report_id, settled_at=None).first()
    if report is None:
        raise Rejected("Somebody has settled it already.")
    if report.link is None:
        raise Rejected("This is a hub. Take down what it shows, or delete the artist.")
    with transaction.atomic():
        if report.link.takedown_status != TakedownStatus.ACTIVE:
            reason = f"Somebody reported it: {ReportReason(report.reason).label}."
            take_down(link_id=report.link.pk, actor=actor, reason=reason)
        _settle(PageReport.objects.filter(link=report.link), actor)


def forget_reports() -> int:
    """Delete reports that were settled half a year ago; return how many."""
    return PageReport.objects.filter(settled_at__lt=clock.now() - timedelta(days=KEPT_DAYS)).delete()[0]


def _settle(reports: QuerySet[PageReport], actor: Actor) -> int:
    held = list(reports.filter(settled_at=None).select_for_update().order_by("pk"))
    PageReport.objects.filter(pk__in=[report.pk for report in held]).update(settled_at=clock.now())
    for report in held:
        audit.record(
            "page_report.settle",
            actor=actor,
            object_type="page_report",
            object_id=report.pk,
            object_name=report.path,
            artist_id=report.artist_id,
            detail={"reason": report.reason},
        )
    return len(held)


def _is_email(text: str) -> bool:
    try:
        validate_email(text[: LONGEST_EMAIL + 1])
    except ValidationError:
        return False
    return len(text) <= LONGEST_EMAIL
