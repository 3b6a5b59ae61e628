"""Apple Music's manifest."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest, Setting

MANIFEST = Manifest(
    key="apple_music",
    label="Apple Music",
    home_url="https://developer.apple.com/documentation/applemusicapi",
    base_urls=(("APPLE_MUSIC_URL", "https://api.music.apple.com/v1"),),
    capabilities=frozenset({Capability.CONNECTION}),
    settings=(
        Setting("APPLE_MUSIC_TEAM_ID", "The id of your team in Apple's developer program."),
        Setting("APPLE_MUSIC_KEY_ID", "The id of your MusicKit key."),
        Setting("APPLE_MUSIC_PRIVATE_KEY", "The MusicKit key itself, the text of its .p8 file.", is_secret=True),
    ),
    limits="Not published. Without a key the iTunes Search API is asked: about 20 requests in a minute.",
)
