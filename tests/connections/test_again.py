"""Consenting again, waiting for a quota, and what a connection says that stood and needs somebody now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from tests.factories.accounts import make_access
from tests.factories.connecting import Connecting, real_platforms
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.billing import services as billing
from backline.billing.types import Tier
from backline.connections import quotas, selectors, services
from backline.connections.models import Grant
from backline.connections.selectors import Act
from backline.connections.tasks import drop_ended
from backline.connections.types import Purpose, Status
from backline.core import audit, clock
from backline.core.audit import SYSTEM
from backline.integrations.meta.sandbox_people import OLEANDER, ONE_PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(90)]


@pytest.fixture(autouse=True)
def _platforms(sandbox: Sandbox) -> Iterator[None]:
    with real_platforms(sandbox):
        yield


@pytest.fixture
def meta(sandbox: Sandbox, drain_jobs: DrainJobs) -> Connecting:
    return Connecting(make_access(), sandbox, drain_jobs, "meta").with_plan()


@pytest.fixture
def connected(meta: Connecting) -> Connecting:
    meta.consent(ONE_PAGE)
    meta.choose(OLEANDER)
    meta.behind("meta/-/partner", page=OLEANDER, action="grant")
    meta.check()
    assert meta.label == ("Connected", "")
    return meta


def acts(way: Connecting) -> list[str]:
    return [entry.action for entry in audit.of_artist(way.access.artist_id) if entry.action.startswith("connection.")]


def attention(way: Connecting) -> list[str]:
    return [row.facts.key for row in selectors.needing_attention(way.access)]


def minutes(way: Connecting, count: int, advance: Callable[[timedelta], None]) -> None:
    for _ in range(count):
        advance(timedelta(minutes=1))
        services.check_due()
        way.drain(keep_going=True)


class TestConsentingAgain:
    """Meta and TikTok keep one grant per person: giving the old one back ends the new one too."""

    def test_more_is_given_while_the_platform_cannot_say_by_whom(
        self, meta: Connecting, sandbox: Sandbox, mailoutbox: list[EmailMessage]
    ) -> None:
        meta.consent(ONE_PAGE, purpose=Purpose.IDENTITY)
        meta.choose(OLEANDER)
        assert meta.label == ("Connected", "")
        meta.begin()
        query = meta.decide(ONE_PAGE)
        sandbox.fault("meta", "500", "/graph/v26.0/me", times=1)
        meta.take(query)
        with clock.frozen(clock.now()) as advance:
            minutes(meta, 20, advance)
        assert meta.label == ("Connecting", "Complete Setup")
        assert (Grant.objects.count(), mailoutbox) == (1, [])

    def test_what_was_left_out_at_tiktok_can_be_given_afterwards(self, sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
        way = Connecting(make_access(), sandbox, drain_jobs, "tiktok")
        way.consent("mira", purpose=Purpose.IDENTITY, without=("user.info.profile",))
        assert way.label == ("Connecting", "Complete Setup")
        way.consent("mira", purpose=Purpose.IDENTITY)
        assert way.label == ("Connected", "")
        assert Grant.objects.count() == 1


class TestQuota:
    def test_a_code_waits_while_the_quota_rests(self, meta: Connecting) -> None:
        with clock.frozen(clock.now()) as advance:
            meta.begin()
            query = meta.decide(ONE_PAGE)
            quotas.note_usage(provider="meta", used_percent=85)
            meta.take(query)
            meta.drain(keep_going=True)
            assert meta.label == ("Connecting", "")
            minutes(meta, 7, advance)
            assert meta.label == ("Connecting", "Complete Setup")

    def test_what_cannot_wait_promises_nothing(self, meta: Connecting) -> None:
        meta.begin()
        query = meta.decide(ONE_PAGE)
        quotas.note_usage(provider="meta", used_percent=95, resting_until=clock.now() + timedelta(hours=3))
        meta.take(query)
        meta.drain(keep_going=True)
        assert (meta.label, meta.row.act) == (("Error", ""), Act.TRY_AGAIN)
        assert "We will" not in meta.row.meaning


@pytest.mark.req("PC-34")
def test_a_no_is_not_what_somebody_wanted(meta: Connecting) -> None:
    meta.consent(ONE_PAGE, purpose=Purpose.IDENTITY)
    meta.choose(OLEANDER)
    meta.begin()
    meta.take(meta.decide(ONE_PAGE, decision="deny"))
    assert "connection.give_up" in acts(meta)
    meta.behind("meta/-/revoke", person=ONE_PAGE)
    meta.check()
    assert meta.label[0] == Status.DISCONNECTED
    assert meta.row.purpose is Purpose.IDENTITY


class TestStood:
    def test_what_needs_somebody_again_is_written_down_and_on_the_overview(self, connected: Connecting) -> None:
        connected.behind("meta/-/permission", person=ONE_PAGE, permission="ads_management")
        connected.check()
        assert connected.label == ("Connecting", "Complete Setup")
        assert acts(connected)[0] == "connection.halt"
        assert attention(connected) == ["meta"]

    def test_what_was_never_finished_is_no_news(self, meta: Connecting) -> None:
        meta.consent(ONE_PAGE)
        assert (meta.label, attention(meta)) == (("Connecting", "Complete Setup"), [])

    @pytest.mark.req("PC-35")
    def test_a_partnership_that_ends_during_another_trouble_is_a_lost_connection(
        self, connected: Connecting, mailoutbox: list[EmailMessage]
    ) -> None:
        connected.behind("meta/-/ad-account", status=2)
        connected.check()
        assert connected.label == ("Error", "")
        connected.behind("meta/-/partner", page=OLEANDER, action="remove")
        connected.behind("meta/-/ad-account", status=1)
        connected.check()
        assert connected.label == ("Disconnected", "")
        assert {mail.subject.partition(" from ")[0] for mail in mailoutbox} == {"Meta is disconnected"}

    def test_a_loss_stays_on_the_overview_until_somebody_acts(self, connected: Connecting) -> None:
        connected.behind("meta/-/revoke", person=ONE_PAGE)
        connected.check()
        before = connected.row
        with clock.frozen(clock.now() + timedelta(days=8)):
            drop_ended(0)
            after = connected.row
            assert (after.status, after.meaning, after.name) == (Status.DISCONNECTED, before.meaning, "")
            assert after.version != before.version
            assert attention(connected) == ["meta"]

    def test_access_that_goes_before_all_was_done_is_told_by_mail(
        self, meta: Connecting, mailoutbox: list[EmailMessage]
    ) -> None:
        meta.consent(ONE_PAGE)
        meta.choose(OLEANDER)
        meta.behind("meta/-/revoke", person=ONE_PAGE)
        meta.check()
        assert meta.label == ("Error", "")
        assert {mail.subject.partition(" from ")[0] for mail in mailoutbox} == {"Meta is disconnected"}


def test_a_plan_that_ends_shows_on_a_page_that_is_open(connected: Connecting) -> None:
    youtube = Connecting(connected.access, connected.sandbox, connected.drain, "youtube")
    youtube.consent("maya")
    youtube.choose(next(iter(youtube.choices())))
    services.waive(connection_id=youtube.stored.pk, actor=SYSTEM)
    youtube.drain()
    before = selectors.version_of(selectors.rows(connected.access))
    billing.set_plan(artist_id=connected.access.artist_id, tier=Tier.PLUS, is_active=False, actor=SYSTEM)
    assert selectors.version_of(selectors.rows(connected.access)) != before
