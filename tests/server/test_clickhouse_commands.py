"""What the commands say about ClickHouse, also while it is away."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from tests.server.test_commands import _backline

from backline.server.doctor import data
from backline.settings import environment


@pytest.fixture
def nobody_there() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"clickhouse://fan:secret@127.0.0.1:{listener.getsockname()[1]}/events"


@pytest.mark.django_db
def test_the_doctor_says_which_store_is_in_use_and_whether_it_answers(nobody_there: str) -> None:
    settings = environment.current()
    found = {finding.check: finding for finding in data.check(settings)}
    assert found["event lake"].found.startswith("Parquet on this machine")
    assert "event store" not in found

    found = {finding.check: finding for finding in data.check(replace(settings, events_url=nobody_there))}
    assert (found["event store"].verdict, found["event store"].found) == ("fail", "ClickHouse does not answer")
    assert "EVENTS_URL" in found["event store"].fix
    assert "event lake" not in found


def test_a_copy_says_where_to_and_what_to_do_when_clickhouse_is_away(nobody_there: str) -> None:
    asked = _backline("events", "copy", EVENTS_URL="")
    assert (asked.returncode, "EVENTS_URL" in asked.stderr) == (1, True)
    for away in (
        _backline("events", "copy", EVENTS_URL=nobody_there),
        _backline("events", "copy", "--to", nobody_there, EVENTS_URL=""),
    ):
        assert (away.returncode, away.stdout) == (1, "")
        assert away.stderr == (
            "backline: ClickHouse does not answer. What was copied stays; run the command again to go on.\n"
        )
    refused = _backline("events", "copy", "--to", "ftp://fan:secret@host/x", EVENTS_URL="")
    assert (refused.returncode, "secret" in refused.stderr) == (1, False)
