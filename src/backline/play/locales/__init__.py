"""The words of the public pages, one module per language, and which language a fan gets."""

from __future__ import annotations

from collections.abc import Sequence

from backline.play.locales import ar, da, de, en, es, fr, hi, it, ja, ko, nb, nl, pl, pt, sv, tr, uk, zh_hans, zh_hant
from backline.play.locales import id as indonesian
from backline.play.locales.words import Words

_MODULES = (
    en, indonesian, da, de, es, fr, it, nl, nb, pl, pt, sv, tr, uk, ar, hi, ja, ko, zh_hans, zh_hant,
)  # fmt: skip
WORDS: dict[str, Words] = {module.WORDS.tag: module.WORDS for module in _MODULES}
"""Every language by its tag; one that is listed is complete. ``contract.languages`` lists the same."""

DEFAULT = "en"
ALL = tuple(WORDS)

_SAME = {"no": "nb", "nn": "nb", "in": "id"}
_WRITE_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def match(tag: str, offered: Sequence[str] = ALL) -> str:
    """Return which language of ``offered`` serves a fan who asks for ``tag`` (BCP 47), empty when none does.

    Chinese goes by its script, and where none is named by its region.
    """
    language, *rest = tag[:12].lower().split("-")
    language = _SAME.get(language, language)
    if language == "zh":
        is_traditional = "hans" not in rest and not _WRITE_TRADITIONAL.isdisjoint(rest)
        language = "zh-Hant" if is_traditional else "zh-Hans"
    return language if language in offered else ""


def chosen(query: str, offered: Sequence[str] = ALL) -> str:
    """Return the language that ``?lang=`` asks for, empty when there is none or it is none of ``offered``."""
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == "lang":
            return match(value, offered)
    return ""


def negotiate(accept_language: str, offered: Sequence[str] = ALL) -> tuple[str, str]:
    """Return the tag of the best language for an ``Accept-Language`` header and the fan's own first choice.

    Who asks for none of ``offered`` gets its first. The fan's choice is what the event keeps (``pt-BR``), empty when
    the header names none. Only the first 200 characters are looked at; a quality that is not a number counts as 0.
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
    served = (match(tag, offered) for _, _, tag in wishes)
    return next(filter(None, served), offered[0]), wishes[0][2] if wishes else ""
