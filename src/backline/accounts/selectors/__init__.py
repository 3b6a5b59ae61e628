"""What this room answers. Everything that belongs to somebody takes who asks."""

from backline.accounts.selectors.access import (
    actor_of,
    artist_access,
    artist_access_by_id,
    display_name,
    organization_access,
    system_access,
)
from backline.accounts.selectors.artists import (
    artist_detail,
    artist_identity,
    artist_identity_by_slug,
    artists_of,
    delete_refusals,
    identity_of,
    old_slugs,
    organization_detail,
    organizations_of,
)
from backline.accounts.selectors.logs import activity_of, artist_log, organization_log
from backline.accounts.selectors.people import person, user_id_by_email
from backline.accounts.selectors.teams import artist_team, organization_team, pending_invitations

__all__ = [
    "activity_of",
    "actor_of",
    "artist_access",
    "artist_access_by_id",
    "artist_detail",
    "artist_identity",
    "artist_identity_by_slug",
    "artist_log",
    "artist_team",
    "artists_of",
    "delete_refusals",
    "display_name",
    "identity_of",
    "old_slugs",
    "organization_access",
    "organization_detail",
    "organization_log",
    "organization_team",
    "organizations_of",
    "pending_invitations",
    "person",
    "system_access",
    "user_id_by_email",
]
