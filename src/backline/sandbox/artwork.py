"""Generated cover art: flat shapes, a few inks, the same picture for the same id."""

from __future__ import annotations

import functools
import io
import random

from PIL import Image, ImageDraw

from backline.sandbox import identifiers

FULL_SIZE = 640
LARGEST_SIZE = 1400
_KEPT = 256

_Ink = tuple[int, int, int]

_INKS: tuple[tuple[_Ink, ...], ...] = (
    ((24, 43, 58), (226, 94, 62), (244, 226, 198), (98, 142, 144)),
    ((242, 233, 216), (32, 58, 67), (214, 122, 82), (238, 186, 88)),
    ((35, 61, 49), (236, 220, 178), (198, 88, 68), (134, 168, 122)),
    ((58, 40, 71), (238, 140, 112), (250, 226, 206), (128, 104, 168)),
    ((16, 24, 40), (86, 152, 198), (240, 242, 238), (236, 196, 92)),
    ((228, 214, 204), (120, 44, 52), (46, 46, 54), (206, 146, 116)),
    ((12, 74, 84), (244, 240, 228), (240, 164, 74), (30, 122, 124)),
    ((246, 242, 234), (28, 28, 30), (206, 58, 48), (168, 178, 180)),
    ((74, 60, 50), (232, 206, 166), (196, 132, 74), (124, 148, 138)),
    ((212, 224, 226), (44, 72, 104), (234, 112, 92), (248, 244, 236)),
)


@functools.lru_cache(maxsize=_KEPT)
def cover(picture_id: str, size: int) -> bytes:
    """Return a square JPEG of ``size`` pixels (1 to 1400) for an id."""
    picture = _draw(picture_id)
    if size != FULL_SIZE:
        picture = picture.resize((size, size), Image.Resampling.BOX if size < FULL_SIZE else Image.Resampling.BICUBIC)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=86)
    return written.getvalue()


@functools.lru_cache(maxsize=_KEPT)
def still(picture_id: str, width: int, height: int) -> bytes:
    """Return a JPEG of this size for an id: the middle of its cover, as wide as asked."""
    side = max(width, height)
    picture = _draw(picture_id).resize((side, side), Image.Resampling.BICUBIC)
    left, top = (side - width) // 2, (side - height) // 2
    written = io.BytesIO()
    picture.crop((left, top, left + width, top + height)).save(written, "JPEG", quality=86)
    return written.getvalue()


@functools.lru_cache(maxsize=4)
def _draw(picture_id: str) -> Image.Image:
    draw = random.Random(identifiers.number("artwork", picture_id))  # noqa: S311 - repeatable on purpose
    ground, *inks = draw.choice(_INKS)
    draw.shuffle(inks)
    picture = Image.new("RGB", (FULL_SIZE, FULL_SIZE), ground)
    composition = draw.choice((_sun_and_sea, _arches, _steps, _orbits, _panes))
    composition(ImageDraw.Draw(picture), inks, draw)
    return picture


def _sun_and_sea(canvas: ImageDraw.ImageDraw, inks: list[_Ink], draw: random.Random) -> None:
    horizon = draw.randint(330, 460)
    x, radius = draw.randint(160, 480), draw.randint(90, 170)
    top = horizon - draw.randint(0, radius)
    canvas.ellipse((x - radius, top - radius, x + radius, top + radius), fill=inks[0])
    canvas.rectangle((0, horizon, FULL_SIZE, FULL_SIZE), fill=inks[1])
    y, height = horizon + 26, 5
    while y < FULL_SIZE:
        left = draw.randint(-40, 120)
        canvas.rectangle((left, y, FULL_SIZE - draw.randint(-40, 120), y + height), fill=inks[2])
        y += height * 5
        height += 3


def _arches(canvas: ImageDraw.ImageDraw, inks: list[_Ink], draw: random.Random) -> None:
    middle, width = draw.choice((240, 320, 400)), draw.randint(250, 290)
    for ring in range(5):
        half = width - ring * 52
        if half > 0:
            canvas.ellipse((middle - half, 560 - 2 * half, middle + half, 560), fill=inks[ring % 3])
            canvas.rectangle((middle - half, 560 - half, middle + half, FULL_SIZE), fill=inks[ring % 3])
    canvas.rectangle((0, 600, FULL_SIZE, FULL_SIZE), fill=inks[0])


def _steps(canvas: ImageDraw.ImageDraw, inks: list[_Ink], draw: random.Random) -> None:
    count = draw.randint(4, 7)
    width = FULL_SIZE / count
    leans_left = draw.random() < 0.5
    for step in range(count):
        place = count - 1 - step if leans_left else step
        height = 120 + (step * 440) // count
        box = (place * width, FULL_SIZE - height, (place + 1) * width + 1, FULL_SIZE)
        canvas.rectangle(box, fill=inks[step % 2])
    x = 470 if leans_left else 60
    canvas.ellipse((x, 70, x + 110, 180), fill=inks[2])


def _orbits(canvas: ImageDraw.ImageDraw, inks: list[_Ink], draw: random.Random) -> None:
    x, y = draw.randint(220, 420), draw.randint(220, 420)
    for ring in range(5, 0, -1):
        radius = ring * 62
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), outline=inks[ring % 2], width=14)
    canvas.ellipse((x - 44, y - 44, x + 44, y + 44), fill=inks[2])
    planet = draw.randint(60, 560)
    canvas.ellipse((planet - 26, y - 222, planet + 26, y - 170), fill=inks[2])


def _panes(canvas: ImageDraw.ImageDraw, inks: list[_Ink], draw: random.Random) -> None:
    gap, count = 18, draw.choice((3, 4))
    side = (FULL_SIZE - gap * (count + 1)) / count
    for row in range(count):
        for column in range(count):
            x, y = gap + column * (side + gap), gap + row * (side + gap)
            shape = draw.randrange(4)
            if shape == 0:
                canvas.ellipse((x, y, x + side, y + side), fill=inks[draw.randrange(3)])
            elif shape == 1:
                canvas.pieslice((x - side, y, x + side, y + 2 * side), 270, 360, fill=inks[draw.randrange(3)])
            elif shape == 2:
                canvas.rectangle((x, y, x + side, y + side), fill=inks[draw.randrange(3)])
            else:
                canvas.polygon(((x, y + side), (x + side, y + side), (x + side, y)), fill=inks[draw.randrange(3)])
