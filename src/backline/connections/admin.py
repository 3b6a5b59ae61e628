"""The operator's view of connections: settle whose catalogue it is."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from backline.connections import services
from backline.connections.models import Connection
from backline.core.admin import ActionsOnlyAdmin


@admin.register(Connection)
class ConnectionAdmin(ActionsOnlyAdmin):
    """Connections; contested ones are confirmed or refused here."""

    list_display = ("display_name", "artist", "provider", "claim_basis", "connected_at")
    list_filter = ("claim_basis", "provider")
    list_select_related = ("artist",)
    search_fields = ("display_name", "external_id")
    actions = ("confirm_claims", "refuse_claims")

    @admin.action(description="Confirm: the catalogue is theirs", permissions=["change"])
    def confirm_claims(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Open the pages."""
        self._settle(request, queryset, is_confirmed=True)

    @admin.action(description="Refuse: the catalogue is not theirs", permissions=["change"])
    def refuse_claims(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Close the pages."""
        self._settle(request, queryset, is_confirmed=False)

    def _settle(self, request: HttpRequest, queryset: QuerySet[Connection], *, is_confirmed: bool) -> None:
        self.change_each(
            request,
            queryset.values_list("artist_id", "display_name"),
            lambda artist_id, actor: services.settle_claim(artist_id=artist_id, is_confirmed=is_confirmed, actor=actor),
        )
