"""What can be done with plans. Until payment is built, operators set them by hand."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backline.accounts import selectors as accounts
from backline.accounts.services import hold_artist
from backline.billing.models import Plan
from backline.billing.types import Tier
from backline.core import audit, clock
from backline.core.audit import Actor


@transaction.atomic
def set_plan(*, artist_id: UUID, tier: Tier, is_active: bool, actor: Actor, note: str = "") -> None:
    """Give an artist a managed-advertising plan, change it, or end it (``is_active`` False).

    To set what is set already changes nothing but the operators' ``note``. Raises ``NotFoundError``.
    """
    hold_artist(artist_id=artist_id)
    row, is_new = Plan.objects.select_for_update().get_or_create(
        pk=artist_id,
        defaults={"tier": tier, "is_active": is_active, "note": note, "set_by": actor.id, "set_at": clock.now()},
    )
    before, after = "no plan" if is_new else _in_words(row.tier, row.is_active), _in_words(tier, is_active)
    if before == after:
        Plan.objects.filter(pk=artist_id).update(note=note)
        return
    if not is_new:
        Plan.objects.filter(pk=artist_id).update(
            tier=tier, is_active=is_active, note=note, set_by=actor.id, set_at=clock.now()
        )
    audit.record(
        "plan.set",
        actor=actor,
        object_type="plan",
        object_id=artist_id,
        object_name=accounts.artist_identity(artist_id=artist_id).name,
        artist_id=artist_id,
        detail={"from": before, "to": after},
    )


def _in_words(tier: str, is_active: bool) -> str:
    return f"{Tier(tier).label}, {'active' if is_active else 'ended'}"
