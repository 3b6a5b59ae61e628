"""How the state of a link looks: its tone and its shape beside its word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backline.links.types import LinkRow, LinkState, RenderState

Tone = Literal["live", "progress", "attention", "problem", "quiet"]


@dataclass(frozen=True, slots=True)
class Badge:
    """A status as a badge: a tone and a shape of its own, the word, and what it means."""

    tone: Tone
    shape: str
    label: str
    meaning: str


_LOOKS: dict[LinkState, tuple[Tone, str]] = {
    LinkState.PUBLIC: ("live", "active"),
    LinkState.UNPUBLISHED: ("quiet", "notconnected"),
    LinkState.IN_REVIEW: ("progress", "review"),
    LinkState.REJECTED: ("problem", "error"),
    LinkState.TAKEN_DOWN: ("problem", "issue"),
}


def badge_of(row: LinkRow) -> Badge:
    """Return the badge of a link. A page that is being made, or could not be, says so before anything else."""
    if row.state is LinkState.PUBLIC and row.render_state in (RenderState.QUEUED, RenderState.RENDERING):
        return Badge("progress", "deploying", "Rendering", "The page is being made. It opens to fans in a moment.")
    if row.render_state is RenderState.FAILED:
        return Badge(
            "problem", "issue", "Not rendered", "The page could not be made anew; fans see the last good one, if any."
        )
    tone, shape = _LOOKS[row.state]
    return Badge(tone, shape, row.state_label, row.state_meaning)
