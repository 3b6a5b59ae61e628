"""Cover downloads as the image source."""

from __future__ import annotations

import io
import warnings

from PIL import Image, UnidentifiedImageError

from backline.core.errors import NeedsAction, Rejected
from backline.integrations.covers.client import CoverClient

_FORMATS = ("JPEG", "PNG", "WEBP")
_LONGEST_SIDE = 10_000
"""In pixels. A small file can unpack to a huge picture; nobody's cover is larger."""


class CoverImages:
    """Implements ``catalog.ports.ImageSource``."""

    def __init__(self, client: CoverClient) -> None:
        self._client = client

    def fetch(self, url: str) -> bytes:
        """Return a JPEG, PNG or WebP of at most 10 MB, judged by its first bytes and not by what the host calls it."""
        try:
            data = self._client.download(url)
        except NeedsAction:
            refused = True
        else:
            refused = False
        if refused:  # a picture asks for no credentials of ours: nobody could act on it
            raise Rejected("The cover's host does not give the picture out.")
        width, height = _size(data)
        if not (0 < width <= _LONGEST_SIDE and 0 < height <= _LONGEST_SIDE):
            raise Rejected(f"The cover is {width} by {height} pixels; at most {_LONGEST_SIDE} a side are taken.")
        return data


def _size(data: bytes) -> tuple[int, int]:
    """Return width and height, read from the header alone; raises :class:`Rejected` for anything but a picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                return image.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        pass
    raise Rejected("The cover is not a JPEG, PNG or WebP picture.")
