"""The languages of the public pages, by tag (BCP 47), each with its own name for itself, in the order of the switch."""

from __future__ import annotations

LANGUAGES: dict[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "pt": "Português",
    "ja": "日本語",
}
"""``play.locales`` has the words of each; the first is for fans whose language is not among them."""
