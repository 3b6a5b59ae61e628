"""Small fixed answers and files: artwork, favicon, robots."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from backline.play.replies import Headers, Reply, Security

_ART_KEY = re.compile(r"[0-9a-f]{32}\.(jpg|png|webp|svg)")
_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "svg": "image/svg+xml"}
_FOR_EVER = ("cache-control", "public, max-age=31536000, immutable")
_FOR_A_DAY = ("cache-control", "public, max-age=86400")
# A picture that is opened by itself may draw and style itself, and nothing else.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
FAVICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="#171717"/>'
    b'<path d="M9 6h4v20H9zM17 6l8 10-8 10z" fill="#2ef2a2"/></svg>'
)


class Files:
    """Serves files. ``origin`` is the public address of play; ``media`` the folder of artwork."""

    def __init__(self, media: Path, security: Security, *, origin: str) -> None:
        self._media = media
        self.picture_headers = security.with_policy(_PICTURE_POLICY)
        self._text_headers = security.with_policy()
        favicon = Reply(
            200,
            [("content-type", "image/svg+xml"), _FOR_A_DAY, *self.picture_headers],
            FAVICON,
            etag='"favicon-1"',
        )
        favicon_moved = Reply(301, [("location", "/favicon.svg"), _FOR_A_DAY, *self._text_headers])
        robots = Reply(
            200,
            [("content-type", "text/plain; charset=utf-8"), _FOR_A_DAY, *self._text_headers],
            (
                "User-agent: *\nDisallow: /*/*/go/\nDisallow: /*/*/share/\nDisallow: /*/*/video$\n"
                "Disallow: /*/out/\nDisallow: /e$\n\n"
                f"Sitemap: {origin}/sitemap.xml\n"
            ).encode(),
        )
        # https://w3c.github.io/gpc/#gpc-support-resource
        signal = Reply(
            200,
            [("content-type", "application/json"), _FOR_A_DAY, *self._text_headers],
            b'{"gpc": true, "lastUpdate": "2026-11-23"}\n',
        )
        self.fixed = {
            "/favicon.svg": favicon,
            "/favicon.ico": favicon_moved,
            "/robots.txt": robots,
            "/.well-known/gpc.json": signal,
        }

    async def art(self, key: str) -> Reply | None:
        """Return a picture of the media folder, None when there is none. Its name is a digest of its content."""
        match = _ART_KEY.fullmatch(key)
        if match is None:
            return None
        path = self._media / key
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except OSError:
            return None
        headers: Headers = [
            ("content-type", _TYPES[match[1]]),
            ("content-length", str(size)),
            _FOR_EVER,
            *self.picture_headers,
        ]
        return Reply(200, headers, etag=f'"{key[:32]}"', file=path)
