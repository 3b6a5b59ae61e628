"""Readiness names exactly what is missing, for every mixture of connections and plan."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from tests.factories.accounts import make_access
from tests.factories.connecting import real_platforms
from tests.plugins.sandbox import Sandbox

from backline.accounts.types import ArtistAccess
from backline.billing import services as billing
from backline.billing.types import Tier
from backline.connections import selectors
from backline.connections.models import Connection
from backline.connections.state import State
from backline.connections.types import CampaignType, CheckKind
from backline.core.audit import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.req("PC-17", "R4")]


@pytest.fixture(autouse=True)
def _platforms(sandbox: Sandbox) -> Iterator[None]:
    with real_platforms(sandbox):
        yield


@pytest.fixture
def access() -> ArtistAccess:
    return make_access()


def check(key: str, kind: CheckKind | None) -> dict[str, object]:
    return {"key": key, "label": key, "kind": kind}


def connect(access: ArtistAccess, provider: str, *, state: State, checks: list[dict[str, object]]) -> None:
    Connection.objects.create(artist_id=access.artist_id, provider=provider, state=state, checks=checks)


def unmet(access: ArtistAccess, kind: CampaignType) -> list[str]:
    found = {each.campaign_type: each for each in selectors.readiness(access)}[kind]
    assert found.is_ready == (found.unmet == ())
    return [line.label for line in found.unmet]


@pytest.mark.req("PC-11", "PC-13")
@pytest.mark.parametrize(("spotify", "page", "partner", "plan"), list(product([False, True], repeat=4)))
def test_smart_campaigns(access: ArtistAccess, *, spotify: bool, page: bool, partner: bool, plan: bool) -> None:
    if spotify:
        connect(access, "spotify", state=State.CONNECTED, checks=[])
    connect(
        access,
        "meta",
        state=State.CONNECTED if page and partner else State.SELECTING,
        checks=[
            check("page", None if page else CheckKind.SELECTION),
            check("partnership", None if partner else CheckKind.PARTNERSHIP),
        ],
    )
    if plan:
        billing.set_plan(artist_id=access.artist_id, tier=Tier.STARTER, is_active=True, actor=SYSTEM)
    missing = [(spotify, "Spotify"), (page, "Facebook and Instagram"), (partner, "Meta partnership"), (plan, "Billing")]
    assert unmet(access, CampaignType.SMART) == [label for is_met, label in missing if not is_met]


@pytest.mark.req("PC-14", "PC-15", "PC-16")
@pytest.mark.parametrize(("channel", "link", "plan"), list(product([False, True], repeat=3)))
def test_youtube_campaigns(access: ArtistAccess, *, channel: bool, link: bool, plan: bool) -> None:
    connect(
        access,
        "youtube",
        state=State.CONNECTED if channel and link else State.LINK_SENT,
        checks=[
            check("channel", None if channel else CheckKind.SELECTION),
            *([check("link", None if link else CheckKind.LINK_SENT)] if channel else []),
        ],
    )
    if plan:
        billing.set_plan(artist_id=access.artist_id, tier=Tier.STARTER, is_active=True, actor=SYSTEM)
    missing = [(channel, "YouTube channel"), (channel and link, "Google Ads link"), (plan, "Billing")]
    assert unmet(access, CampaignType.YOUTUBE) == [label for is_met, label in missing if not is_met]


@pytest.mark.req("PC-05", "PC-12")
def test_what_is_not_required_is_never_missing(access: ArtistAccess) -> None:
    labels = {line.label: line.is_required for each in selectors.readiness(access) for line in each.lines}
    assert labels["TikTok"] is False
    assert "Apple Music" not in labels
    assert "TikTok" not in unmet(access, CampaignType.SMART)


@pytest.mark.req("PC-13", "PC-16")
def test_billing_is_needed_before_launch_and_not_before_the_set_up(access: ArtistAccess) -> None:
    for each in selectors.readiness(access):
        before_launch = [line.label for line in each.lines if line.is_before_launch]
        assert before_launch == ["Billing"]


def test_a_connection_that_was_lost_meets_nothing(access: ArtistAccess) -> None:
    connect(access, "spotify", state=State.DISCONNECTED, checks=[])
    connect(access, "meta", state=State.DISCONNECTED, checks=[])
    assert unmet(access, CampaignType.SMART)[:3] == ["Spotify", "Facebook and Instagram", "Meta partnership"]


def test_an_ended_plan_is_none(access: ArtistAccess) -> None:
    for is_active in (True, False):
        billing.set_plan(artist_id=access.artist_id, tier=Tier.PLUS, is_active=is_active, actor=SYSTEM)
    assert "Billing" in unmet(access, CampaignType.YOUTUBE)
