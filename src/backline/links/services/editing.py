"""The artist's own words on a link: title, text, services, address. They win over every source (SL-25).

Every change is made over what the person read: ``expected_updated_at`` (None where nobody's can be overwritten) and
``StaleError`` are as in :func:`own_link`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from backline.accounts import services as artists
from backline.accounts.types import ArtistAccess
from backline.catalog.affiliates import clean_pasted
from backline.catalog.rules import clean_text
from backline.contract import services as known
from backline.core import clock, urls
from backline.core.errors import Rejected
from backline.core.ids import new_id
from backline.links import destinations, slugging
from backline.links.models import DESCRIPTION_LENGTH, OWN_TITLE_LENGTH, LinkSlug, ServiceEdit, SmartLink
from backline.links.selectors.detail import next_other, service_name
from backline.links.services.own import finish_change, own_link
from backline.links.services.publishing import lock_slugs

MOST_EDITS = 200
OTHER = "other"
"""Stands for the next free ``other-N``."""


def set_text(
    access: ArtistAccess, *, link_id: UUID, title: str, description: str, expected_updated_at: datetime
) -> None:
    """Set the artist's own title of a page (200 characters; empty follows Spotify) and the text under it (500).

    ``expected_updated_at`` is when the link had last changed as the person read it. Raises :class:`StaleError` when
    somebody changed it since, :class:`Rejected` (fields ``title``, ``description``), ``NotFoundError`` and
    ``NotAllowedError``.
    """
    own_title = clean_text(title, limit=OWN_TITLE_LENGTH + 1)
    text = clean_lines(description)
    for field, typed, limit in (("title", own_title, OWN_TITLE_LENGTH), ("description", text, DESCRIPTION_LENGTH)):
        if len(typed) > limit:
            raise _refused(field, f"Use at most {limit} characters; this has {len(typed)}.")
    with transaction.atomic():
        row = own_link(access, link_id, expected_updated_at=expected_updated_at)
        wanted = {"own_title": "" if own_title == row.title else own_title, "description": text}
        before = {"own_title": row.own_title, "description": row.description}
        if wanted == before:
            return
        SmartLink.objects.filter(pk=row.pk).update(**wanted)
        detail = {"from": before, "to": wanted}
        is_on_hub = wanted["own_title"] != row.own_title
        finish_change(access, row, "link.set_text", detail=detail, is_on_hub=is_on_hub)


def clean_lines(text: str) -> str:
    """Return a text of several lines without control characters and without blanks around it."""
    lines = [clean_text(line, limit=DESCRIPTION_LENGTH + 1) for line in text.strip().splitlines()]
    return "\n".join(lines).strip()


def edit_service(
    access: ArtistAccess,
    *,
    link_id: UUID,
    service: str,
    url: str,
    territory: str = "",
    expected_updated_at: datetime | None = None,
) -> str:
    """Lead fans of a service (in one country, or everywhere) to another address; return the service's slug.

    ``service`` is a known slug, an ``other-N`` of this link, or ``other`` for a new destination. The address has to
    belong to the service. Raises :class:`Rejected` with the fields ``service``, ``url`` or ``territory``.
    """
    place = _clean_territory(territory)
    with transaction.atomic():
        row = own_link(access, link_id, expected_updated_at=expected_updated_at)
        edits = ServiceEdit.objects.filter(link=row)
        if service == OTHER:
            service = next_other(set(edits.values_list("service", flat=True)))
            if not service:
                raise _refused("service", f"A link can have at most {known.MOST_OTHERS} destinations of your own.")
        address = _clean_address(service, url, kept=set(edits.values_list("url", flat=True)))
        _must_have_room(row)
        edit, _ = edits.get_or_create(
            service=service, territory=place, defaults={"id": new_id(), "link": row, "edited_by": access.user_id}
        )
        before = edit.url
        edits.filter(pk=edit.pk).update(url=address, is_hidden=False, edited_by=access.user_id, edited_at=clock.now())
        detail = {"service": service, "territory": place, "from": before, "to": address}
        finish_change(access, row, "link.edit_service", detail=detail, is_on_hub=False)
    return service


def hide_service(
    access: ArtistAccess,
    *,
    link_id: UUID,
    service: str,
    territory: str = "",
    expected_updated_at: datetime | None = None,
) -> None:
    """Leave a service off the page, or out of one country. Raises :class:`Rejected` for what is no service."""
    _set_hidden(access, link_id, service, territory, expected_updated_at, is_hidden=True)


def show_service(
    access: ArtistAccess,
    *,
    link_id: UUID,
    service: str,
    territory: str = "",
    expected_updated_at: datetime | None = None,
) -> None:
    """Put a hidden service back on the page, with the artist's own address where there is one."""
    _set_hidden(access, link_id, service, territory, expected_updated_at, is_hidden=False)


