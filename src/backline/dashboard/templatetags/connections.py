"""What the templates of Platform Connections say: addresses of pictures, what a check offers."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from backline.connections.types import Check
from backline.dashboard.connections import pictures
from backline.dashboard.connections.rows import Control

register = template.Library()


@register.simple_tag
def picture_url(slug: str, url: str) -> str:
    """Return where we show a platform's picture."""
    return pictures.address(slug, url)


@register.filter
def of_check(acts: Mapping[str, tuple[Control, ...]], check: Check) -> tuple[Control, ...]:
    """Return what can be had done about a check."""
    return acts.get(check.key, ())
