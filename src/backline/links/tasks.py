"""Jobs of links."""

from __future__ import annotations

from uuid import UUID

from backline.core import jobs
from backline.core.audit import Actor
from backline.links import services

UNTIL_IT_WORKS = 1_000_000
"""Attempts of a job that waits for Spotify: an outage of a day must not end an import."""


@jobs.job("links.make_release_link", attempts=UNTIL_IT_WORKS)
def make_release_link(item_id: str) -> None:
    """Bring in one release of an import."""
    services.make_release_link(item_id=UUID(item_id))


@jobs.job("links.complete_release")
def complete_release(release_id: str) -> None:
    """Find the services of a release that was added by hand."""
    services.complete_release(release_id=UUID(release_id))


@jobs.job("links.complete_playlist")
def complete_playlist(playlist_id: str) -> None:
    """Fetch the cover of a playlist that was added by hand."""
    services.complete_playlist(playlist_id=UUID(playlist_id))


@jobs.job("links.complete_video", attempts=60)
def complete_video(link_id: str, video_id: str) -> None:
    """Fetch title and still of a film that YouTube could not tell of. Sixty attempts are about ten hours."""
    services.complete_video(link_id=UUID(link_id), video_id=video_id)


@jobs.job("links.refresh_release")
def refresh_release(release_id: str) -> None:
    """Bring a stale release up to date."""
    services.refresh_release(release_id=UUID(release_id))


@jobs.job("links.republish_release")
def republish_release(release_id: str) -> None:
    """Publish a release's page again."""
    services.republish_release(release_id=UUID(release_id))


@jobs.job("links.publish_hub")
def publish_hub(artist_id: str) -> None:
    """Publish an artist's hub."""
    services.publish_hub(artist_id=UUID(artist_id))


@jobs.job("links.republish_artist")
def republish_artist(artist_id: str) -> None:
    """Publish all pages of an artist again."""
    services.republish_artist(artist_id=UUID(artist_id))


@jobs.job("links.draw_cards")
def draw_cards(artist_id: str) -> None:
    """Draw the cards that an artist's pages miss."""
    services.draw_cards(artist_id=UUID(artist_id))


@jobs.job("links.forget_cards")
def forget_cards(artist_id: str, keys: list[str]) -> None:
    """Delete the files of cards that no page shows any more."""
    services.forget_cards(artist_id=UUID(artist_id), keys=keys)


@jobs.job("links.purge_pages", attempts=20)
def purge_pages(paths: list[str]) -> None:
    """Have the caches in front of play forget pages."""
    services.purge_pages(paths=paths)


@jobs.job("links.settle_claims")
def settle_claims(artist_id: str, actor_id: str | None, actor_name: str) -> None:
    """Carry an operator's word over to an artist's links."""
    actor = Actor(id=None if actor_id is None else UUID(actor_id), name=actor_name, origin="job:links.settle_claims")
    services.settle_claims(artist_id=UUID(artist_id), actor=actor)


@jobs.job("links.check_due", cron="*/5 0-6 * * *")
def check_due(timestamp: int) -> None:
    """At night, see that pages are asked whether they still lead somewhere."""
    services.check_due()


@jobs.job("links.check_pages")
def check_pages() -> None:
    """Ask the stores whether what pages lead to is still there."""
    services.check_pages()


@jobs.job("links.check_link")
def check_link(link_id: str) -> None:
    """Ask for one page's addresses at once."""
    services.check_link(link_id=UUID(link_id))


@jobs.job("links.enrich_releases")
def enrich_releases() -> None:
    """Ask the slow sources, and those that could not answer."""
    services.enrich_releases()


@jobs.job("links.enrich_due", cron="*/5 * * * *")
def enrich_due(timestamp: int) -> None:
    """See that sources which could not answer are asked again."""
    services.enrich_due()


@jobs.job("links.forget_reports", queue="maintenance", cron="23 3 * * *")
def forget_reports(timestamp: int) -> None:
    """Delete reports about pages that were settled long ago."""
    services.forget_reports()
