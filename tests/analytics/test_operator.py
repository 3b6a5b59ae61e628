"""What the operator sees of spools and the lake, and what is held about people."""

from __future__ import annotations

import msgspec
import pytest
from django.test import Client
from tests.factories.accounts import make_user
from tests.factories.analytics import SpoolWriter, make_event

from backline.analytics import selectors
from backline.analytics.parquet import lake
from backline.analytics.personal_data import HOLDINGS
from backline.analytics.shipping.shipper import ship_once
from backline.contract.events import Event
from backline.core.ids import new_id
from backline.core.personal_data import PERSONAL_DATA
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db


def test_a_spool_says_what_waits_and_whether_its_process_lives(settings: Environment, spool: SpoolWriter) -> None:
    spool.write(make_event(artist=new_id()), b"no event", make_event(artist=new_id()))
    (before,) = selectors.spool_statuses(settings)
    assert (before.id, before.waiting, before.is_owner_alive, before.last_shipped_at) == (spool.id, 3, True, None)

    ship_once(settings)
    spool.write(make_event(artist=new_id()))
    spool.die()
    (after,) = selectors.spool_statuses(settings)
    assert (after.waiting, after.shipped_through, after.quarantined, after.is_owner_alive) == (1, 3, 1, False)
    assert after.last_shipped_at is not None
    assert after.size_bytes > 0


def test_a_spool_that_cannot_be_read_is_named(settings: Environment) -> None:
    settings.spool_folder.mkdir()
    (settings.spool_folder / "0000.spool").write_bytes(b"no database" * 500)
    (status,) = selectors.spool_statuses(settings)
    assert "0000" in status.problem


def test_there_are_no_spools_before_play_has_run(settings: Environment) -> None:
    assert selectors.spool_statuses(settings) == ()
    assert ship_once(settings).spools == 0


@pytest.mark.req("PP-42")
def test_no_column_and_no_field_holds_a_name_or_an_address(settings: Environment) -> None:
    telling = ("ip", "address", "addr", "email", "mail", "user", "user_id", "spotify_id", "name", "fan")
    fields = {field.name for field in msgspec.structs.fields(Event)}
    assert fields.isdisjoint(telling)
    assert set(lake.SCHEMA.names).isdisjoint(telling)


@pytest.mark.req("PP-42")
def test_what_is_held_about_visitors_is_declared(settings: Environment) -> None:
    declared = {name for holding in HOLDINGS if holding.table == "lake/*.parquet" for name in holding.fields}
    assert declared <= set(lake.SCHEMA.names)
    assert {"visitor", "user_agent", "country", "locale", "click_ids", "referrer_host"} <= declared
    assert not any(PERSONAL_DATA.get("analytics").export(new_id()).values())


def test_the_operator_may_look_at_spools_and_files_and_change_nothing(
    settings: Environment, spool: SpoolWriter, client: Client
) -> None:
    spool.write(make_event(artist=new_id()))
    ship_once(settings)
    client.force_login(make_user(is_superuser=True))
    for page in ("spool", "lakefile"):
        assert client.get(f"/operator/analytics/{page}/").status_code == 200
        assert client.get(f"/operator/analytics/{page}/add/").status_code == 403
    assert client.get("/operator/analytics/visitorsalt/").status_code == 404
