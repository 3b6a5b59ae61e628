"""The manifest of caches that take PURGE."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="purge",
    label="A cache of your own (Varnish)",
    home_url="https://varnish-cache.org/docs/trunk/users-guide/purging.html",
    base_urls=(),
    capabilities=frozenset({Capability.CACHE}),
    settings=(Setting("BACKLINE_PURGE_URLS", "Addresses of caches that take PURGE requests.", is_required=True),),
)
