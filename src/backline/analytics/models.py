"""What has been shipped into the lake, the salts of the visitor hash, exports and reports. Private to this room."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backline.analytics.types import Cadence, ExportFormat, ExportStatus
from backline.core import clock
from backline.core.ids import new_id


class Spool(models.Model):
    """One play process's spool file and how far it has been shipped. Its row lock serialises shippers.

    ``planned_through`` is written down before a range is shipped, so that a range which is shipped again after a crash
    is the very same. ``quarantined`` counts its rows that could not go into the lake, ``lost`` the events that its
    process could not keep (told up to ``losses_through``); ``finished_at`` is when the file was deleted, its owner dead
    and every row shipped.
    """

    id = models.CharField(primary_key=True, max_length=64)
    node = models.CharField(max_length=200)
    shipped_through = models.BigIntegerField(default=0)
    planned_through = models.BigIntegerField(default=0)
    planned_at = models.DateTimeField(default=clock.now)
    shipped_events = models.PositiveBigIntegerField(default=0)
    quarantined = models.PositiveBigIntegerField(default=0)
    lost = models.PositiveBigIntegerField(default=0)
    losses_through = models.BigIntegerField(default=0)
    first_seen_at = models.DateTimeField(default=clock.now)
    last_shipped_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)


class Span(models.TextChoices):
    """How much of the lake a file was merged for."""

    PART = "part", "part of a day or month"
    DAY = "day", "a settled day"
    MONTH = "month", "a settled month"


class LakeFile(models.Model):
    """One Parquet file that questions read. A file on disk without a row here does not exist.

    ``day`` is the day of its events, or the first of their month. ``ranges`` names the stretches of spools that its
    rows come from, as ``[spool, first, last]``. ``replaced_at`` is set when other files took its place; the file goes
    later (``deleted_at``), and its row after it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    path = models.CharField(max_length=300, unique=True)
    day = models.DateField()
    span = models.CharField(max_length=5, choices=Span, default=Span.PART)
    rows = models.PositiveBigIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    min_at = models.DateTimeField()
    max_at = models.DateTimeField()
    min_artist = models.CharField(max_length=36, blank=True)
    max_artist = models.CharField(max_length=36, default="g")
    sha256 = models.CharField(max_length=64, blank=True)
    schema_version = models.PositiveSmallIntegerField(default=1)
    ranges = models.JSONField(default=list)
    spool_id = models.CharField(max_length=64, blank=True)
    first_seq = models.BigIntegerField(null=True)
    last_seq = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    replaced_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # The last line of defence against a range that is listed twice, behind the lock and the check of
            # ``Spool.shipped_through``.
            models.UniqueConstraint(
                fields=("spool_id", "day", "first_seq"), condition=~Q(spool_id=""), name="analytics_range_once"
            ),
        )
        indexes = (
            models.Index(fields=("day",), condition=Q(replaced_at__isnull=True), name="analytics_live_files"),
            models.Index(
                fields=("replaced_at",), condition=Q(replaced_at__isnull=False), name="analytics_replaced_files"
            ),
        )


class VisitorSalt(models.Model):
    """The salt of one day's visitor hashes; it lives 48 hours and is then deleted. ``play`` may read it."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now)


class Tombstone(models.Model):
    """Something that was erased and must stay so: what comes back from a spool, a copy or a backup goes again.

    What is not given narrows nothing, as in :class:`~backline.analytics.types.Erasure`. Click ids are kept as SHA-256
    digests: they name a person at an advertising network, and this row outlives the person's data.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist_id = models.UUIDField(null=True)
    link_id = models.UUIDField(null=True)
    visitors = models.JSONField(default=list)
    click_digests = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)


class Export(models.Model):
    """A file of raw rows that somebody asked for: what it holds, how far it is, until when it is kept.

    ``rows`` of ``rows_in_all`` are written; ``heard_at`` is when that was last noted. ``page`` is the title of the
    link at the time, empty for all pages.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    asked_by = models.UUIDField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    timezone = models.CharField(max_length=64)
    link_id = models.UUIDField(null=True)
    page = models.CharField(max_length=500, blank=True)
    format = models.CharField(max_length=8, choices=[(each.value, each.label) for each in ExportFormat])
    with_bots = models.BooleanField()
    status = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in ExportStatus], default=ExportStatus.WAITING.value
    )
    rows = models.PositiveBigIntegerField(default=0)
    rows_in_all = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    heard_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("artist",), condition=Q(status__in=("waiting", "writing")), name="analytics_export_one_at_once"
            ),
        )
        indexes = (models.Index(fields=("artist", "-created_at"), name="analytics_export_artist"),)


class ReportSchedule(models.Model):
    """A report that goes to some of an artist's team by mail: ids of ``members``, and ``next_at`` when it is due.

    Weeks and months are those of ``timezone``, the zone of whoever chose last.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    cadence = models.CharField(max_length=8, choices=[(each.value, each.label) for each in Cadence])
    members = ArrayField(models.UUIDField())
    timezone = models.CharField(max_length=64)
    next_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("artist", "cadence"), name="analytics_schedule_once"),)
        indexes = (models.Index(fields=("next_at",), name="analytics_schedule_due"),)


class SharedReport(models.Model):
    """A page of figures for whoever has its address. Only the hash of the secret in the address is stored.

    ``days`` is the length of its period, which always ends today in ``timezone``; ``sections`` are what it shows.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    made_by = models.UUIDField(null=True)
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    days = models.PositiveSmallIntegerField()
    timezone = models.CharField(max_length=64)
    sections = ArrayField(models.CharField(max_length=16))
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("artist", "-created_at"), name="analytics_shared_artist"),)
