"""The two forms that the operator's pages have: rows to look at, and rows that actions of ours change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from backline.core.audit import Actor
from backline.core.errors import BacklineError


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shows rows and changes nothing."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Return False: rows are made by services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False: rows are changed by services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False: rows are deleted by services."""
        return False


class ActionsOnlyAdmin(ReadOnlyAdmin):
    """Shows rows, which actions change by calling services."""

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Return whether the person may use the actions; no row has a form."""
        return obj is None and admin.ModelAdmin.has_change_permission(self, request)

    def change_each(
        self, request: HttpRequest, rows: Iterable[tuple[Any, str]], change: Callable[[Any, Actor], object]
    ) -> None:
        """Call ``change`` with each row's key and the operator; the rows are given as key and name.

        What a service refuses is said with the row's name, and the others go on.
        """
        actor = operator_of(request)
        done = 0
        for key, name in list(rows):
            try:
                change(key, actor)
                done += 1
            except BacklineError as error:
                self.message_user(request, f"{name}: {error.message}", messages.WARNING)
        self.message_user(request, f"{done} changed.")


def operator_of(request: HttpRequest) -> Actor:
    """Return who acts on the operator's pages, for the audit log."""
    return Actor(id=request.user.pk, name=str(request.user), origin="operator")
