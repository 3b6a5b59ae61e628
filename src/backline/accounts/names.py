"""The rules for names and addresses that people choose."""

from __future__ import annotations

import re
import string
import unicodedata

from backline.core import slugs
from backline.core.errors import Rejected

NAME_LENGTH = 100
SLUG_LENGTH = 60

_RESERVED_WORDS = """
    - e a art assets static media oembed healthz readyz metrics robots robots.txt sitemap sitemap.xml .well-known
    well-known favicon favicon.ico manifest go qr card api admin operator account accounts settings login logout signup
    signin register start privacy terms legal imprint cookies about help support docs status blog pricing contact
    security www app mail internal backline null undefined index
"""
RESERVED_SLUGS = frozenset(_RESERVED_WORDS.split())
"""Paths of the public host, and words that would be mistaken for the product speaking."""

_ALLOWED_MARKS = frozenset(string.punctuation)
_JOINERS = frozenset("\u200c\u200d")  # Persian and the Indic scripts cannot be written without them
_BREAKING = re.compile(r"\s+")


def clean_name(text: str, *, field: str = "name") -> str:
    """Return ``text`` trimmed and with single spaces, or raise :class:`Rejected` for ``field``.

    A name has 1 to 100 characters: letters of any script, numbers, spaces and punctuation (R3).
    """
    name = _BREAKING.sub(" ", unicodedata.normalize("NFC", text)).strip()
    if not name:
        raise _refused(field, "Enter a name.")
    if len(name) > NAME_LENGTH:
        raise _refused(field, f"Use at most {NAME_LENGTH} characters; this has {len(name)}.")
    wrong = next((character for character in name if not _is_allowed(character)), None)
    if wrong is not None:
        shown = f"“{wrong}”" if wrong.isprintable() else f"the invisible character U+{ord(wrong):04X}"
        raise _refused(field, f"Use only letters, numbers, spaces and punctuation: {shown} cannot be part of a name.")
    if not any(unicodedata.category(character)[0] in "LNP" for character in name):
        raise _refused(field, "Use at least one letter, number or punctuation mark.")
    return name


def name_from_platform(text: str) -> str:
    """Return the nearest allowed name to what a music platform calls an artist; it never refuses.

    Characters that our rule does not allow are left out. A name of which nothing remains becomes "Artist".
    """
    kept = "".join(character if _is_allowed(character) else " " for character in unicodedata.normalize("NFC", text))
    name = _BREAKING.sub(" ", kept).strip()[:NAME_LENGTH].strip()
    try:
        return clean_name(name)
    except Rejected:
        return "Artist"


def clean_slug(text: str) -> str:
    """Return an address that a person typed, in lower case, or raise :class:`Rejected` for the field ``slug``."""
    slug = text.strip().lower()
    if not slug:
        raise _refused("slug", "Enter an address.")
    if len(slug) > SLUG_LENGTH:
        raise _refused("slug", f"Use at most {SLUG_LENGTH} characters; this has {len(slug)}.")
    if not slugs.VALID.fullmatch(slug):
        raise _refused("slug", "Use only the letters a to z, digits, and single hyphens between them.")
    if slug in RESERVED_SLUGS:
        raise _refused("slug", f"“{slug}” is kept for the product itself. Choose another address.")
    return slug


def _is_allowed(character: str) -> bool:
    category = unicodedata.category(character)
    return (
        category[0] in "LMNP"
        or character == " "
        or character in _ALLOWED_MARKS
        or character in _JOINERS
        or category == "Sc"  # money signs stand for letters in many stage names
    )


def _refused(field: str, problem: str) -> Rejected:
    return Rejected(problem, field_errors={field: problem})
