"""Ways on that are no music service: a shop, tickets, profiles. On a link's page, and on the hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backline.accounts.types import ArtistAccess
from backline.links import choices
from backline.links.models import SmartLink
from backline.links.services.own import finish_change, finish_settings, own_link, own_settings
from backline.links.services.publishing import hub_changed
from backline.links.types import SubLinkFacts


def set_sub_links(
    access: ArtistAccess, *, link_id: UUID, sub_links: Sequence[SubLinkFacts], expected_updated_at: datetime
) -> None:
    """Put these ways on onto a link's page, in this order, in place of those that were there.

    Raises :class:`Rejected` (fields ``kind-0``, ``url-0``, ``label-0`` by place, ``rows``), ``StaleError``,
    ``NotFoundError`` and ``NotAllowedError``.
    """
    with transaction.atomic():
        row = own_link(access, link_id, expected_updated_at=expected_updated_at)
        before = row.sub_links
        wanted = _wanted(sub_links, before)
        if before == wanted:
            return
        SmartLink.objects.filter(pk=row.pk).update(sub_links=wanted)
        finish_change(access, row, "link.set_sub_links", detail={"from": before, "to": wanted}, is_on_hub=False)


def set_hub_links(access: ArtistAccess, *, sub_links: Sequence[SubLinkFacts], expected_updated_at: datetime) -> None:
    """Put these ways on onto the artist's hub. Raises like :func:`set_sub_links`."""
    with transaction.atomic():
        row = own_settings(access, expected_updated_at=expected_updated_at)
        before = row.sub_links
        wanted = row.sub_links = _wanted(sub_links, before)
        if before == wanted:
            return
        finish_settings(access, row, "link_settings.set_hub_links", detail={"from": before, "to": wanted})
        hub_changed(access.artist_id)


def _wanted(sub_links: Sequence[SubLinkFacts], before: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    there = {link["url"] for link in before}
    return [asdict(link) for link in choices.sub_links_of(sub_links, there=there)]
