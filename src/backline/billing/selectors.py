"""What billing answers."""

from __future__ import annotations

from uuid import UUID

from backline.accounts.types import ArtistAccess
from backline.billing import models
from backline.billing.types import Plan, Tier


def plan_of(access: ArtistAccess) -> Plan | None:
    """Return the artist's managed-advertising plan, an ended one too, or None where there never was one."""
    row = models.Plan.objects.filter(pk=access.artist_id).first()
    return None if row is None else Plan(tier=Tier(row.tier), is_active=row.is_active, since=row.set_at)


def has_plan(*, artist_id: UUID) -> bool:
    """Tell whether managed advertising is active for the artist, whoever asks: for other rooms and jobs."""
    return models.Plan.objects.filter(pk=artist_id, is_active=True).exists()
