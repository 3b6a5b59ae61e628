"""Odesli's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="odesli",
    label="Odesli (song.link)",
    home_url="https://odesli.co",
    base_urls=(("ODESLI_URL", "https://api.song.link/v1-alpha.1"),),
    capabilities=frozenset({Capability.LINKS}),
    settings=(
        Setting("ODESLI_KEY", "A key from before the public API ended in 2026.", is_required=True, is_secret=True),
        Setting("ODESLI_REQUESTS_PER_SECOND", "How often it is asked; without an agreement 10 in a minute."),
    ),
    limits="10 requests in a minute; beyond, 429. The public API ended in 2026: off unless a key is set.",
)
