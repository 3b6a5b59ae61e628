"""Exports of raw rows: asked for here, written by a job (:mod:`exports_writing`), kept a week, then deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.analytics import calendar_days
from backline.analytics.models import Export
from backline.analytics.state import EXPORT
from backline.analytics.types import ExportFormat, ExportStatus
from backline.core import audit, clock, jobs
from backline.core.errors import NotFoundError, Rejected
from backline.settings.environment import Environment

KEPT = timedelta(days=7)
"""How long a file can be downloaded, from when it was asked for."""
MOST_KEPT = 5
"""Of one artist; the oldest goes when another one is asked for."""
SILENT_AFTER = timedelta(hours=2)
"""An export that is being written and was not heard of for so long has come to nothing."""

_UNDER_WAY = (ExportStatus.WAITING, ExportStatus.WRITING)
_BUSY = "An export of this artist is being written. Ask again when it is done."


@dataclass(frozen=True, slots=True)
class ExportState:
    """An export as the page shows it. ``page`` is empty for all pages; ``share`` of one is how much is written."""

    id: UUID
    first_day: date
    last_day: date
    page: str
    format: ExportFormat
    with_bots: bool
    status: ExportStatus
    rows: int
    share: float
    size_bytes: int
    problem: str
    kept_until: datetime

    @property
    def is_under_way(self) -> bool:
        """Tell whether it is still to be written."""
        return self.status in _UNDER_WAY

    @property
    def is_done(self) -> bool:
        """Tell whether there is a file."""
        return self.status is ExportStatus.DONE

    @property
    def percent(self) -> str:
        """Return how much is written, for the width of a bar."""
        return f"{self.share * 100:.0f}%"


def start(
    access: ArtistAccess,
    *,
    since: datetime,
    until: datetime,
    timezone: str,
    format: ExportFormat,  # noqa: A002 - what it is called
    with_bots: bool,
    link_id: UUID | None = None,
    page: str = "",
) -> UUID:
    """Have the rows of a period written; returns the export's id.

    ``page`` is the title of the link. Raises :class:`Rejected` while another one of the artist is under way.
    """
    access.must_edit()
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = Export.objects.create(
                    artist_id=access.artist_id,
                    asked_by=access.user_id,
                    since=since,
                    until=until,
                    timezone=timezone,
                    link_id=link_id,
                    page=page[:500],
                    format=format.value,
                    with_bots=with_bots,
                )
        except IntegrityError:
            raise Rejected(_BUSY) from None
        old = Export.objects.filter(artist_id=access.artist_id).order_by("-created_at", "-id")[MOST_KEPT:]
        Export.objects.filter(pk__in=[export.pk for export in old]).delete()  # the file goes with the next tidying
        audit.record(
            "events.export",
            actor=accounts.actor_of(access),
            object_type="export",
            object_id=row.pk,
            object_name=row.page,
            artist_id=access.artist_id,
            detail={"format": format.label},
        )
        # One at a time in the whole house: it reads much, and nobody is in a hurry.
        jobs.enqueue("analytics.write_export", in_order="exports", export_id=str(row.pk))
    return row.pk


def exports_of(access: ArtistAccess) -> tuple[ExportState, ...]:
    """Return the artist's exports, newest first."""
    rows = Export.objects.filter(artist_id=access.artist_id).order_by("-created_at", "-id")
    return tuple(_state(row) for row in rows)


def file_of(access: ArtistAccess, *, export_id: UUID, settings: Environment) -> tuple[Path, str]:
    """Return the file of a finished export, and the name to save it under. Raises :class:`NotFoundError`."""
    row = Export.objects.filter(artist_id=access.artist_id, pk=export_id, status=ExportStatus.DONE).first()
    path = None if row is None else path_of(row, settings)
    if row is None or path is None or not path.is_file():
        raise NotFoundError("This export is not there any more. Ask for it again.")
    state = _state(row)
    return path, f"backline-events-{state.first_day}-{state.last_day}.{row.format}"


def delete(access: ArtistAccess, *, export_id: UUID, settings: Environment) -> None:
    """Delete an export and its file before its time; one that is being written stops."""
    access.must_edit()
    row = Export.objects.filter(artist_id=access.artist_id, pk=export_id).first()
    if row is not None:
        row.delete()
        path_of(row, settings).unlink(missing_ok=True)


def path_of(row: Export, settings: Environment) -> Path:
    """Return where the file lies when it is done; for this room."""
    return settings.exports_folder / f"{row.pk}.{row.format}"


def tidy(settings: Environment) -> None:
    """Delete exports that were kept long enough, give up those that came to nothing, and sweep files of no export."""
    now = clock.now()
    Export.objects.filter(created_at__lte=now - KEPT).delete()
    EXPORT.move_all(
        Export.objects.filter(status=ExportStatus.WRITING, heard_at__lte=now - SILENT_AFTER),
        to=ExportStatus.FAILED,
        reason="not heard of",
        also={"problem": "The events could not be read for too long. Ask for the export again."},
    )
    known = {f"{pk}" for pk in Export.objects.values_list("pk", flat=True)}
    for path in settings.exports_folder.glob("*.*"):
        if path.name.partition(".")[0] not in known:
            path.unlink(missing_ok=True)


def _state(row: Export) -> ExportState:
    where = calendar_days.zone(row.timezone)
    return ExportState(
        id=row.pk,
        first_day=row.since.astimezone(where).date(),
        last_day=(row.until - timedelta(microseconds=1)).astimezone(where).date(),
        page=row.page,
        format=ExportFormat(row.format),
        with_bots=row.with_bots,
        status=ExportStatus(row.status),
        rows=row.rows,
        share=min(1.0, row.rows / row.rows_in_all) if row.rows_in_all else 0.0,
        size_bytes=row.size_bytes,
        problem=row.problem,
        kept_until=row.created_at + KEPT,
    )
