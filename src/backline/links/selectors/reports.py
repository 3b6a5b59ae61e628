"""What people report about pages, for the operator."""

from __future__ import annotations

from backline.links.models import PageReport


def open_reports() -> int:
    """Return how many reports wait for an operator."""
    return PageReport.objects.filter(settled_at=None).count()
