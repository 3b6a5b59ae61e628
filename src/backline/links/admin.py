"""The operator's view of links: approve, reject, take down, and what people report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from backline.core.admin import ActionsOnlyAdmin
from backline.core.audit import Actor
from backline.links import services
from backline.links.models import PageReport, SmartLink


@admin.register(SmartLink)
class SmartLinkAdmin(ActionsOnlyAdmin):
    """Links and their statuses, changed by actions only."""

    list_display = ("title", "artist", "kind", "claim_status", "publish_state", "takedown_status", "render_state")
    list_filter = ("claim_status", "takedown_status", "publish_state", "render_state", "kind")
    list_select_related = ("artist",)
    search_fields = ("title", "slug", "artist__name", "artist__slug")
    actions = ("approve", "reject", "take_down", "resolve_takedown")

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

    def _each(self, request: HttpRequest, queryset: QuerySet[SmartLink], act: Callable[[Any, Actor], object]) -> None:
        self.change_each(request, queryset.values_list("pk", "title"), act)


@admin.register(PageReport)
class PageReportAdmin(ActionsOnlyAdmin):
    """What people say is wrong with pages, the oldest first."""

    list_display = ("path", "reason", "details", "email", "created_at", "settled_at")
    list_filter = (("settled_at", admin.EmptyFieldListFilter), "reason")
    search_fields = ("path", "details")
    ordering = ("created_at",)
    actions = ("settle", "take_down")

    @admin.action(description="Settle: nothing more to do", permissions=["change"])
    def settle(self, request: HttpRequest, queryset: QuerySet[PageReport]) -> None:
        """Close reports."""
        self._each(request, queryset, lambda pk, actor: services.settle_report(report_id=pk, actor=actor))

    @admin.action(description="Take the page down", permissions=["change"])
    def take_down(self, request: HttpRequest, queryset: QuerySet[PageReport]) -> None:
        """Close pages, and every report about them."""
        self._each(request, queryset, lambda pk, actor: services.take_down_reported(report_id=pk, actor=actor))

    def _each(self, request: HttpRequest, queryset: QuerySet[PageReport], act: Callable[[Any, Actor], object]) -> None:
        self.change_each(request, queryset.values_list("pk", "path"), act)
