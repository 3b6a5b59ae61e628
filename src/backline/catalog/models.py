"""Releases, tracks, playlists, found service links and how they answer, imports. Private to this room."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import Q

from backline.catalog.types import Confidence, Decision, Health, ImportStatus, ItemStatus, ReleaseType
from backline.core import clock
from backline.core.ids import new_id


class Release(models.Model):
    """A release of an artist as the catalogue source knows it. ``released`` is ISO 8601, year to day.

    ``fetched_at`` is empty until the release itself (not only its row in a listing) was read, ``resolved_at`` until
    its page was made with what the quick sources knew. ``enrich_after`` says from when the sources that have not
    answered are asked, and is empty when all have.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=64)
    title = models.CharField(max_length=1000)
    release_type = models.CharField(max_length=16, choices=ReleaseType)
    released = models.CharField(max_length=10, blank=True)
    total_tracks = models.PositiveIntegerField(default=0)
    upc = models.CharField(max_length=14, blank=True)
    label = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(max_length=500)
    artist_names = models.JSONField(default=list)
    language = models.CharField(max_length=16, blank=True)
    artwork_url = models.URLField(max_length=1000, blank=True)
    artwork_key = models.CharField(max_length=100, blank=True)
    artwork_small_key = models.CharField(max_length=100, blank=True)
    artwork_width = models.PositiveIntegerField(default=0)
    artwork_height = models.PositiveIntegerField(default=0)
    artwork_palette = ArrayField(models.CharField(max_length=7), default=list, blank=True)
    fetched_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    enrich_after = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("artist", "external_id"), name="catalog_release_once"),)
        indexes = (
            models.Index(fields=("artist", "-released"), name="catalog_release_newest"),
            models.Index(fields=("upc",), name="catalog_release_upc"),
            models.Index(fields=("fetched_at",), name="catalog_release_fetched"),
            models.Index(
                fields=("enrich_after",), condition=Q(enrich_after__isnull=False), name="catalog_release_to_enrich"
            ),
        )


class Track(models.Model):
    """A track on a release; ``duration_ms`` in milliseconds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="tracks")
    external_id = models.CharField(max_length=64)
    title = models.CharField(max_length=1000)
    disc = models.PositiveIntegerField(default=1)
    number = models.PositiveIntegerField()
    duration_ms = models.PositiveIntegerField(default=0)
    isrc = models.CharField(max_length=12, blank=True)
    is_explicit = models.BooleanField(default=False)

    class Meta:
        ordering = ("disc", "number")
        constraints = (models.UniqueConstraint(fields=("release", "disc", "number"), name="catalog_track_once"),)
        indexes = (
            models.Index(fields=("external_id",), name="catalog_track_external"),
            models.Index(fields=("isrc",), name="catalog_track_isrc"),
        )


class Playlist(models.Model):
    """A playlist that an artist added by hand."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=64)
    title = models.CharField(max_length=1000)
    owner_name = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(max_length=500)
    language = models.CharField(max_length=16, blank=True)
    total_tracks = models.PositiveIntegerField(default=0)
    artwork_url = models.URLField(max_length=1000, blank=True)
    artwork_key = models.CharField(max_length=100, blank=True)
    artwork_small_key = models.CharField(max_length=100, blank=True)
    artwork_width = models.PositiveIntegerField(default=0)
    artwork_height = models.PositiveIntegerField(default=0)
    artwork_palette = ArrayField(models.CharField(max_length=7), default=list, blank=True)
    fetched_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("artist", "external_id"), name="catalog_playlist_once"),)


class ServiceLink(models.Model):
    """Where a release is on one service, as a source found it. Artist's own edits live in ``links``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="service_links")
    service = models.CharField(max_length=32)
    territory = models.CharField(max_length=2, blank=True)
    url = models.URLField(max_length=2000)
    source = models.CharField(max_length=32)
    confidence = models.CharField(max_length=16, choices=Confidence)
    decision = models.CharField(max_length=16, choices=Decision)
    decided_by = models.UUIDField(null=True)
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("release", "service", "territory"), name="catalog_service_link_once"),
        )
        indexes = (
            models.Index(fields=("release",), condition=Q(decision="waiting"), name="catalog_service_link_waiting"),
            HashIndex(fields=("url",), name="catalog_service_link_url"),
        )


class LinkHealth(models.Model):
    """How an address that pages lead to answers, whoever found or pasted it: what is known belongs to the address.

    So an address that takes another's place begins anew, whatever was going on meanwhile. ``answer`` is the last one,
    ``checked_at`` when it came; ``answered_at``, ``suspected_at`` and ``dead_at`` are as in ``types.HealthDetails``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    url = models.URLField(max_length=2000)
    status = models.CharField(max_length=16, choices=Health, default=Health.ALIVE)
    answer = models.CharField(max_length=16, blank=True)
    checked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    suspected_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("url",), name="catalog_link_health_once"),)
        indexes = (
            models.Index(fields=("checked_at",), name="catalog_link_health_checked"),
            models.Index(fields=("status",), condition=~Q(status="alive"), name="catalog_link_health_not_alive"),
        )


class SourceAnswer(models.Model):
    """When a source was last asked for a release and whether it knew it: hits are good for 30 days, misses for 1.

    ``dropped`` counts the links of that answer that were filed under a service they do not belong to.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="answers")
    source = models.CharField(max_length=32)
    is_hit = models.BooleanField()
    dropped = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("release", "source"), name="catalog_source_answer_once"),)


class CatalogImport(models.Model):
    """One import of an artist's catalogue, with what a person wants to see of it.

    Counts are not kept here but counted from the items, so that they are right after a crash. ``listed_through`` is
    the offset up to which the listing was read, ``is_listed`` tells that it was read to its end, ``pauses`` counts how
    often in a row the source could not answer and did not say for how long; ``paused_at`` is when the last pause began.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    source_artist_id = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=ImportStatus, default=ImportStatus.QUEUED)
    listed_through = models.PositiveIntegerField(default=0)
    listed_total = models.PositiveIntegerField(null=True)
    is_listed = models.BooleanField(default=False)
    pauses = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    paused_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    requested_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("artist",),
                condition=Q(status__in=("queued", "listing", "resolving", "paused")),
                name="catalog_import_one_running",
            ),
        )
        indexes = (models.Index(fields=("artist", "-created_at"), name="catalog_import_newest"),)


class ImportItem(models.Model):
    """One release of an import. ``attempts`` counts the times that the source could not give it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    catalog_import = models.ForeignKey(CatalogImport, on_delete=models.CASCADE, related_name="items")
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=16, choices=ItemStatus, default=ItemStatus.PENDING)
    message = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    first_refused_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("catalog_import", "release"), name="catalog_import_item_once"),)
        indexes = (models.Index(fields=("catalog_import", "status"), name="catalog_import_item_status"),)
