from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.catalog import rules
from backline.catalog.types import ReleaseType

MINUTE = 60_000


@pytest.mark.req("SL-03")
@pytest.mark.parametrize(
    ("group", "tracks", "total_ms", "kind"),
    [
        ("album", 12, 40 * MINUTE, ReleaseType.ALBUM),
        ("album", 5, 20 * MINUTE, ReleaseType.ALBUM),
        ("compilation", 4, 12 * MINUTE, ReleaseType.COMPILATION),
        ("single", 1, 3 * MINUTE, ReleaseType.SINGLE),
        ("single", 3, 10 * MINUTE, ReleaseType.SINGLE),
        ("single", 4, 12 * MINUTE, ReleaseType.EP),
        ("single", 6, 30 * MINUTE, ReleaseType.EP),
        ("single", 6, 30 * MINUTE + 1, ReleaseType.SINGLE),
        ("single", 7, 20 * MINUTE, ReleaseType.SINGLE),
        ("single", 5, None, ReleaseType.EP),
        ("something new", 9, None, ReleaseType.ALBUM),
    ],
)
def test_a_single_of_four_to_six_tracks_is_an_ep(
    group: str, tracks: int, total_ms: int | None, kind: ReleaseType
) -> None:
    assert rules.release_type(group=group, total_tracks=tracks, total_ms=total_ms) is kind


@pytest.mark.parametrize(
    ("text", "upc"),
    [
        ("940913972097", "940913972097"),
        ("0940913972097", "940913972097"),
        ("00940913972097", "940913972097"),
        (" 9409-1397 2097 ", "940913972097"),
        ("40913972097", "040913972097"),
        ("5060123456789", "5060123456789"),
        ("15060123456789", "15060123456789"),
        ("000000000000", ""),
        ("1234567", ""),
        ("123456789012345", ""),
        ("94091397209X", ""),
        ("٩٤٠٩١٣٩٧٢٠٩٧", ""),
        ("", ""),
    ],
)
def test_a_upc_is_the_same_however_it_is_padded(text: str, upc: str) -> None:
    assert rules.normal_upc(text) == upc


@pytest.mark.parametrize(
    ("upc", "is_right"),
    [
        ("036000291452", True), ("036000291453", False), ("4006381333931", True), ("4006381333913", False),
        ("10036000291459", True),
    ],
)  # fmt: skip
def test_the_last_digit_of_a_upc_checks_the_others(upc: str, is_right: bool) -> None:
    assert rules.has_right_check_digit(upc) is is_right


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3600029", "upc"), ("036000291452036", "upc"), ("USS1Z990001", "isrc"), ("US-S1Z-99-000011", "isrc"),
        ("Harbour Night", ""), ("halla", ""), ("12", ""), ("", ""),
    ],
)  # fmt: skip
def test_what_looks_like_a_code_is_told_from_words(text: str, meant: str) -> None:
    assert rules.looks_like_code(text) == meant


@pytest.mark.parametrize(
    ("text", "isrc"),
    [
        ("ZZBLN1945562", "ZZBLN1945562"),
        ("zz-bln-19-45562", "ZZBLN1945562"),
        ("ZZBLN194556", ""),
        ("1ZBLN1945562", ""),
        ("", ""),
    ],
)
def test_an_isrc_is_written_without_dashes(text: str, isrc: str) -> None:
    assert rules.normal_isrc(text) == isrc


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Harbour Night", ""),
        ("Déjà vu", ""),
        ("2019", ""),
        ("🎧🎧", ""),
        ("夜に駆ける", "ja"),
        ("アイドル", "ja"),
        ("봄날", "ko"),
        ("月亮代表我的心", "zh"),
        ("Группа крови", "ru"),
        ("Україна", "uk"),
        ("حبيبي يا نور العين", "ar"),
        ("گل سنگم", "fa"),
        ("ירושלים של זהב", "he"),
        ("Αγάπη", "el"),
        ("รักแท้", "th"),
        ("तुम ही हो", "hi"),
        ("Live in 東京 with a very long English title", ""),
        ("東京 live", "zh"),
        ("", ""),
    ],
)
def test_a_script_tells_the_language(title: str, language: str) -> None:
    assert rules.guess_language(title) == language


def test_the_artist_settles_what_the_title_leaves_open() -> None:
    assert rules.guess_language("夜桜", "ヨルシカ") == "ja"
    assert rules.guess_language("夜桜", "Halla Norden") == "zh"


@given(st.text())
def test_text_can_always_be_kept(text: str) -> None:
    clean = rules.clean_text(text, limit=50)
    assert len(clean) <= 50
    assert "\x00" not in clean
    assert "\n" not in clean
    clean.encode()
    assert rules.guess_language(text) == rules.guess_language(text)


def test_markup_is_text() -> None:
    assert rules.clean_text("</script><b>Hi</b>\n\tyou ", limit=100) == "</script><b>Hi</b> you"
    assert rules.clean_text("a" * 500, limit=100) == "a" * 99 + "…"


def test_what_turns_the_text_around_it_is_left_out() -> None:
    turning = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
    assert rules.clean_text(f"Ni{turning}ght\x85\x1b", limit=100) == "Night"
    assert rules.clean_text("abc\u200f", limit=100) == "abc\u200f"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024", "2024"), ("2024-05", "2024-05"), ("2024-05-17", "2024-05-17"), ("0000", ""), ("2024-13", ""),
        ("2024-05-40", ""), ("soon", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_date_keeps_its_precision(text: str, date: str) -> None:
    assert rules.iso_date(text) == date
