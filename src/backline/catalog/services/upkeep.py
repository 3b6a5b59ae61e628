"""What keeps a catalogue fresh without anybody asking: new releases, old facts."""

from __future__ import annotations

from datetime import timedelta

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
