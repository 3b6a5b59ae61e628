"""The pauses of imports: how long one lasts, and what ends it before its time."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from backline.accounts import services as artists
from backline.accounts.selectors import actor_of
from backline.accounts.types import ArtistAccess
from backline.catalog.models import CatalogImport, ImportItem
from backline.catalog.state import IMPORT
from backline.catalog.types import RUNNING_IMPORTS, ImportStatus, ItemStatus
from backline.core import audit, clock, jobs
from backline.core.errors import NotFoundError, RetryLater
from backline.core.state import TransitionRefusedError

LONGEST_PAUSE = timedelta(minutes=2)
"""When Spotify does not say how long to wait."""
WAKE_AFTER = timedelta(seconds=5)
"""A pause lasts at least this long before an answer to somebody else ends it: no import asks more often for that."""
MESSAGE_LENGTH = 500


def resume_import(access: ArtistAccess, *, import_id: UUID) -> None:
    """Let a paused import ask Spotify at once; one that is not paused is left as it is.

    Raises ``NotFoundError`` and ``NotAllowedError``.
    """
    access.must_edit()
    if not CatalogImport.objects.filter(pk=import_id, artist_id=access.artist_id).exists():
        raise NotFoundError("This import is not yours, or it does not exist.")
    if _wake(import_id):
        audit.record(
            "catalog.resume_import",
            actor=actor_of(access),
            object_type="catalog_import",
            object_id=import_id,
            artist_id=access.artist_id,
        )


def wake_paused() -> None:
    """Let paused imports ask again before their time: Spotify has just answered somebody. Call it in no transaction."""
    now = clock.now()
    waiting = CatalogImport.objects.filter(
        status=ImportStatus.PAUSED, retry_at__gt=now, paused_at__lte=now - WAKE_AFTER
    )
    for import_id in waiting.order_by("paused_at").values_list("pk", flat=True)[:20]:
        _wake(import_id)


def running() -> QuerySet[CatalogImport]:
    """Return the imports that are not over."""
    return CatalogImport.objects.filter(status__in=RUNNING_IMPORTS)


def try_move(import_id: UUID, to: ImportStatus, reason: str, **also: object) -> bool:
    """Move the import, unless somebody was faster; tell whether it moved."""
    try:
        IMPORT.move(CatalogImport.objects.all(), pk=import_id, to=to, reason=reason[:MESSAGE_LENGTH], also=also)
    except TransitionRefusedError:
        return False
    return True


def wait_for_retry(row: CatalogImport) -> None:
    """Raise ``RetryLater`` while the import's pause lasts: one question at Spotify is enough, not one per release."""
    if row.retry_at is not None and row.retry_at > clock.now():
        raise RetryLater(row.message, after=row.retry_at - clock.now())


def pause(import_id: UUID, error: RetryLater) -> RetryLater:
    """Pause the import, for as long as Spotify said or twice as long as last time, and return when to go on.

    A pause that Spotify announced says nothing of how long an outage lasts: the next one is no longer for it.
    """
    now = clock.now()
    with transaction.atomic():
        row = _locked(import_id)
        if row.retry_at is not None and row.retry_at > now:  # somebody else has just met the same trouble
            return RetryLater(error.message, after=row.retry_at - now)
        pauses = row.pauses if error.after else row.pauses + 1
        wait = error.after or min(LONGEST_PAUSE, timedelta(seconds=2 ** min(pauses, 10)))
        retry_at: datetime = now + wait
        try_move(import_id, ImportStatus.PAUSED, error.message)
        running().filter(pk=import_id).update(
            paused_at=now, retry_at=retry_at, message=error.message[:MESSAGE_LENGTH], pauses=pauses
        )
    return RetryLater(error.message, after=wait)


def resume(import_id: UUID) -> None:
    """Go on after a pause: Spotify answered."""
    with transaction.atomic():
        row = _locked(import_id)
        if row.status == ImportStatus.PAUSED:
            to = ImportStatus.RESOLVING if row.is_listed else ImportStatus.LISTING
            try_move(import_id, to, "Spotify answers again.")
        running().filter(pk=import_id).update(retry_at=None, message="", pauses=0)


def _wake(import_id: UUID) -> bool:
    """End the waiting of a paused import and run its jobs now; False when it does not wait (any more).

    It stays paused until Spotify answers it. Of many callers one wakes it.
    """
    paused = CatalogImport.objects.filter(pk=import_id, status=ImportStatus.PAUSED, retry_at__gt=clock.now())
    if not paused.update(retry_at=None):
        return False
    items = ImportItem.objects.filter(catalog_import_id=import_id, status=ItemStatus.PENDING)
    jobs.run_now("catalog.list_releases", argument="import_id", values=[str(import_id)])
    jobs.run_now(
        "links.make_release_link",
        argument="item_id",
        values=[str(item_id) for item_id in items.values_list("pk", flat=True)],
    )
    return True


def _locked(import_id: UUID) -> CatalogImport:
    artist_id = CatalogImport.objects.values_list("artist_id", flat=True).get(pk=import_id)
    artists.hold_artist(artist_id=artist_id)
    return CatalogImport.objects.select_for_update().get(pk=import_id)
