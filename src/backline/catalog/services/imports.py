"""The import of an artist's catalogue: list the releases page by page, then one job per release.

What is left to do is always in the rows, never only in a job: a killed worker's job runs again, finds what is done and
goes on. When Spotify cannot answer, the import pauses, says so, and goes on by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef

from backline.accounts import services as artists
from backline.accounts.selectors import actor_of
from backline.accounts.types import ArtistAccess
from backline.catalog.models import CatalogImport, ImportItem, Release
from backline.catalog.services import listing, pausing
from backline.catalog.services.asking import catalog_source
from backline.catalog.services.enriching import enrich_soon
from backline.catalog.state import IMPORT
from backline.catalog.types import RUNNING_IMPORTS, ImportStatus, ItemStatus, ReleasePage
from backline.core import audit, clock, jobs
from backline.core.audit import Actor
from backline.core.errors import NeedsAction, NotFoundError, Rejected, RetryLater
from backline.core.ids import new_id

ATTEMPTS_BEFORE_FAILURE = 8
"""A release that Spotify could not give this often, while it gave others, is recorded as failed."""
QUIET_FOR_TOO_LONG = timedelta(minutes=10)
IMPORTS_TO_KEEP = 5


@dataclass(frozen=True, slots=True)
class ItemWork:
    """One release to bring in. ``must_resume`` tells that the import waits for a sign of life from Spotify."""

    item_id: UUID
    import_id: UUID
    artist_id: UUID
    release_id: UUID
    must_resume: bool


def start_import(*, artist_id: UUID, source_artist_id: str, actor: Actor) -> UUID:
    """Start an import and return its id; where one is running already, return that one.

    The hub is published at once, release pages as they are ready.
    """
    row = CatalogImport(id=new_id(), artist_id=artist_id, source_artist_id=source_artist_id, requested_by=actor.id)
    try:
        with transaction.atomic():
            artists.hold_artist(artist_id=artist_id)
            row.save(force_insert=True)
            _forget_old_imports(artist_id)
            audit.record(
                "catalog.import",
                actor=actor,
                object_type="catalog_import",
                object_id=row.pk,
                artist_id=artist_id,
                detail={"source_artist_id": source_artist_id},
            )
            # Ahead of other artists' releases: the hub is live at once, and everybody soon sees how many there are.
            jobs.enqueue("catalog.list_releases", priority=5, import_id=str(row.pk))
            jobs.enqueue("links.publish_hub", priority=10, artist_id=str(artist_id))
    except IntegrityError:
        running = pausing.running().filter(artist_id=artist_id).values_list("pk", flat=True).first()
        if running is None:  # it ended between the two statements
            return start_import(artist_id=artist_id, source_artist_id=source_artist_id, actor=actor)
        return running
    return row.pk


def cancel_import(access: ArtistAccess, *, import_id: UUID) -> None:
    """Stop an import; what it brought in stays.

    Raises ``NotFoundError``, ``NotAllowedError``, and :class:`TransitionRefusedError` when it is over already.
    """
    access.must_edit()
    mine = CatalogImport.objects.filter(artist_id=access.artist_id)
    if not mine.filter(pk=import_id).exists():
        raise NotFoundError("This import is not yours, or it does not exist.")
    message = "You stopped this import. What it brought in stays; start it again to get the rest."
    with transaction.atomic():
        IMPORT.move(
            mine,
            pk=import_id,
            to=ImportStatus.CANCELLED,
            reason="A person stopped it.",
            actor_id=access.user_id,
            also={"finished_at": clock.now(), "message": message, "retry_at": None},
        )
        audit.record(
            "catalog.cancel_import",
            actor=actor_of(access),
            object_type="catalog_import",
            object_id=import_id,
            artist_id=access.artist_id,
        )
        jobs.enqueue("links.publish_hub", priority=10, artist_id=str(access.artist_id))


def list_releases(*, import_id: UUID) -> None:
    """Read the listing on from where it stopped, a page at a time, and enqueue a job for every release to bring in.

    Raises ``RetryLater`` when Spotify cannot answer; the job then runs again.
    """
    row = pausing.running().filter(pk=import_id).first()
    if row is None or row.is_listed:
        _finish_if_complete(import_id)
        return
    pausing.wait_for_retry(row)
    if row.status == ImportStatus.QUEUED:
        pausing.try_move(row.pk, ImportStatus.LISTING, "The import started.")
    has_paused = row.status == ImportStatus.PAUSED
    is_last = False
    offset = row.listed_through
    while not is_last:
        try:
            page = catalog_source().releases(row.source_artist_id, offset=offset)
        except RetryLater as error:
            raise pausing.pause(row.pk, error) from error
        except (Rejected, NeedsAction) as error:
            fail_import(import_id=row.pk, message=error.message)
            return
        if has_paused:
            pausing.resume(row.pk)
            has_paused = False
        pausing.wake_paused()
        is_last = page.next_offset is None or page.next_offset <= offset
        offset = page.next_offset or offset
        if not _keep_page(row, page, offset=offset, is_last=is_last):
            return
    _finish_if_complete(import_id)


def begin_item(*, item_id: UUID) -> ItemWork | None:
    """Return the work of an item, or None when there is nothing (more) to do.

    Raises ``RetryLater`` while the import waits for Spotify.
    """
    item = ImportItem.objects.select_related("catalog_import").filter(pk=item_id).first()
    if item is None or item.catalog_import.status not in RUNNING_IMPORTS:
        return None
    if item.status != ItemStatus.PENDING:
        _finish_if_complete(item.catalog_import_id)
        return None
    row = item.catalog_import
    pausing.wait_for_retry(row)
    return ItemWork(item.pk, row.pk, row.artist_id, item.release_id, must_resume=row.status == ImportStatus.PAUSED)


def finish_item(work: ItemWork) -> None:
    """Record that a release is imported, resolved and published; end the import after the last one."""
    now = clock.now()
    with transaction.atomic():
        ImportItem.objects.filter(pk=work.item_id).update(status=ItemStatus.DONE, message="", finished_at=now)
        mark_resolved(release_id=work.release_id)
    if work.must_resume:
        pausing.resume(work.import_id)
    _finish_if_complete(work.import_id)


def mark_resolved(*, release_id: UUID) -> None:
    """Record that the release has its page: the next import need not bring it in again while it is fresh."""
    Release.objects.filter(pk=release_id).update(resolved_at=clock.now())


def fail_item(work: ItemWork, *, message: str) -> None:
    """Record in one sentence why a release could not be brought in; importing again tries it again."""
    ImportItem.objects.filter(pk=work.item_id).update(
        status=ItemStatus.FAILED, message=message[: pausing.MESSAGE_LENGTH], finished_at=clock.now()
    )
    _finish_if_complete(work.import_id)


def postpone_item(work: ItemWork, *, error: RetryLater) -> None:
    """Pause the import because Spotify cannot answer, and put this release behind the others.

    They are tried first, so that one release which Spotify cannot give does not hold them up. When it was tried often
    enough, and others came through meanwhile, it is recorded as failed.
    """
    now = clock.now()
    ImportItem.objects.filter(pk=work.item_id, first_refused_at=None).update(first_refused_at=now)
    ImportItem.objects.filter(pk=work.item_id).update(attempts=F("attempts") + 1)
    item = ImportItem.objects.get(pk=work.item_id)
    if item.attempts >= ATTEMPTS_BEFORE_FAILURE:
        others = ImportItem.objects.filter(
            catalog_import_id=work.import_id, status=ItemStatus.DONE, finished_at__gt=item.first_refused_at
        )
        if others.exists():
            fail_item(work, message=f"{error.message} Import again to get this release.")
            return
    later = pausing.pause(work.import_id, error)
    jobs.enqueue(
        "links.make_release_link",
        once=f"links.make_release_link:{work.item_id}",
        after=later.after,
        item_id=str(work.item_id),
    )


def fail_import(*, import_id: UUID, message: str) -> None:
    """End an import that cannot go on: no such artist, or our credentials are refused."""
    pausing.try_move(
        import_id,
        ImportStatus.FAILED,
        message,
        finished_at=clock.now(),
        message=message[: pausing.MESSAGE_LENGTH],
        retry_at=None,
    )


def nudge_imports() -> int:
    """Enqueue again what running imports have left, where nothing happened for ten minutes; return how many imports.

    Jobs are handed back when a worker dies; this is for one that was given up, or lost with a restored backup.
    """
    quiet_since = clock.now() - QUIET_FOR_TOO_LONG
    busy = ImportItem.objects.filter(catalog_import=OuterRef("pk"), finished_at__gt=quiet_since)
    rows = (
        pausing.running()
        .filter(created_at__lt=quiet_since)
        .exclude(retry_at__gt=quiet_since)
        .exclude(Exists(busy))
        .order_by("created_at")[:20]
    )
    for row in rows:
        if not row.is_listed:
            jobs.enqueue("catalog.list_releases", once=f"catalog.list_releases:{row.pk}", import_id=str(row.pk))
        items = row.items.filter(status=ItemStatus.PENDING).order_by("pk").values_list("pk", flat=True)
        for item_id in items[:1000]:
            jobs.enqueue("links.make_release_link", once=f"links.make_release_link:{item_id}", item_id=str(item_id))
        _finish_if_complete(row.pk)
    return len(rows)


@transaction.atomic
def _keep_page(row: CatalogImport, page: ReleasePage, *, offset: int, is_last: bool) -> bool:
    """Keep a page of the listing and the place after it; False when the import ended or its artist was deleted."""
    try:
        artists.hold_artist(artist_id=row.artist_id)
    except NotFoundError:
        return False
    place = {"listed_through": offset, "listed_total": max(page.total, 0), "is_listed": is_last}
    if not pausing.running().filter(pk=row.pk).update(**place):
        return False
    listing.keep_page(import_id=row.pk, artist_id=row.artist_id, releases=page.releases)
    if is_last:
        pausing.try_move(row.pk, ImportStatus.RESOLVING, "Every release is listed.")
    return True


def _forget_old_imports(artist_id: UUID) -> None:
    """Delete all but the newest imports that are over: a catalogue is listed every day."""
    over = CatalogImport.objects.filter(artist_id=artist_id).exclude(status__in=RUNNING_IMPORTS)
    kept = list(over.order_by("-created_at", "-pk").values_list("pk", flat=True)[:IMPORTS_TO_KEEP])
    over.exclude(pk__in=kept).delete()


def _finish_if_complete(import_id: UUID) -> None:
    """End the import when everything is listed and nothing is pending. Of many callers one ends it."""
    pending = ImportItem.objects.filter(catalog_import=OuterRef("pk"), status=ItemStatus.PENDING)
    row = pausing.running().filter(pk=import_id, is_listed=True).exclude(Exists(pending)).first()
    if row is None:
        return
    failed = row.items.filter(status=ItemStatus.FAILED).count()
    if failed:
        message = f"{failed} of {row.items.count()} releases could not be imported. Import again to try them again."
    elif not row.items.exists():
        message = "Spotify has no release of this artist yet. Import again when the first one is out."
    else:
        message = ""
    with transaction.atomic():
        if not pausing.try_move(
            row.pk,
            ImportStatus.DONE,
            "Nothing is left to import.",
            finished_at=clock.now(),
            message=message,
            retry_at=None,
        ):
            return
        jobs.enqueue("links.publish_hub", priority=10, artist_id=str(row.artist_id))
        enrich_soon()
