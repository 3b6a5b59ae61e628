"""Publishing all links of an artist again, in batches, and withdrawing them."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import transaction

from backline.contract import pages as contract
from backline.core import jobs
from backline.links import pages
from backline.links.models import SmartLink
from backline.links.services.publishing import publish_hub, publish_links
from backline.links.state import RENDER
from backline.links.types import RenderState

AT_ONCE = 50

_log = logging.getLogger(__name__)


def queue_all(*, artist_id: UUID, reason: str, actor_id: UUID | None = None) -> int:
    """Mark every link of the artist as to be published again, enqueue the job, and return how many links there are."""
    with transaction.atomic():
        rows = SmartLink.objects.filter(artist_id=artist_id)
        moved = RENDER.move_all(rows, to=RenderState.QUEUED, reason=reason, actor_id=actor_id)
        jobs.enqueue("links.republish_artist", in_order=f"links.republish:{artist_id}", artist_id=str(artist_id))
    return len(moved)


def republish_artist(*, artist_id: UUID) -> None:
    """Publish everything of an artist again: after a change of the name, the address or the settings.

    A batch is one transaction. A link that cannot be published is marked as failed and the others go on. Old addresses
    lead to the new ones.
    """
    rows = SmartLink.objects.filter(artist_id=artist_id)
    RENDER.move_all(rows, to=RenderState.QUEUED, reason="What all pages share changed.")
    publish_hub(artist_id=artist_id)
    queued = rows.filter(render_state=RenderState.QUEUED).order_by("-sort_key", "-pk")
    while batch := list(queued.values_list("pk", flat=True)[:AT_ONCE]):
        mine = SmartLink.objects.filter(pk__in=batch)
        if not RENDER.move_all(mine, to=RenderState.RENDERING, reason="Being published."):
            return
        try:
            with transaction.atomic():
                publish_links(batch)
                RENDER.move_all(mine, to=RenderState.RENDERED, reason="Published.")
        except Exception:
            if len(batch) == 1:
                raise
            _log.exception("A batch of links could not be published; trying them one by one.")
            _publish_one_by_one(batch)


def withdraw_artist(*, artist_id: UUID) -> None:
    """Close every page of an artist who is being deleted: nothing of the artist stays in them."""
    known = pages.of_artist(artist_id)
    documents = [(page.link_id, contract.Gone(path=path, version=0)) for path, page in known.items()]
    with transaction.atomic():
        pages.write(pages.plan(artist_id, documents, known=known))


def _publish_one_by_one(link_ids: list[UUID]) -> None:
    for link_id in link_ids:
        mine = SmartLink.objects.filter(pk=link_id)
        try:
            with transaction.atomic():
                publish_links([link_id])
                RENDER.move_all(mine, to=RenderState.RENDERED, reason="Published.")
        except Exception as error:  # noqa: BLE001 one broken link must not hold up the others
            _log.exception("The link %s could not be published.", link_id)
            RENDER.move_all(mine, to=RenderState.FAILED, reason=type(error).__name__)
