"""The paths of the public host that are not an artist's: no artist's slug may be one of them."""

from __future__ import annotations

RESERVED_SLUGS: frozenset[str] = frozenset(
    {
        "-", ".well-known", "api", "art", "e", "favicon.ico", "favicon.svg", "healthz", "metrics", "oembed", "readyz",
        "robots.txt", "sitemap.xml", "sitemaps", "static",
    }
)  # fmt: skip
"""First path segments that play answers itself, now or by its plan."""


def artist_tag(artist: str) -> str:
    """Return the cache tag that all pages under an artist's slug have."""
    return f"artist:{artist}"


def page_tags(path: str) -> tuple[str, str]:
    """Return the cache tags of the page at a path (no leading slash): its own, and that of its artist."""
    return path, artist_tag(path.partition("/")[0])
