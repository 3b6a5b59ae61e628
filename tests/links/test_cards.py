"""Cards: what stands on them, when they are drawn, and that they are drawn once."""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from PIL import Image, ImageChops
from tests.factories.accounts import make_access
from tests.factories.links import make_link
from tests.factories.pages_now import page_at
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import ArtistAccess
from backline.core import media
from backline.links import services
from backline.links.cards import faces
from backline.links.cards.card import Card, card_of
from backline.links.cards.drawing import HEIGHT, LARGEST_BYTES, WIDTH, draw
from backline.links.models import PublishedPage, SmartLink
from backline.settings import environment

PATH = "halla-norden/harbour-night"
THEMES = ("classic", "brutalist", "aurora", "cinematic")
RED = (200, 30, 40)


def cover(width: int = 640, height: int = 640, mode: str = "RGB", form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), RED).convert(mode).save(out, form)
    return out.getvalue()


def card(theme: str = "classic", title: str = "Harbour Night", **changes: object) -> Card:
    values = {"artist": "Halla Nordén", "cover_key": "", "accent": "", "palette": ()}
    return Card(theme=theme, title=title, **values | changes)  # type: ignore[arg-type]


def picture(drawn: bytes) -> Image.Image:
    return Image.open(io.BytesIO(drawn)).convert("RGB")


def red_box(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Return where the cover lies."""
    difference = ImageChops.difference(image, Image.new("RGB", image.size, RED)).convert("L")
    return difference.point(lambda value: 255 if value < 24 else 0).getbbox()


@pytest.mark.parametrize("theme", THEMES)
def test_a_card_has_the_format_that_networks_ask_for(theme: str) -> None:
    drawn = draw(card(theme), cover())
    found = Image.open(io.BytesIO(drawn))
    assert (found.format, found.size, found.mode) == ("JPEG", (WIDTH, HEIGHT), "RGB")
    assert len(drawn) <= LARGEST_BYTES
    assert drawn == draw(card(theme), cover())


def test_every_theme_draws_its_own() -> None:
    drawn = {draw(card(theme), cover()) for theme in THEMES}
    assert len(drawn) == len(THEMES)
    assert draw(card("no-such-theme"), cover()) == draw(card("classic"), cover())


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [(900, 500), (64, 100)])
def test_the_cover_is_whole_and_in_its_own_ratio(theme: str, size: tuple[int, int]) -> None:
    box = red_box(picture(draw(card(theme, accent="#00ff00"), cover(*size))))
    assert box is not None
    width, height = box[2] - box[0], box[3] - box[1]
    assert width / height == pytest.approx(size[0] / size[1], rel=0.03)
    assert max(width, height) >= 450


@pytest.mark.parametrize(
    ("mode", "form"), [("L", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"), ("RGB", "WEBP")]
)
def test_covers_of_every_kind(mode: str, form: str) -> None:
    kind = "RGB" if mode == "RGB" else mode
    assert picture(draw(card(), cover(mode=kind, form=form))).getpixel((300, 300)) != (248, 246, 239)


@pytest.mark.parametrize("broken", [b"", b"no picture", cover()[:200], b"<svg/>", b"GIF89a"])
def test_a_cover_that_is_none_is_left_out(broken: bytes) -> None:
    assert draw(card(), broken) == draw(card(), None)


LONG = (
    "The Weight of Small Boats " * 20,
    "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel" * 3,
    "夜間飛行と海辺の小さな灯台、" * 8,
    "رسائل من البستان (Live at Cairo)",
    "สวัสดีตอนเช้า" * 6,
)
SHORT = ("Up", "שיר לשלום", "नमस्ते दुनिया", "Пепел и мёд", "방탄 BTS")


@functools.cache
def bare(theme: str) -> Image.Image:
    return picture(draw(card(theme, "", artist=""), cover()))


@pytest.mark.parametrize(
    ("theme", "title"),
    [*itertools.product(THEMES, LONG), *(("brutalist", title) for title in SHORT)],
)
def test_titles_of_every_script_and_length_are_drawn_beside_the_cover(theme: str, title: str) -> None:
    with_title = picture(draw(card(theme, title, artist=""), cover()))
    box = (
        ImageChops.difference(with_title, bare(theme))
        .convert("L")
        .point(lambda value: 255 if value > 60 else 0)
        .getbbox()
    )
    assert box is not None, "nothing of the title is on the card"
    assert red_box(with_title) == red_box(bare(theme)), "the title stands on the cover"
    room = (20, 20, WIDTH - 20, HEIGHT - 20)
    assert (*map(max, room[:2], box[:2]), *map(min, room[2:], box[2:])) == box, "the title runs off the card"


def test_a_text_that_no_face_has_is_left_out_and_never_a_row_of_boxes() -> None:
    assert faces.set_in("ཐུགས་རྗེ", faces.SANS) is None
    assert draw(card(title="ཐུགས་རྗེ"), cover()) == draw(card(title=""), cover())


def test_what_is_no_letter_may_be_missing() -> None:
    assert faces.set_in("Love \u2764\ufe0f\U0001f525 Me", faces.SERIF) == ("Love Me", faces.SERIF)
    assert faces.set_in("\U0001f525", faces.SERIF) is None
    assert faces.set_in("a\u202eb\x00c\n d", faces.SERIF) == ("abc d", faces.SERIF)


@pytest.mark.parametrize("accent", ["#000000", "#ffffff", "#123456", "#ff0000", "red", "#12"])
def test_any_accent_and_palette_is_drawn(accent: str) -> None:
    for theme in THEMES:
        assert draw(card(theme, accent=accent, palette=("#ffffff", accent)), cover())


# When they are drawn


@pytest.fixture(autouse=True)
def _a_media_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Keep cards that other tests drew out of this one."""
    monkeypatch.setenv("BACKLINE_HOME", str(tmp_path))
    environment.current.cache_clear()
    yield
    monkeypatch.undo()
    environment.current.cache_clear()


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


@pytest.fixture
def link(access: ArtistAccess) -> SmartLink:
    return make_link(access, title="Harbour Night")


def jobs_of_cards() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE task_name LIKE %s", ["links.%card%"])
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db
def test_a_new_page_gets_its_card_and_so_does_the_hub(link: SmartLink, drain_jobs: DrainJobs) -> None:
    assert page_at(PATH).card_key == ""
    assert drain_jobs(hurry=True).count("links.draw_cards") == 1
    page, hub = page_at(PATH), page_at("halla-norden")
    assert page.card_key == card_of(page).key == SmartLink.objects.get(pk=link.pk).card_key
    assert hub.card_key == card_of(hub).key != page.card_key
    assert picture(media.path_of(page.card_key).read_bytes()).size == (WIDTH, HEIGHT)
    assert drain_jobs(hurry=True) == []


@pytest.mark.django_db
def test_nothing_is_drawn_again_for_nothing(link: SmartLink, drain_jobs: DrainJobs) -> None:
    drain_jobs(hurry=True)
    written = media.path_of(page_at(PATH).card_key).stat()
    version = page_at(PATH).version
    services.republish_artist(artist_id=link.artist_id)
    assert jobs_of_cards() == []
    SmartLink.objects.filter(pk=link.pk).update(description="A line that is on no card.")
    services.republish_artist(artist_id=link.artist_id)
    assert jobs_of_cards() == []
    assert page_at(PATH).version == version + 1
    assert media.path_of(page_at(PATH).card_key).stat() == written


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"own_title": "Night"}, {"theme": "aurora"}, {"accent": "#ff0000"}])
def test_what_a_card_shows_makes_a_new_one(link: SmartLink, drain_jobs: DrainJobs, change: dict[str, str]) -> None:
    drain_jobs(hurry=True)
    before = page_at(PATH).card_key
    SmartLink.objects.filter(pk=link.pk).update(**change)
    services.republish_artist(artist_id=link.artist_id)
    assert page_at(PATH).card_key == "", "an old title is worse than the cover alone"
    drain_jobs(hurry=True)
    after = page_at(PATH).card_key
    assert after not in ("", before)
    assert media.path_of(after).exists()


