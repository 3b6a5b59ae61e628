"""Taking over an artist's pages from another service: their old addresses, and what ours do not lead to yet.

What our pages have already stands; a list adds to it and replaces nothing, so it can be taken twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from backline.accounts import services as artists
from backline.accounts.types import ArtistAccess
from backline.catalog import services as catalog
from backline.catalog.affiliates import clean_found
from backline.catalog.selectors import known_release
from backline.contract.services import service_of
from backline.core.errors import Rejected
from backline.core.ids import new_id
from backline.links import choices, slugging
from backline.links.document import found_urls
from backline.links.models import LinkSlug, ServiceEdit, SmartLink
from backline.links.old_pages import OldPage
from backline.links.selectors.facts import details_of, subject_of
from backline.links.services.editing import edit_service
from backline.links.services.own import finish_change, own_link
from backline.links.services.publishing import lock_slugs
from backline.links.services.sub_links import set_sub_links
from backline.links.types import SubLinkFacts

UNMATCHED = "None of its codes and Spotify addresses is that of a release of this artist here."
_UNDER_A_PAGE = frozenset({"merch", "tickets"})
_RELEASES = frozenset({"album", "track", "upc", "isrc"})


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What came of one page. ``link`` is the slug of ours, empty for none; ``redirect`` the old one, when it is new.

    ``added`` are services and addresses, ``refused`` sentences.
    """

    title: str
    link: str = ""
    redirect: str = ""
    added: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def take_over(access: ArtistAccess, pages: Sequence[OldPage], *, is_dry: bool = False) -> tuple[TakenOver, ...]:
    """Take over pages, each for itself, and return what came of each; ``is_dry`` finds out and changes nothing."""
    taken = []
    for page in pages:
        with transaction.atomic():
            taken.append(_take(access, page))
            if is_dry:
                transaction.set_rollback(True)
    return tuple(taken)


def _take(access: ArtistAccess, page: OldPage) -> TakenOver:
    access.must_edit()
    artists.hold_artist(artist_id=access.artist_id)
    lock_slugs(access.artist_id)
    links = _links_of(access, page)
    if len(links) != 1:
        return TakenOver(page.title, refused=(_ambiguous(links) if links else UNMATCHED,))
    row = own_link(access, links[0].pk)
    refused: list[str] = []
    redirect = _keep_slug(access, row, page.slug, refused)
    added = _add_services(access, row, page.urls, refused) + _add_sub_links(access, row, page.urls, refused)
    return TakenOver(page.title or row.title, row.slug, redirect, tuple(added), tuple(dict.fromkeys(refused)))


def _links_of(access: ArtistAccess, page: OldPage) -> list[SmartLink]:
    """Return the links that a page can only be: by its UPC, else by what it leads to at Spotify, else by its ISRC."""
    spotify = [url for url in page.urls if service_of(url) == "spotify"]
    found: dict[str, set[UUID]] = {"upc": set(), "spotify": set(), "isrc": set()}
    for text in (*page.codes, *spotify):
        try:
            ref = catalog.understand(text=text)
        except Rejected:
            continue
        release = known_release(artist_id=access.artist_id, ref=ref) if ref.kind in _RELEASES else None
        if release is not None:
            found[ref.kind if ref.kind in found else "spotify"].add(release)
    releases = next((ids for ids in found.values() if ids), set())
    return list(SmartLink.objects.filter(artist_id=access.artist_id, release_id__in=releases).order_by("slug"))


def _ambiguous(links: Sequence[SmartLink]) -> str:
    return f"It leads to several releases ({', '.join(link.slug for link in links[:5])}), so it is the page of none."


def _keep_slug(access: ArtistAccess, row: SmartLink, slug: str, refused: list[str]) -> str:
    """Have an old address lead to a link; return it when that is new."""
    if not slug:
        return ""
    try:
        wanted = slugging.clean_slug(slug)
    except Rejected as error:
        refused.append(f"The old address “{slug[:80]}” is not kept: {error.message}")
        return ""
    kept, is_new = LinkSlug.objects.get_or_create(
        artist_id=row.artist_id, slug=wanted, defaults={"id": new_id(), "link": row}
    )
    if kept.link_id != row.pk:
        refused.append(f"The old address “{wanted}” is not kept: another link of the artist has it, or had it before.")
    if not is_new:
        return ""
    finish_change(access, row, "link.keep_slug", detail={"slug": wanted}, is_on_hub=False)
    return wanted


def _add_services(access: ArtistAccess, row: SmartLink, urls: Sequence[str], refused: list[str]) -> list[str]:
    """Lead to services that the link has no word on yet, not even that it is hidden."""
    present = set(found_urls(details_of([row])[subject_of(row)], with_dead=True))
    present |= set(ServiceEdit.objects.filter(link=row).values_list("service", flat=True))
    added = []
    for url in urls:
        service = service_of(url)
        if service is None or service in present:
            continue
        try:
            edit_service(access, link_id=row.pk, service=service, url=clean_found(url, service))
        except Rejected as error:
            refused.append(f"{urlsplit(url).hostname}: {error.message}")
        else:
            present.add(service)
            added.append(service)
    return added


def _add_sub_links(access: ArtistAccess, row: SmartLink, urls: Sequence[str], refused: list[str]) -> list[str]:
    """Put shops and tickets under a link's page."""
    row.refresh_from_db()
    there = [SubLinkFacts(**link) for link in row.sub_links]
    added: list[str] = []
    for url in urls:
        if service_of(url) is not None:
            continue
        host = urlsplit(url).hostname
        kind = choices.kind_of(url)
        if kind not in _UNDER_A_PAGE:
            refused.append(f"{host}: This is no music service, shop or ticket seller that is known here.")
            continue
        try:
            (wanted,) = choices.sub_links_of([SubLinkFacts(kind=kind, url=clean_found(url, ""), label="")])
            if wanted.url in {link.url for link in there}:
                continue
            choices.sub_links_of([*there, wanted], there={link.url for link in there})
        except Rejected as error:
            refused.append(f"{host}: {' '.join(error.field_errors.values())}")
        else:
            there.append(wanted)
            added.append(wanted.url)
    if added:
        set_sub_links(access, link_id=row.pk, sub_links=there, expected_updated_at=row.updated_at)
    return added
