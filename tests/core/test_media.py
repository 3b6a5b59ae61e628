from __future__ import annotations

import hashlib
import io
import os
import re
import time
from pathlib import Path

import pytest

from backline.core import media
from backline.core.errors import Rejected

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def test_a_file_is_named_by_its_content_and_kept_whole() -> None:
    key = media.store_image(PNG)
    assert key == hashlib.sha256(PNG).hexdigest()[:32] + ".png"
    assert media.path_of(key).read_bytes() == PNG


def test_the_same_bytes_are_one_file_and_leave_nothing_behind() -> None:
    key = media.store(PNG, ".png")
    before = media.path_of(key).stat().st_mtime_ns
    assert media.store(PNG, ".png") == key
    assert media.path_of(key).stat().st_mtime_ns == before
    assert not list(media.path_of(key).parent.glob(".new-*"))


@pytest.mark.parametrize(
    ("data", "suffix"),
    [(b"\xff\xd8\xff\xe0jfif", ".jpg"), (PNG, ".png"), (b"RIFF\x00\x00\x00\x00WEBPVP8 ", ".webp")],
)
def test_the_first_bytes_tell_what_it_is(data: bytes, suffix: str) -> None:
    assert media.image_suffix(data) == suffix


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"GIF89a"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Rejected):
        media.store_image(data)


def test_too_much_is_refused() -> None:
    with pytest.raises(Rejected):
        media.store(PNG + b"\x00" * media.LARGEST_BYTES, ".png")


@pytest.mark.parametrize("key", ["../settings.py", "a.png", "", "0" * 32 + ".html", "/etc/passwd"])
def test_only_our_own_names_become_paths(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        media.path_of(key)


def test_a_suffix_of_ours_is_needed() -> None:
    with pytest.raises(ValueError, match="suffix"):
        media.store(PNG, "/../../x")
    assert Path(media.path_of("0" * 32 + ".png")).name == "0" * 32 + ".png"


def test_what_was_left_half_written_is_swept_after_a_day() -> None:
    key = media.store(PNG, ".png")
    old, new = (media.path_of(key).parent / f"{media.UNFINISHED}{word}" for word in ("old", "new"))
    for path in (old, new):
        path.write_bytes(PNG)
    a_day_ago = time.time() - 86_400 - 60
    for path in (old, media.path_of(key)):
        os.utime(path, (a_day_ago, a_day_ago))
    media.sweep_unfinished()  # how many is not ours alone to say: all runners of the tests share the folder
    assert [path.exists() for path in (old, new, media.path_of(key))] == [False, True, True]
    new.unlink()


def _picture(*bands: tuple[int, int, int], form: str = "PNG") -> bytes:
    from PIL import Image

    picture = Image.new("RGB", (120, 120))
    for place, band in enumerate(bands):
        picture.paste(band, (0, place * 120 // len(bands), 120, 120))
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def test_a_picture_is_told_by_its_colours_the_vivid_ones_first() -> None:
    key = media.store_image(_picture((240, 240, 240), (20, 20, 20), (200, 30, 60)))
    assert media.palette_of(key)[:3] == ("#c81e3c", "#f0f0f0", "#141414")
    assert media.palette_of(key) == media.palette_of(key)


def test_a_photograph_has_a_few_colours_and_each_is_one_that_it_has() -> None:
    found = media.palette_of(media.store_image(_picture((10, 60, 120), (230, 120, 20), form="JPEG")))
    assert 2 <= len(found) <= media.PALETTE_COLOURS
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in found)


@pytest.mark.parametrize("data", [PNG, _picture((1, 2, 3))[:60]])
def test_a_picture_that_cannot_be_read_has_no_colours(data: bytes) -> None:
    assert media.palette_of(media.store_image(data)) == ()
    assert media.palette_of("0" * 32 + ".png") == ()
