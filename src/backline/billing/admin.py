"""The operator's view of plans: give an artist a plan, change it, end it."""

from __future__ import annotations

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from backline.billing import services
from backline.billing.models import Plan
from backline.billing.types import Tier
from backline.core.admin import operator_of


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Plans; a plan is ended by taking its tick away."""

    list_display = ("artist", "tier", "is_active", "set_at", "note")
    list_filter = ("is_active", "tier")
    list_select_related = ("artist",)
    search_fields = ("artist__name", "artist__slug")
    autocomplete_fields = ("artist",)
    fields = ("artist", "tier", "is_active", "note")

    def get_readonly_fields(self, request: HttpRequest, obj: Plan | None = None) -> tuple[str, ...]:  # noqa: ARG002
        """Return the artist once the plan is there: it is that artist's."""
        return () if obj is None else ("artist",)

    def save_model(self, request: HttpRequest, obj: Plan, form: ModelForm[Plan], change: bool) -> None:  # noqa: ARG002
        """Have the service set the plan, which writes it down."""
        services.set_plan(
            artist_id=obj.pk, tier=Tier(obj.tier), is_active=obj.is_active, note=obj.note, actor=operator_of(request)
        )

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False: a plan is ended, and when that was stays known."""
        return False
