"""What this room needs from a room that it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from backline.core.registry import Registry


@dataclass(frozen=True, slots=True)
class PageName:
    """What people call the page of a link: its title and its public address."""

    title: str
    url: str


class PageNames(Protocol):
    """Knows the pages of an artist."""

    def __call__(self, artist_id: UUID) -> Mapping[str, PageName]:
        """Return the artist's pages by link id as text; the hub stands under ``""``."""


PAGE_NAMES: Registry[PageNames] = Registry("way to name an artist's pages")
PAGE_NAMES_KEY = "links"


def page_names(artist_id: UUID) -> Mapping[str, PageName]:
    """Return the artist's pages by link id as text."""
    return PAGE_NAMES.get(PAGE_NAMES_KEY)(artist_id)
