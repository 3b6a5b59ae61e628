from __future__ import annotations

import pytest

from backline.contract import services


@pytest.mark.parametrize(
    ("url", "slug", "fits"),
    [
        ("https://open.spotify.com/album/1", "spotify", True),
        ("https://music.youtube.com/playlist?list=1", "youtube-music", True),
        ("https://music.youtube.com/playlist?list=1", "youtube", False),
        ("https://somebody.bandcamp.com/album/x", "bandcamp", True),
        ("https://label.example/x", "other-1", True),
        ("https://open.spotify.com/album/1", "other-1", False),
        ("http://open.spotify.com/album/1", "spotify", False),
        ("https://open.spotify.com.evil.example/album/1", "spotify", False),
        ("https://evil.example/open.spotify.com", "spotify", False),
        ("https://open.spotify.com@evil.example/", "spotify", False),
        ("https://notspotify.com/", "spotify", False),
        ("https://open.spotify.com:8443/", "spotify", False),
        ("https://open.spotify.com:port/", "spotify", False),
        ("https://[::1/", "spotify", False),
        ("javascript:alert(1)//open.spotify.com", "spotify", False),
        ("", "spotify", False),
    ],
)
def test_a_url_is_filed_under_the_service_that_owns_its_host(url: str, slug: str, fits: bool) -> None:
    assert services.belongs(url, slug) is fits


def test_slugs_are_known_services_or_numbered_others() -> None:
    assert services.is_service("spotify")
    assert services.is_service("other-2")
    assert services.is_service("other-99")
    for slug in ("other-x", "other-", "other-0", "other-01", "other-100", "other-" + "1" * 40, "other-²", "other-٣"):
        assert not services.is_service(slug)
    assert not services.is_service("spotify/../x")
