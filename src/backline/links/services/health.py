"""Seeing to it that pages lead somewhere: every night all of them, at once where somebody asks.

What an address answers is the catalogue's business; here is which pages there are, when each has its turn, and what
an artist says about an address of their own. One of those is never changed or left out: it is the artist's word.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from backline.accounts.selectors import actor_of
from backline.accounts.types import ArtistAccess
from backline.catalog import services as catalog
from backline.catalog.types import Address, PlaylistDetails
from backline.core import clock, jobs
from backline.core.errors import NotFoundError, Rejected
from backline.links import document
from backline.links.models import ServiceEdit, SmartLink
from backline.links.selectors.facts import IN_STATE, Details, details_of, edits_of, subject_of
from backline.links.services.own import own_link, record
from backline.links.types import EditFacts, LinkState

NIGHT = timedelta(hours=6)
"""Every page has its own minute of the six hours from midnight (UTC), so that stores are asked evenly."""
EVERY = timedelta(hours=20)
"""At the least: with the next night's turn the second answer of an address comes long enough after the first."""
BY_HAND_EVERY = timedelta(minutes=10)
PAGES_AT_ONCE = 20
CHECK_FOR_SECONDS = 50.0
"""A run ends after this long and is enqueued anew, so that a worker can stop in between."""
TAKEN_FOR = timedelta(minutes=30)
"""A worker that was killed keeps its pages from the others for this long."""
PUT_OFF_FOR = timedelta(hours=1)
_JOB = "links.check_pages"


def check_due() -> None:
    """Start the check where a page has its turn, and forget addresses that no page leads to any more."""
    catalog.forget_unused()
    if _due().exists():
        jobs.enqueue(_JOB, once=_JOB, priority=-10)


def check_pages() -> None:
    """Check the pages that have their turn, some at a time, until none is left or the run is over.

    Workers that do this at the same time take different pages.
    """
    until = time.monotonic() + CHECK_FOR_SECONDS
    while rows := _take():
        _check(rows, not_since=EVERY)
        if time.monotonic() > until:
            jobs.enqueue(_JOB, once=_JOB, priority=-10)
            return


def check_now(access: ArtistAccess, *, link_id: UUID) -> None:
    """Have a page's addresses looked at in a moment; those of the last ten minutes are not asked again.

    Raises :class:`Rejected` for a page that fans cannot open, ``NotFoundError`` and ``NotAllowedError``.
    """
    access.must_edit()
    mine = SmartLink.objects.filter(pk=link_id, artist_id=access.artist_id)
    if not mine.exists():
        raise NotFoundError("There is no such link, or it is not yours.")
    if not mine.filter(IN_STATE[LinkState.PUBLIC]).exists():
        raise Rejected("Fans cannot open this page now, so there is nothing to check. Publish it first.")
    # One at a time in the whole house: whoever asks for many pages waits, and the stores do not notice.
    jobs.enqueue(
        "links.check_link", once=f"links.check_link:{link_id}", in_order="links.check_link", link_id=str(link_id)
    )


def check_link(*, link_id: UUID) -> None:
    """Look at a page's addresses at once."""
    _check(SmartLink.objects.filter(IN_STATE[LinkState.PUBLIC], pk=link_id), not_since=BY_HAND_EVERY)


def keep_address(access: ArtistAccess, *, link_id: UUID, service: str, territory: str = "") -> None:
    """Say that an address of the artist's own stands although it answers no more; nobody is reminded of it then.

    The word holds until the address is changed, or dies anew. Raises ``NotFoundError`` and ``NotAllowedError``.
    """
    with transaction.atomic():
        row = own_link(access, link_id)
        edits = ServiceEdit.objects.filter(link=row, service=service, territory=territory).exclude(url="")
        url = edits.values_list("url", flat=True).first()
        if url is None:
            raise NotFoundError("This address is not there any more.")
        edits.update(kept_at=clock.now())
        detail = {"service": service, "territory": territory, "url": url}
        record(row, "link.keep_service", actor=actor_of(access), detail=detail)


def addresses_of(details: Details, edits: Iterable[EditFacts]) -> set[Address]:
    """Return where a page leads to, with what is left off because it is dead: it may have come back.

    A playlist's own address is what the artist added; only what was put beside it is looked at.
    """
    found = {} if isinstance(details, PlaylistDetails) else document.found_urls(details, with_dead=True)
    return {
        Address(url, service.service)
        for service in document.services_of(found, edits)
        for url in (service.url, *service.territories.values())
        if url
    }


def turn_after(link_id: UUID, now: datetime) -> datetime:
    """Return when a page that was checked ``now`` has its next turn: its own minute of a night.

    Where that comes too soon, because this night's check was late, it is later in the same night, or the next one.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    turn = midnight + timedelta(seconds=link_id.int % int(NIGHT.total_seconds()))
    turn = turn if turn > now else turn + timedelta(days=1)
    soonest = now + EVERY
    if turn >= soonest:
        return turn
    is_at_night = soonest - soonest.replace(hour=0, minute=0, second=0, microsecond=0) < NIGHT
    return soonest if is_at_night else turn + timedelta(days=1)


def _due() -> QuerySet[SmartLink]:
    return SmartLink.objects.filter(IN_STATE[LinkState.PUBLIC], check_after__lte=clock.now())


def _take() -> list[SmartLink]:
    """Return the next pages that have their turn, and keep them from other workers for a while."""
    with transaction.atomic():
        waiting = _due().select_for_update(skip_locked=True, no_key=True).order_by("check_after", "pk")
        rows = list(waiting[:PAGES_AT_ONCE])
        mine = SmartLink.objects.filter(pk__in=[row.pk for row in rows])
        mine.update(check_after=clock.now() + TAKEN_FOR)
        return rows


def _check(links: Iterable[SmartLink], *, not_since: timedelta) -> None:
    rows: Sequence[SmartLink] = list(links)
    details, edits = details_of(rows), edits_of([row.pk for row in rows])
    addresses = {
        row.pk: addresses_of(details[subject_of(row)], edits.get(row.pk, ()))
        for row in rows
        if subject_of(row) in details
    }
    everywhere = {address for of_page in addresses.values() for address in of_page}
    put_off = catalog.check_addresses(addresses=everywhere, not_since=not_since)
    now = clock.now()
    for row in rows:
        is_put_off = any(address.url in put_off for address in addresses.get(row.pk, ()))
        row.check_after = now + PUT_OFF_FOR if is_put_off else turn_after(row.pk, now)
    with transaction.atomic():  # locked in the order in which publishing locks them
        list(
            SmartLink.objects.select_for_update(no_key=True)
            .filter(pk__in=[row.pk for row in rows])
            .order_by("pk")
            .values_list("pk")
        )
        SmartLink.objects.bulk_update(rows, ["check_after"])
