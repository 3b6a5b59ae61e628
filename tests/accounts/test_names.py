"""What a name and an address may be."""

from __future__ import annotations

import pytest

from backline.accounts import names
from backline.core.errors import Rejected

_ONLY = "Use only letters, numbers, spaces and punctuation: {} cannot be part of a name."


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Halla Norden", "Halla Norden"),
        ("  two   spaces \n", "two spaces"),
        ("米津玄師", "米津玄師"),
        ("عمرو دياب", "عمرو دياب"),
        ("P!nk, AC/DC & A$AP (live) #1", "P!nk, AC/DC & A$AP (live) #1"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("!!!", "!!!"),
        ("e\u0301", "é"),
        ("x" * 100, "x" * 100),
    ],
)
def test_letters_of_any_script_numbers_and_punctuation_are_a_name(typed, name):
    assert names.clean_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "Enter a name."),
        ("   ", "Enter a name."),
        ("x" * 101, "Use at most 100 characters; this has 101."),
        ("Nova 🎵", _ONLY.format("“🎵”")),
        ("No\u202eva", _ONLY.format("the invisible character U+202E")),
        ("No\x00va", _ONLY.format("the invisible character U+0000")),
        ("\u0301", "Use at least one letter, number or punctuation mark."),
    ],
)
def test_anything_else_is_refused_with_its_reason(typed, problem):
    with pytest.raises(Rejected) as refused:
        names.clean_name(typed)
    assert refused.value.field_errors == {"name": problem}


@pytest.mark.parametrize(
    ("given", "name"),
    [("☆Taku Takahashi", "Taku Takahashi"), ("🎵🎵", "Artist"), ("y" * 500, "y" * 100), ("", "Artist")],
)
def test_a_platforms_name_is_made_to_fit(given, name):
    assert names.name_from_platform(given) == name


@pytest.mark.parametrize("slug", ["nova", "nova-2", "a1", "x"])
def test_a_plain_address_is_taken(slug):
    assert names.clean_slug(f" {slug.upper()} ") == slug


@pytest.mark.parametrize("slug", ["", "-nova", "nova-", "no--va", "no va", "növa", "nova/x", "x" * 61, "a.b"])
def test_a_malformed_address_is_refused(slug):
    with pytest.raises(Rejected) as refused:
        names.clean_slug(slug)
    assert list(refused.value.field_errors) == ["slug"]


@pytest.mark.parametrize(
    "slug", ["e", "art", "static", "oembed", "healthz", "readyz", "metrics", "sitemap", "robots", "favicon", "media"]
)
def test_the_public_hosts_own_paths_are_reserved(slug):
    with pytest.raises(Rejected, match="kept for the product itself"):
        names.clean_slug(slug)
    assert {"robots.txt", "sitemap.xml", ".well-known", "-"} <= names.RESERVED_SLUGS
