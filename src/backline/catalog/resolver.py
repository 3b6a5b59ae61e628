"""Asks the link sources for a release, in the order of the registry, and says what each answered. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from backline.catalog import ports, resting
from backline.catalog.merging import SourceLinks, usable
from backline.catalog.types import Confidence, FoundLink, ReleaseKey
from backline.core import clock
from backline.core.errors import NeedsAction, RetryLater

HIT_IS_GOOD_FOR = timedelta(days=30)
MISS_IS_GOOD_FOR = timedelta(days=1)
CREDENTIALS_REFUSED_FOR = timedelta(hours=1)
CATALOGUE = "spotify"
"""The catalogue source itself is the first source: the release's own address needs no question."""


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """When a source last answered, and whether it knew the release."""

    is_hit: bool
    asked_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether it need not be asked again (platforms: hits 30 days, misses 1 day)."""
        return now - self.asked_at < (HIT_IS_GOOD_FOR if self.is_hit else MISS_IS_GOOD_FOR)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the sources said now, and which did not. ``retry_after`` is when the first of those may be asked again."""

    answered: tuple[SourceLinks, ...]
    unanswered: tuple[str, ...]
    retry_after: timedelta


def source_order() -> dict[str, int]:
    """Return the rank of every source, the catalogue first."""
    keys = [CATALOGUE, *(source.key for source in ports.link_sources if source.key != CATALOGUE)]
    return {key: rank for rank, key in enumerate(keys)}


def own_link(url: str) -> SourceLinks:
    """Return the release's own address at the catalogue source as that source's answer."""
    return usable(CATALOGUE, [FoundLink(service=CATALOGUE, url=url, confidence=Confidence.EXACT)])


def ask(key: ReleaseKey, *, past: Mapping[str, PastAnswer], is_quick_only: bool) -> Answers:
    """Ask every source without a fresh answer, except those that rest and, on demand, the slow ones.

    A source that cannot answer now (``RetryLater``) or whose credentials are refused (``NeedsAction``) is left out and
    rests; the others go on.
    """
    now = clock.now()
    answered: list[SourceLinks] = []
    unanswered: list[str] = []
    waits: list[timedelta] = []
    for source in ports.link_sources:
        before = past.get(source.key)
        if before is not None and before.is_fresh(now):
            continue
        if not (is_quick_only and not source.is_quick) and resting.may_ask(source.key):
            try:
                found = source.find(key)
            except RetryLater as error:
                resting.let_rest(source.key, after=error.after)
            except NeedsAction:
                resting.let_rest(source.key, after=CREDENTIALS_REFUSED_FOR)
            else:
                resting.has_answered(source.key)
                answered.append(usable(source.key, found))
                continue
        unanswered.append(source.key)
        waits.append(resting.time_left(source.key))
    return Answers(tuple(answered), tuple(unanswered), min(waits, default=timedelta()))
