from __future__ import annotations

import pytest
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.core.errors import Rejected
from backline.integrations.apple_music.adapter import AppleMusicPlatform, CatalogArtists
from backline.integrations.apple_music.client import AppleMusicClient

ACCEPTED = "Paste the address of the artist's own page on Apple Music, music.apple.com/…/artist/…, or search by name."


@pytest.fixture
def platform(sandbox: Sandbox) -> AppleMusicPlatform:
    return AppleMusicPlatform(
        CatalogArtists(AppleMusicClient(sandbox.settings.apple_music, outbound(sandbox.base_url)))
    )


@pytest.mark.req("PC-05")
@pytest.mark.parametrize(
    "text",
    [
        "https://music.apple.com/us/artist/oleander-pike/1234567890",
        "https://music.apple.com/de/artist/oleander-pike/1234567890?l=en",
        "https://music.apple.com/jp/artist/%E6%BD%AE%E3%81%AE%E3%81%82%E3%81%84%E3%81%A0/1234567890",
        "https://music.apple.com/us/artist/1234567890",
        "https://music.apple.com/artist/1234567890",
        "https://music.apple.com/us/artist/oleander-pike/1234567890/see-all?section=top-songs",
        "https://itunes.apple.com/us/artist/oleander-pike/id1234567890?uo=4",
        "https://geo.music.apple.com/us/artist/_/1234567890?app=music",
        "music.apple.com/us/artist/oleander-pike/1234567890/",
        "  <HTTPS://MUSIC.APPLE.COM/us/artist/oleander-pike/1234567890#top>\n",
        "http://music.apple.com/us/artist/oleander-pike/1234567890",
    ],
)
def test_an_artist_in_every_way_people_paste_it(platform: AppleMusicPlatform, sandbox: Sandbox, text: str) -> None:
    assert platform.understand(text) == "1234567890"
    assert sandbox.counts() == {}


@pytest.mark.req("PC-05")
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("https://music.apple.com/us/album/neap-tide/1234567890", "an album, or a song on one"),
        ("https://music.apple.com/us/album/neap-tide/1234567890?i=99", "an album, or a song on one"),
        ("https://music.apple.com/us/song/neap-tide/1234567890", "a song"),
        ("https://music.apple.com/us/playlist/quiet/pl.u-8aAVXmAt4KpR5z", "a playlist"),
        ("https://music.apple.com/us/music-video/neap-tide/1234567890", "a music video"),
        ("https://music.apple.com/us/station/quiet/ra.985484166", "a radio station"),
        ("https://music.apple.com/us/curator/somebody/976439548", "a curator's page"),
        ("https://music.apple.com/us/label/tidemark/1543990853", "a record label's page"),
        ("https://music.apple.com/us/room/6743826921/x", "not an artist's page"),
    ],
)
def test_other_things_are_refused_by_their_name(platform: AppleMusicPlatform, text: str, what: str) -> None:
    with pytest.raises(Rejected) as refusal:
        platform.understand(text)
    assert refusal.value.field_errors == {"url": f"This is {what}. {ACCEPTED}"}


@pytest.mark.req("PC-05")
@pytest.mark.parametrize(
    "text",
    [
        "", " ", "Oleander Pike", "1234567890", "https://", "https://music.apple.com/", "https://music.apple.com/us",
        "https://music.apple.com/us/artist", "https://music.apple.com/us/artist/name",
        "https://music.apple.com/us/artist/name/0123", "https://music.apple.com/us/artist/name/12a4",
        "https://music.apple.com/us/artist/name/123456789012345678901",
        "https://music.apple.com.evil.example/us/artist/name/1234567890",
        "https://evil.example/music.apple.com/us/artist/name/1234567890",
        "https://music.apple.com@evil.example/us/artist/name/1234567890",
        "https://user@music.apple.com/us/artist/name/1234567890",
        "https://music.apple.com:8443/us/artist/name/1234567890", "ftp://music.apple.com/us/artist/name/1234567890",
        "javascript:music.apple.com/us/artist/name/1234567890", "https://podcasts.apple.com/us/artist/name/1234567890",
        "https://music.apple.com/us/artist/name/1234567890 and more", "https://[::1", "x" * 3000, "\0",
    ],
)  # fmt: skip
def test_what_is_no_address_of_apples_is_refused_with_the_way_on(platform: AppleMusicPlatform, text: str) -> None:
    with pytest.raises(Rejected) as refusal:
        platform.understand(text)
    assert refusal.value.field_errors == {"url": f"This is no address on Apple Music. {ACCEPTED}"}
