"""QR codes of addresses: on white, with the quiet zone that ISO/IEC 18004 asks for, so that they scan in dark mode."""

from __future__ import annotations

import io

import segno

USUAL_PIXELS = 1024
SMALLEST_PIXELS, LARGEST_PIXELS = 128, 2048
"""How wide a PNG may be asked for; larger prints are made from the SVG."""
_QUIET_ZONE = 4


def svg(url: str) -> bytes:
    """Return the code as a drawing, which prints sharply at any size."""
    out = io.BytesIO()
    _code(url).save(
        out, kind="svg", border=_QUIET_ZONE, scale=8, dark="#000", light="#fff", xmldecl=False, title="QR code"
    )
    return out.getvalue()


def png(url: str, *, pixels: int = USUAL_PIXELS) -> bytes:
    """Return the code as a picture at most ``pixels`` wide, within the bounds: every module has whole pixels."""
    code = _code(url)
    side = code.symbol_size(border=_QUIET_ZONE)[0]
    bounded = min(max(pixels, SMALLEST_PIXELS), LARGEST_PIXELS)
    out = io.BytesIO()
    code.save(out, kind="png", border=_QUIET_ZONE, scale=max(1, int(bounded // side)), dpi=300)
    return out.getvalue()


def _code(url: str) -> segno.QRCode:
    return segno.make(url, error="m", micro=False)
