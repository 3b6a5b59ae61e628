"""Which releases wait for a source that has not answered: a slow one, or one that could not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from backline.catalog.models import Release
from backline.core import clock, jobs

TO_ENRICH_AT_ONCE = 50
SOURCE_AGAIN_AFTER = timedelta(minutes=5)
_JOB = "links.enrich_releases"


def enrich_later(*, release_id: UUID) -> None:
    """Put a release off, because its catalogue source cannot answer now."""
    Release.objects.filter(pk=release_id).update(enrich_after=clock.now() + SOURCE_AGAIN_AFTER)


def enrich_never(*, release_id: UUID) -> None:
    """Stop asking for a release that its catalogue source does not have any more."""
    Release.objects.filter(pk=release_id).update(enrich_after=None)


def enrich_soon(*, after: timedelta = timedelta()) -> None:
    """Enqueue the job that asks the slow sources, and those that could not answer. One runs at a time."""
    jobs.enqueue(_JOB, once=_JOB, in_order=_JOB, after=after, priority=-10)


def releases_to_enrich() -> Sequence[UUID]:
    """Return the next releases that some source has not answered for and that are due to be asked again."""
    due = Release.objects.filter(enrich_after__lte=clock.now(), resolved_at__isnull=False)
    return list(due.order_by("enrich_after", "pk").values_list("pk", flat=True)[:TO_ENRICH_AT_ONCE])


def time_to_enrich() -> timedelta | None:
    """Return how long until the next release is due to be asked for, None when there is none."""
    waiting = Release.objects.filter(enrich_after__isnull=False, resolved_at__isnull=False)
    due_at = waiting.order_by("enrich_after").values_list("enrich_after", flat=True).first()
    return None if due_at is None else max(due_at - clock.now(), timedelta())
