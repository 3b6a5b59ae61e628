"""What the control page shows."""

from __future__ import annotations

from collections.abc import Sequence

from backline.sandbox import invented, pages
from backline.sandbox.faults import DESCRIPTIONS
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

_ARTISTS = (
    (invented.DEMO_ARTIST_ID, "forty releases of all four types"),
    (invented.SINGLE_ARTIST_ID, "one single"),
    (invented.EMPTY_ARTIST_ID, "no release"),
    (invented.SCRIPTS_ARTIST_ID, "many scripts, markup, very long titles"),
    (invented.BENCH_500_ARTIST_ID, "500 releases"),
    (invented.BENCH_2000_ARTIST_ID, "2,000 releases"),
)


def render(world: World, providers: Sequence[Provider], problem: str) -> str:
    """Return the page; ``problem`` says why the last change was refused, if it was."""
    return pages.render(
        "control.html",
        world=world,
        providers=providers,
        counts=world.journal.counts,
        faults=world.faults.all,
        descriptions=DESCRIPTIONS,
        records=list(reversed(world.journal.records)),
        artists=[(world.catalogue.artists[artist_id], about) for artist_id, about in _ARTISTS],
        ahead=_length(world.clock.ahead.total_seconds()),
        problem=problem,
    )


def _length(seconds: float) -> str:
    if seconds <= 0:
        return ""
    days, rest = divmod(round(seconds), 86_400)
    hours, minutes = divmod(rest // 60, 60)
    words = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    said = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in words if count]
    return ", ".join(said) or "less than a minute"
