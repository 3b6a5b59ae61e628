"""Small fixed answers and files: artwork, QR codes, favicon, robots."""

from __future__ import annotations

import asyncio
import io
import re
from collections import OrderedDict
from pathlib import Path
from typing import Any

import segno

from backline.play.replies import Headers, Reply, Security, Send

_ART_KEY = re.compile(rb"[0-9a-f]{32}\.(jpg|png|webp|svg)")
_TYPES = {b"jpg": b"image/jpeg", b"png": b"image/png", b"webp": b"image/webp", b"svg": b"image/svg+xml"}
_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_FOR_A_DAY = (b"cache-control", b"public, max-age=86400")
# A picture that is opened by itself may draw and style itself, and nothing else.
_PICTURE_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
_QR_CODES = 2_000
_FAVICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="#171717"/>'
    b'<path d="M9 6h4v20H9zM17 6l8 10-8 10z" fill="#2ef2a2"/></svg>'
)


class Files:
    """Serves files. ``origin`` is the public address of play; ``media`` the folder of artwork."""

    def __init__(self, media: Path, security: Security, *, origin: str) -> None:
        self._media = media
        self._picture_headers = security.with_policy(_PICTURE_POLICY)
        self._text_headers = security.with_policy()
        self._qr_codes: OrderedDict[str, Reply] = OrderedDict()
        self.favicon = Reply(
            200,
            [(b"content-type", b"image/svg+xml"), _FOR_A_DAY, *self._picture_headers],
            _FAVICON,
            etag=b'"favicon-1"',
        )
        self.favicon_moved = Reply(301, [(b"location", b"/favicon.svg"), _FOR_A_DAY, *self._text_headers])
        self.robots = Reply(
            200,
            [(b"content-type", b"text/plain; charset=utf-8"), _FOR_A_DAY, *self._text_headers],
            (
                "User-agent: *\nDisallow: /*/*/go/\nDisallow: /*/*/share/\nDisallow: /e\n\n"
                f"Sitemap: {origin}/sitemap.xml\n"
            ).encode(),
        )

    def qr_code(self, url: str) -> Reply:
        """Return the QR code of an address as SVG."""
        reply = self._qr_codes.get(url)
        if reply is None:
            out = io.BytesIO()
            # A quiet zone of four modules, as ISO/IEC 18004 asks; on white, so that it scans in dark mode too.
            segno.make(url, error="m", micro=False).save(
                out, kind="svg", border=4, scale=8, dark="#000", light="#fff", xmldecl=False, title="QR code"
            )
            headers: Headers = [(b"content-type", b"image/svg+xml"), _FOR_A_DAY, *self._picture_headers]
            reply = self._qr_codes[url] = Reply(200, headers, out.getvalue(), etag=b'"qr-%d"' % len(url))
            if len(self._qr_codes) > _QR_CODES:
                self._qr_codes.popitem(last=False)
        return reply

    async def art(
        self, key: bytes, scope: dict[str, Any], send: Send, *, is_head: bool, if_none_match: bytes | None
    ) -> bool:
        """Send a picture of the media folder; returns False when there is none. Its name is a digest of its content."""
        match = _ART_KEY.fullmatch(key)
        if match is None:
            return False
        path = self._media / key.decode()
        etag = b'"' + key[:32] + b'"'
        headers: Headers = [(b"content-type", _TYPES[match[1]]), _FOR_EVER, *self._picture_headers]
        if if_none_match is not None or is_head:
            if not await asyncio.to_thread(path.is_file):
                return False
            await Reply(200, headers, etag=etag).send(send, is_head=True, if_none_match=if_none_match)
            return True
        if "http.response.pathsend" in scope.get("extensions", {}):
            try:
                size = (await asyncio.to_thread(path.stat)).st_size
            except OSError:
                return False
            headers += [(b"etag", etag), (b"content-length", str(size).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.pathsend", "path": str(path)})
            return True
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except OSError:
            return False
        await Reply(200, headers, data, etag=etag).send(send)
        return True
