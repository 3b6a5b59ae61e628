"""What a card shows, and the name that follows from it."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass

import msgspec

from backline.contract.pages import PublishedPage
from backline.core import media

DRAWING = 1
"""Goes up with every change of how cards are drawn; all cards are drawn anew then."""


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that a card depends on. ``cover_key`` names a file in the media folder, or is empty."""

    theme: str
    title: str
    artist: str
    cover_key: str
    accent: str
    palette: tuple[str, ...]

    @property
    def key(self) -> str:
        """The card's name in the media folder: the same for the same contents, so that no card is drawn twice."""
        return self._digest + ".jpg"

    def store(self, picture: bytes) -> str:
        """Keep the drawn card under its name and return that."""
        return media.store(picture, ".jpg", digest=self._digest)

    @property
    def _digest(self) -> str:
        return hashlib.sha256(msgspec.json.encode((DRAWING, *astuple(self)))).hexdigest()[:32]


def card_of(page: PublishedPage) -> Card:
    """Return the card of a page. A hub without a picture of the artist shows the cover of the latest release."""
    is_hub = page.kind == "hub"
    artwork = page.artwork or (page.items[0].artwork if page.items else None)
    return Card(
        theme=page.theme,
        title=page.artist_name if is_hub else page.title,
        artist="" if is_hub else page.artist_name,
        cover_key=artwork.key if artwork else "",
        accent=page.accent,
        palette=page.palette,
    )


def with_card(page: PublishedPage) -> PublishedPage:
    """Return the page with its card, if that is drawn already, and else with none."""
    key = card_of(page).key
    return msgspec.structs.replace(page, card_key=key if media.path_of(key).exists() else "")
