"""The independent statuses of a Smart Link (R5) and what is true of them together."""

from __future__ import annotations

from django.db import models


class LinkKind(models.TextChoices):
    """What a link leads to."""

    RELEASE = "release", "Release"
    PLAYLIST = "playlist", "Playlist"


class ClaimStatus(models.TextChoices):
    """Whether the artist's right to the page is settled."""

    AUTO_APPROVED = "auto_approved", "Approved"
    PENDING_OPS_REVIEW = "pending_ops_review", "Waiting for review"
    APPROVED_BY_OPS = "approved_by_ops", "Approved by review"
    REJECTED = "rejected", "Rejected"


class PublishState(models.TextChoices):
    """Whether the artist wants the page to be public."""

    PUBLISHED = "published", "Published"
    UNPUBLISHED = "unpublished", "Unpublished"


class TakedownStatus(models.TextChoices):
    """Whether somebody with rights had the page taken down."""

    NONE = "none", "None"
    ACTIVE = "active", "Taken down"
    RESOLVED = "resolved", "Resolved"


class RenderState(models.TextChoices):
    """Whether the published document is up to date."""

    QUEUED = "queued", "Queued"
    RENDERING = "rendering", "Rendering"
    RENDERED = "rendered", "Rendered"
    FAILED = "failed", "Failed"


class OrderMode(models.TextChoices):
    """How services are ordered on an artist's pages."""

    AUTOMATIC = "automatic", "By the fan's country"
    FIXED = "fixed", "The same for every fan"


class Theme(models.TextChoices):
    """The looks a page can have."""

    CLASSIC = "classic", "Classic"


APPROVED_CLAIMS = frozenset({ClaimStatus.AUTO_APPROVED, ClaimStatus.APPROVED_BY_OPS})
