"""Covers: fetched as the source gives them and kept whole. A cover that is missing holds nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backline.catalog import ports, resting
from backline.catalog.types import Cover, FoundImage
from backline.core import media
from backline.core.errors import NeedsAction, Rejected, RetryLater

COVERS = "covers"
LARGE_PIXELS = 640
SMALL_PIXELS = 300


def choose(images: Sequence[FoundImage], *, pixels: int) -> FoundImage | None:
    """Return the smallest image that is at least ``pixels`` wide, else the widest; None when there is none."""
    enough = [image for image in images if image.width >= pixels]
    if enough:
        return min(enough, key=lambda image: image.width)
    return max(images, key=lambda image: image.width, default=None)


def fetch(images: Sequence[FoundImage]) -> Cover | None:
    """Fetch and keep a large and a small cover.

    Returns an empty cover where there is none to be had, and None when that cannot be told now.
    """
    large = choose(images, pixels=LARGE_PIXELS)
    if large is None or COVERS not in ports.image_sources:
        return Cover()
    if not resting.may_ask(COVERS):
        return None
    small = choose(images, pixels=SMALL_PIXELS) or large
    try:
        key = _keep(large.url)
        small_key = key if small.url == large.url else _keep(small.url)
    except RetryLater as error:
        resting.let_rest(COVERS, after=error.after)
        return None
    except (Rejected, NeedsAction):
        resting.has_answered(COVERS)
        return Cover()
    resting.has_answered(COVERS)
    return coloured(Cover(key=key, small_key=small_key, width=large.width, height=large.height))


def coloured(cover: Cover) -> Cover:
    """Return a kept cover with the colours of its picture; for :func:`fetch`, and for covers kept before there were."""
    return replace(cover, palette=media.palette_of(cover.small_key or cover.key))


def _keep(url: str) -> str:
    return media.store_image(ports.image_sources.get(COVERS).fetch(url))
