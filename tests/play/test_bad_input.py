"""Requests that no browser of a fan makes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.factories.pages import hub, release
from tests.play.conftest import Fan, Running

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db
PATHS = (
    "/",
    "//",
    "///",
    "/%00",
    "/%ff%fe",
    "/ines-tallow%2fletters",
    "/ines-tallow//letters",
    "/./ines-tallow",
    "/../etc/passwd",
    "/ines-tallow/../../etc/passwd",
    "/ines-tallow/\u202eletters",
    "/ines tallow",
    "/-/",
    "/-/admin",
    "/e/",
    "/e/x",
    "/art",
    "/art/",
    "/art/x.jpg",
    "/art/../secret",
    f"/art/{'0' * 32}.exe",
    "/sitemaps/0.xml",
    "/sitemaps/x.xml",
    "/sitemaps/-1.xml",
    "/sitemaps/99999999999999999999.xml",
    "/sitemaps/\u0661.xml",
    "/.well-known/x",
    "/wp-login.php",
    "/metrics",
    "/\U0001f3b5",
    "/ines-tallow/\u591c\u660e\u3051",
    f"/{'a' * 200}",
    f"/ines-tallow/{'a' * 500}",
    "/ines-tallow/letters/qr.gif",
    "/ines-tallow/letters/share",
    "/ines-tallow/letters/share/fax",
    "/ines-tallow/letters/a/b/c/d",
    "/ines-tallow/letters/go",
)


@pytest.mark.parametrize("path", PATHS)
def test_unknown_paths_are_not_found_in_the_classic_look(play: Running, fan: Fan, publish: Publish, path: str) -> None:
    publish(release(), hub())
    answer = fan.ask(path)
    assert answer.status == 404
    assert "There is no page here" in answer.text
    assert play.events() == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", ""])
def test_other_methods_are_refused_with_those_that_are_taken(
    play: Running, fan: Fan, publish: Publish, method: str
) -> None:
    publish(release())
    for path in ("/ines-tallow/letters", "/ines-tallow/letters/go/spotify", "/nobody", "/robots.txt"):
        answer = fan.ask(path, method=method, body=b"x" * 100_000)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert play.events() == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_reports_are_posted(fan: Fan, method: str) -> None:
    answer = fan.ask("/e", method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_headers_paths_and_queries_of_100_kb_are_refused(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    much = "a" * 100_000
    assert fan.ask("/ines-tallow/letters", headers={"x-much": much}).status == 431
    assert fan.ask("/ines-tallow/letters", headers={f"x-{n}": "a" * 100 for n in range(1_000)}).status == 431
    assert fan.ask("/ines-tallow/letters", query=much).status == 414
    assert fan.ask("/" + much).status == 414
    assert play.events() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"accept-language": "," * 20_000},
        {"accept-language": "\u00e9;q=\u00e9"},
        {"accept-encoding": ";;;,,,br;q=x" * 500},
        {"referer": "http://[::1"},
        {"referer": "x" * 20_000},
        {"user-agent": "\u00ff" * 2_000},
        {"user-agent": ""},
        {"if-none-match": '"' * 10_000},
        {"cookie": "a" * 20_000},
        {"host": "evil.example"},
    ],
)
def test_odd_headers_get_an_ordinary_page(play: Running, fan: Fan, publish: Publish, headers: dict[str, str]) -> None:
    publish(release())
    answer = fan.ask("/ines-tallow/letters", headers=headers)
    assert (answer.status, "Letters from the Orchard" in answer.text) == (200, True)
    assert "evil" not in answer.text
    assert len(play.events()) == 1


GOOD = b'{"kind":"share","path":"/ines-tallow/letters"}'


@pytest.mark.req("SL-26")
@pytest.mark.parametrize("kind", ["share", "video_play"])
def test_a_report_is_on_disk_when_it_is_answered(play: Running, fan: Fan, publish: Publish, kind: str) -> None:
    publish(release())
    answer = fan.ask("/e", method="POST", body=b'{"kind":"%s","path":"/ines-tallow/letters"}' % kind.encode())
    assert (answer.status, answer.content) == (204, b"")
    assert [(event.kind, event.link_id) for event in play.events()] == [(kind, release().link_id)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"x"',
        b"{",
        b"\xff\xfe\x00",
        b"[" * 2_000,
        b'{"kind":"view","path":"/ines-tallow/letters"}',
        b'{"kind":"save","path":"/ines-tallow/letters"}',
        b'{"kind":"share"}',
        b'{"kind":"share","path":5}',
        b'{"kind":"share","path":"/ines-tallow/nope"}',
        b'{"kind":"share","path":"/ines-tallow"}',
        b'{"kind":"share","path":""}',
        b'{"kind":"share","path":"\\u0000"}',
        b'{"kind":"share","path":"' + b"a" * 1_900 + b'"}',
        b'{"kind":["share"],"path":"/ines-tallow/letters"}',
        b"kind=share&path=/ines-tallow/letters",
    ],
)
def test_a_rubbish_report_is_refused_and_not_counted(play: Running, fan: Fan, publish: Publish, body: bytes) -> None:
    publish(release(), hub())
    assert fan.ask("/e", method="POST", body=body).status == 400
    assert play.events() == []


def test_a_report_may_not_name_artist_or_link(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release())
    body = GOOD[:-1] + b',"artist_id":"x","link_id":"y","visitor":"z","id":"1","service":"spotify"}'
    assert fan.ask("/e", method="POST", body=body).status == 204
    (event,) = play.events()
    assert (event.artist_id, event.link_id, event.service) == (release().artist_id, release().link_id, "")


@pytest.mark.parametrize("length", [2_049, 100_000])
def test_a_report_of_more_than_2_kb_is_refused(play: Running, fan: Fan, publish: Publish, length: int) -> None:
    publish(release())
    body = GOOD + b" " * (length - len(GOOD))
    assert fan.ask("/e", method="POST", body=body).status == 413
    assert fan.ask("/e", method="POST", body=b"", headers={"content-length": str(length)}).status == 413
    assert fan.ask("/e", method="POST", body=b"", headers={"content-length": "9" * 5_000}).status == 413
    assert play.events() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://[::1"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_report_from_another_site_is_refused(
    play: Running, fan: Fan, publish: Publish, headers: dict[str, str]
) -> None:
    publish(release())
    assert fan.ask("/e", method="POST", body=GOOD, headers=headers).status == 400
    assert fan.ask("/e", method="POST", body=GOOD, headers={"origin": "http://127.0.0.1:8150"}).status == 204
    assert len(play.events()) == 1
