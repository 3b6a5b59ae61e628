"""TikTok: an advertiser account that is checked, or a profile; nothing is required there (PC-12)."""

from __future__ import annotations

import pytest
from tests.factories.connecting import Connecting
from tests.journeys.conftest import Connect, Pass, unmet

from backline.connections import selectors, services
from backline.connections.models import Grant
from backline.connections.selectors import Act
from backline.connections.types import CampaignType, Purpose
from backline.integrations.tiktok.sandbox_people import ADVERTISER_STATUSES
from backline.integrations.tiktok.sandbox_people import people as tiktok_people

pytestmark = pytest.mark.timeout(60)

ACCOUNT = tiktok_people()["mira"].advertisers[0].id


@pytest.fixture
def way(connecting: Connect) -> Connecting:
    return connecting("tiktok")


@pytest.fixture
def connected(way: Connecting) -> Connecting:
    way.consent("mira")
    way.choose(ACCOUNT)
    assert way.label == ("Connected", "")
    return way


def now_in_matrix(way: Connecting) -> list[bool | None]:
    """Return how TikTok's lines stand in what campaigns need."""
    return [line.is_met for each in selectors.readiness(way.access) for line in each.lines if line.label == "TikTok"]


@pytest.mark.req("PC-12")
def test_readiness_is_a_list_and_nothing_is_required(way: Connecting) -> None:
    way.consent("mira")
    assert way.label == ("Connecting", "Complete Setup")
    assert now_in_matrix(way) == [False]
    way.choose(ACCOUNT)
    assert way.label == ("Connected", "")
    assert [check.key for check in way.row.checks]
    assert now_in_matrix(way) == [True]
    assert "TikTok" not in unmet(way, CampaignType.SMART)


def test_what_is_missing_is_shown_and_holds_nothing_up(way: Connecting) -> None:
    way.consent("sol")
    way.choose(next(iter(way.choices())))
    assert way.label == ("Connected", "")
    assert [check.key for check in way.row.checks if not check.is_met] != []


def test_an_account_without_an_advertiser_says_so(way: Connecting) -> None:
    way.consent("nils")
    assert way.label == ("Connecting", "Complete Setup")
    assert "There is no advertiser account yet." in way.row.meaning
    assert way.choices() == {}


@pytest.mark.req("PC-34")
def test_a_punished_account_is_an_error_until_tiktok_has_settled_it(connected: Connecting, passes: Pass) -> None:
    connected.behind("tiktok/-/advertiser", advertiser_id=ACCOUNT, status="STATUS_LIMIT")
    passes(days=1, minutes=1)
    assert connected.label == ("Error", "")
    assert "restricted the account" in connected.row.meaning
    assert now_in_matrix(connected) == [False]
    services.try_again(connected.access, provider="tiktok")
    connected.drain()
    assert connected.label == ("Error", "")
    connected.behind("tiktok/-/advertiser", advertiser_id=ACCOUNT, status="STATUS_ENABLE")
    services.try_again(connected.access, provider="tiktok")
    connected.drain()
    assert connected.label == ("Connected", "")


def test_a_status_that_nobody_knows_is_unknown(connected: Connecting, passes: Pass) -> None:
    connected.behind("tiktok/-/advertiser", advertiser_id=ACCOUNT, status="STATUS_OF_TOMORROW")
    passes(days=1, minutes=1)
    assert connected.label == ("Error", "")
    assert connected.stored.state == "unknown"
    assert "The operator was told" in connected.row.meaning


def test_every_status_leads_to_one_of_four_states(connected: Connecting) -> None:
    found = {}
    for status in ADVERTISER_STATUSES:
        connected.behind("tiktok/-/advertiser", advertiser_id=ACCOUNT, status=status)
        connected.check()
        found[status] = connected.label
    assert found.pop("STATUS_ENABLE") == ("Connected", "")
    assert set(found.values()) == {("Connecting", "Complete Setup"), ("Error", "")}


@pytest.mark.req("PC-35")
def test_an_account_that_is_not_shown_any_more_is_disconnected(connected: Connecting, passes: Pass) -> None:
    connected.behind("tiktok/-/advertiser", advertiser_id=ACCOUNT, is_gone=True)
    passes(days=1, minutes=1)
    assert connected.label == ("Disconnected", "")


@pytest.mark.req("PC-35", "PP-72")
def test_access_that_was_taken_back_is_noticed_by_the_schedule(connected: Connecting, passes: Pass) -> None:
    connected.behind("tiktok/-/revoke", person="mira")
    passes(days=1, minutes=1)
    assert connected.label == ("Disconnected", "")
    assert not Grant.objects.exists()


def test_identity_is_a_sign_in_of_its_own(way: Connecting, passes: Pass) -> None:
    way.consent("mira", purpose=Purpose.IDENTITY)
    assert way.label == ("Connected", "")
    assert now_in_matrix(way) == [False]  # nobody has looked at an advertiser account
    for _ in range(10):
        passes(hours=20)
    assert way.label == ("Connected", "")  # renewed every day
    way.behind("tiktok/-/revoke", person="mira")
    passes(days=2)
    assert way.label == ("Disconnected", "")


@pytest.mark.req("PC-44")
def test_what_was_not_allowed_at_first_can_be_allowed(way: Connecting) -> None:
    way.consent("mira", purpose=Purpose.IDENTITY, without=["user.info.profile"])
    assert way.label == ("Connecting", "Complete Setup")
    assert way.row.act is Act.CONSENT_AGAIN
    way.consent("mira", purpose=Purpose.IDENTITY)
    assert way.label == ("Connected", "")
