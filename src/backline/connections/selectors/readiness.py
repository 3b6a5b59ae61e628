"""What each kind of campaign still needs, and the matrix that says it (PC-17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backline.accounts.types import ArtistAccess
from backline.connections import ports
from backline.connections.models import Connection
from backline.connections.state import State
from backline.connections.types import CampaignType, Need, PlatformFacts
from backline.core.errors import RetryLater

BILLING = "billing"


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """One line: Connection, Required, Purpose and how it stands. ``provider`` is ``billing`` for the plan.

    ``is_before_launch`` tells that only a launch needs it, not the set-up (PC-13). ``is_met`` is None when it cannot be
    known now.
    """

    provider: str
    label: str
    is_required: bool
    purpose: str
    is_met: bool | None
    is_before_launch: bool = False


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a kind of campaign needs of an artist."""

    campaign_type: CampaignType
    lines: tuple[MatrixLine, ...]

    @property
    def unmet(self) -> tuple[MatrixLine, ...]:
        """What is required and not met, or not known to be: exactly that stands against a launch."""
        return tuple(line for line in self.lines if line.is_required and not line.is_met)

    @property
    def is_ready(self) -> bool:
        """Tell whether a campaign may be launched."""
        return not self.unmet


def readiness(access: ArtistAccess) -> tuple[Readiness, ...]:
    """Return what every kind of campaign needs of the artist."""
    return readiness_of(artist_id=access.artist_id)


def readiness_of(*, artist_id: UUID) -> tuple[Readiness, ...]:
    """Return the same, whoever asks: for launches and jobs."""
    rows = {row.provider: row for row in Connection.objects.filter(artist_id=artist_id)}
    plan = has_plan(artist_id=artist_id)
    return tuple(_of(kind, rows, plan=plan) for kind in CampaignType)


def has_plan(*, artist_id: UUID) -> bool | None:
    """Tell whether the artist has a managed-advertising plan, None when that cannot be known now."""
    if BILLING not in ports.plans:
        return None
    try:
        return ports.plans.get(BILLING).has_plan(artist_id=artist_id)
    except RetryLater:
        return None


def _of(kind: CampaignType, rows: Mapping[str, Connection], *, plan: bool | None) -> Readiness:
    lines = [
        line
        for facts in (platform.facts for platform in ports.platforms)
        for line in _lines(facts, kind, rows.get(facts.key))
    ]
    billing = MatrixLine(BILLING, "Billing", True, "Pay for the ads", plan, is_before_launch=True)
    return Readiness(kind, (*lines, billing))


def _lines(facts: PlatformFacts, kind: CampaignType, row: Connection | None) -> list[MatrixLine]:
    """Return a platform's lines; what no line names, such as a permission or the ad account, counts with the last."""
    needs = [need for need in facts.needs if need.campaign_type is kind]
    met = [is_met(need, row) for need in needs]
    if met and all(met) and row is not None and row.state != State.CONNECTED:
        met[-1] = False
    return [
        MatrixLine(facts.key, need.label, need.is_required, need.purpose, is_so)
        for need, is_so in zip(needs, met, strict=True)
    ]


def is_met(need: Need, row: Connection | None) -> bool:
    """Tell whether a connection meets a need: one check of it, or the whole row."""
    if row is None:
        return False
    if not need.check:
        return row.state == State.CONNECTED
    found: list[dict[str, Any]] = [check for check in row.checks if check["key"] == need.check]
    return bool(found) and all(check["kind"] is None for check in found)
