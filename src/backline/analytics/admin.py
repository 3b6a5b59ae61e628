"""What the operator may look at: spools and lake files, never to be edited by hand. Salts are shown to nobody."""

from __future__ import annotations

from django.contrib import admin

from backline.analytics.models import LakeFile, Spool
from backline.core.admin import ReadOnlyAdmin


@admin.register(Spool)
class SpoolAdmin(ReadOnlyAdmin):
    """Every spool ever seen, and how far it was shipped."""

    list_display = (
        "id", "node", "shipped_through", "shipped_events", "quarantined", "first_seen_at", "last_shipped_at",
        "finished_at",
    )  # fmt: skip
    list_filter = ("node",)
    ordering = ("-first_seen_at",)


@admin.register(LakeFile)
class LakeFileAdmin(ReadOnlyAdmin):
    """The files of the event lake."""

    list_display = ("path", "day", "rows", "size_bytes", "min_at", "max_at", "created_at", "replaced_at", "deleted_at")
    date_hierarchy = "day"
    ordering = ("-day", "-created_at")
