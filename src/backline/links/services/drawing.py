"""Drawing the cards that pages miss. Covers are read and pictures made here, in the worker, and nowhere else."""

from __future__ import annotations

import logging
from uuid import UUID

from backline.accounts import selectors as accounts
from backline.contract import pages as contract
from backline.core import media
from backline.core.errors import NotFoundError
from backline.links import pages
from backline.links.cards.card import card_of
from backline.links.cards.drawing import draw
from backline.links.services.cards import have_cards_drawn
from backline.links.services.publishing import publish_hub, publish_links

AT_ONCE = 20
"""Cards that one job draws, about a second's work; after that more urgent jobs have their turn."""

_log = logging.getLogger(__name__)


def draw_cards(*, artist_id: UUID) -> None:
    """Draw the cards that an artist's pages miss, the hub's and the newest first, and publish those pages again.

    A card that cannot be drawn holds up no other; its page shows the cover until it is published the next time.
    """
    try:
        artist = accounts.artist_identity(artist_id=artist_id)
    except NotFoundError:  # deleted since the job was enqueued
        return
    due = [one for one in pages.open_under(artist.slug, artist_id=artist_id) if not one[1].card_key]
    due.sort(key=lambda one: (one[0] is None, one[1].released), reverse=True)
    drawn = [link_id for link_id, page in due[:AT_ONCE] if _draw(page)]
    publish_links([link_id for link_id in drawn if link_id is not None])
    if None in drawn:
        publish_hub(artist_id=artist_id)
    if drawn and len(due) > AT_ONCE:
        have_cards_drawn(artist_id)


def _draw(page: contract.PublishedPage) -> bool:
    card = card_of(page)
    try:
        card.store(draw(card, _cover(card.cover_key)))
    except Exception:  # noqa: BLE001 whatever is wrong with one must not hold up the others
        _log.exception("The card of %s could not be drawn.", page.path)
        return False
    return True


def _cover(key: str) -> bytes | None:
    try:
        return media.path_of(key).read_bytes() if key else None
    except OSError:
        return None
