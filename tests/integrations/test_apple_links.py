from __future__ import annotations

import pytest

from backline.contract.services import belongs
from backline.integrations.apple_links import AppleAlbum, apple_album


@pytest.mark.parametrize(
    ("url", "album"),
    [
        ("https://music.apple.com/us/album/glasshouse/1440742903?uo=4", AppleAlbum("us", "1440742903", "glasshouse")),
        ("https://music.apple.com/de/album/1440742903", AppleAlbum("de", "1440742903")),
        ("https://itunes.apple.com/jp/album/%E6%BD%AE/id12?i=3&uo=4", AppleAlbum("jp", "12", "%E6%BD%AE")),
        ("https://geo.music.apple.com/us/album/_/12?mt=1&app=itunes", AppleAlbum("us", "12", "_")),
        ("https://geo.itunes.apple.com/album/id12", AppleAlbum("us", "12")),
        ("http://music.apple.com/us/album/x/12", None),
        ("https://music.apple.com/us/artist/x/12", None),
        ("https://music.apple.com.evil.example/us/album/x/12", None),
        ("https://music.apple.com/us/album/x/y/12", None),
        ("https://podcasts.apple.com/us/album/x/12", None),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_an_album_is_read_out_of_each_of_apples_addresses(url: str, album: AppleAlbum | None) -> None:
    assert apple_album(url) == album


def test_an_album_has_an_address_on_each_of_apples_services() -> None:
    album = AppleAlbum("de", "12", "glasshouse")
    assert album.apple_music_url == "https://music.apple.com/de/album/glasshouse/12"
    assert album.itunes_url == "https://itunes.apple.com/de/album/glasshouse/id12?app=itunes"
    assert belongs(album.apple_music_url, "apple-music")
    assert belongs(album.itunes_url, "itunes")
    assert AppleAlbum("de", "12").apple_music_url == "https://music.apple.com/de/album/12"
