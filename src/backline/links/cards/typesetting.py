"""Setting a title into a box: how large it may be and where its lines break."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import ImageDraw, ImageFont

from backline.links.cards import faces
from backline.links.cards.faces import Face

_STEP = 0.93
_BOLD = 600
_SHORT = 8
_BASELINE = 0.84
"""Where the baseline lies in a line, in parts of the size: near enough for every face here."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set. Sizes in pixels; ``leading`` and ``tracking`` in parts of the size."""

    face: Face
    largest: int
    smallest: int
    weight: int = 400
    width: int = 100
    leading: float = 1.1
    tracking: float = 0.0
    is_upper: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A text in its lines, ready to be drawn."""

    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont
    size: int
    leading: float
    tracking: float
    stroke: int
    is_rtl: bool

    @property
    def height(self) -> int:
        """The room that the lines take, in pixels."""
        return round(self.size * (1 + self.leading * (len(self.lines) - 1)))

    def draw(self, canvas: ImageDraw.ImageDraw, box: Box, *, fill: str, is_centred: bool = False) -> None:
        """Draw the lines from the top of the box, at its middle or at the side where the script begins."""
        for number, line in enumerate(self.lines):
            width = self.width_of(line)
            left = box[2] - width if self.is_rtl else box[0]
            if is_centred:
                left = (box[0] + box[2] - width) / 2
            baseline = box[1] + self.size * (_BASELINE + self.leading * number)
            for part, at in self._parts(line, left):
                canvas.text(
                    (at, baseline),
                    part,
                    fill,
                    self.font,
                    anchor="ls",
                    stroke_width=self.stroke,
                    direction="rtl" if self.is_rtl else None,
                )

    def width_of(self, line: str) -> float:
        """Return how wide a line is, in pixels."""
        return _width(line, self.font, self.tracking * self.size)

    def _parts(self, line: str, left: float) -> Iterator[tuple[str, float]]:
        if not self.tracking:
            yield line, left
            return
        for character in line:
            yield character, left
            left += self.font.getlength(character) + self.tracking * self.size


def compose(text: str, style: Style, *, width: int, height: int) -> Block | None:
    """Return the text as large as the room allows; at the smallest size words break and the end is cut off.

    None when no face has its letters.
    """
    found = faces.set_in(text.upper() if style.is_upper else text, style.face)
    if found is None:
        return None
    shown, face = found
    # Only letters that stand alone can be set apart.
    tracking = style.tracking if face == style.face and not any(map(unicodedata.combining, shown)) else 0.0
    leading = style.leading if face == style.face else max(style.leading, 1.25)
    size = style.largest
    while True:
        font = faces.font(face, size, style.weight, style.width)
        lines, is_broken = _wrap(shown, font, width, tracking * size)
        room = 1 + int((height - size) / (size * leading))
        if (len(lines) <= room and not is_broken) or size <= style.smallest:
            break
        size = max(style.smallest, int(size * _STEP))
    if len(lines) > max(1, room):
        lines = lines[: max(1, room)]
        lines[-1] = _cut(lines[-1], font, width, tracking * size)
    else:
        lines = _balanced(shown, font, lines, tracking * size)
    stroke = max(1, size // 45) if style.weight >= _BOLD and not face.axes else 0
    return Block(tuple(lines), font, size, leading, tracking, stroke, _is_rtl(shown))


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: float, tracking: float) -> tuple[list[str], bool]:
    """Return the lines, and whether a word had to be broken."""
    lines: list[str] = [""]
    is_broken = False
    for word in _words(text):
        if _width(lines[-1] + word.rstrip(), font, tracking) <= width:
            lines[-1] += word
            continue
        if lines[-1]:
            lines.append("")
        while _width(word.rstrip(), font, tracking) > width:
            is_broken = True
            fits = _fitting(word, font, width, tracking)
            lines[-1] = word[:fits]
            word = word[fits:]  # noqa: PLW2901 what is left of it
            lines.append("")
        lines[-1] = word
    return [line.strip() for line in lines if line.strip()], is_broken


def _words(text: str) -> Iterator[str]:
    """Yield what a line may not break inside of: words with the space behind them, and each full-width sign.

    A short title of full-width signs stays together, as a word does.
    """
    is_short = len(text) <= _SHORT
    word = ""
    for character, after in zip(text, [*text[1:], ""], strict=True):
        word += character
        is_wide = not is_short and unicodedata.east_asian_width(character) in "WF"
        begins_line = after and unicodedata.category(after) not in ("Pe", "Pf", "Po", "Lm", "Mn", "Mc")
        if character == " " or (is_wide and begins_line and after != " " and unicodedata.category(character) != "Ps"):
            yield word
            word = ""
    if word:
        yield word


def _fitting(word: str, font: ImageFont.FreeTypeFont, width: float, tracking: float) -> int:
    """Return how many signs of a word fit into a line, at least one; a mark stays with its letter."""
    counts = range(1, len(word))
    count = bisect_right(counts, width, key=lambda count: _width(word[:count], font, tracking))
    while count > 1 and unicodedata.category(word[count]) in ("Mn", "Mc"):
        count -= 1
    return max(1, count)


def _cut(line: str, font: ImageFont.FreeTypeFont, width: float, tracking: float) -> str:
    while line and _width(line + "…", font, tracking) > width:
        line = line[:-1].rstrip()
    return line + "…"


def _balanced(text: str, font: ImageFont.FreeTypeFont, lines: list[str], tracking: float) -> list[str]:
    """Return as many lines as before, of about the same width."""
    width = max(_width(line, font, tracking) for line in lines)
    while len(lines) > 1:
        width *= 0.95
        closer, is_broken = _wrap(text, font, width, tracking)
        if is_broken or len(closer) > len(lines):
            break
        lines = closer
    return lines


def _width(line: str, font: ImageFont.FreeTypeFont, tracking: float) -> float:
    if not tracking:
        return font.getlength(line)
    return sum(font.getlength(character) for character in line) + tracking * max(0, len(line) - 1)


def _is_rtl(text: str) -> bool:
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((direction != "L" for direction in directions if direction in ("L", "R", "AL")), False)
