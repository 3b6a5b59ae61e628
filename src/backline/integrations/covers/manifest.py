"""The manifest of cover downloads."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest

MANIFEST = Manifest(
    key="covers",
    label="Cover downloads",
    home_url="https://developer.spotify.com/documentation/design",
    base_urls=(),
    capabilities=frozenset({Capability.IMAGES}),
    limits="Any https host that a catalogue source names; 10 MB; JPEG, PNG or WebP.",
)
