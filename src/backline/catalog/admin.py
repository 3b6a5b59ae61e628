"""The operator's view of catalogues: to look, not to change."""

from __future__ import annotations

from django.contrib import admin

from backline.catalog.models import CatalogImport, LinkHealth, Release, SourceAnswer
from backline.core.admin import ReadOnlyAdmin


@admin.register(CatalogImport)
class CatalogImportAdmin(ReadOnlyAdmin):
    """Imports and how they ended."""

    list_display = ("artist", "status", "listed_through", "listed_total", "message", "retry_at", "created_at")
    list_filter = ("status",)
    list_select_related = ("artist",)


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    """Releases and how fresh they are."""

    list_display = ("title", "artist", "release_type", "released", "upc", "fetched_at", "enrich_after")
    list_filter = ("release_type",)
    list_select_related = ("artist",)
    search_fields = ("title", "upc", "external_id")


@admin.register(SourceAnswer)
class SourceAnswerAdmin(ReadOnlyAdmin):
    """What sources answered; ``dropped`` above zero means that a source files links under the wrong service."""

    list_display = ("release", "source", "is_hit", "dropped", "asked_at")
    list_filter = ("source", "is_hit")
    list_select_related = ("release",)


@admin.register(LinkHealth)
class LinkHealthAdmin(ReadOnlyAdmin):
    """Addresses that pages lead to, and what they answered last."""

    list_display = ("url", "status", "answer", "checked_at", "answered_at", "suspected_at", "dead_at")
    list_filter = ("status", "answer")
    search_fields = ("url",)
