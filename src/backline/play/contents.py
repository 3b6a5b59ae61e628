"""What stands on a page in one language: the words and values that the templates of every theme show. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from backline.contract.pages import CARD_SIZE, Artwork, HubItem, PublishedPage, SubLink
from backline.contract.services import SERVICES
from backline.play import hub, structured
from backline.play.locales.words import Words
from backline.play.type_setting import Heading, heading, marks_of, name_fit

SERVICES_SHOWN = 8
"""Services beyond these stand behind "N more services"."""
TRACKS_SHOWN = 150
"""Tracks beyond these are only counted, so that a playlist of thousands stays a light page."""


def of_release(page: PublishedPage, words: Words, order: tuple[str, ...]) -> dict[str, object]:
    """Return what a release or playlist shows; ``order`` holds the slugs of its services, the first one first."""
    is_playlist = page.kind == "playlist"
    by_slug = {service.service: service for service in page.services}
    services = [_service(slug, by_slug[slug].url) for slug in order if slug in by_slug]
    total = max(page.total_tracks, len(page.tracks))
    counted = words.count(words.tracks if is_playlist else words.songs, total) if total else ""
    length = sum(track.duration_ms for track in page.tracks)
    is_whole = length and len(page.tracks) == total and all(track.duration_ms for track in page.tracks)
    sentence = words.playlist_by if is_playlist else words.title_by
    description = words.playlist_description if is_playlist else words.page_description
    left = total - min(len(page.tracks), TRACKS_SHOWN)
    return {
        **_of_page(page, words),
        "headline": words.fill(sentence, title=page.title, artist=page.artist_name),
        "description": page.description or words.fill(description, title=page.title, artist=page.artist_name),
        "is_indexable": page.is_indexable,
        "og_type": "music.playlist" if is_playlist else "music.album",
        "picture_alt": words.fill(words.cover_of, title=page.title),
        "title": heading(page.title, page.language, words.tag),
        "credit": (words.selects if is_playlist else words.presents).partition("{artist}"),
        "facts": [fact for fact in (words.types[_type_of(page)], counted) if fact],
        "date": words.date(page.released) if page.released else "",
        "shown": services[:SERVICES_SHOWN],
        "more": services[SERVICES_SHOWN:],
        "more_label": words.count(words.more_services, max(0, len(services) - SERVICES_SHOWN)),
        "discs": _discs(page, words.disc),
        "tracks_label": f"{counted}{words.comma}{words.length(length)}" if is_whole else counted,
        "tracks_left": words.count(words.more_tracks, left) if page.tracks and left > 0 else "",
        "video": _video(page, words),
    }


def of_hub(page: PublishedPage, words: Words, after: str, query: str, *, is_whole: bool = False) -> dict[str, object]:
    """Return what an artist's hub shows: the releases behind ``after``, those that a ``query`` finds, or the whole."""
    part = hub.whole(page) if is_whole else hub.part(page, after)
    found = hub.search(page, query) if query else ()
    lead = None if query else part.lead
    rows = found[: hub.LATER_PAGE] if query else part.rows
    return {
        **_of_page(page, words),
        "headline": words.fill(words.hub_title, title=page.title, artist=page.artist_name),
        "description": page.description or words.fill(words.hub_description, title=page.title, artist=page.artist_name),
        "is_indexable": page.is_indexable and not after and not query,
        "og_type": "profile",
        "picture_alt": page.artist_name,
        "lead": _hub_row(lead, words) if lead else None,
        "rows": [_hub_row(item, words) for item in rows],
        "rows_label": words.count(words.found_releases, len(found)) if query else words.releases,
        "playlists": [] if query else [_hub_row(item, words) for item in part.playlists],
        "next_after": "" if query else part.next_after,
        "earlier": words.count(words.earlier_releases, part.left),
        "is_later": bool(after or query),
        "is_searchable": not is_whole and hub.is_searchable(page),
        "query": query,
        "has_list": bool(query or after or rows or part.playlists or not page.items),
        "is_cut": len(found) > len(rows),
        "first_found": words.first_found.replace("{n}", str(hub.LATER_PAGE)),
    }


def _of_page(page: PublishedPage, words: Words) -> dict[str, object]:
    """Return what every page shows of its artist, and what it says of itself to machines."""
    return {
        **_shared(page),
        "structured_data": structured.data_of(page, picture_url(page)),
        "artist": heading(page.artist_name, "", words.tag),
        "artist_fit": name_fit(page.artist_name),
        "about_marks": marks_of(page.description, "", words.tag),
        "more_from": words.fill(words.more_from, artist=page.artist_name),
        "links": [_sub_link(link, words) for link in page.sub_links],
    }


