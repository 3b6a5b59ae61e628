"""The way out: what it sends, how long it waits, what it repeats, how it fails, and what it never tells."""

from __future__ import annotations

import gzip
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.factories.http_server import Close, Received, Reset, ScriptedServer, Step, answer, scripted_server

from backline.core import clock
from backline.core.errors import NeedsAction, Rejected, RetryLater
from backline.core.http import (
    AnswerTooLargeError,
    DestinationRefusedError,
    Outbound,
    Patience,
    RateLimiter,
    Reach,
    Service,
    UnreadableAnswerError,
)

QUICK = Patience(connect_seconds=0.3, read_seconds=0.3, total_seconds=1.0, wait_seconds=0.2, repeats=2)
SECRET = "sk-planted-token-4711"


class Thing(msgspec.Struct, frozen=True):
    id: int
    name: str = ""


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


def service_at(server: ScriptedServer, *, patience: Patience = QUICK, **settings: object) -> Service:
    return Service(
        name="Deezer",
        base_url=f"{server.url}/api",
        outbound=Outbound(Reach(sandbox_url=server.url), "Backline/test", patience),
        **settings,  # type: ignore[arg-type]
    )


def in_turn(*scripts: list[Step]) -> Callable[[Received], list[Step]]:
    """Answer the first request with the first script, and so on; the last one stays."""
    left = list(scripts)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_a_typed_answer_from_a_quoted_path(server: ScriptedServer) -> None:
    server.script = lambda _: answer({"id": 7, "name": "Glasshouse", "unread": [1]})
    found = service_at(server).get(
        "/album/{id}", Thing, values={"id": "a/b?c"}, query={"q": "x y&z", "limit": 2}, headers={"x-one": "1"}
    )
    assert found == Thing(7, "Glasshouse")
    (request,) = server.requests
    assert (request.method, request.target) == ("GET", "/api/album/a%2Fb%3Fc?q=x%20y%26z&limit=2")
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": "Backline/test",
        "accept-encoding": "gzip",
        "x-one": "1",
    }


def test_json_and_forms_are_posted(server: ScriptedServer) -> None:
    server.script = lambda _: answer({"id": 1})
    service = service_at(server)
    service.post_json("/things", Thing(2, "é"), Thing)
    service.post_form("/token", {"grant_type": "client_credentials", "x": "a b"}, Thing)
    assert [request.body for request in server.requests] == [
        '{"id":2,"name":"é"}'.encode(),
        b"grant_type=client_credentials&x=a+b",
    ]
    assert [request.headers["content-type"] for request in server.requests] == [
        "application/json",
        "application/x-www-form-urlencoded",
    ]


def test_connections_are_kept_and_cookies_are_not(server: ScriptedServer) -> None:
    server.script = lambda _: answer({"id": 1}, headers={"set-cookie": "a=b"})
    service = service_at(server)
    for _ in range(3):
        service.get("/x", Thing)
    assert server.connections == 1
    assert "cookie" not in server.requests[-1].headers


def test_proxies_of_the_environment_are_not_used(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.script = lambda _: answer({"id": 1})
    assert service_at(server).get("/x", Thing) == Thing(1)


def test_a_packed_answer_is_unpacked(server: ScriptedServer) -> None:
    server.script = lambda _: answer(gzip.compress(b'{"id": 3}'), headers={"content-encoding": "gzip"})
    assert service_at(server).get("/x", Thing) == Thing(3)


@pytest.mark.parametrize(
    "steps",
    [
        answer(b"x" * 5000),
        answer(gzip.compress(b"x" * 5_000_000), headers={"content-encoding": "gzip"}),
        answer(b"{}", length=10_000_000),
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", *[b"400\r\n" + b"x" * 1024 + b"\r\n"] * 8],
    ],
    ids=["large", "bomb", "announced", "endless"],
)
def test_an_answer_above_the_cap_is_refused(server: ScriptedServer, steps: list[Step]) -> None:
    server.script = lambda _: steps
    with pytest.raises(AnswerTooLargeError) as refusal:
        service_at(server, most_bytes=4096).get("/x", Thing)
    assert refusal.value.message == "Deezer sent more than 1 MB, which is refused."
    assert len(server.requests) == 1


@pytest.mark.parametrize("steps", [[Reset], [Close], answer(b'{"id": 1', length=50), answer(status=503)])
def test_a_short_fault_is_repeated(server: ScriptedServer, steps: list[Step]) -> None:
    steps = [*steps, Close] if steps[0] not in (Reset, Close) else steps
    server.script = in_turn(steps, steps, answer({"id": 9}))
    assert service_at(server).get("/x", Thing) == Thing(9)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("steps", "error", "message", "requests"),
    [
        ([Reset], RetryLater, "Deezer broke off in the middle of its answer. We will ask again.", 3),
        ([Close], RetryLater, "Deezer broke off in the middle of its answer. We will ask again.", 3),
        (
            [*answer(b'{"id": 1', length=50), Close],
            UnreadableAnswerError,
            "Deezer broke off in the middle of its answer. We will ask again.",
            3,
        ),
        (
            [*answer(gzip.compress(b'{"id": 1, "name": "x"}')[:-12], headers={"content-encoding": "gzip"})],
            UnreadableAnswerError,
            "Deezer broke off in the middle of its answer. We will ask again.",
            3,
        ),
        (
            [b"SSH-2.0-OpenSSH\r\n\r\n"],
            RetryLater,
            "Deezer broke off in the middle of its answer. We will ask again.",
            3,
        ),
        (
            answer(b"<html>"),
            UnreadableAnswerError,
            "Deezer sent an answer that could not be read. We will ask again.",
            1,
        ),
        (
            answer({"id": "seven"}),
            UnreadableAnswerError,
            "Deezer sent an answer that could not be read. We will ask again.",
            1,
        ),
        (answer(b""), UnreadableAnswerError, "Deezer sent an answer that could not be read. We will ask again.", 1),
        (answer(status=500), RetryLater, "Deezer has a fault of its own just now. We will ask again.", 1),
        (answer(status=502), RetryLater, "Deezer has a fault of its own just now. We will ask again.", 3),
        (answer(status=401), NeedsAction, "Deezer refuses our credentials. Check the settings for Deezer.", 1),
        (answer(status=404), Rejected, "Deezer does not know this.", 1),
        (answer(status=422), Rejected, "Deezer did not accept the request (status 422).", 1),
        (
            answer(status=302, headers={"location": "/y"}),
            Rejected,
            "Deezer sends us elsewhere, which we do not follow.",
            1,
        ),
    ],
)
def test_every_failure_belongs_to_a_family_and_has_a_sentence(
    server: ScriptedServer, steps: list[Step], error: type[Exception], message: str, requests: int
) -> None:
    server.script = lambda _: steps
    with pytest.raises(error) as failure:
        service_at(server).get("/x", Thing)
    assert str(failure.value) == message
    assert len(server.requests) == requests


