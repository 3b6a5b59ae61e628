"""The rules of the catalogue: pure functions, each with its source."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from backline.catalog.types import ReleaseType

EP_TRACKS = range(4, 7)
EP_LONGEST_MS = 30 * 60 * 1000

_UPC_LENGTHS = range(8, 15)
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_SPACES = re.compile(r"\s+")
# A line break or a control character in a title is an accident of whoever delivered it; PostgreSQL refuses NUL.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]")
# They turn the text around them, also that of the page after it; marks for a single letter (U+200E) stay.
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def release_type(*, group: str, total_tracks: int, total_ms: int | None) -> ReleaseType:
    """Return what kind of release it is, from Spotify's group, its tracks and its length in milliseconds.

    Spotify calls a release album, single or compilation and knows no EP: a "single" of four to six tracks that
    together last at most thirty minutes is one (``docs/developers/catalogue-and-links.md``). While the
    length is unknown (``None``) the number of tracks decides.
    """
    if group == "compilation":
        return ReleaseType.COMPILATION
    if group != "single":
        return ReleaseType.ALBUM
    is_short = total_ms is None or total_ms <= EP_LONGEST_MS
    return ReleaseType.EP if total_tracks in EP_TRACKS and is_short else ReleaseType.SINGLE


def normal_upc(text: str) -> str:
    """Return a UPC or EAN as its significant digits, or "" when it is none.

    The same code is written with 12 (UPC-A), 13 (EAN) or 14 digits (GTIN), padded with zeros: they compare equal here.
    """
    digits = re.sub(r"[\s-]", "", text)
    if not digits.isascii() or not digits.isdigit() or len(digits) not in _UPC_LENGTHS:
        return ""
    significant = digits.lstrip("0")
    if not significant:
        return ""
    return significant if len(significant) > 12 else significant.rjust(12, "0")


def has_right_check_digit(upc: str) -> bool:
    """Tell whether the last digit of a UPC, EAN or GTIN fits the others (GS1 General Specifications, 7.9)."""
    digits = [int(digit) for digit in reversed(upc)]
    return (3 * sum(digits[1::2]) + sum(digits[0::2])) % 10 == 0


def looks_like_code(text: str) -> str:
    """Return what a person meant who mistyped a code: "upc", "isrc", or "" when it is neither."""
    code = re.sub(r"[\s-]", "", text)
    if not code.isascii() or not code.isalnum() or not 6 <= len(code) <= 20:
        return ""
    if code.isdigit():
        return "upc"
    # Letters of the country and the registrant come first, and at least four digits stand at the end.
    return "isrc" if re.fullmatch(r"[A-Za-z]{2}[A-Za-z0-9]*[0-9]{4}", code) else ""


def normal_isrc(text: str) -> str:
    """Return an ISRC (ISO 3901) in upper case without dashes, or "" when it is none."""
    code = re.sub(r"[\s-]", "", text).upper()
    return code if _ISRC.fullmatch(code) else ""


def clean_text(text: str, *, limit: int) -> str:
    """Return ``text`` on one line, without control characters, at most ``limit`` characters long."""
    plain = _SURROGATES.sub("\ufffd", _CONTROL.sub(" ", _TURNING.sub("", text)))
    joined = _SPACES.sub(" ", plain).strip()
    return joined if len(joined) <= limit else joined[: limit - 1].rstrip() + "…"


def iso_date(text: str) -> str:
    """Return a date of the form YYYY, YYYY-MM or YYYY-MM-DD, or "" when it is none (Spotify has ``0000``)."""
    if not re.fullmatch(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", text):
        return ""
    return text


# Blocks of the Unicode standard that tell a language, or the most likely one where several share a script.
_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("HIRAGANA", "ja"), ("KATAKANA", "ja"), ("HANGUL", "ko"), ("CJK", "zh"), ("BOPOMOFO", "zh"), ("CYRILLIC", "ru"),
    ("ARABIC", "ar"), ("HEBREW", "he"), ("GREEK", "el"), ("THAI", "th"), ("DEVANAGARI", "hi"), ("BENGALI", "bn"),
    ("TAMIL", "ta"), ("TELUGU", "te"), ("KANNADA", "kn"), ("MALAYALAM", "ml"), ("GUJARATI", "gu"), ("GURMUKHI", "pa"),
    ("SINHALA", "si"), ("GEORGIAN", "ka"), ("ARMENIAN", "hy"), ("ETHIOPIC", "am"), ("KHMER", "km"), ("LAO", "lo"),
    ("MYANMAR", "my"), ("TIBETAN", "bo"), ("MONGOLIAN", "mn"), ("SYRIAC", "syr"), ("THAANA", "dv"), ("NKO", "nqo"),
)  # fmt: skip
_UKRAINIAN = frozenset("іїєґІЇЄҐ")
_PERSIAN = frozenset("پچژگکی")
_URDU = frozenset("ٹڈڑںےہھ")


def guess_language(title: str, *context: str) -> str:
    """Return the BCP 47 language that a title's script tells, or "" for Latin script and for no letters at all.

    A script that writes a third of the letters or more decides. ``context`` (the artist's name, say) settles what
    the title alone leaves open: Han characters are Japanese beside kana. Pages use it for ``lang`` and ``dir``.
    """
    scripts = [_script(character) for character in title if unicodedata.category(character).startswith("L")]
    foreign = [script for script in scripts if script]
    if not foreign or len(foreign) * 3 < len(scripts):
        return ""
    language = max(dict.fromkeys(foreign), key=foreign.count)
    characters = set(title)
    if language == "zh" and ("ja" in foreign or "ja" in _scripts_of(context)):
        return "ja"
    if language == "ru" and characters & _UKRAINIAN:
        return "uk"
    if language == "ar" and characters & _URDU:
        return "ur"
    if language == "ar" and characters & _PERSIAN:
        return "fa"
    return language


def _scripts_of(texts: Iterable[str]) -> set[str]:
    return {_script(character) for text in texts for character in text}


def _script(character: str) -> str:
    if character.isascii():
        return ""
    name = unicodedata.name(character, "")
    return next((language for script, language in _SCRIPTS if name.startswith(script)), "")
