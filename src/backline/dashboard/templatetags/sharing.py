"""Filters for passing pages on."""

from __future__ import annotations

from django import template

from backline.links.types import LinkRow
from backline.play import oembed

register = template.Library()


@register.filter
def embed_code(link: LinkRow) -> str:
    """Return the HTML that shows a link's page on another website: the same that oEmbed answers."""
    return oembed.frame_of(link.public_url, title=link.title)
