"""The plans of artists. Private to this room."""

from __future__ import annotations

from django.db import models

from backline.billing.types import Tier


class Plan(models.Model):
    """An artist's managed-advertising plan, as an operator set it. ``note`` is for operators only."""

    artist = models.OneToOneField("accounts.Artist", on_delete=models.CASCADE, related_name="+", primary_key=True)
    tier = models.CharField(max_length=16, choices=Tier)
    is_active = models.BooleanField("active", default=True)
    note = models.CharField(max_length=300, blank=True, help_text="For operators; the artist does not see it.")
    set_by = models.UUIDField(null=True)
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.get_tier_display()} of {self.artist}"
