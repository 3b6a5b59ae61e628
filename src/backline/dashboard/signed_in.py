"""Who is signed in."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest


def user_id_of(request: HttpRequest) -> UUID:
    """Return who is signed in. Views are private unless marked otherwise, so there always is somebody."""
    user_id = request.user.pk
    assert isinstance(user_id, UUID)  # noqa: S101 - the middleware lets nobody else through
    return user_id
