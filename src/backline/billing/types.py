"""Plans, as the other rooms see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models


class Tier(models.TextChoices):
    """The managed-advertising plans (R3)."""

    STARTER = "starter", "Starter"
    PLUS = "plus", "Plus"


@dataclass(frozen=True, slots=True)
class Plan:
    """An artist's managed-advertising plan. ``since`` is when it became as it is; an ended one is not active."""

    tier: Tier
    is_active: bool
    since: datetime
