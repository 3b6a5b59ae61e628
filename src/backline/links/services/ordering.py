"""The order of services: on all pages of an artist, and on one link that differs (SL-24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backline.accounts.types import ArtistAccess
from backline.contract import services as known
from backline.core.errors import Rejected
from backline.links import choices
from backline.links.models import SmartLink
from backline.links.services.own import finish_change, finish_settings, own_link, own_settings
from backline.links.services.rerendering import queue_all
from backline.links.types import OrderMode


def set_order(
    access: ArtistAccess, *, mode: str, fixed_order: Sequence[str] = (), expected_updated_at: datetime | None = None
) -> int:
    """Order services by the fan's country, or the same for every fan; return how many pages are made again.

    ``fixed_order`` holds service slugs, first to last; services that it leaves out follow in the default order. It is
    kept while the order is automatic. Raises :class:`Rejected` (fields ``mode``, ``fixed_order``), ``StaleError`` and
    ``NotAllowedError``.
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
        row = own_settings(access, expected_updated_at=expected_updated_at)
        before = {"mode": row.order_mode, "fixed_order": row.fixed_order}
        row.order_mode, row.fixed_order = mode, wanted or row.fixed_order
        after = {"mode": row.order_mode, "fixed_order": row.fixed_order}
        if before == after:
            return 0
        finish_settings(access, row, "link_settings.set_order", detail={"from": before, "to": after})
        return queue_all(artist_id=access.artist_id, reason="The order of services changed.", actor_id=access.user_id)


def set_service_order(
    access: ArtistAccess, *, link_id: UUID, order: Sequence[str], expected_updated_at: datetime
) -> None:
    """Give a link an order of its own, the same for every fan; an empty one follows that of all links again.

    ``order`` holds service slugs, first to last; services that it leaves out follow in the default order. Raises
    ``StaleError``, ``NotFoundError`` and ``NotAllowedError``.
    """
    wanted = choices.service_order_of(order)
    with transaction.atomic():
        row = own_link(access, link_id, expected_updated_at=expected_updated_at)
        if row.service_order == wanted:
            return
        SmartLink.objects.filter(pk=row.pk).update(service_order=wanted)
        detail = {"from": row.service_order, "to": wanted}
        finish_change(access, row, "link.set_service_order", detail=detail, is_on_hub=False)


def _refused(field: str, message: str) -> Rejected:
    return Rejected(message, field_errors={field: message})
