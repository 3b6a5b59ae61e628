from __future__ import annotations

import pytest

from backline.catalog.types import SourceRef
from backline.core.errors import Rejected
from backline.integrations.spotify.addresses import understand

ID = "0Tkzn2rVYQqQGQnN5VbWzR"


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    "text",
    [
        f"https://open.spotify.com/artist/{ID}",
        f"https://open.spotify.com/artist/{ID}?si=4f1b2c3d4e5f6071",
        f"https://open.spotify.com/intl-de/artist/{ID}?si=x&nd=1&dlsi=y",
        f"https://open.spotify.com/intl-pt-br/artist/{ID}",
        f"https://open.spotify.com/intl-de/artist/{ID}/discography/all?pageUri=spotify:album:{ID}",
        f"http://open.spotify.com/artist/{ID}/",
        f"HTTPS://OPEN.SPOTIFY.COM/artist/{ID}#about",
        f"open.spotify.com/artist/{ID}",
        f"  <https://open.spotify.com/artist/{ID}>\n",
        f"https://open.spotify.com//artist//{ID}",
        f"https://open.spotify.com/embed/artist/{ID}?utm_source=generator",
        f"https://open.spotify.com/embed/intl-de/artist/{ID}".replace("embed/intl-de", "intl-de/embed"),
        f"https://open.spotify.com:443/artist/{ID}",
        f"spotify:artist:{ID}",
        f"Spotify:artist:{ID}",
    ],
)
def test_an_artist_in_every_way_people_paste_it(text: str) -> None:
    assert understand(text) == SourceRef("artist", ID)


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    ("text", "ref"),
    [
        (f"https://open.spotify.com/intl-fr/album/{ID}?si=x", SourceRef("album", ID)),
        (f"https://open.spotify.com/album/{ID}?highlight=spotify:track:{ID}", SourceRef("album", ID)),
        (f"spotify:album:{ID}", SourceRef("album", ID)),
        (f"https://open.spotify.com/track/{ID}?context=spotify%3Aalbum", SourceRef("track", ID)),
        (f"spotify:track:{ID}", SourceRef("track", ID)),
        (f"https://open.spotify.com/playlist/{ID}?pt=x", SourceRef("playlist", ID)),
        (f"https://open.spotify.com/user/somebody/playlist/{ID}", SourceRef("playlist", ID)),
        (f"spotify:user:somebody:playlist:{ID}", SourceRef("playlist", ID)),
        ("https://open.spotify.com/user/some.body_1", SourceRef("user", "some.body_1")),
        ("https://open.spotify.com/user/b%C3%BCcher", SourceRef("user", "bücher")),
        ("spotify:user:somebody", SourceRef("user", "somebody")),
    ],
)
def test_other_things_are_told_apart(text: str, ref: SourceRef) -> None:
    assert understand(text) == ref


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    "text",
    [
        "", " ", "hello", "Martin Garrix", "https://", "https:///artist", "//", "spotify:", "spotify:artist:",
        f"https://open.spotify.com/artist/{ID[:-1]}", f"https://open.spotify.com/artist/{ID}x",
        f"https://open.spotify.com/artist/{ID[:-1]}-", f"https://open.spotify.com/artist/{ID[:-1]}é",
        f"https://open.spotify.com/artist/{ID}/top", f"https://open.spotify.com/artists/{ID}",
        f"https://open.spotify.com/{ID}", "https://open.spotify.com/", "https://open.spotify.com/artist",
        f"https://open.spotify.com/ARTIST/{ID}", f"https://open.spotify.com/intl-deutsch/artist/{ID}",
        f"https://open.spotify.com.evil.example/artist/{ID}", f"https://evil.example/open.spotify.com/artist/{ID}",
        f"https://evil.example/?u=https://open.spotify.com/artist/{ID}", f"https://openXspotify.com/artist/{ID}",
        f"https://open.spotify.com@evil.example/artist/{ID}", f"https://user@open.spotify.com/artist/{ID}",
        f"https://open.spotify.com:8080/artist/{ID}", f"https://spotify.com/artist/{ID}",
        f"ftp://open.spotify.com/artist/{ID}", f"javascript:open.spotify.com/artist/{ID}",
        f"spotify:artist:{ID}:x", f"xspotify:artist:{ID}", f"spotify:artist:{ID} and more",
        f"https://open.spotify.com/artist/{ID} https://open.spotify.com/artist/{ID}",
        "https://www.deezer.com/artist/7", "https://[::1", "https://open.spotify.com:port/artist/x",
        f"https://open.spotify.com/user/a%2Fb/x/{ID}", "https://open.spotify.com/user/%20", "x" * 3000, "\0",
        f"https://open.spotify.com\\@evil.example/artist/{ID}",
    ],
)  # fmt: skip
def test_what_names_nothing_on_spotify_is_not_understood(text: str) -> None:
    assert understand(text) is None


@pytest.mark.req("PC-10")
@pytest.mark.parametrize("text", ["https://spotify.link/AbCdEf", "spotify.link/x", "https://spoti.fi/3xYz"])
def test_a_short_link_is_refused_with_the_way_on(text: str) -> None:
    with pytest.raises(Rejected) as refusal:
        understand(text)
    assert refusal.value.field_errors == {
        "url": "This is a short link. Open it, then copy the full address that starts with open.spotify.com."
    }


@pytest.mark.parametrize(
    ("kind", "word"), [("show", "a podcast"), ("episode", "a podcast episode"), ("audiobook", "an audiobook")]
)
def test_what_is_no_music_is_refused(kind: str, word: str) -> None:
    with pytest.raises(Rejected) as refusal:
        understand(f"https://open.spotify.com/{kind}/{ID}")
    assert refusal.value.message.startswith(f"This is {word}, no music.")
