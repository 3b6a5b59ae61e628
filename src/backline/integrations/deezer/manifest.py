"""Deezer's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="deezer",
    label="Deezer",
    home_url="https://developers.deezer.com/api",
    base_urls=(("DEEZER_URL", "https://api.deezer.com"),),
    capabilities=frozenset({Capability.LINKS}),
    settings=(Setting("DEEZER_REQUESTS_PER_SECOND", "How often it is asked; Deezer allows 50 in 5 seconds."),),
    limits="50 requests in 5 seconds per address; beyond, an error of code 4 inside a 200.",
)
