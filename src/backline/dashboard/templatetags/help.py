"""The labels of a connection as its row shows them: shape, word, and the word beside it."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backline.connections.types import Detail, Status
from backline.dashboard.templatetags.dashboard import shape

register = template.Library()

LOOKS: Mapping[Status, tuple[str, str]] = {
    Status.CONNECTED: ("live", "connected"),
    Status.NOT_CONNECTED: ("quiet", "notconnected"),
    Status.CONNECTING: ("progress", "deploying"),
    Status.PARTNERSHIP_NEEDED: ("attention", "partnership"),
    Status.ERROR: ("problem", "error"),
    Status.DISCONNECTED: ("attention", "disconnected"),
    Status.IN_DEVELOPMENT: ("quiet", "indev"),
}
"""Tone and shape of each status."""


@register.simple_tag
def status(word: str) -> SafeString:
    """Draw a status of a connection by its word; a word that is none is refused."""
    known = Status(word)
    tone, figure = LOOKS[known]
    return format_html('<span class="status status--{}">{}{}</span>', tone, shape(figure), known.value)


@register.simple_tag
def detail(word: str) -> SafeString:
    """Draw the label that may stand beside a status; a word that is none is refused."""
    return format_html('<span class="detail-label">{}</span>', Detail(word).value)
