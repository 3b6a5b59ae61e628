"""A YouTube channel and the Google Ads link, from the consent to the day it is taken back, by the virtual clock."""

from __future__ import annotations

import pytest
from tests.factories.connecting import Connecting
from tests.journeys.conftest import Connect, Pass, unmet
from tests.plugins.sandbox import Sandbox

from backline.connections import services
from backline.connections.models import Grant, Link
from backline.connections.selectors import Act
from backline.connections.types import CampaignType, LinkStatus, Purpose
from backline.core.audit import SYSTEM
from backline.core.models import Transition
from backline.integrations.google.sandbox_people import people as google_people

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def way(connecting: Connect) -> Connecting:
    return connecting("youtube").with_plan()


@pytest.fixture
def channel_id() -> str:
    return google_people()["maya"].channels[0].id


@pytest.fixture
def sent(way: Connecting, channel_id: str) -> Connecting:
    way.consent("maya")
    way.choose(channel_id)
    services.mark_sent(connection_id=way.stored.pk, actor=SYSTEM)
    way.drain()
    assert way.label == ("Connecting", "Accept Invite")
    return way


@pytest.fixture
def connected(sent: Connecting, channel_id: str) -> Connecting:
    sent.behind("google/-/links", channel_id=channel_id, status="ENABLED")
    sent.check()
    assert sent.label == ("Connected", "")
    return sent


@pytest.mark.req("PC-14", "PC-15", "PC-41", "PC-42", "PC-43")
def test_from_consent_to_the_accepted_link(way: Connecting, channel_id: str, mailoutbox) -> None:
    way.consent("maya")
    assert way.label == ("Connecting", "Select Channel")
    assert way.choices() == {channel_id: "Maya Okafor"}
    way.choose(channel_id)
    assert way.label == ("Connecting", "Awaiting Invite")
    assert unmet(way, CampaignType.YOUTUBE) == ["Google Ads link"]
    services.mark_sent(connection_id=way.stored.pk, actor=SYSTEM)
    way.drain()
    assert way.label == ("Connecting", "Accept Invite")
    assert any("Google Ads link" in subject for subject in [mail.subject for mail in mailoutbox])
    way.behind("google/-/links", channel_id=channel_id, status="ENABLED")
    way.check()
    assert way.label == ("Connected", "")
    assert unmet(way, CampaignType.YOUTUBE) == []
    assert Link.objects.get().evidence == "data_link"


def test_the_artists_word_counts_until_google_says_otherwise(sent: Connecting, channel_id: str) -> None:
    services.act(sent.access, provider="youtube", key="confirm_link")
    sent.drain()
    assert sent.label == ("Connected", "")
    assert Link.objects.get().evidence == "artist"
    sent.behind("google/-/links", channel_id=channel_id, status="REJECTED")
    sent.check()
    assert sent.label == ("Error", "")


@pytest.mark.parametrize("status", ["REJECTED", "REVOKED"])
@pytest.mark.req("PC-34")
def test_a_link_that_came_to_nothing_is_asked_for_again(sent: Connecting, channel_id: str, status: str) -> None:
    sent.behind("google/-/links", channel_id=channel_id, status=status)
    sent.check()
    assert sent.label == ("Error", "")
    assert services.try_again(sent.access, provider="youtube") is None
    sent.drain()
    assert sent.label == ("Connecting", "Awaiting Invite")
    assert sent.row.name == "Maya Okafor"  # what was done is kept


@pytest.mark.parametrize("status", [LinkStatus.EXPIRED, LinkStatus.REJECTED, LinkStatus.REVOKED])
@pytest.mark.req("PC-34")
def test_what_the_operator_saw_end_is_asked_for_again(sent: Connecting, passes: Pass, status: LinkStatus) -> None:
    passes(days=30)
    assert sent.label == ("Connecting", "Accept Invite")  # Google tells nothing of a request to a channel
    services.end_by_operator(connection_id=sent.stored.pk, status=status, actor=SYSTEM)
    sent.drain()
    assert sent.label == ("Error", "")
    assert "Try Again to have another one sent" in sent.row.meaning
    services.try_again(sent.access, provider="youtube")
    sent.drain()
    assert sent.label == ("Connecting", "Awaiting Invite")
    services.mark_sent(connection_id=sent.stored.pk, actor=SYSTEM)
    sent.drain()
    services.act(sent.access, provider="youtube", key="confirm_link")
    passes(hours=1)
    assert sent.label == ("Connected", "")


@pytest.mark.req("PC-35")
def test_a_link_that_was_ended_is_disconnected(connected: Connecting, channel_id: str) -> None:
    connected.behind("google/-/links", channel_id=channel_id, status="DISABLED")
    connected.check()
    assert connected.label == ("Disconnected", "")


def test_a_link_status_that_nobody_knows_is_unknown(sent: Connecting, channel_id: str) -> None:
    sent.behind("google/-/links", channel_id=channel_id, status="HALF_LINKED")
    sent.check()
    assert sent.stored.state == "unknown"
    assert sent.label == ("Error", "")


def test_an_operator_waives_the_link(way: Connecting, channel_id: str) -> None:
    way.consent("maya")
    way.choose(channel_id)
    services.waive(connection_id=way.stored.pk, actor=SYSTEM)
    way.drain()
    assert way.label == ("Connected", "")


def test_scopes_that_were_unticked_are_named(way: Connecting) -> None:
    way.consent("maya", without=["https://www.googleapis.com/auth/youtube.readonly"])
    assert way.label == ("Connecting", "Complete Setup")
    assert way.row.act is Act.CONSENT_AGAIN
    way.consent("maya")
    assert way.label == ("Connecting", "Select Channel")


@pytest.mark.req("PC-14")
def test_several_channels_are_chosen_from(way: Connecting) -> None:
    way.consent("lena")
    assert sorted(way.choices().values()) == ["Lena Winter", "Lena Winter", "Nordlicht Records"]


@pytest.mark.parametrize("person", ["tomas", "noor"])
def test_an_account_without_a_channel_is_an_error_with_a_way_on(way: Connecting, person: str) -> None:
    way.consent(person)
    assert way.label == ("Error", "")
    assert "channel" in way.row.meaning


def test_a_channel_that_vanished_is_disconnected(connected: Connecting, channel_id: str) -> None:
    connected.behind("google/-/channels/delete", channel_id=channel_id)
    connected.check()
    assert connected.label == ("Disconnected", "")


@pytest.mark.req("PC-35", "PP-72")
def test_access_that_was_taken_back_is_noticed_by_the_schedule(connected: Connecting, passes: Pass) -> None:
    connected.behind("google/-/revoke", person="maya")
    passes(days=2)
    assert connected.label == ("Disconnected", "")
    assert not Grant.objects.exists()


def test_identity_alone_needs_no_link(connecting: Connect, channel_id: str) -> None:
    way = connecting("youtube")
    way.consent("maya", purpose=Purpose.IDENTITY)
    way.choose(channel_id)
    assert way.label == ("Connected", "")


def test_disconnecting_gives_the_grant_back(connected: Connecting, sandbox: Sandbox) -> None:
    services.disconnect(connected.access, provider="youtube")
    connected.drain()
    assert connected.label == ("Disconnected", "")
    assert any("revoke" in request["path"] for request in sandbox.requests("google"))
    assert not Grant.objects.exists()


def test_every_move_says_why_and_by_whom(way: Connecting) -> None:
    way.consent("maya")
    moves = Transition.objects.filter(object_id=way.stored.pk)
    assert moves.count() >= 3
    assert not moves.filter(reason="").exists()
    assert moves.filter(actor_id=way.access.user_id).exists()
