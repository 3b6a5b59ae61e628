from __future__ import annotations

import pytest

from backline.core.urls import normal_https_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://open.spotify.com/album/1?si=2#x", "https://open.spotify.com/album/1?si=2#x"),
        ("https://Music.Apple.COM/jp/album/夜に駆ける/1", "https://music.apple.com/jp/album/%E5%A4%9C%E3%81%AB%E9%A7%86%E3%81%91%E3%82%8B/1"),
        ("https://band.bandcamp.com/album/a%20b", "https://band.bandcamp.com/album/a%20b"),
        ("https://www.deezer.com:443/album/1", "https://www.deezer.com/album/1"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
    ],
)  # fmt: skip
def test_an_address_is_kept_in_plain_ascii(text: str, url: str) -> None:
    assert normal_https_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "open.spotify.com/album/1",
        "http://open.spotify.com/album/1",
        "//open.spotify.com/album/1",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https://open.spotify.com@evil.example/",
        "https://user:secret@open.spotify.com/",
        "https://evil.example\\.open.spotify.com/",
        "https://open.spotify.com\\@evil.example/",
        "https://open.spotify.com/\r\nSet-Cookie: a=b",
        "https://open.spotify.com/album/1\n",
        "https://open.spotify.com/a b",
        "https://open.spotify.com/a\u00a0b",
        "https://open.spotify.com/a\u202eb",
        "https://open.spotify.com/\x00",
        "https://open.spotify.com:8443/",
        "https://open.spotify.com:port/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://-a.example/",
        "https://a..example/",
        "https://" + "a" * 250 + ".example/",
        "https://open.spotify.com/" + "a" * 2000,
        "https://open.spotify.com/" + "é" * 700,
    ],
)
def test_whatever_may_lead_elsewhere_is_no_address(text: str) -> None:
    assert normal_https_url(text) == ""
