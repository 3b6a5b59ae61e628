# ruff: noqa: RUF001  (letters of other scripts are the matter here)
"""Readable addresses from names in any script: lower-case Latin letters, digits and single hyphens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

VALID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What a slug looks like; use ``fullmatch``."""

# Each item is a character and what is written for it.
_LATIN = """
    ßss æae œoe øo đd ðd þth łl \u0131i ħh ŋng əe ĸk ŧt ƒf
"""
_CYRILLIC = """
    аa бb вv гg дd еe ёe жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya
    іi їyi єye ґg ўu ђdj јj љlj њnj ћc џdz ѓg ќk ѕdz
"""
_GREEK = """
    αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo
"""
_HEBREW = """
    אa בb גg דd הh וv זz חh טt יy כk ךk לl מm םm נn ןn סs עa פp ףp צts ץts קk רr שsh תt
"""
_ARABIC = """
    اa بb تt ثth جj حh خkh دd ذdh رr زz سs شsh صs ضd طt ظz عa غgh فf قq كk لl مm نn هh وw يy ةa ىa پp چch ژzh
    گg کk یy
"""
_TABLE = {item[0]: item[1:] for item in (_LATIN + _CYRILLIC + _GREEK + _HEBREW + _ARABIC).split()}
_SILENT = re.compile("['`\u2018\u2019\u02bc\u00b4]")
_LETTERS = frozenset({"Ll", "Lo", "Lt", "Lu"})
"""Not the modifiers: most are a kind of apostrophe."""
_LONG_VOWEL = "\u30fc"
_NAMED = re.compile(r"(?:HIRAGANA|KATAKANA) LETTER (?:SMALL )?(\w+)|HANGUL SYLLABLE (\w+)")


def slug_of(text: str, *, max_length: int) -> str:
    """Return a readable slug of ``text``, at most ``max_length`` long, or "" when nothing of it can be read.

    Accents are dropped; Cyrillic, Greek, Hebrew, Arabic, kana and hangul are written in Latin letters by a simple
    table. Emoji are left out. Where some letters cannot be read (Chinese characters), only words that are Latin
    anyway are kept: the readable rest of the others would be no word.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    if not can_be_read(text):
        plain = " ".join(word for word in plain.split() if not any(map(_is_foreign, word)))
    latin = "".join(_latin(character) for character in plain)
    joined = _SILENT.sub("", latin).replace("&", " and ").replace("+", " plus ").replace("$", "s")
    slug = re.sub(r"[^a-z0-9]+", "-", joined).strip("-")
    if len(slug) <= max_length:
        return slug
    cut = slug[: max_length + 1]
    whole_words = cut.rsplit("-", 1)[0] if "-" in cut[max_length // 2 :] else cut[:max_length]
    return whole_words.strip("-")


def can_be_read(text: str) -> bool:
    """Tell whether every letter of ``text`` can be written in Latin letters."""
    letters = (one for one in unicodedata.normalize("NFKC", text).lower() if unicodedata.category(one) in _LETTERS)
    return all(_latin(letter).isascii() for letter in letters)


def with_suffixes(slug: str, *, max_length: int) -> Iterator[str]:
    """Yield ``slug``, ``slug-2``, ``slug-3`` and so on, each at most ``max_length`` long."""
    yield slug
    number = 2
    while True:
        suffix = f"-{number}"
        yield slug[: max_length - len(suffix)].rstrip("-") + suffix
        number += 1


def _is_foreign(character: str) -> bool:
    return unicodedata.category(character) in _LETTERS and "LATIN" not in unicodedata.name(character, "")


def _latin(character: str) -> str:
    for candidate in (character, unicodedata.normalize("NFKD", character)[0]):
        if candidate.isascii():
            return candidate
        if candidate in _TABLE:
            return _TABLE[candidate]
    if unicodedata.category(character).startswith("M") or character == _LONG_VOWEL:
        return ""
    named = _NAMED.fullmatch(unicodedata.name(character, ""))
    return character if named is None else (named[1] or named[2]).lower()