def test_a_post_is_not_repeated_unless_a_repeat_is_harmless(server: ScriptedServer) -> None:
    server.script = lambda _: answer(status=503)
    service = service_at(server)
    with pytest.raises(RetryLater):
        service.post_json("/x", {}, Thing)
    assert len(server.requests) == 1
    with pytest.raises(RetryLater):
        service.post_json("/x", {}, Thing, is_repeatable=True)
    assert len(server.requests) == 4


@pytest.mark.parametrize("pause", [0.0, 0.05], ids=["silence", "trickle"])
def test_a_service_that_hangs_is_left_within_the_total_time(server: ScriptedServer, pause: float) -> None:
    trickle: list[Step] = [step for letter in b"HTTP/1.1 200 OK\r\n" * 9 for step in (bytes([letter]), pause)]
    server.script = lambda _: trickle if pause else [5.0]
    started = time.monotonic()
    with pytest.raises(RetryLater) as failure:
        service_at(server).get("/x", Thing)
    assert time.monotonic() - started < 1.5
    assert failure.value.message == "Deezer did not answer in time. We will ask again."


def test_a_service_that_is_away(server: ScriptedServer) -> None:
    service = service_at(server)
    server.stop()
    with pytest.raises(RetryLater) as failure:
        service.get("/x", Thing)
    assert failure.value.message == "Deezer cannot be reached just now. We will ask again."


def test_a_name_that_does_not_resolve_is_away() -> None:
    def resolver(host: str, port: int) -> tuple[str, ...]:
        raise OSError("no such name")

    outbound = Outbound(Reach(resolver=resolver), patience=QUICK)
    with pytest.raises(RetryLater) as failure:
        Service(name="Deezer", base_url="https://api.deezer.example", outbound=outbound).get("/x", Thing)
    assert failure.value.message == "Deezer cannot be reached just now. We will ask again."


def test_a_short_retry_after_is_waited_for(server: ScriptedServer) -> None:
    server.script = in_turn(answer(status=429, headers={"retry-after": "0"}), answer({"id": 4}))
    assert service_at(server).get("/x", Thing) == Thing(4)


def test_a_long_retry_after_is_for_the_job_queue_and_nobody_asks_meanwhile(server: ScriptedServer) -> None:
    server.script = in_turn(answer(status=429, headers={"retry-after": "30"}), answer({"id": 4}))
    service = service_at(server)
    with clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)) as advance:
        with pytest.raises(RetryLater) as failure:
            service.get("/x", Thing)
        assert failure.value.after == timedelta(seconds=30)
        assert failure.value.message == "Deezer asks us to slow down. We will go on in 30 seconds."
        advance(timedelta(seconds=10))
        with pytest.raises(RetryLater) as failure:
            service.get("/x", Thing)
        assert failure.value.after == timedelta(seconds=20)
        assert len(server.requests) == 1
        advance(timedelta(seconds=20))
        assert service.get("/x", Thing) == Thing(4)


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("120", timedelta(minutes=2)),
        ("Mon, 02 Nov 2026 00:05:00 GMT", timedelta(minutes=5)),
        ("Sun, 01 Nov 2026 00:00:00 GMT", timedelta(0)),
        ("9999999999", timedelta(days=1)),
        ("-5", timedelta(seconds=10)),
        ("soon", timedelta(seconds=10)),
        ("", timedelta(seconds=10)),
    ],
)
def test_retry_after_is_read_in_both_forms(server: ScriptedServer, value: str, after: timedelta) -> None:
    server.script = lambda _: answer(status=429, headers={"retry-after": value})
    with clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)), pytest.raises(RetryLater) as failure:
        service_at(server).get("/x", Thing)
    assert failure.value.after == after


