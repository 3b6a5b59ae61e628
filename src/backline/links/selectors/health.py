"""How the addresses of links answer, as people are told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from backline.accounts.types import ArtistAccess
from backline.catalog import selectors as catalog
from backline.catalog.types import Health, HealthDetails
from backline.links.health import DeadAddress, RowHealth
from backline.links.models import ServiceEdit, SmartLink
from backline.links.selectors.facts import IN_STATE
from backline.links.types import LinkState, ServiceRow

MOST_NAMED = 100
_GRAVITY = (Health.ALIVE, Health.SUSPECTED, Health.DEAD)


def with_health(link_id: UUID, rows: Iterable[ServiceRow]) -> tuple[ServiceRow, ...]:
    """Return the rows of a link with how their addresses answered, in two queries however many they are."""
    rows = tuple(rows)
    known = catalog.health_of(url for row in rows for url, _, _ in _addresses(row))
    kept = _kept(link_id) if known else {}
    return tuple(replace(row, health=_health(row, known, kept)) for row in rows)


def dead_addresses(access: ArtistAccess) -> tuple[DeadAddress, ...]:
    """Return the artist's own addresses that are dead, on public pages, and not kept by the artist's word.

    The one that died first comes first, at most 100 of them.
    """
    public = SmartLink.objects.filter(IN_STATE[LinkState.PUBLIC], artist_id=access.artist_id)
    edits = list(ServiceEdit.objects.filter(link__in=public, is_hidden=False).exclude(url="").select_related("link"))
    dead = catalog.health_of(catalog.dead_among(edit.url for edit in edits))
    found = [
        DeadAddress(
            link_id=edit.link_id,
            link_title=edit.link.own_title or edit.link.title,
            service=edit.service,
            territory=edit.territory,
            dead_at=dead_at,
        )
        for edit in edits
        if edit.url in dead and (dead_at := dead[edit.url].dead_at) and not _is_kept(edit, dead_at)
    ]
    return tuple(sorted(found, key=lambda each: (each.dead_at, each.link_title, each.service))[:MOST_NAMED])


def _addresses(row: ServiceRow) -> list[tuple[str, str, bool]]:
    """Return where a service leads to: address, territory, and whether the artist gave it."""
    everywhere = (row.url, "", row.is_edited)
    territories = [(place.url, place.territory, place.is_edited) for place in row.territories]
    return [address for address in (everywhere, *territories) if address[0]]


def _health(
    row: ServiceRow, known: dict[str, HealthDetails], kept: dict[tuple[str, str], ServiceEdit]
) -> RowHealth | None:
    found = [
        _of_address(known[url], territory, is_own=is_own, edit=kept.get((row.service, territory)))
        for url, territory, is_own in _addresses(row)
        if url in known
    ]
    return max(found, key=lambda each: (each.needs_artist, _GRAVITY.index(each.details.status)), default=None)


def _of_address(details: HealthDetails, territory: str, *, is_own: bool, edit: ServiceEdit | None) -> RowHealth:
    is_kept = edit is not None and details.dead_at is not None and _is_kept(edit, details.dead_at)
    return RowHealth(details, territory, is_own=is_own, is_kept=is_kept)


def _kept(link_id: UUID) -> dict[tuple[str, str], ServiceEdit]:
    edits = ServiceEdit.objects.filter(link_id=link_id, kept_at__isnull=False)
    return {(edit.service, edit.territory): edit for edit in edits}


def _is_kept(edit: ServiceEdit, dead_at: datetime) -> bool:
    """Tell whether the artist's word is about this address and this death of it."""
    return edit.kept_at is not None and edit.kept_at > edit.edited_at and edit.kept_at >= dead_at
