"""What a fan gets for a path: the page, its language, its encoding, its place in the artist's catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.factories.pages import hub, playlist, release, services
from tests.play.conftest import Fan, Running, from_country

from backline.contract.pages import Gone, Redirected
from backline.play.hub import boundaries
from backline.settings.environment import Environment

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db


def _order(html: str) -> list[str]:
    return re.findall(r'/go/([a-z0-9-]+)"', html)


def _structured(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, object] = json.loads(found[1])
    return data


@pytest.mark.req("SL-10")
def test_releases_playlists_and_hubs_have_their_own_paths(fan: Fan, publish: Publish) -> None:
    publish(release(), playlist(), hub())
    titles = {
        path: re.search(r"<h1[^>]*>(.*?)</h1>", fan.ask(path).text)[1]  # type: ignore[index]
        for path in ("/ines-tallow/letters", "/ines-tallow/late-crossing", "/ines-tallow")
    }
    assert titles == {
        "/ines-tallow/letters": "Letters from the Orchard",
        "/ines-tallow/late-crossing": "Late Crossing",
        "/ines-tallow": "Ines Tallow",
    }


@pytest.mark.req("SL-11")
def test_what_is_not_published_does_not_exist(fan: Fan, publish: Publish) -> None:
    publish(hub(), Gone(path="ines-tallow/secret", version=1, artist_slug="ines-tallow", is_secret=True))
    absent, secret = fan.ask("/ines-tallow/never-approved"), fan.ask("/ines-tallow/secret")
    assert (absent.status, secret.status) == (404, 404)
    assert absent.text == secret.text
    assert '<meta name="robots" content="noindex">' in absent.text
    assert "All releases of Ines Tallow" in absent.text


@pytest.mark.req("SL-11", "SL-12")
def test_gone_says_so_and_leads_to_the_artist(fan: Fan, publish: Publish) -> None:
    publish(hub(), Gone(path="ines-tallow/old", version=2, artist_slug="ines-tallow", artist_name="Ines Tallow"))
    answer = fan.ask("/ines-tallow/old")
    assert answer.status == 410
    assert 'href="/ines-tallow"' in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text


@pytest.mark.req("SL-12", "SL-20")
def test_an_indexable_page_says_where_it_lives_and_a_hidden_one_that_it_is_not_for_indexes(
    fan: Fan, publish: Publish
) -> None:
    publish(release(), release("ines-tallow/draft", is_indexable=False))
    open_page, hidden = fan.ask("/ines-tallow/letters").text, fan.ask("/ines-tallow/draft").text
    assert '<link rel="canonical" href="http://127.0.0.1:8150/ines-tallow/letters">' in open_page
    assert "noindex" not in open_page
    assert '<meta name="robots" content="noindex">' in hidden
    assert 'href="/ines-tallow"' in open_page


@pytest.mark.req("SL-13")
def test_the_hub_leads_to_every_release_page_by_page(fan: Fan, publish: Publish) -> None:
    publish(hub(releases=70))
    seen: list[str] = []
    path = "/ines-tallow"
    while path:
        html = fan.ask(path).text
        seen += re.findall(r'href="/(ines-tallow/release-\d+)"', html)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        path = following[1] if following else ""
    assert seen == [f"ines-tallow/release-{number}" for number in range(70)]


def test_a_hub_place_that_is_none_is_the_first_page(fan: Fan, publish: Publish) -> None:
    publish(hub(releases=70))
    assert fan.ask("/ines-tallow?after=nonsense%00").text == fan.ask("/ines-tallow").text


def test_the_place_in_a_hub_is_read_wherever_it_stands_in_the_query(fan: Fan, publish: Publish) -> None:
    # A CDN keeps a hub by `after` alone: nobody may have it keep the first page in the place of a later one.
    page = hub(releases=70)
    publish(page)
    place = next(iter(boundaries(page)))
    assert fan.ask(f"/ines-tallow?{'x' * 2_000}&after={place}").text == fan.ask(f"/ines-tallow?after={place}").text


def test_a_hub_without_releases_says_that_the_first_is_on_its_way(fan: Fan, publish: Publish) -> None:
    publish(hub(releases=0))
    assert "The first release is on its way." in fan.ask("/ines-tallow").text


@pytest.mark.req("SL-21")
@pytest.mark.parametrize(
    ("page", "kind"), [(release(), "MusicAlbum"), (playlist(), "MusicPlaylist"), (hub(), "MusicGroup")]
)
def test_structured_data_names_what_the_page_is(fan: Fan, publish: Publish, page: object, kind: str) -> None:
    publish(page)
    data = _structured(fan.ask(f"/{page.path}").text)  # type: ignore[attr-defined]
    assert (data["@context"], data["@type"], data["url"]) == ("https://schema.org", kind, page.canonical_url)  # type: ignore[attr-defined]


@pytest.mark.req("SL-21")
def test_structured_data_of_an_album(fan: Fan, publish: Publish) -> None:
    publish(release(title="</script><script>alert(1)</script> & 'Co'", tracks=(), total_tracks=7))
    html = fan.ask("/ines-tallow/letters").text
    data = _structured(html)
    assert data["name"] == "</script><script>alert(1)</script> & 'Co'"
    assert data["byArtist"] == {
        "@type": "MusicGroup",
        "name": "Ines Tallow",
        "url": "http://127.0.0.1:8150/ines-tallow",
    }
    assert (data["albumReleaseType"], data["datePublished"], data["numTracks"]) == ("AlbumRelease", "2026-11-13", 7)
    assert data["image"] == f"http://127.0.0.1:8150/art/{'0' * 32}.jpg"
    assert "alert(1)</script>" not in html


@pytest.mark.req("SL-23")
def test_two_countries_get_two_orders_of_the_same_page(fan: Fan, publish: Publish) -> None:
    publish(release(services=services("apple-music", "spotify", "amazon-music", "deezer", "line-music", "jiosaavn")))
    orders = {
        country: _order(fan.ask("/ines-tallow/letters", **from_country(country)).text)
        for country in ("DE", "IN", "", "XX")
    }
    assert orders["DE"] == ["spotify", "amazon-music", "apple-music", "deezer", "jiosaavn"]
    assert orders["IN"] == ["spotify", "jiosaavn", "apple-music", "amazon-music"]
    stored = ["apple-music", "spotify", "amazon-music", "deezer", "line-music", "jiosaavn"]
    assert orders[""] == orders["XX"] == stored


@pytest.mark.req("SL-24")
def test_one_fixed_order_is_the_same_for_every_fan(fan: Fan, publish: Publish) -> None:
    publish(release(order="fixed", fixed_order=("deezer", "spotify", "tidal")))
    orders = {
        tuple(_order(fan.ask("/ines-tallow/letters", **from_country(country)).text)) for country in ("DE", "JP", "")
    }
    assert orders == {("deezer", "spotify", "apple-music", "youtube-music", "amazon-music")}


def test_more_than_eight_services_stand_behind_a_summary(fan: Fan, publish: Publish) -> None:
    publish(release(services=services()))
    html = fan.ask("/ines-tallow/letters").text
    assert "6 more services" in html
    assert len(_order(html.partition('<details class="more">')[0])) == 8


@pytest.mark.req("SL-29")
def test_a_page_can_be_shared_without_a_script(fan: Fan, publish: Publish) -> None:
    publish(release())
    html = fan.ask("/ines-tallow/letters").text
    assert 'value="http://127.0.0.1:8150/ines-tallow/letters"' in html
    ways = re.findall(r'href="/ines-tallow/letters/share/(\w+)"', html)
    assert ways == ["whatsapp", "telegram", "facebook", "x", "email", "qr"]


def test_moved_pages_lead_on_with_their_query_and_what_was_asked_of_them(fan: Fan, publish: Publish) -> None:
    publish(release(), Redirected(path="ines-tallow/old-name", version=2, to="ines-tallow/letters"))
    answers = [fan.ask(f"/ines-tallow/old-name{rest}") for rest in ("", "?utm_source=tour", "/go/spotify", "/qr.svg")]
    assert [(answer.status, answer.headers["location"]) for answer in answers] == [
        (301, "/ines-tallow/letters"),
        (301, "/ines-tallow/letters?utm_source=tour"),
        (301, "/ines-tallow/letters/go/spotify"),
        (301, "/ines-tallow/letters/qr.svg"),
    ]


@pytest.mark.parametrize("path", ["/ines-tallow/letters/", "/Ines-Tallow/LETTERS", "/INES-TALLOW/letters/"])
def test_other_spellings_lead_to_the_one_address(fan: Fan, publish: Publish, path: str) -> None:
    publish(release())
    answer = fan.ask(f"{path}?a=1")
    assert (answer.status, answer.headers["location"]) == (301, "/ines-tallow/letters?a=1")


@pytest.mark.parametrize(
    ("accepted", "language", "word"),
    [
        ("de-AT,de;q=0.9", "de", "Anhören"),
        ("ja", "ja", "聴く"),
        ("fi, pt-BR;q=0.5, en;q=0.4", "pt", "Ouvir"),
        ("fr;q=0, en;q=0.1", "en", "Listen"),
        ("xx,*", "en", "Listen"),
        ("", "en", "Listen"),
        ("de;q=oops, es;q=0.2", "es", "Escuchar"),
    ],
)
def test_the_page_speaks_the_fans_language(fan: Fan, publish: Publish, accepted: str, language: str, word: str) -> None:
    publish(release())
    answer = fan.ask("/ines-tallow/letters", headers={"accept-language": accepted})
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}" dir="ltr">' in answer.text
    assert f">{word} <svg" in answer.text


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("*", "gzip")],
)
def test_the_page_comes_in_the_best_encoding_that_the_browser_takes(
    fan: Fan, publish: Publish, accepted: str, encoding: str | None
) -> None:
    publish(release())
    plain = fan.ask("/ines-tallow/letters").text
    answer = fan.ask("/ines-tallow/letters", headers={"accept-encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.text == plain
    assert answer.headers["vary"] == "Accept-Encoding, Accept-Language"


def test_a_page_that_the_browser_has_is_not_sent_again_but_counted(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    first = fan.ask("/ines-tallow/letters")
    again = fan.ask("/ines-tallow/letters", headers={"if-none-match": first.headers["etag"]})
    other = fan.ask("/ines-tallow/letters", headers={"if-none-match": '"another"'})
    assert (again.status, again.content, other.status) == (304, b"", 200)
    assert "content-type" not in again.headers
    assert [event.kind for event in play.events()] == ["view", "view", "view"]


def test_head_answers_like_get_without_the_content(fan: Fan, publish: Publish) -> None:
    publish(release())
    whole, head = fan.ask("/ines-tallow/letters"), fan.ask("/ines-tallow/letters", method="HEAD")
    assert (head.status, head.content) == (200, b"")
    assert head.headers == whole.headers


@pytest.mark.parametrize(
    "path",
    [
        "/ines-tallow",
        "/ines-tallow/letters",
        "/ines-tallow/letters/go/spotify",
        "/ines-tallow/letters/qr.svg",
        "/nobody",
        "/robots.txt",
        "/sitemap.xml",
        "/favicon.svg",
        "/favicon.ico",
        "/-/privacy",
        "/healthz",
        "/e",
        "/ines-tallow/letters/",
    ],
)
def test_every_answer_carries_the_security_headers(
    make_play: Callable[[Environment], Running], settings: Environment, publish: Publish, path: str
) -> None:
    publish(release(), hub())
    headers = make_play(replace(settings, play_url="https://play.example")).fan.ask(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"].replace("style-src 'unsafe-inline'; sandbox", "")
    assert "cache-control" in headers
    assert "set-cookie" not in headers


def test_no_page_may_be_kept_by_a_shared_cache(fan: Fan, publish: Publish) -> None:
    publish(release())
    assert fan.ask("/ines-tallow/letters").headers["cache-control"] == "private, no-cache"
    assert fan.ask("/ines-tallow/letters/go/spotify").headers["cache-control"] == "no-store"


def test_the_privacy_page_says_what_is_counted_and_whom_to_ask(fan: Fan) -> None:
    html = fan.ask("/-/privacy").text
    assert "set no cookie" in html
    assert "privacy@backline.example" in html


def test_every_page_of_an_artist_leads_to_the_form_that_reports_it(
    fan: Fan, settings: Environment, publish: Publish
) -> None:
    publish(release(), hub())
    for page in ("ines-tallow/letters", "ines-tallow"):
        assert f'<a href="/-/report?page={page}" rel="nofollow">Report this page</a>' in fan.ask(f"/{page}").text
    assert "/-/report" not in fan.ask("/-/privacy").text
    answer = fan.ask("/-/report?page=ines-tallow/letters")
    assert (answer.status, answer.headers["cache-control"]) == (302, "no-store")
    assert answer.headers["location"] == f"{settings.web_url}/report/?page=ines-tallow/letters"
    assert "\r" not in fan.ask("/-/report?page=%0d%0aX:y").headers["location"]


def test_the_sandbox_says_so_on_every_page(
    make_play: Callable[[Environment], Running], settings: Environment, publish: Publish
) -> None:
    publish(release(), hub())
    fan = make_play(replace(settings, mode="sandbox")).fan
    for path in ("/ines-tallow/letters", "/ines-tallow", "/nobody", "/-/privacy"):
        assert "Sandbox: the data and services behind this page are made up." in fan.ask(path).text
