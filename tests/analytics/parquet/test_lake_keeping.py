"""What ``backline lake`` says, and its exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.factories.analytics import BOT, SpoolWriter, make_event
from tests.factories.lake import ids_in_lake

from backline.analytics.parquet import lake
from backline.analytics.shipping.shipper import ship_once
from backline.core.ids import new_id
from backline.server.commands import CommandError
from backline.server.lake_keeping import Keeper
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db
EVER = {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2027, 1, 1, tzinfo=UTC)}
ERASURE = {"artist_id": None, "link_id": None, "visitors": frozenset[str](), "click_ids": frozenset[str]()}


@pytest.fixture
def keeper(settings: Environment, spool: SpoolWriter) -> Keeper:
    """A keeper of a lake with two files of two events."""
    for _ in range(2):
        spool.write(make_event(artist=new_id()), make_event(artist=new_id(), user_agent=BOT))
        ship_once(settings)
    return Keeper(settings, as_json=False)


def test_a_sound_lake_is_said_to_be_sound(keeper: Keeper, capsys: pytest.CaptureFixture[str]) -> None:
    assert keeper.verify(is_deep=False) == 0
    assert keeper.verify(is_deep=True) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 files, 4 events, ")
    assert "Events are kept for ever." in said
    assert said.endswith("Every listed file is there and whole.\n")


def test_damage_is_named_mended_and_counted(
    keeper: Keeper, settings: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = next(lake.lake_files(settings))
    gone.unlink()

    assert keeper.verify(is_deep=False) == 1
    said = capsys.readouterr().out
    assert f"Missing: 1\n  {gone.relative_to(settings.lake_folder)}\n" in said

    assert keeper.repair() == 1
    said = capsys.readouterr().out
    assert "was damaged (missing): 2 of its events are missing, of " in said
    assert "0 events came back from spool copies; 2 are missing." in said
    assert keeper.repair() == 0
    assert keeper.verify(is_deep=True) == 0


def test_programs_are_answered_in_json(
    keeper: Keeper, settings: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    keeper = Keeper(settings, as_json=True)
    next(lake.lake_files(settings)).unlink()
    assert keeper.verify(is_deep=False) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["is_sound"], answer["files"], len(answer["missing"])) == (False, 2, 1)
    keeper.repair()
    assert json.loads(capsys.readouterr().out)["still_missing"] == 2
    keeper.rejudge(**EVER)
    assert json.loads(capsys.readouterr().out) == {"rows": 2, "changed": 0, "changes": []}


def test_an_erasure_has_to_be_meant(keeper: Keeper, settings: Environment) -> None:
    with pytest.raises(CommandError, match="Say what goes"):
        keeper.erase(**ERASURE, is_sure=True)
    with pytest.raises(CommandError, match="Say --yes"):
        keeper.erase(**ERASURE | {"visitors": frozenset({"x"})}, is_sure=False)
    assert keeper.erase(**ERASURE | {"visitors": frozenset({""})}, is_sure=True) == 0
    assert ids_in_lake(settings) == []


def test_a_rebuild_needs_a_folder(keeper: Keeper, settings: Environment) -> None:
    with pytest.raises(CommandError, match="is no folder"):
        keeper.rebuild(settings.home / "nowhere")
    assert keeper.rebuild(settings.lake_folder / "day=2026-03-10") == 1  # lake files are no spool copies


def test_files_are_not_asked_for_where_a_database_keeps_the_events(settings: Environment) -> None:
    elsewhere = Keeper(replace(settings, events_url="clickhouse://localhost:8123/backline"), as_json=False)
    with pytest.raises(CommandError, match="not kept in files"):
        elsewhere.repair()
