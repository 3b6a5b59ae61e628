"""The paths of the public host that are not an artist's: no artist's slug may be one of them."""

from __future__ import annotations

RESERVED_SLUGS: frozenset[str] = frozenset(
    {
        "-", ".well-known", "api", "art", "e", "favicon.ico", "favicon.svg", "healthz", "metrics", "oembed", "readyz",
        "robots.txt", "sitemap.xml", "sitemaps", "static",
    }
)  # fmt: skip
"""First path segments that play answers itself, now or by its plan."""
