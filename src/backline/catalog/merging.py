"""How the answers of several sources become one link per service and territory. Pure.

The policy: an exact match (same UPC or ISRC) beats a match by name, an earlier source beats a later one of the same
confidence, and what a person decided stays until a better match or the disappearance of the link ends it. An address
that does not answer any more is offered by nobody, gives way to another of at least its confidence, and stays where
there is none: it may come back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from backline.catalog import affiliates
from backline.catalog.types import Confidence, Decision, FoundLink
from backline.contract import services
from backline.core import urls

Key = tuple[str, str]
"""A service slug and a territory (ISO 3166-1 alpha-2, "" for everywhere)."""


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A link as it is stored. ``is_decided`` tells that a person said yes or no to it."""

    id: UUID
    service: str
    territory: str
    url: str
    source: str
    confidence: Confidence
    decision: Decision
    is_decided: bool


@dataclass(frozen=True, slots=True)
class SourceLinks:
    """What one source answered now: its own links, and how many of them were dropped."""

    source: str
    links: tuple[FoundLink, ...]
    dropped: int


@dataclass(frozen=True, slots=True)
class ChosenLink:
    """A link to be stored, in place of whatever its service and territory had."""

    service: str
    territory: str
    url: str
    source: str
    confidence: Confidence
    decision: Decision


@dataclass(frozen=True, slots=True)
class Merge:
    """What to store, what to delete, and which stored ones were merely seen again."""

    chosen: tuple[ChosenLink, ...]
    gone: tuple[UUID, ...]
    seen_again: tuple[UUID, ...]


def usable(source: str, links: Iterable[FoundLink]) -> SourceLinks:
    """Keep the links whose host belongs to the service they are filed under, and count the others.

    They are kept without the tokens of whoever else would earn by them.
    """
    kept, dropped = [], 0
    for link in links:
        url = affiliates.clean_found(urls.normal_https_url(link.url), link.service)
        is_known = link.service in services.SERVICES
        has_place = not link.territory or (len(link.territory) == 2 and link.territory.isalpha())
        if url and is_known and has_place and services.belongs(url, link.service):
            kept.append(replace(link, url=url, territory=link.territory.upper()))
        else:
            dropped += 1
    return SourceLinks(source=source, links=tuple(kept), dropped=dropped)


def merge(
    *,
    known: Iterable[KnownLink],
    answers: Iterable[SourceLinks],
    order: Mapping[str, int],
    dead: Collection[str] = frozenset(),
) -> Merge:
    """Merge fresh ``answers`` into the ``known`` links.

    ``order`` ranks the sources (0 first); a source that is not in ``answers`` was not asked and keeps its links.
    ``dead`` holds the addresses among all of them that do not answer any more.
    """
    answers = tuple(answers)
    asked = {answer.source for answer in answers}
    stored: dict[Key, KnownLink] = {(link.service, link.territory): link for link in known}
    best = _best_of(answers, order, dead)
    chosen: list[ChosenLink] = []
    gone: list[UUID] = []
    seen_again: list[UUID] = []
    for key, link in stored.items():
        offer = best.pop(key, None)
        if offer is None:
            # A refused link stays as the memory of the refusal, a dead one because it may come back; any other that its
            # own source no longer has is gone.
            if link.source in asked and link.decision is not Decision.REFUSED and link.url not in dead:
                gone.append(link.id)
        elif _is_same(link, offer):
            seen_again.append(link.id)
        elif _replaces(offer, link, is_asked=link.source in asked, is_dead=link.url in dead, order=order):
            chosen.append(_chosen(offer))
    chosen.extend(_chosen(offer) for offer in best.values())
    return Merge(chosen=tuple(chosen), gone=tuple(gone), seen_again=tuple(seen_again))


@dataclass(frozen=True, slots=True)
class _Offer:
    source: str
    link: FoundLink


def _best_of(answers: tuple[SourceLinks, ...], order: Mapping[str, int], dead: Collection[str]) -> dict[Key, _Offer]:
    best: dict[Key, _Offer] = {}
    for answer in sorted(answers, key=lambda answer: order.get(answer.source, len(order))):
        for link in answer.links:
            if link.url in dead:
                continue
            key = (link.service, link.territory)
            before = best.get(key)
            if before is None or (
                link.confidence is Confidence.EXACT and before.link.confidence is not Confidence.EXACT
            ):
                best[key] = _Offer(answer.source, link)
    return best


def _is_same(link: KnownLink, offer: _Offer) -> bool:
    if link.url != offer.link.url:
        return False
    # A person's word on the very same address stands; so does a match that is already as sure as the offered one.
    return link.is_decided or link.confidence is offer.link.confidence or link.confidence is Confidence.EXACT


def _replaces(offer: _Offer, link: KnownLink, *, is_asked: bool, is_dead: bool, order: Mapping[str, int]) -> bool:
    if is_dead:
        return offer.link.confidence is Confidence.EXACT or link.confidence is Confidence.NAME
    if offer.link.confidence is Confidence.EXACT and link.confidence is Confidence.NAME:
        return True
    if offer.link.confidence is Confidence.NAME and link.confidence is Confidence.EXACT:
        return is_asked
    if link.decision is Decision.ACCEPTED and link.is_decided:
        return False
    if is_asked:
        return True
    return order.get(offer.source, len(order)) < order.get(link.source, len(order))


def _chosen(offer: _Offer) -> ChosenLink:
    is_exact = offer.link.confidence is Confidence.EXACT
    return ChosenLink(
        service=offer.link.service,
        territory=offer.link.territory,
        url=offer.link.url,
        source=offer.source,
        confidence=offer.link.confidence,
        decision=Decision.ACCEPTED if is_exact else Decision.WAITING,
    )
