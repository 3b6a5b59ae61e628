"""``backline operator create``."""

from __future__ import annotations

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from backline.accounts import services
from backline.server.commands import CommandError


def create(*, email: str, password: str) -> None:
    """Make an account that may see and mend everything; raises ``Rejected`` when the address has one."""
    try:
        password_validation.validate_password(password)
    except ValidationError as weak:
        raise CommandError(" ".join(weak.messages)) from None
    services.create_person(email=email, password=password, name=email.split("@", 1)[0], is_operator=True)
