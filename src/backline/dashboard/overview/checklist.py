"""The set-up list. Every step is read from what is there, so it ticks itself and cannot be wrong."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Step:
    """One step: done or not, and how to do it."""

    title: str
    help: str
    is_done: bool
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """The steps in their order."""

    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is left to do."""
        return self.done == len(self.steps)

    @property
    def percent(self) -> str:
        """Return the width of the bar."""
        return f"{self.done / len(self.steps) * 100:.1f}%"

    @property
    def next(self) -> Step | None:
        """Return the first step that is not done."""
        return next((step for step in self.steps if not step.is_done), None)


def of(
    *, slug: str, is_connected: bool, has_public_link: bool, has_views: bool, has_company: bool, hub_url: str
) -> Checklist:
    """Return the artist's list. Sharing shows in views: nobody comes to a hub that nobody was told of."""
    settings_url = reverse("dashboard:links_settings", args=[slug])
    return Checklist(
        (
            Step("Create your artist", "", True, "", ""),
            Step(
                "Connect Spotify",
                "Brings in your catalogue and makes one Smart Link per release. About a minute.",
                is_connected,
                f"{settings_url}#spotify",
                "Connect Spotify",
            ),
            Step(
                "Publish your first link",
                "Free, without a plan and without a campaign.",
                has_public_link,
                reverse("dashboard:links", args=[slug]),
                "Make a link",
            ),
            Step(
                "Share your hub",
                "One page with everything. Ticks when the first fan opens one of your pages.",
                has_views,
                hub_url,
                "Open your hub",
            ),
            Step(
                "Invite a colleague",
                "They look or edit with you, under their own name.",
                has_company,
                reverse("account:artist", args=[slug]) + "#team",
                "Invite somebody",
            ),
        )
    )
