"""The words of the public pages, one module per language; a language that is listed is complete."""

from __future__ import annotations

from backline.play.locales import de, en, es, fr, ja, pt
from backline.play.locales.words import Words

WORDS: dict[str, Words] = {words.tag: words for words in (en.WORDS, de.WORDS, es.WORDS, fr.WORDS, ja.WORDS, pt.WORDS)}
"""Every language by its tag."""

DEFAULT = "en"


def negotiate(accept_language: str) -> tuple[str, str]:
    """Return the tag of our best language for an ``Accept-Language`` header and the fan's own first choice.

    The second is what the event keeps (``pt-BR``), empty when the header names none. Only the first
    200 characters are looked at; a quality that is not a number counts as 0.
    """
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:200].split(",")):
        tag, _, parameters = part.strip().partition(";")
        tag = tag.strip()
        if not 2 <= len(tag) <= 12 or not tag.replace("-", "").isalnum() or not tag.isascii():
            continue
        quality = 1.0
        key, _, value = parameters.strip().partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
        if 0 < quality <= 1:
            wishes.append((-quality, place, tag))
    wishes.sort()
    for _, _, tag in wishes:
        language = tag.partition("-")[0].lower()
        if language in WORDS:
            return language, wishes[0][2]
    return DEFAULT, wishes[0][2] if wishes else ""
