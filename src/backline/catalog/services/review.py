"""A person's yes or no to a link that was found by name only."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backline.accounts import services as artists
from backline.accounts.selectors import actor_of
from backline.accounts.types import ArtistAccess
from backline.catalog.models import Release, ServiceLink
from backline.catalog.types import Decision
from backline.core import audit, jobs
from backline.core.errors import NotFoundError


def decide_link(access: ArtistAccess, *, service_link_id: UUID, accept: bool) -> None:
    """Put a found link on its release's page, or keep it off; the page is published again.

    The decision may be changed at any time and survives every refresh. Raises ``NotFoundError``, ``NotAllowedError``.
    """
    access.must_edit()
    decision = Decision.ACCEPTED if accept else Decision.REFUSED
    with transaction.atomic():
        artists.hold_artist(artist_id=access.artist_id)
        link = (
            ServiceLink.objects.filter(pk=service_link_id, release__artist_id=access.artist_id)
            .select_related("release")
            .first()
        )
        if link is None:
            raise NotFoundError("This link is not there any more: a better match has taken its place.")
        # A refresh of the same release locks this row first, so a decision and a refresh follow one another.
        Release.objects.select_for_update(no_key=True).get(pk=link.release_id)
        ServiceLink.objects.filter(pk=link.pk).update(decision=decision, decided_by=access.user_id)
        audit.record(
            "link.accept_service" if accept else "link.refuse_service",
            actor=actor_of(access),
            object_type="release",
            object_id=link.release_id,
            object_name=link.release.title,
            artist_id=access.artist_id,
            detail={"service": link.service, "url": link.url, "source": link.source},
        )
        jobs.enqueue("links.republish_release", priority=10, release_id=str(link.release_id))
