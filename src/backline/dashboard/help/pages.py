"""The help pages there are. The words of each stand in ``templates/dashboard/help/{slug}.html`` and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One page of help. ``summary`` is its lead and its line on the overview."""

    slug: str
    title: str
    summary: str

    @property
    def template(self) -> str:
        """Name the template that has the words."""
        return f"dashboard/help/{self.slug}.html"


PAGES = (
    HelpPage(
        "connecting-spotify",
        "Connecting Spotify",
        "Show us which artist on Spotify is yours. One address is enough; nobody signs in.",
    ),
    HelpPage(
        "connecting-meta",
        "Connecting Meta",
        "Connect the Facebook Page and the Instagram account in whose name ads are shown.",
    ),
    HelpPage(
        "meta-business-manager",
        "Meta Business Manager",
        "Share your Page with the business that runs the ads. It stays yours, and you can end it at any time.",
    ),
    HelpPage(
        "connecting-youtube",
        "Connecting YouTube",
        "Connect the Google account of your channel, and choose the channel. We can look, not change.",
    ),
    HelpPage(
        "youtube-connection",
        "YouTube Connection",
        "Accept the Google Ads link request in YouTube Studio, so that campaigns can count what they did.",
    ),
    HelpPage(
        "connecting-apple-music",
        "Connecting Apple Music",
        "Show us your artist page on Apple Music. No campaign needs it, and nobody signs in.",
    ),
    HelpPage(
        "connecting-tiktok",
        "Connecting TikTok",
        "Let us check whether your TikTok account is ready for advertising. We run no ads there.",
    ),
)
"""In the order of the overview: a platform's second page follows its first."""

BY_SLUG = {page.slug: page for page in PAGES}
