"""The film on a link's page: its id from any YouTube address, its title and its still from YouTube.

What YouTube cannot tell now follows by a job. Until YouTube has confirmed a film (it has no title so far) the artist
sees it and fans do not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from backline.accounts.types import ArtistAccess
from backline.core import jobs, media
from backline.core.errors import Rejected, RetryLater
from backline.links import choices
from backline.links.models import SmartLink
from backline.links.ports import video_sources
from backline.links.services.own import finish_change, own_link
from backline.links.services.publishing import publish_links

YOUTUBE = "youtube"
LONGEST_TITLE = 200
_NOTHING: dict[str, Any] = {
    "video_title": "", "video_poster_key": "", "video_poster_width": 0, "video_poster_height": 0,
}  # fmt: skip


def set_video(access: ArtistAccess, *, link_id: UUID, url: str, expected_updated_at: datetime) -> None:
    """Put the film at a YouTube address onto a link's page; an empty address takes it off.

    Raises :class:`Rejected` (field ``url``) for what is no film, or one that YouTube does not let others show;
    ``StaleError``, ``NotFoundError`` and ``NotAllowedError``.
    """
    access.must_edit()
    video_id = choices.video_id_of(url)
    try:
        facts = _title_of(video_id) | _poster_of(video_id) if video_id else _NOTHING
        is_complete = True
    except RetryLater:
        facts, is_complete = _NOTHING, False
    except Rejected as error:
        raise Rejected(error.message, field_errors={"url": error.message}) from None
    with transaction.atomic():
        row = own_link(access, link_id, expected_updated_at=expected_updated_at)
        if row.video_id == video_id and (not is_complete or row.video_title == facts["video_title"]):
            return
        before = row.video_id
        SmartLink.objects.filter(pk=row.pk).update(video_id=video_id, **facts)
        if not is_complete:
            jobs.enqueue("links.complete_video", link_id=str(row.pk), video_id=video_id)
        finish_change(access, row, "link.set_video", detail={"from": before, "to": video_id}, is_on_hub=False)


def complete_video(*, link_id: UUID, video_id: str) -> None:
    """Ask YouTube again for a film that it could not tell of, and publish the page with it.

    Raises ``RetryLater`` while YouTube is away. A film that YouTube refuses stays unconfirmed: the artist is told why
    when it is saved again.
    """
    mine = SmartLink.objects.filter(pk=link_id, video_id=video_id)
    if not mine.exists():  # another film, or none, by now
        return
    try:
        facts = _title_of(video_id) | _poster_of(video_id)
    except Rejected:
        return
    with transaction.atomic():
        if mine.update(**facts):
            publish_links([link_id])


def _title_of(video_id: str) -> dict[str, Any]:
    return {"video_title": video_sources.get(YOUTUBE).title(video_id)[:LONGEST_TITLE]}


def _poster_of(video_id: str) -> dict[str, Any]:
    poster = video_sources.get(YOUTUBE).poster(video_id)
    if poster is None:
        return {key: value for key, value in _NOTHING.items() if key != "video_title"}
    return {
        "video_poster_key": media.store_image(poster.data),
        "video_poster_width": poster.width,
        "video_poster_height": poster.height,
    }
