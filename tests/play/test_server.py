"""Play under Granian, as ``backline play`` runs it: a real socket, real limits, a clean end."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
from tests.factories.pages import URLS
from tests.play.conftest import KEY, Served

pytestmark = pytest.mark.django_db


def test_a_real_server_serves_counts_and_ends_cleanly(served: Served) -> None:
    status, headers, content = served.ask("/ines-tallow/letters", accept_encoding="br", accept_language="de")
    assert (status, headers["content-encoding"], headers["content-language"]) == (200, "br", "de")
    assert headers["content-length"] == str(len(content))
    assert (
        served.ask("/ines-tallow/letters", if_none_match=headers["etag"], accept_encoding="br", accept_language="de")[0]
        == 304
    )
    assert served.ask("/ines-tallow/letters/go/spotify")[1]["location"] == URLS["spotify"]
    assert served.ask("/e", method="POST", body=b'{"kind":"share","path":"/ines-tallow/letters"}')[0] == 204
    head_status, head, nothing = served.ask(
        "/ines-tallow/letters", method="HEAD", accept_encoding="br", accept_language="de"
    )
    assert (head_status, head["content-length"], nothing) == (200, str(len(content)), b"")
    status, headers, picture = served.ask(f"/art/{KEY}.png")
    assert (status, headers["content-type"], headers["content-length"], picture) == (200, "image/png", "7", b"picture")
    assert served.ask("/metrics")[0] == 404
    assert b'backline_play_pages_total{process="0"} 3' in served.ask("/metrics", authorization="Bearer sandbox")[2]
    assert served.end() == 0
    assert served.events() == ["view", "view", "service_click", "share", "view"]


def test_what_is_too_much_is_refused_by_the_real_server(served: Served) -> None:
    page = b"GET /ines-tallow/letters HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    much = b"a" * 100_000
    assert served.raw(page + b"X-Much: " + much + b"\r\n\r\n").startswith(b"HTTP/1.1 431")
    assert served.raw(b"GET /?" + much + b" HTTP/1.1\r\nHost: x\r\n\r\n")[:12] in (b"HTTP/1.1 414", b"HTTP/1.1 431")
    assert served.raw(b"GET /?" + much[:9_000] + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(
        b"HTTP/1.1 414"
    )
    assert served.raw(
        b"POST /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n" + much
    ).startswith(b"HTTP/1.1 413")
    chunked = (
        b"POST /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n"
        + much
        + b"\r\n0\r\n\r\n"
    )
    assert served.raw(chunked).startswith(b"HTTP/1.1 413")
    assert served.raw(b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert served.raw(b"GET /ines-tallow%2fletters HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[:12] in (
        b"HTTP/1.1 200",
        b"HTTP/1.1 404",
    )
    for path in (
        b"//evil.example",
        b"/%2f%2fevil.example",
        b"/%ff",
        b"/..%2f..%2fetc/passwd",
        b"/ines-tallow/\xc3\xa9",
    ):
        answer = served.raw(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), path
    odd = b"User-Agent: caf\xe9\r\nReferer: \xff\r\nAccept-Language: \xfe\r\n\r\n"
    assert served.raw(page + odd).startswith(b"HTTP/1.1 200")
    assert served.ask("/ines-tallow/letters")[0] == 200


def test_slow_clients_are_let_go_and_keep_nobody_waiting(served: Served) -> None:
    """Heads and reports that trickle in, and idle connections, end within their bounds."""
    slow = b"GET /ines-tallow/letters HTTP/1.1\r\nHost: x\r\nX-Slow: "
    body = b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\n{"
    whole = b"GET /ines-tallow/letters HTTP/1.1\r\nHost: x\r\n\r\n"
    ended: dict[str, tuple[float, bytes]] = {}

    def hold(name: str, first: bytes, drop: bytes) -> None:
        began, answer = time.monotonic(), b""
        with socket.create_connection(("127.0.0.1", served.port), timeout=30) as line, contextlib.suppress(OSError):
            line.sendall(first)
            line.settimeout(0.5)
            while time.monotonic() < began + 30:
                try:
                    part = line.recv(65_536)
                except TimeoutError:
                    if drop:
                        line.sendall(drop)
                    continue
                answer += part
                if not part:
                    break
        ended[name] = (time.monotonic() - began, answer)

    holding = [
        threading.Thread(target=hold, args=(f"{name} {number}", first, drop), daemon=True)
        for name, first, drop in (("head", slow, b"x"), ("body", body, b" "), ("idle", whole, b""), ("mute", b"", b""))
        for number in range(100 if name == "head" else 5)
    ]
    for thread in holding:
        thread.start()
    time.sleep(1)
    began = time.monotonic()
    assert served.ask("/ines-tallow/letters")[0] == 200
    assert time.monotonic() - began < 2
    for thread in holding:
        thread.join(40)
    longest = {
        kind: max(taken for name, (taken, _) in ended.items() if name.startswith(kind))
        for kind in ("head", "body", "idle", "mute")
    }
    assert {kind: taken for kind, taken in longest.items() if taken > (9 if kind == "body" else 20)} == {}
    assert all(answer.startswith(b"HTTP/1.1 408") for name, (_, answer) in ended.items() if name.startswith("body"))
