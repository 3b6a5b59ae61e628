"""What the operator may look at: spools and lake files, never to be edited by hand. Salts are shown to nobody."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from backline.analytics.models import LakeFile, Spool


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


@admin.register(Spool)
class SpoolAdmin(ReadOnly):
    """Every spool ever seen, and how far it was shipped."""

    list_display = (
        "id", "node", "shipped_through", "shipped_events", "quarantined", "first_seen_at", "last_shipped_at",
        "finished_at",
    )  # fmt: skip
    list_filter = ("node",)
    ordering = ("-first_seen_at",)


@admin.register(LakeFile)
class LakeFileAdmin(ReadOnly):
    """The files of the event lake."""

    list_display = ("path", "day", "rows", "size_bytes", "min_at", "max_at", "created_at", "replaced_at", "deleted_at")
    date_hierarchy = "day"
    ordering = ("-day", "-created_at")