@pytest.mark.django_db
def test_two_publishes_at_once_draw_once(link: SmartLink, drain_jobs: DrainJobs) -> None:
    for _ in range(5):
        services.republish_artist(artist_id=link.artist_id)
    assert jobs_of_cards() == ["links.draw_cards"]
    services.draw_cards(artist_id=link.artist_id)
    drawn = media.path_of(page_at(PATH).card_key).stat()
    services.draw_cards(artist_id=link.artist_id)
    assert media.path_of(page_at(PATH).card_key).stat() == drawn


@pytest.mark.django_db
def test_a_whole_catalogue_is_drawn_a_few_at_a_time(access: ArtistAccess, drain_jobs: DrainJobs) -> None:
    for number in range(25):
        make_link(access, title=f"Song {number}")
    ran = drain_jobs(hurry=True)
    assert ran.count("links.draw_cards") == 2
    assert all(page_at(f"halla-norden/song-{number}").card_key for number in range(25))


@pytest.mark.django_db
def test_a_cover_that_cannot_be_read_holds_nothing_up(link: SmartLink, drain_jobs: DrainJobs) -> None:
    key = media.store(b"\xff\xd8\xff no picture", ".jpg")
    for changes in ({"artwork_key": key}, {"artwork_key": "0" * 32 + ".svg"}):
        SmartLink.objects.filter(pk=link.pk).update(**changes)
        drain_jobs(hurry=True)
    assert page_at(PATH).card_key


@pytest.mark.django_db
def test_an_old_card_stays_for_the_messages_it_is_in_and_goes_then(
    link: SmartLink, drain_jobs: DrainJobs, access: ArtistAccess
) -> None:
    drain_jobs(hurry=True)
    old = page_at(PATH).card_key
    SmartLink.objects.filter(pk=link.pk).update(theme="brutalist")
    services.republish_artist(artist_id=link.artist_id)
    drain_jobs(hurry=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args ->> 'keys', scheduled_at - now() FROM procrastinate_jobs WHERE task_name = %s",
            ["links.forget_cards"],
        )
        ((keys, wait),) = cursor.fetchall()
    assert keys == f'["{old}"]'
    assert wait > timedelta(days=29)
    services.forget_cards(artist_id=link.artist_id, keys=[old, page_at(PATH).card_key])
    assert not media.path_of(old).exists()
    assert media.path_of(page_at(PATH).card_key).exists()


@pytest.mark.django_db
def test_a_deleted_artist_has_no_cards(link: SmartLink, drain_jobs: DrainJobs) -> None:
    drain_jobs(hurry=True)
    key = page_at(PATH).card_key
    artist_id = link.artist_id
    PublishedPage.objects.all().delete()
    services.withdraw_artist(artist_id=artist_id)
    services.draw_cards(artist_id=artist_id)
    services.forget_cards(artist_id=artist_id, keys=[key])
    assert not media.path_of(key).exists()
