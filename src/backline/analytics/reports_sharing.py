"""Reports behind an address: a page of figures for whoever has it, without an account, until it ends.

The address carries a secret that is derived from the report and the product's secret key; the database holds its hash
only. Nothing on the page tells about single people: a value that fewer than :data:`FEW` hits have is not named.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.analytics import calendar_days
from backline.analytics.models import SharedReport
from backline.core import audit, clock
from backline.core.errors import NotFoundError, Rejected
from backline.core.ids import new_id

FEW = 5
MOST = 20
"""Of one artist."""
LENGTHS = (7, 28, 90)
"""Days that a page can be about; they always end today."""
LIVES = (None, 7, 30, 90)
"""Days after which an address ends; None is never."""
NAME_LENGTH = 80
_NO_REPORT = "This report is not shared any more, or its address is not complete."


class Section(StrEnum):
    """What a shared report can show beside the six metrics."""

    DAYS = "days"
    COUNTRIES = "countries"
    REFERRERS = "referrers"
    SERVICES = "services"
    DEVICES = "devices"
    PAGES = "pages"

    @property
    def label(self) -> str:
        """Return the section as a person reads it."""
        return _LABELS[self]


_LABELS = {
    Section.DAYS: "Views per day",
    Section.COUNTRIES: "Countries",
    Section.REFERRERS: "Referrers",
    Section.SERVICES: "Music services",
    Section.DEVICES: "Devices",
    Section.PAGES: "Pages compared",
}


@dataclass(frozen=True, slots=True)
class Shared:
    """A shared report. ``token`` is the secret in its address: for those who may share, and for nobody else."""

    id: UUID
    artist_id: UUID
    name: str
    days: int
    timezone: str
    sections: tuple[Section, ...]
    created_at: datetime
    expires_at: datetime | None
    token: str

    @property
    def is_over(self) -> bool:
        """Tell whether its time is over."""
        return self.expires_at is not None and self.expires_at <= clock.now()


@transaction.atomic
def share(
    access: ArtistAccess, *, name: str, days: int, sections: Iterable[Section], timezone: str, lives: int | None
) -> Shared:
    """Share the figures of the last ``days`` under an address of their own, which ends after ``lives`` days.

    Raises :class:`Rejected` without a name, or when there are too many already.
    """
    access.must_edit()
    words = " ".join(name.split())
    if not words or len(words) > NAME_LENGTH:
        raise Rejected(
            "The report needs a name.",
            field_errors={"name": f"Say who it is for, in {NAME_LENGTH} letters at most."},
        )
    if days not in LENGTHS or lives not in LIVES:
        raise Rejected("Choose one of the periods on the list.")
    if SharedReport.objects.filter(artist_id=access.artist_id).count() >= MOST:
        raise Rejected(f"There are {MOST} shared reports already. End one that nobody needs any more.")
    calendar_days.zone(timezone)
    report_id = new_id()
    now = clock.now()
    row = SharedReport.objects.create(
        id=report_id,
        artist_id=access.artist_id,
        made_by=access.user_id,
        name=words,
        token_hash=_hash_of(_token_of(report_id)),
        days=days,
        timezone=timezone,
        sections=[section.value for section in Section if section in set(sections)],
        created_at=now,
        expires_at=None if lives is None else now + timedelta(days=lives),
    )
    _record(access, "report.share", row)
    return _shared(row)


def shared_of(access: ArtistAccess) -> tuple[Shared, ...]:
    """Return the artist's shared reports, newest first, for those who may share; nothing for viewers."""
    if not access.can_edit:
        return ()
    rows = SharedReport.objects.filter(artist_id=access.artist_id).order_by("-created_at", "-id")
    return tuple(_shared(row) for row in rows)


@transaction.atomic
def end(access: ArtistAccess, *, report_id: UUID) -> None:
    """Make an address lead nowhere, at once and for good."""
    access.must_edit()
    row = SharedReport.objects.filter(artist_id=access.artist_id, pk=report_id).first()
    if row is not None:
        _record(access, "report.stop_sharing", row)
        row.delete()


def shared_at(token: str) -> Shared:
    """Return the report behind an address. Raises :class:`NotFoundError` for one that is over or never was."""
    row = SharedReport.objects.filter(token_hash=_hash_of(token)).first()
    if row is None or (found := _shared(row)).is_over:
        raise NotFoundError(_NO_REPORT)
    return found


def forget_old() -> int:
    """Delete reports whose time is over; returns how many."""
    return SharedReport.objects.filter(expires_at__lte=clock.now()).delete()[0]


def _token_of(report_id: UUID) -> str:
    key = hashlib.sha256(b"backline shared report" + settings.SECRET_KEY.encode()).digest()
    return base64.urlsafe_b64encode(hmac.digest(key, report_id.bytes, "sha256")).rstrip(b"=").decode()


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _shared(row: SharedReport) -> Shared:
    return Shared(
        id=row.pk,
        artist_id=row.artist_id,
        name=row.name,
        days=row.days,
        timezone=row.timezone,
        sections=tuple(Section(section) for section in row.sections),
        created_at=row.created_at,
        expires_at=row.expires_at,
        token=_token_of(row.pk),
    )


def _record(access: ArtistAccess, action: str, row: SharedReport) -> None:
    audit.record(
        action,
        actor=accounts.actor_of(access),
        object_type="report",
        object_id=row.pk,
        object_name=row.name,
        artist_id=access.artist_id,
    )