def test_redirects_are_followed_where_that_is_meant_and_secrets_stay_at_home(server: ScriptedServer) -> None:
    def script(request: Received) -> list[Step]:
        return answer({"id": 1}) if request.target == "/c?d=1" else answer(status=302, headers={"location": "/c?d=1"})

    server.script = script
    outbound = Outbound(Reach(sandbox_url=server.url), patience=QUICK)
    service = Service(name="The cover's host", base_url="", outbound=outbound)
    assert service.download(f"{server.url}/a b", most_redirects=1).decode(Thing) == Thing(1)
    assert [request.target for request in server.requests] == ["/a%20b", "/c?d=1"]
    with pytest.raises(Rejected):
        service.download(f"{server.url}/a", most_redirects=0)
    server.script = lambda _: answer(status=302, headers={"location": "file:///etc/passwd"})
    with pytest.raises(DestinationRefusedError):
        service.download(f"{server.url}/a", most_redirects=3)


def test_a_circle_of_redirects_ends(server: ScriptedServer) -> None:
    server.script = lambda _: answer(status=302, headers={"location": "/again"})
    outbound = Outbound(Reach(sandbox_url=server.url), patience=QUICK)
    with pytest.raises(Rejected):
        Service(name="The cover's host", base_url="", outbound=outbound).download(f"{server.url}/", most_redirects=3)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "steps",
    [
        answer({"error": SECRET}, status=400),
        answer({"error": SECRET}, status=500),
        answer({"error": SECRET}, status=429, headers={"retry-after": "90"}),
        answer({"id": SECRET}),
        answer({"id": 1}),
        answer(status=302, headers={"location": f"https://{SECRET}.example/?t={SECRET}"}),
        [Reset],
        [b"HTTP/1.1 200 " + SECRET.encode() + b"\r\nbad header " + SECRET.encode() + b"\r\n\r\n"],
    ],
)
@pytest.mark.parametrize("token", [SECRET, f"{SECRET}\r\nx: y"], ids=["good", "with a line break"])
def test_nothing_secret_is_told_to_logs_or_in_errors(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture, steps: list[Step], token: str
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script = lambda _: steps
    told, context = "", None
    try:
        service_at(server).send(
            "GET",
            "/album/{id}",
            values={"id": SECRET},
            query={"key": SECRET},
            headers={"authorization": f"Bearer {token}"},
        ).decode(Thing)
    except (RetryLater, NeedsAction, Rejected) as error:
        context = error.__context__
        told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert context is None
    assert SECRET not in told + caplog.text
    assert "path: /album/{id}" in caplog.text.replace("'", "")


def test_a_rate_is_kept_by_short_waits_and_else_by_saying_when_to_come_back() -> None:
    now = [100.0]
    limiter = RateLimiter(2.0, burst=2.0, monotonic=lambda: now[0])
    assert [limiter.take(longest_wait_seconds=1.0) for _ in range(4)] == [0.0, 0.0, 0.5, 1.0]
    assert [limiter.take(longest_wait_seconds=1.0) for _ in range(3)] == [-1.5, -2.0, -2.5]
    now[0] += 1.5
    assert limiter.take(longest_wait_seconds=1.0) == 0.0
    now[0] += 60
    assert [limiter.take(longest_wait_seconds=0.0) for _ in range(3)] == [0.0, 0.0, -0.5]


def test_a_slow_service_sends_the_caller_away_instead_of_keeping_him(server: ScriptedServer) -> None:
    server.script = lambda _: answer({"id": 1})
    service = service_at(server, limiter=RateLimiter(0.33))
    assert service.get("/x", Thing) == Thing(1)
    with pytest.raises(RetryLater) as failure:
        service.get("/x", Thing)
    assert failure.value.message == "Deezer is being asked as often as it allows. We will go on shortly."
    assert failure.value.after is not None
    assert 2.5 < failure.value.after.total_seconds() < 3.1
    assert len(server.requests) == 1


def test_many_threads_share_a_service(server: ScriptedServer) -> None:
    server.script = lambda request: answer({"id": int(request.target.rsplit("/", 1)[1])})
    service = service_at(server, patience=Patience(), most_connections=4)
    wrong: list[int] = []

    def ask(number: int) -> None:
        for turn in range(10):
            wanted = number * 100 + turn
            if service.get("/x/{id}", Thing, values={"id": str(wanted)}).id != wanted:
                wrong.append(wanted)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(server.requests) == 80
    assert server.connections <= 4


def test_a_base_url_inside_a_private_network_is_refused_at_once() -> None:
    with pytest.raises(DestinationRefusedError):
        Service(name="Deezer", base_url="http://10.0.0.1/deezer", outbound=Outbound(Reach()))
