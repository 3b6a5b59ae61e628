"""What connections answer. What belongs to an artist takes the acting membership; the rest is for jobs."""

from __future__ import annotations

from backline.connections.selectors.operations import PlatformSeen, links_to_send, platforms_seen
from backline.connections.selectors.page import (
    IN_DEVELOPMENT,
    Act,
    Row,
    needing_attention,
    row_of,
    rows,
    version_of,
)
from backline.connections.selectors.readiness import BILLING, MatrixLine, Readiness, has_plan, readiness, readiness_of
from backline.connections.selectors.spotify import (
    artist_of_person,
    artists_connected_to,
    holding_organizations,
    spotify_connection,
    spotify_connection_of,
    will_be_reviewed,
)

__all__ = [
    "BILLING",
    "IN_DEVELOPMENT",
    "Act",
    "MatrixLine",
    "PlatformSeen",
    "Readiness",
    "Row",
    "artist_of_person",
    "artists_connected_to",
    "has_plan",
    "holding_organizations",
    "links_to_send",
    "needing_attention",
    "platforms_seen",
    "readiness",
    "readiness_of",
    "row_of",
    "rows",
    "spotify_connection",
    "spotify_connection_of",
    "version_of",
    "will_be_reviewed",
]
