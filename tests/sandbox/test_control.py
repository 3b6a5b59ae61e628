"""Faults, the clock, the request log and the control page."""

from __future__ import annotations

import time

import httpx2
import pytest
from tests.plugins.sandbox import Sandbox

from backline.sandbox import invented

DEEZER = "/deezer/album/1"


def test_a_fault_hits_the_next_requests_of_its_route_and_then_no_more(sandbox: Sandbox, client: httpx2.Client) -> None:
    sandbox.fault("deezer", "500", route="/album", times=2)
    assert client.get("/deezer/search?q=x").status_code == 200
    assert [client.get(DEEZER).status_code for _ in range(3)] == [500, 500, 200]
    assert [one["fault"] for one in sandbox.requests("deezer")] == ["", "500", "500", ""]


def test_a_share_of_requests_is_hit_the_same_way_every_time(sandbox: Sandbox, client: httpx2.Client) -> None:
    def statuses() -> list[int]:
        sandbox.clear_faults()
        sandbox.fault("deezer", "500", share=0.3, seed=7)
        return [client.get(DEEZER).status_code for _ in range(60)]

    first = statuses()
    assert first == statuses()
    assert 8 <= first.count(500) <= 30


@pytest.mark.parametrize(
    ("provider", "path", "status"),
    [
        ("spotify", "/spotify/v1/artists/x", 429),
        ("deezer", DEEZER, 200),
        ("itunes", "/itunes/lookup?upc=1", 403),
        ("musicbrainz", "/musicbrainz/ws/2/release?fmt=json", 503),
        ("odesli", "/odesli/v1-alpha.1/links", 429),
        ("resend", "/resend/emails/x", 429),
    ],
)
def test_too_many_requests_as_each_service_says_it(
    sandbox: Sandbox, client: httpx2.Client, provider: str, path: str, status: int
) -> None:
    sandbox.fault(provider, "429", seconds=9)
    answer = client.get(path)
    assert answer.status_code == status
    if status in (429, 503):
        assert answer.headers["retry-after"] == "9"


@pytest.mark.parametrize("provider", ["spotify", "deezer", "itunes", "musicbrainz", "odesli", "resend"])
def test_every_service_can_say_200_with_an_error_inside(sandbox: Sandbox, client: httpx2.Client, provider: str) -> None:
    sandbox.fault("*", "error_inside")
    answer = client.get(f"/{provider}/anything")
    assert answer.status_code == 200
    assert answer.json().keys() & {"error", "errorMessage", "statusCode"}


def test_a_reset_cuts_the_connection(sandbox: Sandbox, client: httpx2.Client) -> None:
    sandbox.fault("deezer", "reset", times=1)
    with pytest.raises(httpx2.TransportError):
        client.get(DEEZER)
    assert client.get(DEEZER).status_code == 200


def test_half_a_body_ends_in_the_middle(sandbox: Sandbox, client: httpx2.Client) -> None:
    sandbox.fault("deezer", "half_body", times=1)
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending complete"):
        client.get(DEEZER)


def test_a_hang_answers_late_and_holds_nobody_else_up(sandbox: Sandbox, client: httpx2.Client) -> None:
    sandbox.fault("deezer", "hang", route="/album", seconds=0.4)
    with pytest.raises(httpx2.ReadTimeout):
        client.get(DEEZER, timeout=0.1)
    begin = time.perf_counter()
    assert client.get("/deezer/search?q=x").status_code == 200
    assert time.perf_counter() - begin < 0.3
    begin = time.perf_counter()
    assert client.get(DEEZER).status_code == 200
    assert time.perf_counter() - begin >= 0.4


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"provider": "nobody", "kind": "500"}, "provider must be one of"),
        ({"provider": "deezer", "kind": "sulk"}, "kind must be one of"),
        ({"provider": "deezer", "kind": "500", "times": 0}, "times must be from 1"),
        ({"provider": "deezer", "kind": "500", "share": 2}, "share must be above 0"),
        ({"provider": "deezer", "kind": "hang", "seconds": 9999}, "seconds must be from 0 to 120"),
        ({"provider": "deezer", "kind": "500", "seconds": "nan"}, "seconds must be a number"),
    ],
)
def test_faults_that_make_no_sense_are_refused(client: httpx2.Client, fault: dict[str, object], problem: str) -> None:
    answer = client.post("/control/faults", json=fault)
    assert answer.status_code == 422
    assert problem in answer.json()["error"]


def test_the_clock_goes_forward_and_back_to_real_time(sandbox: Sandbox, client: httpx2.Client) -> None:
    sandbox.advance(days=3, hours=1)
    assert client.get("/control/clock").json()["ahead_seconds"] == 3 * 86_400 + 3_600
    assert client.post("/control/clock/advance", json={"days": -1}).status_code == 422
    assert client.post("/control/clock/advance", json={"days": 9999}).status_code == 422
    client.post("/control/clock/reset")
    assert client.get("/control/clock").json()["ahead_seconds"] == 0


def test_requests_are_counted_and_shown_without_keys(sandbox: Sandbox, client: httpx2.Client) -> None:
    for _ in range(205):
        client.get("/odesli/v1-alpha.1/links?key=secret&url=x")
    assert sandbox.counts() == {"odesli": 205}
    records = sandbox.requests()
    assert len(records) == 200
    assert records[0]["path"] == "/odesli/v1-alpha.1/links?url=x"


def test_reset_puts_everything_back(sandbox: Sandbox, client: httpx2.Client) -> None:
    before = client.get("/control/state").json()
    sandbox.release("appear", artist_id=invented.EMPTY_ARTIST_ID, title="New")
    sandbox.fault("*", "500")
    sandbox.advance(days=1)
    sandbox.limits(limits="real", odesli="keyed")
    sandbox.clear()
    after = client.get("/control/state").json()
    assert {**after, "clock": 0} == {**before, "clock": 0}
    assert after["clock"]["ahead_seconds"] == 0


def test_the_page_says_what_it_is_and_its_forms_work_without_script(sandbox: Sandbox, client: httpx2.Client) -> None:
    page = client.get("/")
    assert "This is a stand-in" in page.text
    assert "<script" not in page.text
    assert client.get("/static/sandbox.css").status_code == 200
    done = client.post("/control/faults", data={"provider": "deezer", "kind": "500", "times": "", "percent": "50"})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert client.get("/control/faults").json()["faults"][0]["share"] == 0.5
    assert client.post("/control/faults/clear", data={"id": "999"}).status_code == 303
    refused = client.post("/control/releases", data={"action": "takedown", "release_id": "absent"})
    assert refused.status_code == 422
    assert "There is no release with that id." in refused.text
    client.post("/control/clock/advance", data={"days": "3"})
    assert "3 days ahead of real time" in client.get("/").text
    sandbox.clear()


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_sites_page_cannot_change_anything(client: httpx2.Client, headers: dict[str, str]) -> None:
    assert client.post("/control/reset", headers=headers).status_code == 403


def test_bodies_that_are_too_large_are_refused(client: httpx2.Client) -> None:
    assert client.post("/control/faults", content=b"x" * 2_100_000).status_code == 413
    assert client.post("/control/faults", content=b"[1]").status_code == 422


def test_it_says_that_it_is_well(client: httpx2.Client) -> None:
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok\n")
    assert client.get("/nowhere").status_code == 404
