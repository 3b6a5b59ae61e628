"""Links for the tests of every room, made without any outside world. All invented."""

from __future__ import annotations

from itertools import count

from tests.factories.accounts import make_access
from tests.factories.stand_ins import found_release

from backline.accounts.types import ArtistAccess
from backline.catalog import services as catalog
from backline.catalog.selectors import release_details
from backline.catalog.types import FoundRelease
from backline.links.models import SmartLink
from backline.links.services import publish_hub
from backline.links.services.publishing import make_link as publish_new

_number = count(1)


def make_link(access: ArtistAccess | None = None, *, found: FoundRelease | None = None, **values: object) -> SmartLink:
    """Make and publish a release's link, with Spotify as its only service; ``values`` go into the release."""
    access = access or make_access()
    found = found or found_release(next(_number), **values)
    release_id = catalog.keep_release(artist_id=access.artist_id, found=found)
    link_id, _ = publish_new(release_details(release_id=release_id))
    publish_hub(artist_id=access.artist_id)
    return SmartLink.objects.get(pk=link_id)
