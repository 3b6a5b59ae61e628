"""The manifest of YouTube's oEmbed and its stills."""

from __future__ import annotations

from backline.integrations.manifest import Capability, Manifest

MANIFEST = Manifest(
    key="youtube_oembed",
    label="YouTube videos",
    home_url="https://oembed.com",
    base_urls=(("YOUTUBE_URL", "https://www.youtube.com"), ("YOUTUBE_IMAGES_URL", "https://i.ytimg.com")),
    capabilities=frozenset({Capability.VIDEOS}),
    limits="None is published; it is asked once when an artist puts a video on a page.",
)
