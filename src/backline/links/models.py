"""Smart Links, the artist's edits, and the published page that play reads. Private to this room."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backline.core import clock
from backline.core.ids import new_id
from backline.links.types import (
    ClaimStatus,
    LinkKind,
    OrderMode,
    PublishState,
    RenderState,
    ReportReason,
    TakedownStatus,
    Theme,
)

SLUG_LENGTH = 80
DESCRIPTION_LENGTH = 500
OWN_TITLE_LENGTH = 200
PIXEL_ID_LENGTH = 32
REPORT_LENGTH = 1000


class SmartLink(models.Model):
    """A hosted page of one release or playlist. ``version`` is that of its published document, 0 before the first.

    What a list of links shows (title, date, cover...) is copied here from the catalogue whenever the page is published.
    ``sort_key`` is the release date, or the day on which a playlist was added. ``own_title``, ``theme``, ``accent`` and
    ``service_order`` are the artist's choices for this page; empty means that what holds for all links holds here.
    ``card_key`` names the picture that shows the page where it is shared. ``check_after`` is from when on the page has
    its turn to be asked whether it still leads somewhere.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=LinkKind)
    release = models.OneToOneField("catalog.Release", on_delete=models.CASCADE, null=True, related_name="+")
    playlist = models.OneToOneField("catalog.Playlist", on_delete=models.CASCADE, null=True, related_name="+")
    title = models.CharField(max_length=1000)
    released = models.CharField(max_length=10, blank=True)
    release_type = models.CharField(max_length=16, blank=True)
    language = models.CharField(max_length=16, blank=True)
    total_tracks = models.PositiveIntegerField(default=0)
    artwork_key = models.CharField(max_length=100, blank=True)
    artwork_small_key = models.CharField(max_length=100, blank=True)
    artwork_width = models.PositiveIntegerField(default=0)
    artwork_height = models.PositiveIntegerField(default=0)
    artwork_palette = ArrayField(models.CharField(max_length=7), default=list, blank=True)
    sort_key = models.CharField(max_length=10)
    slug = models.CharField(max_length=SLUG_LENGTH)
    description = models.CharField(max_length=DESCRIPTION_LENGTH, blank=True)
    own_title = models.CharField(max_length=OWN_TITLE_LENGTH, blank=True)
    theme = models.CharField(max_length=16, choices=Theme, blank=True)
    accent = models.CharField(max_length=7, blank=True)
    service_order = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    video_id = models.CharField(max_length=11, blank=True)
    video_title = models.CharField(max_length=200, blank=True)
    video_poster_key = models.CharField(max_length=100, blank=True)
    video_poster_width = models.PositiveIntegerField(default=0)
    video_poster_height = models.PositiveIntegerField(default=0)
    sub_links = models.JSONField(default=list, blank=True)
    card_key = models.CharField(max_length=100, blank=True)
    claim_status = models.CharField(max_length=24, choices=ClaimStatus, default=ClaimStatus.AUTO_APPROVED)
    publish_state = models.CharField(max_length=16, choices=PublishState, default=PublishState.PUBLISHED)
    takedown_status = models.CharField(max_length=16, choices=TakedownStatus, default=TakedownStatus.NONE)
    render_state = models.CharField(max_length=16, choices=RenderState, default=RenderState.QUEUED)
    version = models.PositiveIntegerField(default=0)
    check_after = models.DateTimeField(default=clock.now)
    first_public_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("artist", "slug"), name="links_slug_once"),
            models.CheckConstraint(
                condition=Q(kind="release", release__isnull=False, playlist__isnull=True)
                | Q(kind="playlist", playlist__isnull=False, release__isnull=True),
                name="links_one_subject",
            ),
        )
        indexes = (
            models.Index(fields=("artist", "-sort_key", "-id"), name="links_newest"),
            models.Index(fields=("artist", "publish_state"), name="links_publish_state"),
            models.Index(fields=("check_after",), condition=Q(publish_state="published"), name="links_to_check"),
        )


class LinkSlug(models.Model):
    """Every slug a link ever had under its artist: an old one that was public leads to the present one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    link = models.ForeignKey(SmartLink, on_delete=models.CASCADE, related_name="slugs")
    slug = models.CharField(max_length=SLUG_LENGTH)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("artist", "slug"), name="links_link_slug_once"),)


class ServiceEdit(models.Model):
    """The artist's word on one service of a link; it wins over every source. Empty ``url`` keeps the found one.

    ``kept_at`` is when the artist said that this address stands although nothing answers there.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    link = models.ForeignKey(SmartLink, on_delete=models.CASCADE, related_name="service_edits")
    service = models.CharField(max_length=32)
    territory = models.CharField(max_length=2, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    is_hidden = models.BooleanField(default=False)
    edited_by = models.UUIDField(null=True)
    edited_at = models.DateTimeField(default=clock.now)
    kept_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("link", "service", "territory"), name="links_service_edit_once"),
        )


class ArtistLinkSettings(models.Model):
    """What holds for all links of an artist."""

    artist = models.OneToOneField("accounts.Artist", on_delete=models.CASCADE, primary_key=True, related_name="+")
    order_mode = models.CharField(max_length=16, choices=OrderMode, default=OrderMode.AUTOMATIC)
    fixed_order = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    default_theme = models.CharField(max_length=16, choices=Theme, default=Theme.CLASSIC)
    accent = models.CharField(max_length=7, blank=True)
    bio = models.CharField(max_length=DESCRIPTION_LENGTH, blank=True)
    sub_links = models.JSONField(default=list, blank=True)
    meta_pixel_id = models.CharField(max_length=PIXEL_ID_LENGTH, blank=True)
    tiktok_pixel_id = models.CharField(max_length=PIXEL_ID_LENGTH, blank=True)
    google_ads_id = models.CharField(max_length=PIXEL_ID_LENGTH, blank=True)
    updated_at = models.DateTimeField(default=clock.now)


class PublishedPage(models.Model):
    """The seam: one document (``contract.pages``) per public path. ``play`` may read this table and nothing else here.

    ``seq`` is drawn anew from a sequence with every write, so that a poll finds what changed.
    """

    path = models.CharField(primary_key=True, max_length=200)
    seq = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=16)
    artist_id = models.UUIDField()
    link_id = models.UUIDField(null=True)
    version = models.PositiveIntegerField()
    is_indexable = models.BooleanField(default=False)
    document = models.BinaryField()
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = (
            models.Index(fields=("artist_id",), name="links_page_artist"),
            models.Index(fields=("link_id",), name="links_page_link"),
            models.Index(fields=("path",), condition=Q(is_indexable=True), name="links_page_indexable"),
        )


class PageReport(models.Model):
    """What somebody says is wrong with a public page, open until an operator settles it. A hub has no ``link``.

    ``email`` is where the operator may answer, if the person wants that.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    artist = models.ForeignKey("accounts.Artist", on_delete=models.CASCADE, related_name="+")
    link = models.ForeignKey(SmartLink, on_delete=models.CASCADE, null=True, related_name="+")
    path = models.CharField(max_length=200)
    reason = models.CharField(max_length=16, choices=ReportReason)
    details = models.TextField(max_length=REPORT_LENGTH, blank=True)
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("path",), condition=Q(settled_at=None), name="links_open_reports"),)
