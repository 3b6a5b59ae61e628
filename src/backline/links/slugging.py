"""Addresses of links: readable, unique under their artist, and never given to another link once taken. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Container

from backline.core import slugs
from backline.core.errors import Rejected

LENGTH = 80
COMFORTABLE_LENGTH = 60
"""Titles are cut to this; a person may type up to ``LENGTH``."""

RESERVED = frozenset({"go", "t", "e", "art", "assets", "qr", "card", "oembed", "sitemap", "robots", "admin", "null"})
"""Words that stand for something else under an artist's address, or could."""

TRACK_SEGMENT = "t"
"""``{artist}/t/{track id}`` leads to the track's release (SL-05)."""

_SHORTEST_READABLE = 2


def slug_for(*, title: str, kind: str, external_id: str, taken: Container[str]) -> str:
    """Return a free slug for a title: its words, or a short id where part of it cannot be read.

    The short id is made from the source's id, so that it is the same whenever it is made.
    """
    base = slugs.slug_of(title, max_length=COMFORTABLE_LENGTH)
    is_too_short = len(base) < _SHORTEST_READABLE and not title.strip().isascii()
    if is_too_short or not slugs.can_be_read(title):
        short = hashlib.sha256(external_id.encode()).hexdigest()[:6]
        base = f"{kind}-{short}"
    elif not base:
        base = kind
    if base in RESERVED:
        base = f"{base}-{kind}"
    return next(slug for slug in slugs.with_suffixes(base, max_length=LENGTH) if slug not in taken)


def clean_slug(text: str) -> str:
    """Return a slug that a person typed, in lower case, or raise :class:`Rejected` for the field ``slug``."""
    slug = text.strip().lower()
    problem = ""
    if not slug:
        problem = "Enter an address."
    elif len(slug) > LENGTH:
        problem = f"Use at most {LENGTH} characters; this has {len(slug)}."
    elif not slugs.VALID.fullmatch(slug):
        problem = "Use only the letters a to z, digits, and single hyphens between them."
    elif slug in RESERVED:
        problem = f"“{slug}” is kept for the product itself. Choose another address."
    if problem:
        raise Rejected(problem, field_errors={"slug": problem})
    return slug
