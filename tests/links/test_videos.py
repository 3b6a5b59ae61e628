"""The film on a page: confirmed by YouTube, kept while YouTube is away, refused with the reason."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PIL import Image
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.factories.pages_now import page_at
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import ArtistAccess
from backline.core import media
from backline.core.errors import BacklineError, Rejected, RetryLater
from backline.links import selectors, services
from backline.links.models import SmartLink
from backline.links.ports import Poster, video_sources

pytestmark = [pytest.mark.django_db, pytest.mark.req("SL-29")]
URL = "https://youtu.be/dQw4w9WgXcQ"


@dataclass
class Films:
    """A stand-in for YouTube that knows every film, unless it has trouble."""

    trouble: BacklineError | None = None
    has_poster: bool = True
    asked: list[str] = field(default_factory=list)

    def title(self, video_id: str) -> str:
        self.asked.append(video_id)
        if self.trouble is not None:
            raise self.trouble
        return f"Film {video_id}"

    def poster(self, video_id: str) -> Poster | None:
        file = io.BytesIO()
        Image.new("RGB", (16, 9)).save(file, "JPEG")
        return Poster(file.getvalue(), 16, 9) if self.has_poster else None


@pytest.fixture
def films() -> Iterator[Films]:
    made = Films()
    with video_sources.holding(youtube=made):
        yield made


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.fixture
def link(access: ArtistAccess) -> SmartLink:
    return make_link(access)


def put(access: ArtistAccess, link: SmartLink, url: str = URL) -> None:
    seen = selectors.link_row(access, link_id=link.pk).updated_at
    services.set_video(access, link_id=link.pk, url=url, expected_updated_at=seen)


def shown(access: ArtistAccess, link: SmartLink) -> tuple[str, str, bool] | None:
    video = page_at(selectors.link_row(access, link_id=link.pk).public_path).video
    return None if video is None else (video.id, video.title, video.poster is not None)


def test_a_film_comes_with_its_title_and_a_still_of_our_own(
    access: ArtistAccess, link: SmartLink, films: Films
) -> None:
    put(access, link)
    assert shown(access, link) == ("dQw4w9WgXcQ", "Film dQw4w9WgXcQ", True)
    video = selectors.link_detail(access, link_id=link.pk).video
    assert video is not None
    assert media.path_of(video.poster.key).exists()
    assert (video.poster.width, video.poster.height) == (16, 9)
    put(access, link, "")
    assert shown(access, link) is None
    assert selectors.link_detail(access, link_id=link.pk).video is None


def test_a_film_without_a_still_is_shown_all_the_same(access: ArtistAccess, link: SmartLink, films: Films) -> None:
    films.has_poster = False
    put(access, link)
    assert shown(access, link) == ("dQw4w9WgXcQ", "Film dQw4w9WgXcQ", False)


def test_while_youtube_is_away_the_film_is_kept_and_follows(
    access: ArtistAccess, link: SmartLink, films: Films, drain_jobs: DrainJobs
) -> None:
    films.trouble = RetryLater("YouTube has a fault of its own just now.")
    put(access, link)
    video = selectors.link_detail(access, link_id=link.pk).video
    assert video is not None
    assert (video.id, video.title) == ("dQw4w9WgXcQ", "")
    assert shown(access, link) is None, "nobody has confirmed it yet"
    seen = selectors.link_row(access, link_id=link.pk).updated_at
    films.trouble = None
    drain_jobs(hurry=True)
    assert shown(access, link) == ("dQw4w9WgXcQ", "Film dQw4w9WgXcQ", True)
    assert selectors.link_row(access, link_id=link.pk).updated_at == seen, "what follows by itself is no edit"


def test_a_job_for_another_film_changes_nothing(
    access: ArtistAccess, link: SmartLink, films: Films, drain_jobs: DrainJobs
) -> None:
    films.trouble = RetryLater("Away.")
    put(access, link)
    films.trouble = None
    put(access, link, "https://youtu.be/aaaaaaaaaaa")
    asked = len(films.asked)
    drain_jobs(hurry=True)
    assert shown(access, link) == ("aaaaaaaaaaa", "Film aaaaaaaaaaa", True)
    assert len(films.asked) == asked


def test_a_film_that_youtube_refuses_is_not_taken_and_says_why(
    access: ArtistAccess, link: SmartLink, films: Films, drain_jobs: DrainJobs
) -> None:
    put(access, link)
    films.trouble = Rejected("This video is private.")
    with pytest.raises(Rejected) as refused:
        put(access, link, "https://youtu.be/aaaaaaaaaaa")
    assert refused.value.field_errors == {"url": "This video is private."}
    assert shown(access, link) == ("dQw4w9WgXcQ", "Film dQw4w9WgXcQ", True)


def test_a_film_that_is_refused_later_stays_unconfirmed(
    access: ArtistAccess, link: SmartLink, films: Films, drain_jobs: DrainJobs
) -> None:
    films.trouble = RetryLater("Away.")
    put(access, link)
    films.trouble = Rejected("This video is private.")
    drain_jobs(hurry=True)
    assert shown(access, link) is None
    video = selectors.link_detail(access, link_id=link.pk).video
    assert video is not None
    assert video.title == ""


def test_a_confirmed_film_stays_when_it_is_saved_while_youtube_is_away(
    access: ArtistAccess, link: SmartLink, films: Films
) -> None:
    put(access, link)
    films.trouble = RetryLater("Away.")
    put(access, link)
    assert shown(access, link) == ("dQw4w9WgXcQ", "Film dQw4w9WgXcQ", True)
