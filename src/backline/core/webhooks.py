"""Taking what outside services send by themselves: each delivery once, however often it comes, in whatever order.

A view verifies the signature over the raw bytes and calls :func:`take` in the transaction that enqueues the work; the
job fetches what it is about afresh, so an old delivery that comes late changes nothing.
"""

from __future__ import annotations

from datetime import timedelta

from backline.core import clock
from backline.core.models import IncomingWebhook

KEPT = timedelta(days=30)
"""No service repeats a delivery for longer; the longest that is known is three days."""


def take(*, source: str, external_id: str) -> bool:
    """Note a delivery; tells whether it is new. Of two at once one is."""
    made = IncomingWebhook(source=source, external_id=external_id, received_at=clock.now())
    IncomingWebhook.objects.bulk_create([made], ignore_conflicts=True)
    return IncomingWebhook.objects.filter(pk=made.pk).exists()


def forget_old() -> int:
    """Forget deliveries that nobody repeats any more; returns how many."""
    return IncomingWebhook.objects.filter(received_at__lt=clock.now() - KEPT).delete()[0]
