from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.factories.catalogue import known_to, releases
from tests.factories.http_server import Close, Received, Reset, ScriptedServer, Step, answer, scripted_server
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.catalog.types import Address, Look, Verdict
from backline.core.http import Outbound, Patience, Reach
from backline.integrations.stores.adapter import StorePages
from backline.integrations.stores.client import StoresClient
from backline.sandbox import presence
from backline.sandbox.presence import Knows
from backline.settings.environment import SourceSettings

ALBUM = Address("https://open.spotify.com/album/0Album0000000000000001", "spotify")
HASTY = Patience(connect_seconds=1.0, read_seconds=0.3, total_seconds=2.0, wait_seconds=1.0, repeats=0)

Answers = Callable[[Received], list[Step]]


def make(url: str, *, per_second: float = 500) -> StorePages:
    """Return the checker with every host played by the server at ``url``."""
    settings = SourceSettings(url=url, requests_per_second=per_second)
    return StorePages(StoresClient(settings, outbound(url), patience=HASTY))


@pytest.fixture
def host() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def page(status: int = 200, **headers: str) -> list[Step]:
    return answer(b"", status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def moved(to: str) -> list[Step]:
    return page(302, location=to)


def by_method(head: list[Step], get: list[Step]) -> Answers:
    return lambda request: head if request.method == "HEAD" else get


def asked(host: ScriptedServer) -> list[tuple[str, str]]:
    return [(request.method, request.target) for request in host.requests]


def test_a_page_that_is_there_is_asked_for_its_head_alone(host: ScriptedServer) -> None:
    host.script = lambda _: page(200)
    assert make(host.url).look(ALBUM) == Look(Verdict.ALIVE, "200")
    assert asked(host) == [("HEAD", "/open.spotify.com/album/0Album0000000000000001")]


def test_a_head_that_announces_a_large_page_is_no_fault(host: ScriptedServer) -> None:
    host.script = lambda _: [b"HTTP/1.1 200 OK\r\ncontent-length: 99000000\r\n\r\n"]
    assert make(host.url).look(ALBUM) == Look(Verdict.ALIVE, "200")


@pytest.mark.parametrize("status", [404, 410])
def test_gone_is_what_the_page_itself_says_to_head_and_get(host: ScriptedServer, status: int) -> None:
    host.script = lambda _: page(status)
    assert make(host.url).look(ALBUM) == Look(Verdict.GONE, str(status))
    assert [method for method, _ in asked(host)] == ["HEAD", "GET"]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_what_a_host_says_to_head_counts_only_if_get_says_it_too(host: ScriptedServer, status: int) -> None:
    host.script = by_method(page(status), answer(b"<h1>Listen</h1>"))
    assert make(host.url).look(ALBUM) == Look(Verdict.ALIVE, "200")


@pytest.mark.parametrize("status", [400, 401, 402, 403, 406, 418, 451, 500, 501, 502, 504, 520])
def test_any_other_refusal_tells_nothing(host: ScriptedServer, status: int) -> None:
    host.script = lambda _: page(status)
    assert make(host.url).look(ALBUM) == Look(Verdict.UNKNOWN, str(status))


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        (page(429, retry_after="7"), timedelta(seconds=7)),
        (page(429), timedelta(minutes=5)),
        (page(503, retry_after="90"), timedelta(seconds=90)),
        (page(403, retry_after="30"), timedelta(seconds=30)),
    ],
    ids=["429 for so long", "429", "503", "403"],
)
def test_a_host_that_wants_to_be_left_alone_is(host: ScriptedServer, said: list[Step], rest: timedelta) -> None:
    host.script = lambda _: said
    look = make(host.url).look(ALBUM)
    assert (look.verdict, look.rest) == (Verdict.UNKNOWN, rest)


def test_a_fault_of_one_page_is_not_taken_for_one_of_its_host(host: ScriptedServer) -> None:
    host.script = lambda _: page(503)
    assert make(host.url).look(ALBUM) == Look(Verdict.UNKNOWN, "503")


@pytest.mark.parametrize(
    "steps",
    [
        [1.0, Close],
        [Reset],
        [Close],
        [b"HTTP/1.1 404 Not Fou", Reset],
        [b"garbage\r\n\r\n", Close],
    ],
    ids=["time-out", "reset", "closed", "half a head", "garbage"],
)
def test_silence_tells_nothing_and_lets_the_host_rest(host: ScriptedServer, steps: list[Step]) -> None:
    host.script = lambda _: steps
    look = make(host.url).look(ALBUM)
    assert (look.verdict, look.answer, look.rest) == (Verdict.UNKNOWN, "silence", timedelta(minutes=1))


