"""Further links (merch, tickets, profiles) as rows of a form: typed, moved, removed, put back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest

from backline.dashboard.smart_links.forms import PlainForm
from backline.links.choices import LONGEST_LABEL, MOST_SUB_LINKS, SUB_LINK_NAMES
from backline.links.types import SubLinkFacts

_COLUMNS = ("kind", "url", "label")


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it stands on the page, with what is wrong with each of its fields."""

    place: int
    link: SubLinkFacts
    errors: dict[str, list[str]]

    @property
    def is_new(self) -> bool:
        """Tell whether it is the empty row at the end."""
        return not (self.link.url or self.link.label)


class LinesForm(PlainForm):
    """All rows of one list. Its fields are named by column and place (``url-0``), as the errors of the services are."""

    kinds = tuple(SUB_LINK_NAMES.items())
    longest_label = LONGEST_LABEL

    def __init__(self, links: Iterable[SubLinkFacts], *, is_sent: bool = False) -> None:
        super().__init__({} if is_sent else None)
        self.links = list(links)
        for place in range(len(self.links)):
            self.fields |= {f"{column}-{place}": forms.CharField(required=False) for column in _COLUMNS}

    @property
    def rows(self) -> list[Line]:
        """Return the rows to draw: what is there, and an empty one for the next while there is room."""
        shown = [link for link in self.links if link.url or link.label]
        if len(shown) < MOST_SUB_LINKS:
            shown.append(SubLinkFacts(kind="", url="", label=""))
        places = {id(link): place for place, link in enumerate(self.links)}
        return [Line(place, link, self._errors_at(places.get(id(link)))) for place, link in enumerate(shown)]

    def _errors_at(self, place: int | None) -> dict[str, list[str]]:
        return {column: [str(error) for error in self.errors.get(f"{column}-{place}", ())] for column in _COLUMNS}


def wanted(request: HttpRequest, saved: Iterable[SubLinkFacts]) -> list[SubLinkFacts]:
    """Return the rows that are wanted: as sent, with one moved (``move=up:2``) or without one (``remove=2``).

    The way back from a removal sends that row alone, and goes in among the ``saved`` ones (``restore=2``).
    """
    columns = (request.POST.getlist(name) for name in _COLUMNS)
    rows = [SubLinkFacts(*(part.strip() for part in row)) for row in zip(*columns, strict=False)]
    if "restore" in request.POST:
        kept = list(saved)
        kept[_place(request.POST["restore"]) : 0] = rows[:1]
        return kept
    if "remove" in request.POST:
        place = _place(request.POST["remove"])
        return rows[:place] + rows[place + 1 :]
    direction, _, text = request.POST.get("move", "").partition(":")
    place = _place(text)
    to = place + (-1 if direction == "up" else 1)
    if direction and 0 <= to < len(rows) and place < len(rows):
        rows[place], rows[to] = rows[to], rows[place]
    return rows


def links_now(links: Iterable[SubLinkFacts]) -> str:
    """Say which links stand there."""
    addresses = ", ".join(link.url.removeprefix("https://") for link in links)
    return f"There now: {addresses}." if addresses else "There are none now."


def removed(request: HttpRequest) -> dict[str, Any]:
    """Return what puts back the row that was just removed, nothing where none was."""
    if "remove" not in request.POST:
        return {}
    place = _place(request.POST["remove"])
    cells = {name: request.POST.getlist(name)[place : place + 1] for name in _COLUMNS}
    if not all(cells.values()) or not cells["url"][0].strip():
        return {}
    return {"restore": str(place), **{name: cell[0] for name, cell in cells.items()}}


def _place(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 10_000
