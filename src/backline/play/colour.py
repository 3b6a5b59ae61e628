"""Colours of an artist made fit to be read: every wish is kept as near as WCAG 2.2 lets it be, and none is refused."""

from __future__ import annotations

import colorsys
import re

TEXT = 4.5
"""The contrast that text needs (WCAG 2.2, 1.4.3)."""
SHAPE = 3.0
"""The contrast that a shape needs to be seen (WCAG 2.2, 1.4.11)."""
FIELD_TEXT = 5.0
"""The contrast of text on a field whose colour comes from a cover; a little more, because fields have soft edges."""

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_WHITE = "#ffffff"
_STEPS = 100
_HUE_APART = 0.1
_CALM = 0.5


def is_colour(text: str) -> bool:
    """Tell whether a text is a colour that we write: ``#rrggbb``."""
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_accent(wish: str, *, dark: str, ground: str = "") -> tuple[str, str]:
    """Return an accent near the wish and the colour of text on it: the theme's ``dark`` one, or white.

    Where the page has a dark ``ground``, the accent is also light enough to stand out from it.
    """
    accents = [_mixed(wish, step / _STEPS) for step in range(_STEPS + 1)]
    seen = (accent for accent in accents if not ground or contrast(accent, ground) >= SHAPE)
    return next(
        (accent, text) for accent in seen for text in (dark, _WHITE) if contrast(accent, text) >= TEXT
    )  # fmt: skip


def fields(palette: tuple[str, ...], *, text: str, count: int) -> tuple[str, ...]:
    """Return ``count`` calm colours with the hues of a cover, dark enough for light ``text``; none of no palette.

    A cover with fewer colours gives each of them again, a little further round the wheel.
    """
    found = [colour for colour in palette if is_colour(colour)]
    if not found:
        return ()
    return tuple(
        _darkened(found[number % len(found)], _HUE_APART * (number // len(found)), start=0.32, text=text)
        for number in range(count)
    )


def bar(palette: tuple[str, ...], *, text: str) -> str:
    """Return the nearly black colour around a cover, with the hue of its strongest colour; empty of no palette."""
    found = [colour for colour in palette if is_colour(colour)]
    return _darkened(found[0], 0.0, start=0.07, text=text) if found else ""


def _darkened(colour: str, turn: float, *, start: float, text: str) -> str:
    """Return the hue of a colour, turned by a share of the wheel, as light as the text on it allows."""
    hue, _, saturation = colorsys.rgb_to_hls(*(part / 255 for part in _parts(colour)))
    tones = (
        colorsys.hls_to_rgb((hue + turn) % 1.0, start * (1 - step / _STEPS), min(saturation, _CALM))
        for step in range(_STEPS + 1)
    )
    written = ("#" + "".join(f"{round(part * 255):02x}" for part in tone) for tone in tones)
    return next(tone for tone in written if contrast(tone, text) >= FIELD_TEXT)


def _mixed(colour: str, share: float) -> str:
    return "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in _parts(colour))


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, "relative luminance")."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
