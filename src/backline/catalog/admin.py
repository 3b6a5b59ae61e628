"""The operator's view of catalogues: to look, not to change."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from backline.catalog.models import CatalogImport, Release, SourceAnswer


class _ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:  # noqa: ARG002
        return False


@admin.register(CatalogImport)
class CatalogImportAdmin(_ReadOnly):
    """Imports and how they ended."""

    list_display = ("artist", "status", "listed_through", "listed_total", "message", "retry_at", "created_at")
    list_filter = ("status",)
    list_select_related = ("artist",)


@admin.register(Release)
class ReleaseAdmin(_ReadOnly):
    """Releases and how fresh they are."""

    list_display = ("title", "artist", "release_type", "released", "upc", "fetched_at", "enrich_after")
    list_filter = ("release_type",)
    list_select_related = ("artist",)
    search_fields = ("title", "upc", "external_id")


@admin.register(SourceAnswer)
class SourceAnswerAdmin(_ReadOnly):
    """What sources answered; ``dropped`` above zero means that a source files links under the wrong service."""

    list_display = ("release", "source", "is_hit", "dropped", "asked_at")
    list_filter = ("source", "is_hit")
    list_select_related = ("release",)
