"""The operator's view of connections: settle whose catalogue it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from backline.connections import services
from backline.connections.models import Connection, Link
from backline.connections.types import LinkStatus
from backline.core.admin import ActionsOnlyAdmin


@admin.register(Connection)
class ConnectionAdmin(ActionsOnlyAdmin):
    """Connections; contested ones are confirmed or refused here."""

    list_display = ("display_name", "artist", "provider", "state", "claim_basis", "connected_at", "last_answered_at")
    list_filter = ("claim_basis", "provider", "state")
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


@admin.register(Link)
class LinkAdmin(ActionsOnlyAdmin):
    """Link requests to send by hand: say here what was done in Google Ads."""

    list_display = ("channel", "external_id", "artist", "status", "evidence", "sent_at", "changed_at")
    list_filter = ("status",)
    list_select_related = ("connection__artist",)
    search_fields = ("external_id", "connection__display_name")
    actions = ("mark_sent", "approve", "turn_down", "run_out", "withdraw", "waive")

    @admin.display(description="Channel", ordering="connection__display_name")
    def channel(self, link: Link) -> str:
        """Return the name of what is to be linked."""
        return link.connection.display_name

    @admin.display(description="Artist", ordering="connection__artist__name")
    def artist(self, link: Link) -> str:
        """Return whose it is."""
        return str(link.connection.artist)

    @admin.action(description="Sent: the request waits for the artist", permissions=["change"])
    def mark_sent(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """Tell the artist that it is their turn."""
        self._each(request, queryset, services.mark_sent)

    @admin.action(description="Accepted: the link stands in Google Ads", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """Finish the connection."""
        self._each(request, queryset, services.approve_by_operator)

    @admin.action(description="Turned down by the artist", permissions=["change"])
    def turn_down(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """Show the artist that, with a way to ask again."""
        self._each(request, queryset, partial(services.end_by_operator, status=LinkStatus.REJECTED))

    @admin.action(description="Ran out before it was accepted", permissions=["change"])
    def run_out(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """Show the artist that, with a way to ask again."""
        self._each(request, queryset, partial(services.end_by_operator, status=LinkStatus.EXPIRED))

    @admin.action(description="Withdrawn by us", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """Show the artist that, with a way to ask again."""
        self._each(request, queryset, partial(services.end_by_operator, status=LinkStatus.REVOKED))

    @admin.action(description="Not needed for this artist", permissions=["change"])
    def waive(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """Finish the connection without a link."""
        self._each(request, queryset, services.waive)

    def _each(self, request: HttpRequest, queryset: QuerySet[Link], act: Callable[..., None]) -> None:
        self.change_each(
            request,
            queryset.values_list("connection_id", "connection__display_name"),
            lambda connection_id, actor: act(connection_id=connection_id, actor=actor),
        )