@pytest.mark.parametrize("cut", [Reset, Close])
def test_half_of_a_page_that_says_it_is_gone_tells_nothing(host: ScriptedServer, cut: type[Reset]) -> None:
    half = answer(b"<h1>Not found</h1>", status=404, length=500)
    host.script = by_method(page(405), [*half, cut])
    assert make(host.url).look(ALBUM).verdict is Verdict.UNKNOWN


def test_a_page_without_end_is_not_read(host: ScriptedServer) -> None:
    host.script = by_method(page(405), answer(b"x" * (2 * 1024 * 1024 + 1), status=404))
    assert make(host.url).look(ALBUM).verdict is Verdict.UNKNOWN


@pytest.fixture
def distrusted(tmp_path: Path) -> Iterator[str]:
    """A server whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "open.spotify.com")])
    valid = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, *valid)
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.sign(key, SHA256()).public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection, context.wrap_socket(connection, server_side=True) as stream:
                    stream.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def test_a_certificate_that_nobody_vouches_for_tells_nothing(distrusted: str) -> None:
    look = make(distrusted).look(ALBUM)
    assert (look.verdict, look.answer) == (Verdict.UNKNOWN, "silence")


def test_a_redirect_within_the_service_is_followed(host: ScriptedServer) -> None:
    host.script = lambda request: (
        page() if "/intl-de/" in request.target else moved("/intl-de/album/0Album0000000000000001")
    )
    assert make(host.url).look(ALBUM) == Look(Verdict.ALIVE, "200")


def test_a_language_in_the_path_does_not_hide_that_a_page_is_gone(host: ScriptedServer) -> None:
    host.script = lambda request: page(404) if "/en/" in request.target else moved("/en/album/5")
    assert make(host.url).look(Address("https://www.deezer.com/album/5", "deezer")) == Look(Verdict.GONE, "404")


@pytest.mark.parametrize(
    ("address", "to"),
    [
        (ALBUM, "https://open.spotify.com/intl-de/album/another"),
        (ALBUM, "https://open.spotify.com/album/0Album0000000000000001?market=US"),
        (Address("https://music.apple.com/album/a/5", "apple-music"), "https://music.apple.com/us/album/a/5"),
    ],
    ids=["another album", "a market", "a country of Apple's"],
)
def test_a_page_that_a_redirect_changed_is_never_gone(host: ScriptedServer, address: Address, to: str) -> None:
    host.script = lambda request: (
        page(404) if len(host.requests) > 1 and request.target in to.replace("https:/", "") else moved(to)
    )
    assert make(host.url).look(address) == Look(Verdict.UNKNOWN, "404")


@pytest.mark.parametrize(
    "to",
    [
        "https://accounts.spotify.com/login?continue=x",
        "https://www.spotify.com/de/why-not-available/",
        "https://evil.example/album/0Album0000000000000001",
        "https://open.spotify.com.evil.example/album/1",
        "https://open.spotify.com@evil.example/album/1",
        "http://open.spotify.com/album/1",
        "https://open.spotify.com:8443/album/1",
        "https://169.254.169.254/latest/meta-data",
        "https://open.spotify.com/",
        "/",
        "/login?next=1",
        "/404",
        "/search/harbour",
        "//[",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_redirect_to_anything_else_is_not_followed_and_tells_nothing(host: ScriptedServer, to: str) -> None:
    host.script = lambda _: moved(to)
    look = make(host.url).look(ALBUM)
    assert (look.verdict, look.answer) == (Verdict.UNKNOWN, "led around" if to == "" else "led away")


def test_redirects_without_end_tell_nothing(host: ScriptedServer) -> None:
    host.script = lambda request: moved("/album/b" if request.target.endswith("a") else "/album/a")
    assert make(host.url).look(ALBUM) == Look(Verdict.UNKNOWN, "led around")
    assert len(host.requests) == 5


def test_an_artists_own_site_may_lead_to_its_www_and_no_further(host: ScriptedServer) -> None:
    shop = Address("https://halla.example/shop", "other-1")
    host.script = lambda request: (
        page() if request.target.startswith("/www.") else moved("https://www.halla.example/shop/de")
    )
    assert make(host.url).look(shop).verdict is Verdict.ALIVE
    host.script = lambda _: moved("https://parked.example/shop")
    assert make(host.url).look(shop) == Look(Verdict.UNKNOWN, "led away")


@pytest.mark.parametrize("url", ["https://127.0.0.1/album/1", "https://localhost/x", "http://open.spotify.com/album/1"])
def test_without_a_sandbox_no_private_network_is_reached(url: str) -> None:
    checker = StorePages(StoresClient(SourceSettings("", 500), Outbound(Reach()), patience=HASTY))
    assert checker.look(Address(url, "spotify")) == Look(Verdict.UNKNOWN, "not asked")


def test_one_host_is_asked_at_its_pace_and_the_others_meanwhile(host: ScriptedServer) -> None:
    checker = make(host.url, per_second=0.5)  # a second request would have to wait two seconds, and may wait one
    assert checker.look(ALBUM).verdict is Verdict.ALIVE
    assert checker.look(ALBUM).verdict is Verdict.UNKNOWN
    assert checker.look(Address("https://www.deezer.com/album/5", "deezer")).verdict is Verdict.ALIVE
    assert len(host.requests) == 2


# Against the stand-in of the stores


def at(sandbox: Sandbox) -> StorePages:
    settings = sandbox.settings.stores
    return StorePages(StoresClient(settings, outbound(sandbox.base_url), patience=HASTY))


def take_away(sandbox: Sandbox, url: str, *, status: int = 404) -> None:
    sandbox._call("POST", "/stores/-/gone", {"url": url, "status": status})


def test_the_stand_ins_of_the_stores_have_their_own_ways(sandbox: Sandbox) -> None:
    release = releases()[0]
    on_deezer, on_apple = known_to("deezer", Knows.BY_UPC), known_to("itunes", Knows.BY_UPC)
    seen = {
        url: at(sandbox).look(Address(url, service))
        for url, service in (
            (presence.spotify_url(release), "spotify"),
            ("https://open.spotify.com/album/0000000000000000000000", "spotify"),
            (presence.deezer_url(on_deezer), "deezer"),
            ("https://www.deezer.com/album/1", "deezer"),
            (presence.apple_url(on_apple), "apple-music"),
            ("https://music.apple.com/us/album/_/1", "apple-music"),
            ("https://amazon.com/dp/B0ABCDEFGH", "amazon-store"),
            ("https://www.qobuz.com/us-en/album/x/y", "qobuz"),
            ("https://music.youtube.com/playlist?list=OLAK5uy_x", "youtube-music"),
            ("https://www.pandora.com/AL:1", "pandora"),
            ("https://halla.example/shop", "other-1"),
        )
    }
    assert [f"{look.verdict} {look.answer}" for look in seen.values()] == [
        "alive 200", "gone 404", "alive 200", "gone 404", "alive 200", "gone 404", "alive 200", "unknown 403",
        "unknown led away", "unknown led away", "alive 200",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["429", "500", "hang", "reset", "half_body", "revoked", "error_inside"])
def test_no_fault_of_the_sandbox_counts_as_gone(sandbox: Sandbox, kind: str) -> None:
    take_away(sandbox, ALBUM.url)
    sandbox.fault("stores", kind, "/open.spotify.com", seconds=30)
    assert at(sandbox).look(ALBUM).verdict is not Verdict.GONE
    sandbox.clear_faults()
    assert at(sandbox).look(ALBUM).verdict is Verdict.GONE


def test_a_page_is_taken_away_and_brought_back(sandbox: Sandbox) -> None:
    url = presence.spotify_url(releases()[0])
    take_away(sandbox, url, status=410)
    assert at(sandbox).look(Address(url, "spotify")) == Look(Verdict.GONE, "410")
    sandbox._call("POST", "/stores/-/back", {"url": url})
    assert at(sandbox).look(Address(url, "spotify")) == Look(Verdict.ALIVE, "200")


def test_the_stand_in_keeps_a_limit_per_host(sandbox: Sandbox) -> None:
    sandbox.limits(limits="real")
    looks = [at(sandbox).look(Address(presence.spotify_url(releases()[0]), "spotify")) for _ in range(6)]
    assert [look.answer for look in looks] == ["200"] * 5 + ["429"]
    assert looks[-1].rest == timedelta(seconds=1)
