from __future__ import annotations

import pytest

from backline.catalog.types import ReleaseKey
from backline.integrations.matching import same_artist, same_length, same_title


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Glasshouse", "GLASSHOUSE"),
        ("Glasshouse - Single", "Glasshouse"),
        ("Glasshouse - EP", "Glasshouse"),
        ("Glasshouse (feat. Ada Moor)", "Glasshouse"),
        ("Glasshouse [ft. Ada Moor]", "Glasshouse feat. Ada Moor"),
        ("Don’t Wait", "Don't Wait"),
        ("Déjà Vu", "Deja Vu"),
        ("Salt & Wire", "Salt and Wire"),
        ("A.B.C", "A B C"),
        ("潮のあいだ", "潮のあいだ"),
        ("ﾊﾝｶｸ", "ハンカク"),
        ("???", "???"),
        ("(feat. Nobody)", "(feat. Nobody)"),
    ],
)
def test_the_same_title_written_in_another_way(one: str, other: str) -> None:
    assert same_title(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Glasshouse", "Glasshouses"),
        ("Glasshouse (Deluxe)", "Glasshouse"),
        ("Glasshouse (Ada Moor Remix)", "Glasshouse"),
        ("Glasshouse - Live", "Glasshouse"),
        ("Glasshouse, Pt. 2", "Glasshouse, Pt. 1"),
        ("か", "が"),
        ("???", "!!!"),
        ("", "Glasshouse"),
    ],
)
def test_another_title(one: str, other: str) -> None:
    assert not same_title(one, other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Oleander Pike", "oleander pike", True),
        ("Oleander Pike, Ada Moor", "Ada Moor & Oleander Pike", True),
        ("Oleander Pike feat. Ada Moor", "Oleander Pike", True),
        ("Simon and the Lamps", "Simon & the Lamps", True),
        ("Beyoncé", "Beyonce", True),
        ("Ada Moor", "Oleander Pike", False),
        ("Oleander", "Oleander Pike", False),
        ("", "Oleander Pike", False),
    ],
)
def test_artists(one: str, other: str, same: bool) -> None:
    assert same_artist(one, other) is same


def release(*track_ms: int, total_tracks: int, total_ms: int) -> ReleaseKey:
    return ReleaseKey("", (), "t", "a", total_tracks, total_ms, track_ms=track_ms)


@pytest.mark.parametrize(
    ("key", "found", "same"),
    [
        (release(1000, 2000, total_tracks=2, total_ms=3000), [4000, 5000], True),
        (release(1000, 2000, total_tracks=2, total_ms=3000), [4001, 2000], False),
        (release(1000, 2000, total_tracks=2, total_ms=3000), [2000, 1000, 1], False),
        (release(100_000, 200_000, total_tracks=2, total_ms=300_000), [200_000, 100_000], False),
        (release(total_tracks=2, total_ms=300_000), [200_000, 106_000], True),
        (release(total_tracks=2, total_ms=300_000), [200_000, 106_001], False),
        (release(total_tracks=2, total_ms=0), [1, 1], False),
        (release(total_tracks=0, total_ms=0), [], False),
    ],
)
def test_every_track_may_differ_by_three_seconds(key: ReleaseKey, found: list[int], same: bool) -> None:
    assert same_length(key, found) is same
