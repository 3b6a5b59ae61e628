"""Draws a card: 1200 by 630 pixels, the format of Open Graph, in the manner of the page's theme.

The cover is shown whole, with nothing on it, beside the words; that is what the streaming services ask for.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from backline.contract.pages import CARD_SIZE
from backline.links.cards.card import Card
from backline.links.cards.faces import SANS, SERIF, SERIF_ITALIC
from backline.links.cards.typesetting import Block, Box, Style, compose
from backline.play import colour

WIDTH, HEIGHT = CARD_SIZE
LARGEST_BYTES = 300_000
_MOST_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A card that is being drawn."""

    card: Card
    cover: Image.Image | None
    image: Image.Image
    canvas: ImageDraw.ImageDraw

    def fill(self, box: Box, colour: str) -> None:
        self.canvas.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=colour)

    def accent(self, usual: str, *, dark: str, ground: str = "") -> tuple[str, str]:
        """Return the accent as the page has it, and the colour of text on it."""
        wish = self.card.accent if colour.is_colour(self.card.accent) else usual
        return colour.readable_accent(wish, dark=dark, ground=ground)

    def place_cover(self, box: Box) -> None:
        """Put the cover into the middle of the box, as large as it is whole."""
        if self.cover is None:
            return
        whole = ImageOps.contain(self.cover, (box[2] - box[0], box[3] - box[1]), Image.Resampling.LANCZOS)
        at = (box[0] + (box[2] - box[0] - whole.width) // 2, box[1] + (box[3] - box[1] - whole.height) // 2)
        self.image.paste(whole, at, whole if whole.mode == "RGBA" else None)

    def names(
        self, box: Box, title: Style, artist: Style, *, artist_height: int = 90
    ) -> tuple[Block | None, Block | None]:
        """Return title and artist, set into a column."""
        width, height = box[2] - box[0], box[3] - box[1]
        who = compose(self.card.artist, artist, width=width, height=artist_height)
        return compose(self.card.title, title, width=width, height=height - (who.height if who else 0)), who


def draw(card: Card, cover: bytes | None) -> bytes:
    """Return the card as JPEG of at most ``LARGEST_BYTES``. Same arguments, same bytes.

    A cover that is no picture, or far too large, is left out.
    """
    look = _LOOKS.get(card.theme, _classic)
    image = Image.new("RGB", (WIDTH, HEIGHT))
    look(_Sheet(card, _opened(cover) if cover else None, image, ImageDraw.Draw(image)))
    for quality in (90, 80, 65, 50):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, subsampling=0, optimize=True, progressive=True)
        if out.tell() <= LARGEST_BYTES:
            break
    return out.getvalue()


def _opened(data: bytes) -> Image.Image | None:
    try:
        picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
        if picture.width * picture.height > _MOST_PIXELS:
            return None
        picture.draft("RGB", (WIDTH, WIDTH))
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _classic(sheet: _Sheet) -> None:
    """Draw a plate that runs off the edge, and its caption."""
    ground, ink = "#f8f6ef", "#171717"
    accent, _ = sheet.accent("#2ef2a2", dark=ink)
    left = 90
    sheet.fill((0, 0, WIDTH, HEIGHT), ground)
    if sheet.cover is not None:
        left = 690
        sheet.place_cover((0, 0, HEIGHT, HEIGHT))
    sheet.fill((left, 66, left + 48, 68), ink)
    sheet.fill((min(left, HEIGHT), HEIGHT - 64, WIDTH, HEIGHT), accent)
    box = (left, 100, WIDTH - 60, 520)
    title, artist = sheet.names(box, Style(SERIF, 92, 34, leading=1.08), Style(SERIF_ITALIC, 36, 24))
    top = box[1]
    if title is not None:
        title.draw(sheet.canvas, box, fill=ink)
        top += title.height + 36
    if artist is not None:
        artist.draw(sheet.canvas, (box[0], top, box[2], box[3]), fill=ink)


