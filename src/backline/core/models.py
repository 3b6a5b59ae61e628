"""What belongs to every room: transitions and the audit log, which are append-only, heartbeats, and data keys."""

from __future__ import annotations

from django.db import models

from backline.core import clock
from backline.core.ids import new_id


class Transition(models.Model):
    """One change of a status: which machine, which object, from what to what, why, by whom, when."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    machine = models.CharField(max_length=64)
    object_id = models.UUIDField()
    source = models.CharField(max_length=64)
    target = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("object_id", "machine", "at"), name="core_transition_object"),)


class AuditEntry(models.Model):
    """Who did what, to which object, from where, when. A database trigger refuses changes.

    ``artist_id`` and ``organization_id`` say in whose logs it is shown; ``actor_id`` in whose activity.
    ``detail`` holds what changed, never a secret and never an address of a third person.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    action = models.CharField(max_length=64)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)
    artist_id = models.UUIDField(null=True)
    organization_id = models.UUIDField(null=True)
    object_type = models.CharField(max_length=64)
    object_id = models.UUIDField(null=True)
    object_name = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict)
    origin = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=("artist_id", "-at"), name="core_audit_artist"),
            models.Index(fields=("organization_id", "-at"), name="core_audit_organization"),
            models.Index(fields=("actor_id", "-at"), name="core_audit_actor"),
        )


class Heartbeat(models.Model):
    """When a process was last heard of: one row per machine, program and place among its siblings there.

    Whoever has the database writes it for all processes of its machine, play included, which may not write there.
    ``figures`` are the few of its numbers that the operator's page shows.
    """

    node = models.CharField(max_length=200)
    program = models.CharField(max_length=32)
    place = models.PositiveIntegerField()
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    figures = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("node", "program", "place"), name="core_heartbeat_once"),)


class DataKey(models.Model):
    """The key under which an owner's tokens are sealed, wrapped. Only :mod:`backline.core.vault` reads or writes it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_type = models.CharField(max_length=16)
    owner_id = models.UUIDField()
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now)
    rotated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("owner_type", "owner_id"), name="core_datakey_once"),)


class IncomingWebhook(models.Model):
    """A delivery that was taken. ``external_id`` is the sender's id of it, or a digest of what it sent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.CharField(max_length=32)
    external_id = models.CharField(max_length=200)
    received_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "external_id"), name="core_webhook_once"),)
        indexes = (models.Index(fields=("received_at",), name="core_webhook_received"),)
