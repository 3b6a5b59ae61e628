"""The typefaces of cards. They come with the product, so a card looks the same on every machine.

A text is set in one face that has all its letters. Where there is none, or where the machine cannot join letters as
the script wants it, the text is left out: a card never shows boxes.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from importlib import resources

from PIL import ImageFont, features

LONGEST_TEXT = 200
_JOINERS = "\u200c\u200d"
_VARIATIONS = range(0xFE00, 0xFE10)


@dataclass(frozen=True, slots=True)
class Face:
    """A font file inside a package. ``axes`` is how many of weight and width it can be set to."""

    package: str
    file: str
    axes: int = 2


SERIF = Face("fontpkg_noto_serif", "files/NotoSerif[wdth,wght].ttf")
SERIF_ITALIC = Face("fontpkg_noto_serif", "files/NotoSerif-Italic[wdth,wght].ttf")
SANS = Face("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf")
_FOR_OTHER_SCRIPTS = (
    SANS,
    Face("fontpkg_rubik", "files/Rubik[wght].ttf", axes=1),
    Face("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf"),
    Face("fontpkg_noto_sans_thai", "files/NotoSansThai[wdth,wght].ttf"),
    Face("noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf", axes=0),
)


@functools.lru_cache(maxsize=256)
def font(face: Face, size: int, weight: int = 400, width: int = 100) -> ImageFont.FreeTypeFont:
    """Return a face at a size in pixels; ``weight`` is 100 to 900, ``width`` 62 to 100 per cent."""
    with resources.as_file(resources.files(face.package).joinpath(face.file)) as path:
        found = ImageFont.truetype(str(path), size)
    if face.axes:
        found.set_variation_by_axes([float(weight), float(width)][: face.axes])
    return found


def set_in(text: str, wanted: Face) -> tuple[str, Face] | None:
    """Return the text as it can be drawn, and the face for it: the one that is wanted, or one for its script.

    What is no letter or digit (a heart, an emoji) and not in the face is left out. None when nothing can be drawn.
    """
    text = _clean(text)
    if _must_be_joined(text) and not features.check("raqm"):
        return None
    for face in dict.fromkeys((wanted, *_FOR_OTHER_SCRIPTS)):
        lost = {character for character in set(text) if not _has(face, character)}
        if not any(unicodedata.category(character)[0] in "LMN" for character in lost):
            kept = " ".join("".join(character for character in text if character not in lost).split())
            return (kept, face) if kept else None
    return None


def _clean(text: str) -> str:
    """Return one line without invisible signs; the joiners of Persian and Hindi stay."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    shown = (
        character
        for character in text
        if character in _JOINERS or (unicodedata.category(character)[0] != "C" and ord(character) not in _VARIATIONS)
    )
    return "".join(shown)[:LONGEST_TEXT]


def _must_be_joined(text: str) -> bool:
    return any(
        unicodedata.bidirectional(character) in ("R", "AL") or unicodedata.category(character) in ("Mn", "Mc")
        for character in text
    )


@functools.lru_cache(maxsize=20_000)
def _has(face: Face, character: str) -> bool:
    return character.isspace() or character in _JOINERS or _drawn(face, character) != _drawn(face, "\U0010fffd")


def _drawn(face: Face, character: str) -> bytes:
    return bytes(font(face, 20).getmask(character))