def _brutalist(sheet: _Sheet) -> None:
    """Draw a poster: one sheet cut by thick rules, the title as large as the sheet allows."""
    ground, ink, rule = "#111111", "#f5f5f5", 8
    accent, on_accent = sheet.accent("#ffe45c", dark=ground, ground=ground)
    left = 0
    sheet.fill((0, 0, WIDTH, HEIGHT), ground)
    if sheet.cover is not None:
        sheet.place_cover((0, 0, HEIGHT, HEIGHT))
        sheet.fill((HEIGHT, 0, HEIGHT + rule, HEIGHT), ink)
        left = HEIGHT + rule
    band = HEIGHT - 132
    sheet.fill((left, band - rule, WIDTH, band), ink)
    sheet.fill((left, band, WIDTH, HEIGHT), accent)
    poster = Style(SANS, 290, 44, weight=900, width=62, leading=0.9, is_upper=True)
    box = (left + 30, 36, WIDTH - 30, band - 40)
    width = box[2] - box[0]
    title = compose(sheet.card.title, poster, width=width, height=box[3] - box[1])
    if title is not None:
        title.draw(sheet.canvas, box, fill=ink)
    artist = compose(sheet.card.artist, replace(poster, largest=64, smallest=30), width=width, height=104)
    if artist is not None:
        top = band + (HEIGHT - band - artist.height) // 2
        artist.draw(sheet.canvas, (box[0], top, box[2], HEIGHT), fill=on_accent)


def _aurora(sheet: _Sheet) -> None:
    """Draw soft fields of the cover's colours on a night ground; the words sit still inside them."""
    ground, ink = "#12172f", "#f8fbff"
    accent, _ = sheet.accent("#73f7ff", dark=ground, ground=ground)
    fields = colour.fields(sheet.card.palette, text=ink, count=3) or ("#4a2d5e", "#1d4a66", "#2b3275")
    small = Image.new("RGB", (WIDTH // 4, HEIGHT // 4), ground)
    brush = ImageDraw.Draw(small)
    for field, box in zip(fields, ((20, 18, 170, 100), (130, 60, 285, 142), (175, 12, 290, 62)), strict=True):
        brush.rectangle(box, fill=field)
    sheet.image.paste(small.filter(ImageFilter.GaussianBlur(14)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
    sheet.place_cover((84, 84, 84 + 462, 84 + 462))
    box = (90 if sheet.cover is None else 606, 80, WIDTH - 70, HEIGHT - 80)
    title, artist = sheet.names(
        (box[0], box[1], box[2], box[3] - 90), Style(SANS, 88, 32, weight=300, leading=1.16), Style(SANS, 36, 24)
    )
    blocks = [block for block in (title, artist) if block is not None]
    top = (HEIGHT - sum(block.height + 34 for block in blocks) - 8) // 2
    for block in blocks:
        block.draw(sheet.canvas, (box[0], top, box[2], box[3]), fill=ink, is_centred=True)
        top += block.height + 34
    middle = (box[0] + box[2]) // 2
    sheet.canvas.rounded_rectangle((middle - 40, top + 4, middle + 40, top + 11), radius=4, fill=accent)


def _cinematic(sheet: _Sheet) -> None:
    """Draw the frame, and the title card before it."""
    ground, ink = "#191512", "#fff6eb"
    accent, _ = sheet.accent("#ffb36b", dark=ground, ground=ground)
    bar = colour.bar(sheet.card.palette, text="#c3b3a1") or "#0c0a08"
    right = WIDTH
    sheet.fill((0, 0, WIDTH, HEIGHT), ground)
    if sheet.cover is not None:
        right = WIDTH - HEIGHT
        sheet.fill((right, 0, WIDTH, HEIGHT), bar)
        sheet.place_cover((right, 0, WIDTH, HEIGHT))
    sheet.fill((0, 0, right, 56), bar)
    sheet.fill((0, HEIGHT - 56, right, HEIGHT), bar)
    box = (50, 96, right - 50, HEIGHT - 96)
    title, artist = sheet.names(
        (box[0], box[1], box[2], box[3] - 84),
        Style(SERIF, 78, 28, leading=1.2, tracking=0.09, is_upper=True),
        Style(SANS, 30, 20, width=75, tracking=0.2, is_upper=True),
    )
    height = (artist.height + 66 if artist else 66) + (title.height if title else 0)
    top = (HEIGHT - height) // 2
    if artist is not None:
        artist.draw(sheet.canvas, (box[0], top, box[2], box[3]), fill=ink, is_centred=True)
        top += artist.height
    middle = (box[0] + box[2]) // 2
    sheet.fill((middle - 36, top + 30, middle + 36, top + 33), accent)
    if title is not None:
        title.draw(sheet.canvas, (box[0], top + 66, box[2], box[3]), fill=ink, is_centred=True)


_LOOKS: dict[str, Callable[[_Sheet], None]] = {
    "classic": _classic,
    "brutalist": _brutalist,
    "aurora": _aurora,
    "cinematic": _cinematic,
}
