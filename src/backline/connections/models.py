"""An artist's connections to outside platforms. Private to this room."""

from __future__ import annotations

from django.db import models

from backline.connections.types import ClaimBasis, Provider
from backline.core import clock
from backline.core.ids import new_id


class Connection(models.Model):
    """One artist's connection to one platform. ``external_id`` is the platform's id of the artist."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=32, choices=Provider)
    external_id = models.CharField(max_length=200)
    display_name = models.CharField(max_length=300)
    url = models.URLField(max_length=500)
    claim_basis = models.CharField(max_length=16, choices=ClaimBasis, default=ClaimBasis.CLEAR)
    connected_by = models.UUIDField(null=True)
    connected_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("artist", "provider"), name="connections_once"),)
        indexes = (models.Index(fields=("provider", "external_id"), name="connections_external"),)
