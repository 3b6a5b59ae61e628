"""The six metrics of a public page (SL-50), and no more: how they are named, and what exactly they count.

Every number is of people; hits judged to be of bots are left out and counted apart. Counts are of
events, not of people: a fan who opens a page twice makes two views, and who taps Spotify twice makes
two music service clicks, because each was a page opened and a redirect answered.
"""

from __future__ import annotations

from backline.analytics.types import Metric

VIEWS = Metric("views", "Views", "How many times people opened the page. Bots and link previews are not counted.")
SERVICE_CLICKS = Metric(
    "service_clicks",
    "Music service clicks",
    "How many times people went on to a music service. Each redirect counts once, also without JavaScript.",
)
SHARE_CLICKS = Metric("share_clicks", "Share clicks", "How many times people used the page's share button.")
SAVES = Metric(
    "saves",
    "Save events",
    "Saves to a fan's library that Spotify confirmed. Pages have no save button yet, so there are none.",
)
VIDEO_PLAYS = Metric("video_plays", "Video plays", "How many times people started the page's video.")
SERVICE_CLICK_RATE = Metric(
    "service_click_rate",
    "Service click rate",
    "Music service clicks divided by views. A dash means that there are no views yet.",
    is_rate=True,
)

METRICS: tuple[Metric, ...] = (VIEWS, SERVICE_CLICKS, SHARE_CLICKS, SAVES, VIDEO_PLAYS, SERVICE_CLICK_RATE)
"""All metrics, in the order in which they are shown."""

KINDS: dict[str, tuple[str, ...]] = {
    "views": ("view",),
    "service_clicks": ("service_click",),
    "share_clicks": ("share",),
    "saves": ("save", "SAVE_TRACK"),
    "video_plays": ("video_play",),
}
"""Which kinds of event each count is made of.

A save counts when Spotify confirmed it: ``SAVE_TRACK`` from a fan's authorisation, ``save`` from the page's save
action, of which the server writes only the confirmed ones. A tap that leads nowhere is no save.
"""
