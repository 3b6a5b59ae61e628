"""What keeps a catalogue fresh without anybody asking: new releases, old facts, sources that could not answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Max

from backline.catalog.models import CatalogImport, Release
from backline.catalog.services.imports import start_import
from backline.catalog.services.releases import STALE_AFTER
from backline.catalog.types import ImportStatus
from backline.core import clock, jobs
from backline.core.audit import Actor

LIST_AGAIN_AFTER = timedelta(days=1)
ARTISTS_AT_ONCE = 20
RELEASES_AT_ONCE = 200
TO_ENRICH_AT_ONCE = 50
SOURCE_AGAIN_AFTER = timedelta(minutes=5)

_REFRESH = Actor(id=None, name="Backline", origin="job:catalog.refresh_stale")


def refresh_stale() -> None:
    """Enqueue what is due, a bounded batch at a time: listings older than a day, releases older than a week."""
    now = clock.now()
    due = (
        CatalogImport.objects.values("artist_id")
        .annotate(last_at=Max("created_at"))
        .filter(last_at__lt=now - LIST_AGAIN_AFTER)
        .order_by("last_at")
        .values_list("artist_id", flat=True)[:ARTISTS_AT_ONCE]
    )
    for artist_id in list(due):
        last = CatalogImport.objects.filter(artist_id=artist_id).order_by("-created_at", "-pk").first()
        if last is not None and last.status in {ImportStatus.DONE, ImportStatus.FAILED}:
            start_import(artist_id=artist_id, source_artist_id=last.source_artist_id, actor=_REFRESH)
    stale = (
        Release.objects.filter(fetched_at__lt=now - STALE_AFTER, resolved_at__isnull=False)
        .order_by("fetched_at")
        .values_list("pk", flat=True)[:RELEASES_AT_ONCE]
    )
    for release_id in list(stale):
        jobs.enqueue(
            "links.refresh_release",
            once=f"links.refresh_release:{release_id}",
            priority=-10,
            release_id=str(release_id),
        )


def enrich_later(*, release_id: UUID) -> None:
    """Put a release off, because its catalogue source cannot answer now."""
    Release.objects.filter(pk=release_id).update(enrich_after=clock.now() + SOURCE_AGAIN_AFTER)


def enrich_never(*, release_id: UUID) -> None:
    """Stop asking for a release that its catalogue source does not have any more."""
    Release.objects.filter(pk=release_id).update(enrich_after=None)


def releases_to_enrich() -> Sequence[UUID]:
    """Return the next releases that some source has not answered for and that are due to be asked again."""
    due = Release.objects.filter(enrich_after__lte=clock.now(), resolved_at__isnull=False)
    return list(due.order_by("enrich_after", "pk").values_list("pk", flat=True)[:TO_ENRICH_AT_ONCE])


def time_to_enrich() -> timedelta | None:
    """Return how long until the next release is due to be asked for, None when there is none."""
    waiting = Release.objects.filter(enrich_after__isnull=False, resolved_at__isnull=False)
    due_at = waiting.order_by("enrich_after").values_list("enrich_after", flat=True).first()
    return None if due_at is None else max(due_at - clock.now(), timedelta())
