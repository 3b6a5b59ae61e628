"""The operator's view of links: approve, reject, take down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from backline.core.audit import Actor
from backline.core.errors import BacklineError
from backline.links import services
from backline.links.models import SmartLink


@admin.register(SmartLink)
class SmartLinkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Links and their statuses, changed by actions only."""

    list_display = ("title", "artist", "kind", "claim_status", "publish_state", "takedown_status", "render_state")
    list_filter = ("claim_status", "takedown_status", "publish_state", "render_state", "kind")
    list_select_related = ("artist",)
    search_fields = ("title", "slug", "artist__name", "artist__slug")
    actions = ("approve", "reject", "take_down", "resolve_takedown")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Links are made by imports and by their artists."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        """Rows are changed by the actions only."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:  # noqa: ARG002
        """Links go with their artists."""
        return False

    @admin.action(description="Approve", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[SmartLink]) -> None:
        """Open pages that wait for review."""
        self._each(request, queryset, lambda pk, actor: services.approve_claim(link_id=pk, actor=actor))

    @admin.action(description="Reject", permissions=["change"])
    def reject(self, request: HttpRequest, queryset: QuerySet[SmartLink]) -> None:
        """Refuse pages."""
        reason = "An operator did not approve it."
        self._each(request, queryset, lambda pk, actor: services.reject_claim(link_id=pk, actor=actor, reason=reason))

    @admin.action(description="Take down", permissions=["change"])
    def take_down(self, request: HttpRequest, queryset: QuerySet[SmartLink]) -> None:
        """Close pages at a rights holder's request."""
        reason = "A rights holder asked for it."
        self._each(request, queryset, lambda pk, actor: services.take_down(link_id=pk, actor=actor, reason=reason))

    @admin.action(description="End the takedown", permissions=["change"])
    def resolve_takedown(self, request: HttpRequest, queryset: QuerySet[SmartLink]) -> None:
        """Open pages again."""
        reason = "The rights holder's request is settled."
        self._each(
            request, queryset, lambda pk, actor: services.resolve_takedown(link_id=pk, actor=actor, reason=reason)
        )

    def _each(self, request: HttpRequest, queryset: QuerySet[SmartLink], act: Callable[[Any, Actor], None]) -> None:
        actor = Actor(id=request.user.pk, name=str(request.user), origin="operator")
        done = 0
        for pk, title in list(queryset.values_list("pk", "title")):
            try:
                act(pk, actor)
                done += 1
            except BacklineError as error:
                self.message_user(request, f"{title}: {error.message}", messages.WARNING)
        self.message_user(request, f"{done} changed.")
