"""YouTube as the source of films."""

from __future__ import annotations

import io
import warnings

from PIL import Image, UnidentifiedImageError

from backline.integrations.youtube_oembed.client import YoutubeClient
from backline.links.ports import Poster

_STILLS = ("maxresdefault", "hqdefault")
"""The large still, which not every video has, and the one that every video has."""
_UNTITLED = "Video"


class YoutubeFilms:
    """Implements ``links.ports.VideoSource``."""

    def __init__(self, client: YoutubeClient) -> None:
        self._client = client

    def title(self, video_id: str) -> str:
        """Return what the film is called."""
        return self._client.film(video_id).title.strip() or _UNTITLED

    def poster(self, video_id: str) -> Poster | None:
        """Return the largest still there is, as YouTube gives it."""
        for name in _STILLS:
            data = self._client.still(video_id, name)
            size = _size(data) if data else None
            if data and size:
                return Poster(data, *size)
        return None


def _size(data: bytes) -> tuple[int, int] | None:
    """Return width and height, read from the header alone; None for what is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
                return image.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
