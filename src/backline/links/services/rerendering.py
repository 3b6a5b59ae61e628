"""Publishing all links of an artist again, in batches, and withdrawing them."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from backline.accounts import services as artists
from backline.accounts.types import ArtistAccess
from backline.contract import pages as contract
from backline.core import jobs
from backline.core.errors import NotFoundError
from backline.links import document, pages
from backline.links.models import SmartLink
from backline.links.services.publishing import publish_hub, publish_links
from backline.links.state import RENDER
from backline.links.types import RenderState

AT_ONCE = 50
REPUBLISH_AFTER = timedelta(seconds=2)
"""How long to wait for the next change: whoever moves services up and down makes several."""

_log = logging.getLogger(__name__)


def queue_all(*, artist_id: UUID, reason: str, actor_id: UUID | None = None) -> int:
    """Mark every link of the artist as to be published again and return how many there are.

    One job waits to do it soon, once for all changes until then; it is the same that a new name or address enqueues.
    """
    with transaction.atomic():
        rows = SmartLink.objects.filter(artist_id=artist_id)
        RENDER.move_all(rows, to=RenderState.QUEUED, reason=reason, actor_id=actor_id)
        jobs.enqueue(
            "links.republish_artist",
            once=f"republish {artist_id}",
            in_order=f"links.republish:{artist_id}",
            after=REPUBLISH_AFTER,
            artist_id=str(artist_id),
        )
        return rows.count()


def publish_again(access: ArtistAccess) -> int:
    """Publish all pages of the artist again, where some could not be; return how many. Raises ``NotAllowedError``."""
    access.must_edit()
    return queue_all(artist_id=access.artist_id, reason="Somebody asked for it.", actor_id=access.user_id)


def republish_artist(*, artist_id: UUID) -> None:
    """Publish everything of an artist again: after a change of the name, the address or the settings.

    A batch is one transaction. A link that cannot be published is marked as failed and the others go on. Old addresses
    lead to the new ones. The hub comes last: until everything it leads to is there, the old one is served.
    """
    rows = SmartLink.objects.filter(artist_id=artist_id)
    RENDER.move_all(rows, to=RenderState.QUEUED, reason="What all pages share changed.")
    queued = rows.filter(render_state=RenderState.QUEUED).order_by("-sort_key", "-pk")
    while batch := list(queued.values_list("pk", flat=True)[:AT_ONCE]):
        mine = SmartLink.objects.filter(pk__in=batch)
        if not RENDER.move_all(mine, to=RenderState.RENDERING, reason="Being published."):
            break
        try:
            _publish(artist_id, batch)
        except NotFoundError:  # the artist was deleted meanwhile
            return
        except Exception:  # noqa: BLE001 what is wrong with it is seen when each is tried by itself
            _log.exception("A batch of links could not be published; trying them one by one.")
            _publish_one_by_one(artist_id, batch)
    publish_hub(artist_id=artist_id)


def open_at(*, artist_id: UUID, before: str, to: str) -> None:
    """Open an artist's pages under the address ``to`` as they are under ``before``, within the move's transaction.

    So nobody finds nothing at an address that the dashboard shows already. The old addresses go on answering, and
    become redirects page by page when everything is published again.
    """
    moved = [
        (link_id, document.moved(page, before=before, to=to))
        for link_id, page in pages.open_under(before, artist_id=artist_id)
    ]
    known = pages.of_links([], paths=[page.path for _, page in moved])
    pages.write(pages.plan(artist_id, moved, known=known))


def hold_links(*, artist_id: UUID) -> None:
    """Lock the links of an artist who is being deleted, in the order in which publishing locks them."""
    list(SmartLink.objects.select_for_update().filter(artist_id=artist_id).order_by("pk").values_list("pk"))


def withdraw_artist(*, artist_id: UUID) -> None:
    """Close every page of an artist who is deleted: nothing of the artist stays in them. Call it last."""
    known = pages.of_artist(artist_id)
    documents = [(page.link_id, contract.Gone(path=path, version=0)) for path, page in known.items()]
    with transaction.atomic():
        pages.write(pages.plan(artist_id, documents, known=known))


def _publish(artist_id: UUID, link_ids: list[UUID]) -> None:
    with transaction.atomic():
        artists.hold_artist(artist_id=artist_id)
        publish_links(link_ids)
        RENDER.move_all(SmartLink.objects.filter(pk__in=link_ids), to=RenderState.RENDERED, reason="Published.")


def _publish_one_by_one(artist_id: UUID, link_ids: list[UUID]) -> None:
    for link_id in link_ids:
        mine = SmartLink.objects.filter(pk=link_id)
        try:
            _publish(artist_id, [link_id])
        except Exception as error:  # noqa: BLE001 one broken link must not hold up the others
            _log.exception("The link %s could not be published.", link_id)
            RENDER.move_all(mine, to=RenderState.FAILED, reason=type(error).__name__)
