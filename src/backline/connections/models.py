"""An artist's connections to outside platforms, and what was given for them. Private to this room."""

from __future__ import annotations

from django.db import models

from backline.connections.state import State
from backline.connections.types import ClaimBasis, LinkStatus, Purpose
from backline.core import clock
from backline.core.ids import new_id


class Connection(models.Model):
    """One artist's connection to one platform, from the first attempt on.

    ``external_id`` is the platform's id of what was chosen: the artist, Page, channel or advertiser; empty before.
    ``account_*`` say who consented there. ``checks`` is what the last inspection found, ``found`` the artist that waits
    for a yes. ``failed_step`` is what Try Again repeats. ``last_answered_at`` is when the platform last said anything.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=32)
    state = models.CharField(max_length=32, choices=State, default=State.NOT_CONNECTED)
    purpose = models.CharField(max_length=16, choices=Purpose, default=Purpose.ADVERTISING)
    external_id = models.CharField(max_length=200, blank=True)
    display_name = models.CharField(max_length=300, blank=True)
    url = models.URLField(max_length=500, blank=True)
    image_url = models.URLField(max_length=1000, blank=True)
    extra = models.JSONField(default=dict)
    account_id = models.CharField(max_length=200, blank=True)
    account_name = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=500, blank=True)
    found = models.JSONField(null=True)
    checks = models.JSONField(default=list)
    failed_step = models.CharField(max_length=16, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    claim_basis = models.CharField(max_length=16, choices=ClaimBasis, default=ClaimBasis.CLEAR)
    connected_by = models.UUIDField(null=True)
    connected_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=clock.now)
    last_checked_at = models.DateTimeField(null=True)
    last_answered_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("artist", "provider"), name="connections_once"),)
        indexes = (
            models.Index(fields=("provider", "external_id"), name="connections_external"),
            models.Index(fields=("provider", "account_id"), name="connections_account"),
            models.Index(fields=("next_check_at",), name="connections_next_check"),
        )


class Grant(models.Model):
    """What a person gave us at a platform, sealed. ``ended_at`` is set while it only waits to be given back.

    ``previous_refresh`` is the token before the last rotation, kept until the new one has worked once: an answer that
    was lost on the way must not cost the connection. ``renew_at`` is when 80 % of the access token's life is over.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="grants")
    purpose = models.CharField(max_length=16, choices=Purpose)
    account_id = models.CharField(max_length=200, blank=True)
    scopes = models.JSONField(default=list)
    access = models.BinaryField()
    refresh = models.BinaryField(null=True)
    previous_refresh = models.BinaryField(null=True)
    obtained_at = models.DateTimeField()
    access_expires_at = models.DateTimeField(null=True)
    refresh_expires_at = models.DateTimeField(null=True)
    renew_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "purpose"), condition=models.Q(ended_at=None), name="connections_grant_once"
            ),
        )
        indexes = (models.Index(fields=("account_id",), name="connections_grant_account"),)


class Consent(models.Model):
    """One way to a platform and back.

    ``binding`` is the digest of a secret of the browser's session. ``verifier`` and ``code`` are sealed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=16, choices=Purpose)
    user_id = models.UUIDField()
    binding = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    verifier = models.BinaryField()
    code = models.BinaryField(null=True)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("expires_at",), name="connections_consent_expiry"),)


class Link(models.Model):
    """The link request of a connection: the operator sends it, the artist accepts it, evidence settles it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="link")
    external_id = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=LinkStatus, default=LinkStatus.TO_SEND)
    evidence = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = (models.Index(fields=("status", "changed_at"), name="connections_link_status"),)


class Usage(models.Model):
    """How much of a platform's quota this installation has used, as its answers said last. One row per platform."""

    provider = models.CharField(primary_key=True, max_length=32)
    used_percent = models.PositiveSmallIntegerField(null=True)
    access_level = models.CharField(max_length=64, blank=True)
    resting_until = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
