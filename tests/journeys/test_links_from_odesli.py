"""An operator with an Odesli key: what it finds waits for a person, and one yes makes it a button on the page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.factories.accounts import make_access
from tests.factories.pages_now import page_at
from tests.factories.stand_ins import wake_all
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.catalog import ports
from backline.catalog.selectors import review_list
from backline.catalog.services import decide_link
from backline.connections.services import connect_spotify
from backline.integrations.outbound import outbound_of
from backline.play.render import render, variant_for
from backline.sandbox import invented
from backline.server import composition

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60)]


@pytest.mark.req("SL-22", "SL-31")
def test_a_link_that_odesli_found_becomes_a_button_after_a_yes(sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
    settings = replace(sandbox.settings, odesli=replace(sandbox.settings.odesli, key="a-key"))
    outbound = outbound_of(settings)
    sandbox.limits(odesli="keyed")
    wake_all()
    odesli = composition.link_sources(settings, outbound)["odesli"]
    with (
        ports.catalog_sources.holding(**composition.catalog_sources(settings, outbound)),
        ports.link_sources.holding(odesli=odesli),
        ports.image_sources.holding(**composition.image_sources(outbound)),
    ):
        access = make_access()
        connect_spotify(access, url=f"https://open.spotify.com/artist/{invented.DEMO_ARTIST_ID}")
        drain_jobs(hurry=True)
        offer = next(item for item in review_list(access) if item.source == "odesli" and item.service == "tidal")
        path = next(item.path for item in page_at("halla-norden").items if item.title == offer.release_title)
        assert [service.service for service in page_at(path).services] == ["spotify"]

        decide_link(access, service_link_id=offer.service_link_id, accept=True)
        drain_jobs(hurry=True)
    page = page_at(path)
    assert [(service.service, service.url) for service in page.services if service.service != "spotify"] == [
        ("tidal", offer.url)
    ]
    assert f'href="/{path}/go/tidal"'.encode() in render(page, variant_for(page))
