"""How all connections of the installation stand: for the operator's page and the figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from backline.connections import quotas
from backline.connections.models import Connection, Link
from backline.connections.ports import platforms
from backline.connections.types import LinkStatus


@dataclass(frozen=True, slots=True)
class PlatformSeen:
    """A platform: how many connections are in which state, and what its answers say of our quota."""

    key: str
    label: str
    states: Counter[str]
    used_percent: int | None = None
    access_level: str = ""
    is_resting: bool = False


def platforms_seen() -> tuple[PlatformSeen, ...]:
    """Return every platform that can be connected, in the order of the page."""
    counts: dict[str, Counter[str]] = {}
    for provider, state, count in Connection.objects.values_list("provider", "state").annotate(Count("pk")):
        counts.setdefault(provider, Counter())[state] = count
    every = [platform.facts for platform in platforms]
    known = quotas.seen(every)
    return tuple(
        PlatformSeen(
            key=facts.key,
            label=facts.label,
            states=counts.get(facts.key, Counter()),
            used_percent=max(
                (one.used_percent for one in known[facts.key] if one.used_percent is not None), default=None
            ),
            access_level=next((one.access_level for one in known[facts.key] if one.access_level), ""),
            is_resting=any(one.rests_until for one in known[facts.key]),
        )
        for facts in every
    )


def links_to_send() -> int:
    """Return how many link requests wait for the operator."""
    return Link.objects.filter(status=LinkStatus.TO_SEND).count()
