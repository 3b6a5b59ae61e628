"""The order of services on all pages of an artist (SL-24)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from backline.accounts import services as artists
from backline.accounts.selectors import actor_of
from backline.accounts.types import ArtistAccess
from backline.contract import services as known
from backline.core import audit, clock
from backline.core.errors import Rejected
from backline.links.models import ArtistLinkSettings
from backline.links.services.rerendering import queue_all
from backline.links.types import OrderMode


def set_order(access: ArtistAccess, *, mode: str, fixed_order: Sequence[str] = ()) -> int:
    """Order services by the fan's country, or the same for every fan; return how many pages are made again.

    ``fixed_order`` holds service slugs, first to last; services that it leaves out follow in the default order. It is
    kept while the order is automatic. Raises :class:`Rejected` (fields ``mode``, ``fixed_order``), ``NotAllowedError``.
    """
    access.must_edit()
    if mode not in OrderMode:
        raise _refused("mode", "Choose automatic, or one fixed order.")
    wanted = list(dict.fromkeys(fixed_order))
    unknown = next((slug for slug in wanted if not known.is_service(slug)), None)
    if unknown is not None:
        raise _refused("fixed_order", f"“{unknown[:40]}” is no service that we know.")
    if mode == OrderMode.FIXED and not wanted:
        raise _refused("fixed_order", "Put at least one service into the order.")
    with transaction.atomic():
        artists.hold_artist(artist_id=access.artist_id)
        row, _ = ArtistLinkSettings.objects.select_for_update().get_or_create(artist_id=access.artist_id)
        before = {"mode": row.order_mode, "fixed_order": row.fixed_order}
        row.order_mode, row.fixed_order = mode, wanted or row.fixed_order
        after = {"mode": row.order_mode, "fixed_order": row.fixed_order}
        if before == after:
            return 0
        row.updated_at = clock.now()
        row.save()
        audit.record(
            "link_settings.set_order",
            actor=actor_of(access),
            object_type="link_settings",
            artist_id=access.artist_id,
            detail={"from": before, "to": after},
        )
        return queue_all(artist_id=access.artist_id, reason="The order of services changed.", actor_id=access.user_id)


def _refused(field: str, message: str) -> Rejected:
    return Rejected(message, field_errors={field: message})
