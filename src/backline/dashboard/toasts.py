"""Toasts: a sentence on an act that is done, with a way back where there is one.

They are Django's messages; the way back travels in ``extra_tags`` as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

_PREFIX = "undo:"


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes an act back: where it posts and with what."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)
    label: str = "Undo"


def done(request: HttpRequest, sentence: str, *, undo: Undo | None = None) -> None:
    """Say on the next page that something is done."""
    tags = _PREFIX + json.dumps([undo.url, dict(undo.fields), undo.label]) if undo else ""
    messages.success(request, sentence, extra_tags=tags)


def refused(request: HttpRequest, sentence: str) -> None:
    """Say on the next page that something could not be done, and why."""
    messages.error(request, sentence)


def undo_of(message: Message) -> Undo | None:
    """Return the way back that a message carries."""
    tags = message.extra_tags or ""
    if not tags.startswith(_PREFIX):
        return None
    url, fields, label = json.loads(tags.removeprefix(_PREFIX))
    return Undo(url=url, fields=fields, label=label)
