"""A person's own data."""

from __future__ import annotations

from uuid import UUID

from backline.accounts.models import User
from backline.accounts.types import Person
from backline.core.errors import NotFoundError


def person(*, user_id: UUID) -> Person:
    """Return a person's own settings; raises :class:`NotFoundError`."""
    row = User.objects.filter(pk=user_id).first()
    if row is None:
        raise NotFoundError("This person has no account here.")
    return Person(
        id=row.pk,
        email=row.email,
        name=row.name,
        language=row.language,
        timezone=row.timezone,
        has_password=row.has_usable_password(),
    )


def user_id_by_email(*, email: str) -> UUID | None:
    """Return whose address this is, in any case of letters, or None: for the command line."""
    return User.objects.filter(email=email.strip().lower()).values_list("pk", flat=True).first()
