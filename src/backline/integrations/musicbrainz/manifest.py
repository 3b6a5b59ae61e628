"""MusicBrainz's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="musicbrainz",
    label="MusicBrainz",
    home_url="https://musicbrainz.org/doc/MusicBrainz_API",
    base_urls=(("MUSICBRAINZ_URL", "https://musicbrainz.org/ws/2"),),
    capabilities=frozenset({Capability.LINKS}),
    settings=(
        Setting("MUSICBRAINZ_REQUESTS_PER_SECOND", "How often it is asked; MusicBrainz allows 1 in a second."),
        Setting("BACKLINE_CONTACT_EMAIL", "Stands in the User-Agent, which MusicBrainz demands.", is_required=True),
    ),
    limits="1 request in a second per address and a User-Agent with a contact; beyond, 503.",
)
