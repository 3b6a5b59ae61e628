"""Facebook and Instagram, as the artist, the partner and Meta make it happen, by the virtual clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from tests.factories.accounts import access_of, make_access, make_artist, make_user
from tests.factories.connecting import Connecting
from tests.journeys.conftest import Connect, Pass, unmet
from tests.plugins.sandbox import Sandbox

from backline.accounts import selectors as accounts
from backline.accounts.types import Role
from backline.connections import selectors, services
from backline.connections.models import Consent, Grant
from backline.connections.selectors import Act
from backline.connections.services import PlanNeededError
from backline.connections.types import CampaignType, Purpose
from backline.core import audit, clock
from backline.core.errors import NotFoundError, Rejected
from backline.integrations.meta.sandbox_people import NO_PAGE, OLEANDER, ONE_PAGE, THREE_PAGES

pytestmark = pytest.mark.timeout(60)


def team_of(way: Connecting) -> set[str]:
    return {member.email for member in accounts.artist_team(way.access) if member.role is not Role.VIEWER}


@pytest.fixture
def way(connecting: Connect) -> Connecting:
    return connecting("meta")


@pytest.fixture
def connected(way: Connecting) -> Connecting:
    way.with_plan().consent(ONE_PAGE)
    way.choose(OLEANDER)
    way.behind("meta/-/partner", page=OLEANDER, action="grant")
    way.check()
    assert way.label == ("Connected", "")
    return way


@pytest.mark.req("PC-11", "PC-33", "PC-40")
def test_from_nothing_to_a_partnership(way: Connecting) -> None:
    assert way.label == ("Not Connected", "Activate billing")
    assert way.row.act is Act.ACTIVATE_BILLING
    with pytest.raises(PlanNeededError, match="managed-advertising plan"):
        way.begin()
    way.with_plan()
    assert way.label == ("Not Connected", "")
    way.begin()
    assert way.label == ("Connecting", "")
    way.take(way.decide(ONE_PAGE))
    assert way.label == ("Connecting", "")
    way.drain()
    assert way.label == ("Connecting", "Complete Setup")
    assert way.row.act is Act.CHOOSE
    way.choose(OLEANDER)
    assert way.label == ("Partnership Needed", "Complete Setup")
    assert "Facebook and Instagram" not in unmet(way, CampaignType.SMART)
    assert "Meta partnership" in unmet(way, CampaignType.SMART)
    services.act(way.access, provider="meta", key="request_partnership")
    assert way.label == ("Partnership Needed", "")
    way.behind("meta/-/partner", page=OLEANDER, action="approve")
    assert way.check().name == "Oleander Pike"
    assert way.label == ("Connected", "")
    assert unmet(way, CampaignType.SMART) == ["Spotify"]
    assert [entry.action for entry in audit.of_artist(way.access.artist_id) if "connection" in entry.action] == [
        "connection.connect",
        "connection.act",
        "connection.choose",
        "connection.start",
    ]


@pytest.mark.req("PC-11")
def test_where_the_app_may_not_ask_the_artist_adds_the_partner(way: Connecting) -> None:
    way.with_plan().consent(ONE_PAGE)
    way.choose(OLEANDER)
    way.behind("meta/-/access", partners=False)
    with pytest.raises(Exception, match="add the partner yourself"):
        services.act(way.access, provider="meta", key="request_partnership")
    assert way.label == ("Partnership Needed", "Complete Setup")
    partnership = next(check for check in way.row.checks if check.key == "partnership")
    assert any("business id" in step for step in partnership.steps)
    way.behind("meta/-/partner", page=OLEANDER, action="grant")
    way.check()
    assert way.label == ("Connected", "")


def test_a_no_changes_nothing(way: Connecting) -> None:
    way.with_plan().begin()
    returned = way.take(way.decide(ONE_PAGE, decision="deny"))
    assert returned.is_refused
    assert way.label == ("Not Connected", "")
    assert not Grant.objects.exists()


@pytest.mark.req("PC-34")
def test_a_fault_in_the_dialog_is_an_error_with_two_ways_on(way: Connecting) -> None:
    way.with_plan().consent(ONE_PAGE, decision="server_error")
    assert way.label == ("Error", "")
    assert services.try_again(way.access, provider="meta") is not None  # the sign-in itself has to be repeated
    services.reset(way.access, provider="meta")
    assert way.label == ("Not Connected", "")


@pytest.mark.req("PC-34")
def test_try_again_repeats_the_exchange_and_keeps_the_consent(way: Connecting, sandbox: Sandbox) -> None:
    sandbox.fault("meta", "500", route="/graph")
    way.with_plan().consent(ONE_PAGE)
    assert way.label == ("Error", "")
    sandbox.clear_faults()
    assert services.try_again(way.access, provider="meta") is None
    way.drain()
    assert way.label == ("Connecting", "Complete Setup")
    assert Consent.objects.count() == 1


def test_an_account_without_a_page_says_so(way: Connecting) -> None:
    way.with_plan().consent(NO_PAGE)
    assert way.label == ("Connecting", "Complete Setup")
    assert "no Page" in way.row.meaning
    assert way.choices() == {}


def test_a_page_without_the_needed_task_cannot_be_chosen(way: Connecting) -> None:
    way.with_plan().consent(THREE_PAGES)
    every = services.choices(way.access, provider="meta")
    barred = next(choice for choice in every if choice.why_not)
    with pytest.raises(Rejected, match="does not include ads"):
        services.choose(way.access, provider="meta", external_id=barred.external_id)
    with pytest.raises(Rejected, match="not there any more"):
        services.choose(way.access, provider="meta", external_id="9999")
    assert way.label == ("Connecting", "Complete Setup")


def test_identity_alone_needs_no_plan_and_no_partnership(way: Connecting) -> None:
    way.consent(ONE_PAGE, purpose=Purpose.IDENTITY)
    way.choose(OLEANDER)
    assert way.label == ("Connected", "")
    assert way.row.purpose is Purpose.IDENTITY
    way.with_plan().consent(ONE_PAGE)  # later for advertising too: the Page stays chosen
    assert way.label == ("Partnership Needed", "Complete Setup")


@pytest.mark.req("PC-35", "PP-72")
def test_a_person_who_removes_the_app_disconnects_and_the_team_hears_of_it(connected: Connecting, mailoutbox) -> None:
    answer = connected.behind("meta/-/revoke", person=ONE_PAGE)
    client = Client()
    for _ in range(2):  # Meta may call twice
        sent = client.post("/webhooks/meta/deauthorize/", {"signed_request": answer["signed_request"]})
        assert sent.status_code == 200
    connected.drain()
    assert connected.label == ("Disconnected", "")
    assert connected.row.act is Act.RECONNECT
    assert not Grant.objects.exists()
    assert {mail.to[0] for mail in mailoutbox} == team_of(connected)
    assert {mail.subject for mail in mailoutbox} == {"Meta is disconnected from Halla Norden"}
    assert len(mailoutbox) == len(team_of(connected))  # nobody hears of it twice
    assert [row.facts.key for row in selectors.needing_attention(connected.access)] == ["meta"]
    connected.consent(ONE_PAGE)
    assert connected.label == ("Connected", "")  # the Page and the partnership are still there


def test_an_old_call_that_comes_late_ends_nothing(connected: Connecting) -> None:
    signed = connected.behind("meta/-/revoke", person=ONE_PAGE)["signed_request"]
    connected.check()
    connected.consent(ONE_PAGE)
    assert Client().post("/webhooks/meta/deauthorize/", {"signed_request": signed}).status_code == 200
    connected.drain()
    assert connected.label == ("Connected", "")


@pytest.mark.parametrize("how", ["password", "checkpoint", "logout"])
def test_a_session_that_meta_ended_is_disconnected(connected: Connecting, how: str) -> None:
    connected.behind("meta/-/session", person=ONE_PAGE, how=how)
    connected.check()
    assert connected.label == ("Disconnected", "")


def test_a_partnership_that_was_ended_is_disconnected(connected: Connecting, passes: Pass) -> None:
    connected.behind("meta/-/partner", page=OLEANDER, action="remove")
    passes(days=1)
    assert connected.label == ("Disconnected", "")


def test_a_page_that_vanished_is_disconnected(connected: Connecting) -> None:
    connected.behind("meta/-/page", page=OLEANDER, action="delete")
    connected.check()
    assert connected.label == ("Disconnected", "")
    assert "no longer among your Pages" in connected.row.meaning


@pytest.mark.parametrize("status", [2, 3, 7, 8, 100, 101])
def test_trouble_with_the_ad_account_is_an_error_that_heals(connected: Connecting, status: int) -> None:
    connected.behind("meta/-/ad-account", status=status)
    connected.check()
    assert connected.label == ("Error", "")
    connected.behind("meta/-/ad-account", status=1)
    assert services.try_again(connected.access, provider="meta") is None
    connected.drain()
    assert connected.label == ("Connected", "")


def test_a_status_that_nobody_knows_is_unknown_and_alerts(connected: Connecting) -> None:
    connected.behind("meta/-/ad-account", status=4711)
    connected.check()
    assert connected.label == ("Error", "")
    assert connected.stored.state == "unknown"
    assert "4711" in connected.row.meaning


def test_a_permission_that_is_taken_back_can_be_given_again(connected: Connecting) -> None:
    connected.behind("meta/-/permission", person=ONE_PAGE, permission="ads_management")
    connected.check()
    assert connected.label == ("Connecting", "Complete Setup")
    assert connected.row.act is Act.CONSENT_AGAIN


def test_half_a_year_without_anybody(connected: Connecting, passes: Pass) -> None:
    """Tokens of sixty days are renewed in time, again and again."""
    first = bytes(Grant.objects.get().access)
    for _ in range(27):
        passes(days=7)
    assert connected.label == ("Connected", "")
    assert bytes(Grant.objects.get().access) != first
    assert connected.row.last_answered_at is not None
    assert connected.row.last_answered_at > clock.now() - timedelta(days=8)


def test_a_platform_that_is_away_changes_nothing_that_is_known(
    connected: Connecting, sandbox: Sandbox, passes: Pass
) -> None:
    answered = connected.row.last_answered_at
    sandbox.fault("meta", "500")
    passes(days=1)
    assert connected.label == ("Connected", "")
    assert connected.row.last_answered_at == answered
    sandbox.clear_faults()
    passes(hours=1)
    assert connected.row.last_answered_at != answered


@pytest.mark.req("PC-34")
def test_reset_clears_what_was_given_and_chosen(connected: Connecting) -> None:
    connected.behind("meta/-/ad-account", status=2)
    connected.check()
    services.reset(connected.access, provider="meta")
    connected.drain()
    assert connected.label == ("Not Connected", "")
    assert not Grant.objects.exists()
    stored = connected.stored
    assert (stored.external_id, stored.account_id, stored.account_name, stored.checks) == ("", "", "", [])


def test_two_artists_of_one_account_part_without_hurting_each_other(connected: Connecting) -> None:
    other = replace(connected, access=make_access()).with_plan()
    other.consent(ONE_PAGE)
    other.choose(OLEANDER)
    assert other.label == ("Connected", "")
    services.disconnect(connected.access, provider="meta")
    connected.drain()
    assert connected.label == ("Disconnected", "")
    other.check()
    assert other.label == ("Connected", "")  # Meta knows one grant of the person: it was not given back
    services.disconnect(other.access, provider="meta")
    other.drain()
    assert not Grant.objects.exists()


@pytest.mark.req("PC-02")
def test_another_artist_of_the_same_person_sees_nothing_of_it(way: Connecting) -> None:
    user = make_user()
    first, second = (access_of(user, make_artist(creator=user, name=name)) for name in ("Halla", "Jo Kessel"))
    one, other = replace(way, access=first), replace(way, access=second)
    one.consent(ONE_PAGE, purpose=Purpose.IDENTITY)
    one.choose(OLEANDER)
    assert other.label == ("Not Connected", "Activate billing")
    with pytest.raises(NotFoundError):
        services.choices(second, provider="meta")
    with pytest.raises(NotFoundError):
        services.disconnect(second, provider="meta")


def test_a_deletion_waits_until_access_is_given_back(connected: Connecting) -> None:
    assert "Disconnect Meta first" in services.deletion_refusal(artist_id=connected.access.artist_id)
    services.disconnect(connected.access, provider="meta")
    connected.drain()
    assert services.deletion_refusal(artist_id=connected.access.artist_id) == ""
