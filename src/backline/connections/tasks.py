"""Jobs of connections."""

from __future__ import annotations

from uuid import UUID

from backline.connections import services
from backline.core import jobs


@jobs.job("connections.fetch_picture")
def fetch_picture(artist_id: str, url: str) -> None:
    """Fetch an artist's picture."""
    services.fetch_picture(artist_id=UUID(artist_id), url=url)
