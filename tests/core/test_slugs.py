"""Readable addresses from names in any script."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.core import slugs


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Halla Norden", "halla-norden"),
        ("Sigur Rós", "sigur-ros"),
        ("Motörhead & Søn", "motorhead-and-son"),
        ("AC/DC", "ac-dc"),
        ("Ke$ha", "kesha"),
        ("Don't Stop", "dont-stop"),
        ("Straße", "strasse"),
        ("Земфира", "zemfira"),
        ("Океан Ельзи", "okean-elzi"),
        ("Ελένη", "eleni"),
        ("きゃりーぱみゅぱみゅ", "kiyaripamiyupamiyu"),
        ("방탄소년단", "bangtansonyeondan"),
        ("عمرو دياب", "amrw-dyab"),
        ("周杰倫", ""),
        ("周杰倫 Jay Chou", "jay-chou"),
        ("周杰倫Jay", ""),
        ("潮のあいだ", ""),
        ("潮 のあいだ", ""),
        ("潮のあいだ (Déjà)", "deja"),
        ("ʻUkulele 🎵", "ukulele"),
        ("🎵", ""),
        ("  --  ", ""),
        ("Ｆｕｌｌｗｉｄｔｈ", "fullwidth"),
    ],
)
def test_a_name_becomes_a_readable_slug(text, slug):
    assert slugs.slug_of(text, max_length=60) == slug


def test_a_long_name_is_cut_at_a_word():
    assert slugs.slug_of("the quiet rooms of the harbour", max_length=20) == "the-quiet-rooms-of"
    assert slugs.slug_of("a" * 100, max_length=20) == "a" * 20


@given(st.text(max_size=200))
def test_whatever_comes_out_is_a_slug_or_nothing(text):
    slug = slugs.slug_of(text, max_length=60)
    assert len(slug) <= 60
    assert slug == "" or slugs.VALID.fullmatch(slug)


def test_suffixes_count_up_and_keep_the_length():
    assert list(islice(slugs.with_suffixes("nova", max_length=60), 3)) == ["nova", "nova-2", "nova-3"]
    assert list(islice(slugs.with_suffixes("abcdef", max_length=6), 2)) == ["abcdef", "abcd-2"]
