"""Which cards there have to be: pages that have none get one, and files that no page shows any more are let go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from backline.accounts import selectors as accounts
from backline.contract import pages as contract
from backline.core import jobs, media
from backline.core.errors import NotFoundError
from backline.links import pages

DRAWN_AFTER = timedelta(seconds=2)
"""How long to wait for the next change: whoever tries themes makes several."""
KEPT_FOR = timedelta(days=30)
"""How long a card stays that no page shows any more: messengers ask again for the pictures of old messages."""
_LAST_OF_ALL = -20


def see_to_cards(
    artist_id: UUID,
    documents: Iterable[tuple[UUID | None, contract.Document]],
    *,
    known: Mapping[str, pages.KnownPage],
) -> None:
    """Have the cards drawn that ``documents`` miss, and those forgotten that only the ``known`` pages show.

    Call it within the transaction that writes the documents, before they are written.
    """
    shown = [document for _, document in documents if isinstance(document, contract.PublishedPage)]
    if not all(page.card_key for page in shown):
        have_cards_drawn(artist_id)
    before = {page.document.card_key for page in known.values() if isinstance(page.document, contract.PublishedPage)}
    replaced = before - {page.card_key for page in shown} - {""}
    if replaced:
        jobs.enqueue(
            "links.forget_cards",
            after=KEPT_FOR,
            priority=_LAST_OF_ALL,
            artist_id=str(artist_id),
            keys=sorted(replaced),
        )


def have_cards_drawn(artist_id: UUID) -> None:
    """Have the missing cards of an artist's pages drawn when nothing else is to be done; one job does it for all."""
    jobs.enqueue(
        "links.draw_cards",
        once=f"links.draw_cards:{artist_id}",
        in_order=f"links.draw_cards:{artist_id}",
        after=DRAWN_AFTER,
        priority=_LAST_OF_ALL,
        artist_id=str(artist_id),
    )


def forget_cards(*, artist_id: UUID, keys: Iterable[str]) -> None:
    """Delete the files of cards, except those that a page of the artist shows again."""
    try:
        artist = accounts.artist_identity(artist_id=artist_id)
    except NotFoundError:  # deleted meanwhile, and nothing of theirs is open
        in_use = set()
    else:
        in_use = {page.card_key for _, page in pages.open_under(artist.slug, artist_id=artist_id)}
    for key in set(keys) - in_use:
        media.path_of(key).unlink(missing_ok=True)
