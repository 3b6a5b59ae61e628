from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from backline.catalog import ports
from backline.core.errors import Rejected
from backline.integrations.outbound import outbound_of
from backline.server import composition
from backline.settings import environment
from backline.settings.environment import Environment


@pytest.fixture
def settings() -> Environment:
    return environment.current()


def test_every_port_is_filled_and_the_order_of_sources_is_that_of_trust(settings: Environment) -> None:
    with ports.catalog_sources.holding(), ports.link_sources.holding(), ports.image_sources.holding():
        composition.wire(replace(settings, contact_email="one@backline.example"))
        assert ports.catalog_sources.keys() == ("spotify",)
        assert ports.link_sources.keys() == ("deezer", "itunes", "musicbrainz")
        assert ports.image_sources.keys() == ("covers",)
        assert [source.key for source in ports.link_sources if source.is_quick] == ["deezer", "itunes"]


def test_a_provider_without_its_settings_does_not_exist(settings: Environment) -> None:
    outbound = outbound_of(settings)
    assert (
        composition.catalog_sources(replace(settings, spotify=replace(settings.spotify, client_id="")), outbound) == {}
    )
    keyed = replace(settings, odesli=replace(settings.odesli, key="a-key"))
    assert tuple(composition.link_sources(keyed, outbound)) == ("deezer", "itunes", "musicbrainz", "odesli")


def test_wiring_again_keeps_what_is_there(settings: Environment) -> None:
    mine = replace(settings, contact_email="two@backline.example")
    with ports.catalog_sources.holding(), ports.link_sources.holding(), ports.image_sources.holding():
        composition.wire(mine)
        before = ports.catalog_sources.get("spotify")
        threads = [threading.Thread(target=composition.wire, args=(mine,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ports.catalog_sources.get("spotify") is before


def test_in_production_the_sandbox_cannot_be_reached(settings: Environment) -> None:
    with pytest.raises(Rejected):
        composition.catalog_sources(settings, outbound_of(replace(settings, mode="production")))


def test_we_say_who_is_asking(settings: Environment) -> None:
    outbound = outbound_of(replace(settings, web_url="https://a.example", contact_email="c@a.example"))
    name, _, rest = outbound.user_agent.partition(" ")
    assert name.startswith("Backline/")
    assert rest == "(+https://a.example; c@a.example)"
