"""What gives a bot away that names itself like a person's browser: what it does, and how fast.

Everything is judged within one minute of one visitor code, whose events are all of one address, one user agent and one
artist. Such a code can be a crowd: a stadium's Wi-Fi has one address, and its phones of one model one user agent. So
no number of hits alone sets anybody aside; people open a page before they tap, and most who open one tap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from backline.analytics.types import BotReason

DATA_CENTRE_SIGNAL = "data_centre"
MINUTE_MS = 60_000
FROM_DATA_CENTRE = 10
"""Most events a minute from a hosting company's network; behind it may be a company's shared way out."""
FEW_ACTIONS = 30
ACTIONS_PER_VIEW = 3
"""A code may tap this often a minute, and beyond it this often per view."""
MANY_VIEWS = 300
VIEWS_PER_ACTION = 20
"""A code may open pages this often a minute, and beyond it if at least every twentieth view leads to a tap."""
CROWD_VIEWS = 6
"""From so many views a minute on, views and taps may be of different people and the time between tells nothing."""
FASTEST_TAP_MS = 300
ALL_AT_ONCE_MS = 2_000
ALL_AT_ONCE_SERVICES = 4


class Hit(msgspec.Struct, frozen=True, gc=False):
    """What of an event decides whether it was a person's. ``signals`` are the edge's words, separated by spaces."""

    at_ms: int
    kind: str
    link_id: str
    service: str
    visitor: str
    user_agent: str
    signals: str = ""


def reasons(hits: Sequence[Hit | None]) -> Iterator[tuple[int, BotReason]]:
    """Yield the index of each hit that its neighbours give away, and the reason. None stands for a hit judged already.

    The order of the hits makes no difference. What is not among them is not seen: the more of a minute is given, the
    better the judgement.
    """
    minutes: dict[tuple[str, int], list[int]] = {}
    for index, hit in enumerate(hits):
        if hit is not None and hit.visitor:
            minutes.setdefault((hit.visitor, hit.at_ms // MINUTE_MS), []).append(index)
    for found in minutes.values():
        if len(found) > 1:
            reason = _reason([hit for index in found if (hit := hits[index]) is not None])
            if reason is not None:
                yield from ((index, reason) for index in found)


def _reason(hits: Sequence[Hit]) -> BotReason | None:
    if len(hits) > FROM_DATA_CENTRE and any(DATA_CENTRE_SIGNAL in hit.signals for hit in hits):
        return BotReason.DATA_CENTRE
    views = sum(hit.kind == "view" for hit in hits)
    actions = len(hits) - views
    if actions > max(FEW_ACTIONS, ACTIONS_PER_VIEW * views) or views > max(MANY_VIEWS, VIEWS_PER_ACTION * actions):
        return BotReason.BURST
    if 0 < views < CROWD_VIEWS and _is_too_fast(hits):
        return BotReason.TOO_FAST
    return None


def _is_too_fast(hits: Sequence[Hit]) -> bool:
    """Tell whether every tap follows its page faster than a hand can, or a page's links are all followed at once."""
    clicks = sorted((hit.at_ms, hit.service, hit.link_id) for hit in hits if hit.kind == "service_click")
    if not clicks:
        return False
    opened: dict[str, list[int]] = {}
    for hit in hits:
        if hit.kind == "view":
            opened.setdefault(hit.link_id, []).append(hit.at_ms)
    if all(any(0 <= at - view < FASTEST_TAP_MS for view in opened.get(link, ())) for at, _, link in clicks):
        return True
    return any(
        len({service for at, service, _ in clicks[first:] if at - begin < ALL_AT_ONCE_MS}) >= ALL_AT_ONCE_SERVICES
        for first, (begin, _, _) in enumerate(clicks)
    )
