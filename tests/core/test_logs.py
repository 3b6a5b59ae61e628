"""What a program logs: one shape for all, the request's id in it, no secret, and nothing that tells who somebody is."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import structlog

from backline.core.telemetry import logs
from backline.core.telemetry.redaction import Redaction
from backline.settings import environment
from backline.settings.environment import EdgeSettings

CANARIES = {
    "session token": "BQDmX7vZ2fLkP9sT0aYwQ4cR8nHeU1iO",
    "json web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "hex key": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "e-mail": "ines.tallow+tour@post.example.com",
    "IPv4": "203.0.113.77",
    "IPv6": "2001:db8:85a3::8a2e:370:7334",
    "IPv4 in IPv6": "::ffff:203.0.113.78",
    "own secret": "house-of-straw",
}
SENTENCES = (
    "{}",
    "it said {}.",
    "GET https://api.example/v1/me?access_token={}&market=DE",
    "Authorization: Bearer {}",
    "could not read ({}) at line 7",
    "{}: connection refused",
    "{{'who': '{}'}}",
    "Key (email)=({}) already exists.",
)


@pytest.fixture
def lines() -> Iterator[Callable[..., list[str]]]:
    """Return a function that sets the log up, as JSON or for people, and one that reads what was logged."""
    root, ours = logging.getLogger(), logging.getLogger("backline")
    before = (root.handlers[:], root.level, ours.level)
    stream = io.StringIO()

    def read(*, as_json: bool = True) -> list[str]:
        if not stream.getvalue():
            logs.configure(program="web", as_json=as_json, secrets=[CANARIES["own secret"]], stream=stream)
        return stream.getvalue().splitlines()

    yield read
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.req("PP-19")
def test_a_line_is_json_and_says_when_who_and_for_which_request(lines: Callable[..., list[str]]) -> None:
    lines()
    with structlog.contextvars.bound_contextvars(request_id="r-1", job="links.publish"):
        structlog.get_logger("backline.links").warning("page.made", path="ines/rasail", count=3)
        logging.getLogger("backline.links").info("Merged %d files", 3)
    structured, plain = map(json.loads, lines())
    assert structured.pop("at").endswith("+00:00")
    assert structured == {
        "level": "warning", "program": "web", "logger": "backline.links", "event": "page.made", "path": "ines/rasail",
        "count": 3, "request_id": "r-1", "job": "links.publish",
    }  # fmt: skip
    assert (plain["event"], plain["level"], plain["request_id"]) == ("Merged 3 files", "info", "r-1")


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "terminal"])
@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
def test_no_secret_and_nobody_is_in_a_line(lines: Callable[..., list[str]], canary: str, *, as_json: bool) -> None:
    lines(as_json=as_json)
    log, library = structlog.get_logger("backline.x"), logging.getLogger("somebody.else")
    for sentence in SENTENCES:
        said = sentence.format(canary)
        log.warning(said, note=said, deep={"a": [said, {"b": said}], said: 1}, token=canary, kind=ValueError(said))
        library.warning("Refused: %s", said)
        try:
            try:
                raise KeyError(said)
            except KeyError as inner:
                raise RuntimeError(f"While asking: {said}") from inner
        except RuntimeError as error:
            log.exception("it broke", problem=error)
            library.exception("It broke")
    written = "\n".join(lines())
    assert "While asking" in written
    assert canary not in written


def test_every_secret_of_the_settings_is_known_to_the_log() -> None:
    settings = replace(
        environment.current(),
        events_url="clickhouse://fan:of-clay@events.example/backline",
        encryption_keys=("of-glass", "of-ice"),
        edge=EdgeSettings(fastly_key="of-sand"),
    )
    secrets = logs.secrets_of(settings)
    assert {settings.events_url, settings.secret_key, "of-glass", "of-ice", "of-sand"} <= set(secrets)
    assert settings.web_url not in secrets


def test_what_helps_stays(lines: Callable[..., list[str]]) -> None:
    kept = (
        "Port 8000 on 127.0.0.1 is taken",
        "12:30:45 the spool 0192f0c1e7b37d0c8a7b5f6e4d3c2b1a waits 2.5 s",
        "link 01900000-0000-7000-8000-000000000000 of /ines-tallow/the-weight-of-small-boats",
        "/srv/backline/spool/quarantine/0192f0c1e7b37d0c8a7b5f6e4d3c2b1a.jsonl",
        'connection to server on socket "/run/x" failed: FATAL: role does not exist',
        "analytics.compact took 3 s in backline.analytics.parquet.compaction.merge_many_small_files_into_one",
        "version 0.1.0, PostgreSQL 18.1",
    )
    redact = Redaction()
    assert [redact.text(line) for line in kept] == list(kept)


def test_a_line_break_does_not_forge_a_line(lines: Callable[..., list[str]]) -> None:
    lines(as_json=False)
    logging.getLogger("backline.x").warning("asked for %s", "/a\n2026-11-22T10:00:00Z [error] all is lost")
    assert len(lines()) == 1


def test_libraries_are_heard_from_warnings_on_and_we_from_information_on(lines: Callable[..., list[str]]) -> None:
    lines()
    for name in ("backline.x", "somebody.else"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            logging.getLogger(name).log(level, "said")
    found = [(line["logger"], line["level"]) for line in map(json.loads, lines())]
    assert found == [("backline.x", "info"), ("backline.x", "warning"), ("somebody.else", "warning")]
