"""One link as its own page in the dashboard shows it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from uuid import UUID

from backline.accounts.types import ArtistAccess
from backline.catalog.rules import clean_text
from backline.catalog.types import Decision, PlaylistDetails, ReleaseDetails, ServiceLinkDetails
from backline.contract import pages as contract
from backline.contract import services as known
from backline.core.errors import NotFoundError, Rejected
from backline.links import choices, document
from backline.links.models import DESCRIPTION_LENGTH, OWN_TITLE_LENGTH, LinkSlug, SmartLink
from backline.links.selectors.facts import (
    Details,
    Frame,
    details_of,
    edits_of,
    facts_of,
    frame_of,
    sub_links_of,
    subject_of,
    video_of,
)
from backline.links.selectors.health import with_health
from backline.links.selectors.lists import row_of
from backline.links.types import (
    EditFacts,
    LinkDetail,
    LinkDraft,
    OrderMode,
    ServiceRow,
    SubLinkFacts,
    TerritoryRow,
    TrackRow,
    WaitingRow,
)
from backline.settings import environment

NOTHING_TYPED = LinkDraft()


def link_detail(access: ArtistAccess, *, link_id: UUID) -> LinkDetail:
    """Return everything the dashboard shows of a link. Raises :class:`NotFoundError`."""
    row = _own(access, link_id)
    frame = frame_of(row.artist_id)
    details = details_of([row])[subject_of(row)]
    edits = edits_of([row.pk]).get(row.pk, ())
    shown = row_of(row, frame.artist)
    slugs = LinkSlug.objects.filter(link=row).exclude(slug=row.slug).order_by("created_at")
    services = _in_order(service_rows(details, edits), tuple(row.service_order) or _fixed_order(frame))
    services = with_health(row.pk, services)
    return LinkDetail(
        row=shown,
        found_title=row.title,
        own_title=row.own_title,
        description=row.description,
        theme=row.theme,
        accent=row.accent,
        service_order=tuple(row.service_order),
        video=video_of(row),
        sub_links=sub_links_of(row.sub_links),
        services=services,
        addable_services=_addable({service.service for service in services}),
        waiting=_waiting(details),
        tracks=tuple(
            TrackRow(disc=track.disc, number=track.number, title=track.title, duration_ms=track.duration_ms)
            for track in (details.tracks if isinstance(details, ReleaseDetails) else ())
        ),
        artist_names=details.artist_names if isinstance(details, ReleaseDetails) else (details.owner_name,),
        label=details.label if isinstance(details, ReleaseDetails) else "",
        upc=details.upc if isinstance(details, ReleaseDetails) else "",
        source_url=details.source_url,
        qr_url=f"{shown.public_url}/qr.svg",
        localized_public_urls=_localized(shown.public_url),
        old_paths=tuple(document.path_of(frame.artist.slug, slug) for slug in slugs.values_list("slug", flat=True)),
        artwork_width=row.artwork_width,
        artwork_height=row.artwork_height,
        fetched_at=details.fetched_at if isinstance(details, ReleaseDetails) else None,
        created_at=row.created_at,
    )


def preview_document(
    access: ArtistAccess, *, link_id: UUID, draft: LinkDraft = NOTHING_TYPED
) -> contract.PublishedPage:
    """Return the document as fans would get it, published or not, with ``draft`` in place of what is saved.

    What of the draft cannot be kept like this is left out. Raises :class:`NotFoundError`.
    """
    row = _own(access, link_id)
    _try_on(row, draft)
    frame = frame_of(row.artist_id)
    return document.document_of(
        facts_of(row, updated_at=row.updated_at),
        artist=frame.artist,
        details=details_of([row])[subject_of(row)],
        edits=edits_of([row.pk]).get(row.pk, ()),
        settings=frame.settings,
        play_url=environment.current().play_url,
    )


def _try_on(row: SmartLink, draft: LinkDraft) -> None:
    """Put a draft into the row in memory."""
    if draft.title is not None:
        row.own_title = clean_text(draft.title, limit=OWN_TITLE_LENGTH)
    if draft.description is not None:
        row.description = draft.description[:DESCRIPTION_LENGTH]
    if draft.service_order is not None:
        row.service_order = choices.service_order_of(draft.service_order)
    with suppress(Rejected):
        row.theme = row.theme if draft.theme is None else choices.theme_of(draft.theme)
    with suppress(Rejected):
        row.accent = row.accent if draft.accent is None else choices.accent_of(draft.accent)
    if draft.sub_links is not None:
        there = {link["url"] for link in row.sub_links}
        kept = [asdict(link) for each in draft.sub_links for link in _kept(each, there)]
        row.sub_links = kept[: choices.MOST_SUB_LINKS]


def _kept(typed: SubLinkFacts, there: set[str]) -> tuple[SubLinkFacts, ...]:
    with suppress(Rejected):
        return choices.sub_links_of([typed], there=there)
    return ()


def _fixed_order(frame: Frame) -> tuple[str, ...]:
    return frame.settings.fixed_order if frame.settings.order_mode is OrderMode.FIXED else ()


def _in_order(rows: tuple[ServiceRow, ...], order: tuple[str, ...]) -> tuple[ServiceRow, ...]:
    """Return the rows as pages show them: those of ``order`` first, then the others as they stand."""
    places = {slug: place for place, slug in enumerate(order)}
    return tuple(sorted(rows, key=lambda row: places.get(row.service, len(places))))


def service_rows(details: Details, edits: tuple[EditFacts, ...]) -> tuple[ServiceRow, ...]:
    """Return one row per service that was found or edited, in the default order, hidden ones included."""
    found: dict[tuple[str, str], ServiceLinkDetails | None] = {}
    urls = document.found_urls(details, with_dead=True)
    for service, by_territory in urls.items():
        for territory in by_territory:
            found[service, territory] = None
    if isinstance(details, ReleaseDetails):
        for offer in details.service_links:
            if offer.decision is Decision.ACCEPTED:
                found[offer.service, offer.territory] = offer
    edited = {(edit.service, edit.territory): edit for edit in edits}
    slugs = sorted({service for service, _ in [*found, *edited]}, key=document.default_rank)
    rows = []
    for slug in slugs:
        territories = sorted({place for service, place in [*found, *edited] if service == slug and place})
        link = found.get((slug, ""))
        if link is None:
            link = next((other for (service, _), other in found.items() if service == slug and other), None)
        found_url = urls.get(slug, {}).get("", "")
        edit = edited.get((slug, ""))
        rows.append(
            ServiceRow(
                service=slug,
                name=service_name(slug),
                url=(edit.url if edit else "") or found_url,
                found_url=found_url,
                is_edited=edit is not None and bool(edit.url),
                is_hidden=edit is not None and edit.is_hidden,
                source=link.source if link else ("spotify" if found_url else ""),
                confidence=link.confidence.value if link else "",
                fetched_at=link.fetched_at if link else None,
                territories=tuple(
                    _territory(place, urls.get(slug, {}).get(place, ""), edited.get((slug, place)))
                    for place in territories
                ),
            )
        )
    return tuple(rows)


def service_name(slug: str) -> str:
    """Return a service's name as its owner writes it; the artist's own destinations are numbered."""
    if slug in known.SERVICES:
        return known.SERVICES[slug].name
    return f"Other {slug.removeprefix(known.OTHER_PREFIX)}"


def _territory(territory: str, found_url: str, edit: EditFacts | None) -> TerritoryRow:
    is_hidden = edit is not None and edit.is_hidden
    return TerritoryRow(
        territory=territory,
        url="" if is_hidden else (edit.url if edit else "") or found_url,
        found_url=found_url,
        is_edited=edit is not None and bool(edit.url),
        is_hidden=is_hidden,
    )


def _waiting(details: Details) -> tuple[WaitingRow, ...]:
    if isinstance(details, PlaylistDetails):
        return ()
    return tuple(
        WaitingRow(
            service_link_id=link.id,
            service=link.service,
            name=service_name(link.service),
            url=link.url,
            source=link.source,
        )
        for link in details.service_links
        if link.decision is Decision.WAITING
    )


def _addable(present: set[str]) -> tuple[tuple[str, str], ...]:
    missing = [(slug, info.name) for slug, info in known.SERVICES.items() if slug not in present]
    other = next_other(present)
    return (*missing, (other, "Another service")) if other else tuple(missing)


def next_other(present: set[str]) -> str:
    """Return the first free ``other-N`` slug, empty when all are taken."""
    slugs = (f"{known.OTHER_PREFIX}{number}" for number in range(1, known.MOST_OTHERS + 1))
    return next((slug for slug in slugs if slug not in present), "")


def _own(access: ArtistAccess, link_id: UUID) -> SmartLink:
    row = SmartLink.objects.filter(pk=link_id, artist_id=access.artist_id).first()
    if row is None:
        raise NotFoundError("There is no such link, or it is not yours.")
    return row


def _localized(public_url: str) -> tuple[str, ...]:
    """Return the address of a page in each of its languages; none where there is only one."""
    tags = environment.current().public_languages
    return tuple(f"{public_url}?lang={tag}" for tag in tags) if len(tags) > 1 else ()
