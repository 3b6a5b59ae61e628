"""How an artist's hub is cut into pages. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from backline.contract.pages import HubItem, PublishedPage

FIRST_PAGE = 21
"""Releases on a hub's first page, the lead release included."""
LATER_PAGE = 40
"""Releases on each page after the first, and the most that a search shows."""
QUERY_CHARACTERS = 80
"""What is searched for is cut after so many characters."""


@dataclass(frozen=True, slots=True)
class HubPart:
    """What one page of a hub shows. ``left`` releases come after it, from ``next_after`` on."""

    lead: HubItem | None
    rows: tuple[HubItem, ...]
    playlists: tuple[HubItem, ...]
    next_after: str
    left: int


def is_searchable(page: PublishedPage) -> bool:
    """Tell whether a hub has more releases than its first page shows, and so a field to search them."""
    return len(_releases(page)) > FIRST_PAGE


def search(page: PublishedPage, query: str) -> tuple[HubItem, ...]:
    """Return the releases and playlists whose titles hold every word of a query, in the hub's order."""
    words = _folded(query).split()
    return tuple(item for item in page.items if all(word in _folded(item.title) for word in words))


def _folded(text: str) -> str:
    """Return a text as it is compared: without case, accents and the two widths of a character."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return plain if plain.isascii() else "".join(letter for letter in plain if not unicodedata.combining(letter))


def _releases(page: PublishedPage) -> tuple[HubItem, ...]:
    return tuple(item for item in page.items if item.release_type != "playlist")


def boundaries(page: PublishedPage) -> dict[str, int]:
    """Return where each later page starts, by the slug of the release before it."""
    releases = _releases(page)
    return {_slug(releases[at - 1]): at for at in range(FIRST_PAGE, len(releases), LATER_PAGE)}


def part(page: PublishedPage, after: str) -> HubPart:
    """Return the page of the hub that starts behind ``after``; any other value than a boundary is the first page."""
    releases = _releases(page)
    start = boundaries(page).get(after, 0)
    end = start + (LATER_PAGE if start else FIRST_PAGE)
    shown = releases[start:end]
    left = len(releases) - len(releases[:end])
    return HubPart(
        lead=shown[0] if shown and not start else None,
        rows=shown if start else shown[1:],
        playlists=() if start else tuple(item for item in page.items if item.release_type == "playlist"),
        next_after=_slug(shown[-1]) if left else "",
        left=left,
    )


def whole(page: PublishedPage) -> HubPart:
    """Return the hub as one page, for where there is no server to ask for the next one."""
    releases = _releases(page)
    return HubPart(
        lead=releases[0] if releases else None,
        rows=releases[1:],
        playlists=tuple(item for item in page.items if item.release_type == "playlist"),
        next_after="",
        left=0,
    )


def _slug(item: HubItem) -> str:
    return item.path.rpartition("/")[2]
