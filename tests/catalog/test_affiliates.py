from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.catalog.affiliates import clean_found, clean_pasted
from backline.contract.services import SERVICES

ALBUM = "https://music.apple.com/us/album/x/1"


@pytest.mark.parametrize(
    ("service", "found", "kept"),
    [
        ("apple-music", f"{ALBUM}?at=1000lsomebody&ct=odesli&itsct=x&itscg=30200&app=music&ls=1&uo=4&mt=1", ALBUM),
        ("apple-music", f"{ALBUM}?i=5&at=1000lsomebody", f"{ALBUM}?i=5"),
        (
            "itunes",
            "https://itunes.apple.com/us/album/x/id1?app=itunes&at=1000lsomebody&ls=1",
            "https://itunes.apple.com/us/album/x/id1?app=itunes",
        ),
        (
            "amazon-store",
            "https://www.amazon.de/dp/B0ABC/ref=sr_1_1?tag=somebody-21&linkCode=ogi&th=1&psc=1&language=de",
            "https://www.amazon.de/dp/B0ABC?th=1&psc=1&language=de",
        ),
        (
            "amazon-music",
            "https://music.amazon.com/albums/B0ABC?trackAsin=B0DEF&tag=somebody-20&ref=dm_sh_x",
            "https://music.amazon.com/albums/B0ABC?trackAsin=B0DEF",
        ),
        ("spotify", "https://open.spotify.com/album/1?si=abc&nd=1&highlight=spotify:track:2", "https://open.spotify.com/album/1?highlight=spotify:track:2"),
        ("youtube-music", "https://music.youtube.com/playlist?list=OLAK5uy_1&si=abc&feature=share", "https://music.youtube.com/playlist?list=OLAK5uy_1"),
        ("deezer", "https://www.deezer.com/album/1?utm_source=deezer&app_id=140685&utm_content=x", "https://www.deezer.com/album/1"),
        ("tidal", "https://tidal.com/album/1?u", "https://tidal.com/album/1"),
        ("soundcloud", "https://soundcloud.com/a/sets/b?si=1&utm_medium=text#t=0:10", "https://soundcloud.com/a/sets/b#t=0:10"),
        ("bandcamp", "https://a.bandcamp.com/album/b?from=search&label=1", "https://a.bandcamp.com/album/b?label=1"),
        ("genie", "https://www.genie.co.kr/detail/albumInfo?axnm=8&fbclid=x", "https://www.genie.co.kr/detail/albumInfo?axnm=8"),
        ("qobuz", "https://www.qobuz.com/us-en/album/x/y?aid=1&awc=2&UTM_Source=z", "https://www.qobuz.com/us-en/album/x/y"),
    ],
)  # fmt: skip
def test_what_a_source_found_loses_what_pays_or_follows_anybody(service: str, found: str, kept: str) -> None:
    assert clean_found(found, service) == kept


@pytest.mark.parametrize(
    ("service", "pasted", "kept"),
    [
        ("apple-music", f"{ALBUM}?at=1000lmine&ct=tour&app=music", f"{ALBUM}?at=1000lmine&ct=tour&app=music"),
        ("amazon-store", "https://www.amazon.de/dp/B0?tag=halla-21&ref=x", "https://www.amazon.de/dp/B0?tag=halla-21&ref=x"),
        ("bandcamp", "https://a.bandcamp.com/album/b?utm_campaign=tour", "https://a.bandcamp.com/album/b?utm_campaign=tour"),
        ("spotify", "https://open.spotify.com/album/1?si=abc&utm_source=mail", "https://open.spotify.com/album/1?utm_source=mail"),
        ("other-1", "https://halla.example/shop?a=1&fbclid=x&b=%2F&gclid=y", "https://halla.example/shop?a=1&b=%2F"),
        ("other-1", "https://halla.example/shop?si=1&u=2", "https://halla.example/shop?si=1&u=2"),
    ],
)  # fmt: skip
def test_what_an_artist_pasted_loses_only_who_shared_or_clicked(service: str, pasted: str, kept: str) -> None:
    assert clean_pasted(pasted, service) == kept


@given(service=st.sampled_from([*SERVICES, "other-1"]), query=st.text(st.characters(codec="ascii"), max_size=40))
def test_cleaning_again_changes_nothing(service: str, query: str) -> None:
    url = f"https://x.example/a?{query.replace('#', '')}"
    for clean in (clean_found, clean_pasted):
        once = clean(url, service)
        assert clean(once, service) == once
        assert once.startswith("https://x.example/a")