def reset_service(
    access: ArtistAccess,
    *,
    link_id: UUID,
    service: str,
    territory: str | None = None,
    expected_updated_at: datetime | None = None,
) -> None:
    """Forget the artist's edits of a service (everywhere, or for one territory): what the sources found is shown."""
    with transaction.atomic():
        row = own_link(access, link_id, expected_updated_at=expected_updated_at)
        edits = ServiceEdit.objects.filter(link=row, service=service)
        if territory is not None:
            edits = edits.filter(territory=_clean_territory(territory))
        forgotten = list(edits.values("territory", "url", "is_hidden"))
        if not forgotten:
            return
        edits.delete()
        detail = {"service": service, "forgotten": forgotten}
        finish_change(access, row, "link.reset_service", detail=detail, is_on_hub=False)


def change_slug(access: ArtistAccess, *, link_id: UUID, slug: str, expected_updated_at: datetime | None = None) -> None:
    """Give a link another address; the old one leads to it for ever and is given to no other link.

    Raises :class:`Rejected` (field ``slug``) when it is malformed, reserved or another link's.
    """
    wanted = slugging.clean_slug(slug)
    access.must_edit()
    with transaction.atomic():
        artists.hold_artist(artist_id=access.artist_id)
        lock_slugs(access.artist_id)
        row = own_link(access, link_id, expected_updated_at=expected_updated_at)
        if row.slug == wanted:
            return
        taken = LinkSlug.objects.filter(Q(slug=wanted), artist_id=row.artist_id)
        if taken.exclude(link=row).exists():
            raise _refused("slug", "Another of your links has this address, or had it before. Choose another one.")
        try:
            with transaction.atomic():
                LinkSlug.objects.get_or_create(
                    artist_id=row.artist_id, slug=wanted, defaults={"id": new_id(), "link": row}
                )
        except IntegrityError:
            raise _refused("slug", "Another of your links has just got this address. Choose another one.") from None
        before = row.slug
        SmartLink.objects.filter(pk=row.pk).update(slug=wanted)
        finish_change(access, row, "link.change_slug", detail={"from": before, "to": wanted}, is_on_hub=True)


def _set_hidden(
    access: ArtistAccess, link_id: UUID, service: str, territory: str, expected: datetime | None, *, is_hidden: bool
) -> None:
    if not known.is_service(service):
        raise _refused("service", "This is no service that we know.")
    place = _clean_territory(territory)
    with transaction.atomic():
        row = own_link(access, link_id, expected_updated_at=expected)
        edits = ServiceEdit.objects.filter(link=row, service=service, territory=place)
        edit = edits.first()
        if (edit is not None and edit.is_hidden) is is_hidden:
            return
        if edit is None:
            _must_have_room(row)
            ServiceEdit.objects.create(
                link=row, service=service, territory=place, is_hidden=True, edited_by=access.user_id
            )
        elif not is_hidden and not edit.url:
            edits.delete()
        else:
            edits.update(is_hidden=is_hidden, edited_by=access.user_id, edited_at=clock.now())
        action = "link.hide_service" if is_hidden else "link.show_service"
        finish_change(access, row, action, detail={"service": service, "territory": place}, is_on_hub=False)


def _must_have_room(row: SmartLink) -> None:
    if ServiceEdit.objects.filter(link=row).count() >= MOST_EDITS:
        raise _refused("service", f"A link can have at most {MOST_EDITS} edits. Reset some of them first.")


def _clean_address(service: str, text: str, *, kept: Collection[str]) -> str:
    """Return the address to keep, or raise :class:`Rejected` saying what is wrong with it.

    One of ``kept``, which the link has already, stays whatever hosts are listed now.
    """
    if not known.is_service(service):
        raise _refused("service", "This is no service that we know.")
    pasted = text.strip()
    if not pasted:
        raise _refused("url", "Paste the address, or reset the service to go back to the found one.")
    if service in known.SERVICES:
        pasted = "https://" + pasted.removeprefix("https://").removeprefix("http://")
    url = urls.normal_https_url(pasted)
    if not url:
        raise _refused("url", "This is no address that fans can be sent to: it has to begin with https://.")
    destinations.must_not_deceive(url)
    if known.belongs(url, service):
        address = clean_pasted(url, service)
        if address not in kept:
            destinations.must_be_listed(address)
        return address
    there = known.service_of(url)
    if service in known.SERVICES:
        hosts = " or ".join(known.SERVICES[service].hosts[:2])
        leads = f"leads to {service_name(there)}" if there else "leads elsewhere"
        raise _refused("url", f"This address {leads}, not to {service_name(service)}. Paste one of {hosts}.")
    raise _refused("url", f"This address belongs to {service_name(there or service)}: put it at that service.")


def _clean_territory(text: str) -> str:
    territory = text.strip().upper()
    if territory and not (len(territory) == 2 and territory.isascii() and territory.isalpha()):
        raise _refused("territory", "A country is written with two letters (ISO 3166-1), such as DE.")
    return territory


def _refused(field: str, message: str) -> Rejected:
    return Rejected(message, field_errors={field: message})
