"""Fastly's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="fastly",
    label="Fastly",
    home_url="https://www.fastly.com/documentation/reference/api/purging/",
    base_urls=(("FASTLY_URL", "https://api.fastly.com"),),
    capabilities=frozenset({Capability.CACHE}),
    settings=(
        Setting("FASTLY_SERVICE_ID", "The service that stands in front of the public pages.", is_required=True),
        Setting("FASTLY_API_KEY", "A token with the scope purge_select.", is_required=True, is_secret=True),
    ),
    limits="256 surrogate keys in one purge.",
)