def picture_url(page: PublishedPage) -> str:
    """Return the absolute address of the page's artwork, empty when it has none."""
    return f"{_origin(page)}/art/{page.artwork.key}" if page.artwork else ""


def _shared(page: PublishedPage) -> dict[str, object]:
    """Return what is shown where the page is posted: its card, else its cover; and where its embed is asked for."""
    cover = page.artwork
    return {
        "picture": f"{_origin(page)}/art/{page.card_key}" if page.card_key else picture_url(page),
        "picture_size": CARD_SIZE if page.card_key else (cover.width, cover.height) if cover else (0, 0),
        "has_card": bool(page.card_key),
        "oembed": "" if page.kind == "hub" else f"{_origin(page)}/oembed?url={quote(page.canonical_url, safe='')}",
    }


def _origin(page: PublishedPage) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(page.canonical_url))


def _type_of(page: PublishedPage) -> str:
    return "playlist" if page.kind == "playlist" else page.release_type


def _service(slug: str, url: str) -> dict[str, str]:
    info = SERVICES.get(slug)
    if info is not None:
        return {"slug": slug, "name": info.name, "action": info.action}
    host = (urlsplit(url).hostname or slug).removeprefix("www.")
    return {"slug": slug, "name": host, "action": "listen"}


_PROFILES = {
    "instagram": "Instagram", "tiktok": "TikTok", "youtube": "YouTube", "facebook": "Facebook", "x": "X",
    "threads": "Threads", "bluesky": "Bluesky", "discord": "Discord",
}  # fmt: skip
"""The kinds of sub-links that have a name of their own in every language."""


def _sub_link(link: SubLink, words: Words) -> dict[str, object]:
    kind = _PROFILES.get(link.kind) or words.sub_links.get(link.kind, "")
    host = (urlsplit(link.url).hostname or "").removeprefix("www.")
    name = link.label or kind or host
    # A label says what it leads to, and the host of a known network says nothing that its name does not.
    beside = (kind or host) if link.label else "" if link.kind in _PROFILES or name == host else host
    return {"name": name, "marks": marks_of(name), "beside": beside}


def _video(page: PublishedPage, words: Words) -> dict[str, object] | None:
    if page.video is None:
        return None
    title = page.video.title or page.title
    return {
        "id": page.video.id,
        "title": title,
        "marks": marks_of(title),
        "poster": page.video.poster,
        "still": words.fill(words.still_from, title=title),
    }


def _discs(page: PublishedPage, disc_pattern: str) -> list[dict[str, object]]:
    shown = page.tracks[:TRACKS_SHOWN]
    numbers = sorted({track.disc for track in shown})
    return [
        {
            "heading": disc_pattern.replace("{n}", str(number)) if len(numbers) > 1 else "",
            "tracks": [
                {
                    "number": track.number,
                    "title": track.title,
                    "marks": marks_of(track.title),
                    "length": _clock_length(track.duration_ms),
                }
                for track in shown
                if track.disc == number
            ],
        }
        for number in numbers
    ]


def _clock_length(milliseconds: int) -> str:
    seconds = round(milliseconds / 1000)
    if not seconds:
        return ""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def _hub_row(item: HubItem, words: Words) -> dict[str, object]:
    kind = words.types[item.release_type]
    year = words.year_pattern.format(y=item.released[:4]) if item.released else ""
    counted = words.count(words.songs, item.total_tracks) if item.total_tracks else ""
    shown: Heading = heading(item.title, item.language, words.tag)
    return {
        "path": item.path,
        "artwork": item.artwork,
        "thumb": _thumb_size(item.artwork),
        "title": shown,
        "facts": words.comma.join(fact for fact in (kind, year) if fact),
        "lines": [fact for fact in (kind, counted) if fact],
        "released": item.released,
        "date": words.date(item.released) if item.released else "",
        "alt": words.fill(words.cover_of, title=item.title),
    }


def _thumb_size(artwork: Artwork | None) -> tuple[int, int]:
    """Return the room of a picture in a list: 64 px wide, in its own ratio."""
    if artwork is None or not artwork.width:
        return 64, 64
    return 64, max(1, round(64 * artwork.height / artwork.width))
