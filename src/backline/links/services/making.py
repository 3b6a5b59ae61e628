"""What the jobs of an import do for one release: read it, find its services, publish its page."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from backline.catalog import services as catalog
from backline.core.errors import NeedsAction, NotFoundError, Rejected, RetryLater
from backline.links.models import SmartLink
from backline.links.services.publishing import hub_changes, make_link, publish_links

LONGEST_ENRICHING_PAUSE = timedelta(minutes=1)
ENRICH_FOR_SECONDS = 50.0
"""A run of the enriching job ends after this long and is enqueued anew, so that a worker can stop in between."""


def make_release_link(*, item_id: UUID) -> None:
    """Bring in one release of an import and publish its page, with what the quick sources know.

    While Spotify cannot answer the import is paused and the release waits in another job; raises ``RetryLater`` for a
    job that comes during the pause. Any other trouble is recorded at the release, and the import goes on.
    """
    work = catalog.begin_item(item_id=item_id)
    if work is None:
        return
    try:
        details = catalog.read_release(release_id=work.release_id, is_quick_only=True)
        make_link(details)
    except RetryLater as error:
        catalog.postpone_item(work, error=error)
    except NeedsAction as error:
        catalog.fail_import(import_id=work.import_id, message=error.message)
    except (Rejected, NotFoundError) as error:
        catalog.fail_item(work, message=error.message)
    except Exception:
        catalog.fail_item(
            work, message="Backline could not handle this release. The operator finds the reason in the log."
        )
        raise
    else:
        catalog.finish_item(work)
        hub_changes(work.artist_id)


def enrich_releases() -> None:
    """Ask the sources that have not answered yet, one release after the other, and publish what they add.

    There is one such job at a time: slow sources are asked by one, at their own pace.
    """
    until = time.monotonic() + ENRICH_FOR_SECONDS
    for release_id in catalog.releases_to_enrich():
        if time.monotonic() > until:
            break
        try:
            catalog.read_release(release_id=release_id, is_quick_only=False)
        except (RetryLater, NeedsAction):
            catalog.enrich_later(release_id=release_id)
            continue
        except (NotFoundError, Rejected):
            catalog.enrich_never(release_id=release_id)
            continue
        republish_release(release_id=release_id)
    wait = catalog.time_to_enrich()
    if wait is not None:
        # Not longer than a minute, so that a release that becomes due earlier is not kept waiting.
        catalog.enrich_soon(after=min(wait, LONGEST_ENRICHING_PAUSE))


def enrich_due() -> None:
    """See that sources which could not answer are asked again, where some release waits for one."""
    if catalog.time_to_enrich() is not None:
        catalog.enrich_soon()


def complete_release(*, release_id: UUID) -> None:
    """Find the services and the cover of a release that was added by hand, and publish its page again."""
    catalog.read_release(release_id=release_id, is_quick_only=False)
    republish_release(release_id=release_id)


def refresh_release(*, release_id: UUID) -> None:
    """Bring a release up to date and publish its page again where something changed. May raise ``RetryLater``."""
    try:
        catalog.read_release(release_id=release_id, is_quick_only=True)
    except NotFoundError:
        return
    republish_release(release_id=release_id)


def republish_release(*, release_id: UUID) -> None:
    """Publish a release's page again; an unchanged page is not written."""
    row = SmartLink.objects.filter(release_id=release_id).first()
    if row is not None and publish_links([row.pk]):
        hub_changes(row.artist_id)


def complete_playlist(*, playlist_id: UUID) -> None:
    """Fetch the cover of a playlist that was added by hand, and publish its page again."""
    row = SmartLink.objects.filter(playlist_id=playlist_id).first()
    if row is not None and catalog.fetch_playlist_cover(playlist_id=playlist_id):
        publish_links([row.pk])
        hub_changes(row.artist_id)
