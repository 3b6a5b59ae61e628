"""Files that fans and artists see: covers and pictures, stored whole and never altered, named by their content.

The same bytes have the same name everywhere, so a file never changes and may be cached for ever.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import warnings
from collections import Counter
from datetime import timedelta
from pathlib import Path

from PIL import Image

from backline.core import clock
from backline.core.errors import Rejected
from backline.settings import environment

LARGEST_BYTES = 10 * 1024 * 1024
UNFINISHED = ".new-"
ABANDONED_AFTER = timedelta(days=1)
_KEY = re.compile(r"[0-9a-f]{32}\.(?:jpg|png|webp|svg)")
_OWN_SUFFIXES = frozenset({".jpg", ".png", ".webp", ".svg"})
PALETTE_COLOURS = 5
_LOOKED_AT = 64
_TOLD_APART = 12
_PALE = 0.15


def image_suffix(data: bytes) -> str:
    """Return the suffix that the first bytes of an image tell; raises :class:`Rejected` for anything else.

    SVG is left out on purpose: one that comes from outside can carry scripts.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    raise Rejected("The file is no JPEG, PNG or WebP image.")


def store(data: bytes, suffix: str, *, digest: str = "") -> str:
    """Keep ``data`` and return its key, ``<32 hex digits><suffix>``; keeping the same bytes again changes nothing.

    A picture that we draw ourselves is named by what it was drawn from: ``digest``, 32 hex digits.
    The file appears whole or not at all. Raises :class:`Rejected` for no bytes or more than ``LARGEST_BYTES``.
    """
    if suffix not in _OWN_SUFFIXES:
        raise ValueError(f"{suffix!r} is not a suffix of media files.")
    if not data or len(data) > LARGEST_BYTES:
        raise Rejected(f"The file must have between 1 and {LARGEST_BYTES} bytes.")
    key = (digest or hashlib.sha256(data).hexdigest()[:32]) + suffix
    target = path_of(key)
    if target.exists():
        return key
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return key


def store_image(data: bytes) -> str:
    """Keep an image under the suffix that its first bytes tell; raises :class:`Rejected` when it is none."""
    return store(data, image_suffix(data))


def sweep_unfinished() -> int:
    """Delete files that a killed program left half-written a day ago or longer; return how many."""
    swept = 0
    oldest = (clock.now() - ABANDONED_AFTER).timestamp()
    for path in environment.current().media_folder.glob(f"{UNFINISHED}*"):
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
                swept += 1
        except FileNotFoundError:  # another program swept it, or finished it
            continue
    return swept


def path_of(key: str) -> Path:
    """Return where the file of ``key`` lies; raises :class:`ValueError` for what is not a key of ours."""
    if not _KEY.fullmatch(key):
        raise ValueError("This is not the key of a media file.")
    return environment.current().media_folder / key


def palette_of(key: str) -> tuple[str, ...]:
    """Return the colours of a stored picture as ``#rrggbb``, the strongest first; none where it cannot be read.

    Strong is what covers much of it and is far from grey. The same picture has the same colours every time.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path_of(key)) as picture:
                picture.draft("RGB", (_LOOKED_AT, _LOOKED_AT))  # a JPEG need not be unpacked in full
                small = picture.convert("RGB").resize((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return ()
    reduced = small.quantize(_TOLD_APART, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    parts = reduced.tobytes()
    counts = Counter(zip(parts[::3], parts[1::3], parts[2::3], strict=True))
    strength = {
        f"#{red:02x}{green:02x}{blue:02x}": count * (_PALE + (max(red, green, blue) - min(red, green, blue)) / 255)
        for (red, green, blue), count in counts.items()
    }
    return tuple(sorted(strength, key=lambda name: (-strength[name], name))[:PALETTE_COLOURS])
