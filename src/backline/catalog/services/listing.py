"""Keeps a page of an artist's listing: releases, items of the import, and a job for each release to bring in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backline.catalog.models import ImportItem, Release
from backline.catalog.services.releases import describe, is_stale
from backline.catalog.types import FoundRelease, ItemStatus
from backline.core import clock, jobs
from backline.core.ids import new_id


def keep_page(*, import_id: UUID, artist_id: UUID, releases: Sequence[FoundRelease]) -> None:
    """Keep the page within the caller's transaction. A page that is kept again changes nothing.

    A release that is fresh and has its page already is counted as done; every other gets a job.
    """
    listed = {release.external_id: release for release in releases}
    if not listed:
        return
    Release.objects.bulk_create(
        [_described(artist_id, release) for release in listed.values()],
        ignore_conflicts=True,
    )
    rows = Release.objects.filter(artist_id=artist_id, external_id__in=listed).values_list(
        "pk", "external_id", "fetched_at", "resolved_at"
    )
    kept = set(
        ImportItem.objects.filter(
            catalog_import_id=import_id, release__external_id__in=listed, release__artist_id=artist_id
        ).values_list("release_id", flat=True)
    )
    order = {external_id: place for place, external_id in enumerate(listed)}
    items = [
        ImportItem(
            id=new_id(),
            catalog_import_id=import_id,
            release_id=pk,
            status=ItemStatus.PENDING if resolved_at is None or is_stale(fetched_at) else ItemStatus.DONE,
        )
        for pk, external_id, fetched_at, resolved_at in sorted(rows, key=lambda row: order[row[1]])
        if pk not in kept
    ]
    ImportItem.objects.bulk_create(items)
    jobs.enqueue_many(
        "links.make_release_link", [{"item_id": str(item.pk)} for item in items if item.status == ItemStatus.PENDING]
    )


def _described(artist_id: UUID, found: FoundRelease) -> Release:
    row = Release(id=new_id(), artist_id=artist_id, external_id=found.external_id, created_at=clock.now())
    describe(row, found)
    return row
