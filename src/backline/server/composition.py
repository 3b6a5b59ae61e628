"""Puts adapters into the ports of the domain: the only place that knows both."""

from __future__ import annotations

from backline.settings import environment


def wire(settings: environment.Environment | None = None) -> None:
    """Register every provider whose settings are present. Safe to call again."""
    _ = settings or environment.current()
