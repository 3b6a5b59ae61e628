"""How a title is set: how large it may be, which language and direction it has. No script may measure, so we do."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from markupsafe import Markup

_SCRIPTS = (
    (("HIRAGANA", "KATAKANA"), "ja"),
    (("HANGUL",), "ko"),
    (("ARABIC",), "ar"),
    (("HEBREW",), "he"),
    (("THAI",), "th"),
    (("DEVANAGARI",), "hi"),
    (("GREEK",), "el"),
    (("CJK",), "zh"),
)
_RTL_LANGUAGES = frozenset({"ar", "he", "fa", "ur", "yi", "ps", "sd", "ug", "dv", "ckb"})
_STYLED_LANGUAGES = frozenset({"ar", "hi", "ja", "ko", "tr", "zh-Hans", "zh-Hant"})
"""Pages that set letters by rules of their own, such as Turkish capitals: not for titles of no known language."""
_FITS = (("xs", 5, 24), ("s", 7, 24), ("m", 10, 40), ("l", 14, 70), ("xl", 160, 160))
_NAME_FITS = (("s", 6, 12), ("m", 9, 20), ("l", 13, 34))
"""The longest word and the whole length that each size holds, in letters."""
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class Heading:
    """A title with its size class and its ``lang`` and ``dir`` attributes (ready for HTML, with a leading space)."""

    text: str
    fit: str
    marks: Markup


def heading(text: str, language: str, around: str) -> Heading:
    """Return ``text`` as a heading; ``language`` is what is known of it or empty, ``around`` that of the page."""
    return Heading(text=text, fit=fit_of(text), marks=marks_of(text, language, around))


def fit_of(text: str) -> str:
    """Return ``xs`` (short words, set largest) to ``xxl``, so that no ordinary word has to break."""
    return _smallest(_FITS, text) or "xxl"


def name_fit(text: str) -> str:
    """Return how large a name may stand beside its cover: ``s`` (set largest), ``m``, ``l`` or ``xl``."""
    return _smallest(_NAME_FITS, text) or "xl"


def _smallest(fits: tuple[tuple[str, int, int], ...], text: str) -> str:
    """Return the first class that holds the longest word and the whole length; a full-width character counts two.

    A line may break between full-width characters, so each of them is a word of its own.
    """
    longest = word = total = 0
    for character in text:
        is_wide = unicodedata.east_asian_width(character) in "WF"
        if character.isspace() or is_wide:
            word = 0
        total += 2 if is_wide else 1
        word += 2 if is_wide else 0 if character.isspace() else 1
        longest = max(longest, word)
        if is_wide:
            word = 0
    return next((name for name, most, whole in fits if longest <= most and total <= whole), "")


def direction_of(text: str) -> str:
    """Return ``rtl`` or ``ltr`` by the first character that has a direction, empty when none has."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return ""


def language_of(text: str) -> str:
    """Return the language that the script of ``text`` suggests, empty for scripts that many languages share."""
    if text.isascii():
        return ""  # most titles are, and asking each letter for its name is a third of a page's rendering
    names = [unicodedata.name(character, "") for character in text if character.isalpha()]
    for scripts, language in _SCRIPTS:
        if any(name.startswith(scripts) for name in names):
            return language
    return ""


def marks_of(text: str, language: str = "", around: str = "") -> Markup:
    """Return the ``lang`` and ``dir`` attributes that ``text`` needs, each with a leading space.

    ``around`` is the language of the page; without it there is no ``dir``, for elements that find their own (``bdi``).
    """
    language = language or language_of(text)
    is_apart = bool(language) or around in _STYLED_LANGUAGES
    marks = Markup(' lang="{}"').format(language) if is_apart else Markup("")
    direction = "rtl" if direction_of(text) == "rtl" or language in _RTL_LANGUAGES else "ltr"
    if around and text and direction != ("rtl" if around in _RTL_LANGUAGES else "ltr"):
        marks += Markup(' dir="{}"').format(direction)
    return marks


def isolate(text: str, around: str = "ltr") -> str:
    """Return ``text`` wrapped so that its direction does not spill into the sentence around it, if it needs that."""
    if around == "rtl" or any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text
