"""The salts of the daily visitor hash: random, new every day, gone after two.

Without its salt a hash can neither be computed again nor be matched with another day's, so a visitor is counted within
a day and known to nobody. Backups leave the table of salts out.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from backline.analytics.models import VisitorSalt
from backline.core import clock

SALT_BYTES = 32
LIFE = timedelta(hours=48)


def ensure_salts() -> int:
    """Make the salts of today and tomorrow (UTC) where they are missing; returns how many were made."""
    now = clock.now()
    wanted = [now.date(), now.date() + timedelta(days=1)]
    missing = set(wanted) - set(VisitorSalt.objects.filter(day__in=wanted).values_list("day", flat=True))
    VisitorSalt.objects.bulk_create(
        [VisitorSalt(day=day, salt=secrets.token_bytes(SALT_BYTES)) for day in sorted(missing)], ignore_conflicts=True
    )
    return len(missing)


def delete_old_salts() -> int:
    """Delete the salts of past days that are 48 hours old; returns how many went.

    A day's salt is made during the day before, so it goes within the day after its own.
    """
    now = clock.now()
    gone, _ = VisitorSalt.objects.filter(day__lt=now.date(), created_at__lte=now - LIFE).delete()
    return gone
