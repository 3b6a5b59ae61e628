"""An artist's colours are kept as wished where that can be read, and mended where it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backline.play import colour
from backline.play.looks import LOOKS, Look

COLOURS = st.builds("#{:02x}{:02x}{:02x}".format, *[st.integers(0, 255)] * 3)
LOOK = st.sampled_from(list(LOOKS.values()))


@given(COLOURS, LOOK)
@settings(max_examples=3_000, deadline=None)
def test_text_on_any_accent_is_readable_in_every_theme(wish: str, look: Look) -> None:
    accent, text = colour.readable_accent(wish, dark=look.dark, ground=look.ground)
    assert colour.contrast(accent, text) >= 4.5
    if look.ground:
        assert colour.contrast(accent, look.ground) >= 3
    assert text in (look.dark, "#ffffff")


@pytest.mark.parametrize("wish", ["#2ef2a2", "#ffe45c", "#ffffff", "#ffb36b"])
def test_a_wish_that_can_be_read_is_kept(wish: str) -> None:
    for look in LOOKS.values():
        assert colour.readable_accent(wish, dark=look.dark, ground=look.ground) == (wish, look.dark)


def test_a_dark_wish_gets_white_text_and_is_lifted_off_a_dark_page() -> None:
    assert colour.readable_accent("#0000aa", dark="#171717") == ("#0000aa", "#ffffff")
    lifted, text = colour.readable_accent("#0000aa", dark="#111111", ground="#111111")
    assert text == "#ffffff"
    assert int(lifted[5:], 16) > int(lifted[1:3], 16)


@given(st.lists(COLOURS, max_size=6).map(tuple))
@settings(max_examples=1_000, deadline=None)
def test_what_is_read_on_the_colours_of_a_cover_is_readable(palette: tuple[str, ...]) -> None:
    text = LOOKS["aurora"].text
    fields = colour.fields(palette, text=text, count=3)
    assert len(fields) == (3 if palette else 0)
    assert all(colour.contrast(field, text) >= 5 for field in fields)
    soft = LOOKS["cinematic"].text
    assert not palette or colour.contrast(colour.bar(palette, text=soft), soft) >= 5


def test_colours_of_one_hue_become_fields_of_three() -> None:
    assert len(set(colour.fields(("#d8432b",), text="#f8fbff", count=3))) == 3


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567", "#123456;}", " #123456"])
def test_what_is_no_colour_of_ours_is_none(text: str) -> None:
    assert not colour.is_colour(text)
    assert colour.fields((text,), text="#ffffff", count=3) == ()
