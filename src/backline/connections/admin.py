"""The operator's view of connections: settle whose catalogue it is."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from backline.connections import services
from backline.connections.models import Connection
from backline.core.audit import Actor
from backline.core.errors import BacklineError


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Connections; contested ones are confirmed or refused here."""

    list_display = ("display_name", "artist", "provider", "claim_basis", "connected_at")
    list_filter = ("claim_basis", "provider")
    list_select_related = ("artist",)
    search_fields = ("display_name", "external_id")
    actions = ("confirm_claims", "refuse_claims")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Connections are made by their artists."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        """Rows are changed by the two actions only."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:  # noqa: ARG002
        """Connections go with their artists."""
        return False

    @admin.action(description="Confirm: the catalogue is theirs", permissions=["change"])
    def confirm_claims(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Open the pages."""
        self._settle(request, queryset, is_confirmed=True)

    @admin.action(description="Refuse: the catalogue is not theirs", permissions=["change"])
    def refuse_claims(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Close the pages."""
        self._settle(request, queryset, is_confirmed=False)

    def _settle(self, request: HttpRequest, queryset: QuerySet[Connection], *, is_confirmed: bool) -> None:
        actor = Actor(id=request.user.pk, name=str(request.user), origin="operator")
        for artist_id in queryset.values_list("artist_id", flat=True):
            try:
                services.settle_claim(artist_id=artist_id, is_confirmed=is_confirmed, actor=actor)
            except BacklineError as error:
                self.message_user(request, error.message, messages.WARNING)
