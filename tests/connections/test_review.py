"""What happens between two steps: other tabs, other workers, what was said before, and what somebody decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.factories.accounts import make_access
from tests.factories.connecting import BROWSER, Connecting, real_platforms
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.connections import consents, ports, selectors, services
from backline.connections.consents import ConsentRefusedError
from backline.connections.models import Connection, Consent, Link
from backline.connections.ports import NotSetUp
from backline.connections.services import checking
from backline.connections.state import State
from backline.connections.types import LinkStatus, Purpose, Status
from backline.core import clock
from backline.core.audit import SYSTEM
from backline.core.errors import NeedsAction, Rejected
from backline.core.models import AuditEntry
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
def youtube(sandbox: Sandbox, drain_jobs: DrainJobs) -> Connecting:
    return Connecting(make_access(), sandbox, drain_jobs, "youtube").with_plan()


@pytest.fixture
def linked(youtube: Connecting) -> Connecting:
    youtube.consent("maya")
    youtube.choose(next(iter(youtube.choices())))
    return youtube


def test_two_tabs_that_nobody_comes_back_from_cost_nothing(meta: Connecting) -> None:
    meta.consent(ONE_PAGE)
    before = meta.label
    with clock.frozen(clock.now()) as advance:
        meta.begin()
        meta.begin()
        advance(timedelta(minutes=11))
        services.give_up_abandoned()
        meta.drain()
        assert meta.label == before == ("Connecting", "Complete Setup")


def test_an_answer_that_died_on_the_way_is_given_up(meta: Connecting) -> None:
    """The process ended right after the state was used up."""
    with clock.frozen(clock.now()) as advance:
        query = (meta.begin(), meta.decide(ONE_PAGE))[1]
        consents.take(state=query["state"], provider="meta", user_id=meta.access.user_id, session_secret=BROWSER)
        advance(timedelta(minutes=11))
        assert services.give_up_abandoned() == 1
        assert meta.label == ("Not Connected", "")


def test_a_reset_while_the_answer_comes_back_wins(meta: Connecting) -> None:
    meta.begin()
    consent = Consent.objects.select_related("connection").get()
    services.reset(meta.access, provider="meta")
    with pytest.raises(ConsentRefusedError):
        consents.keep_code(consent, "a code")
    assert meta.label == ("Not Connected", "")


def test_a_platform_that_cannot_finish_stands_in_the_log(meta: Connecting) -> None:
    meta.begin()
    meta.take(meta.decide(ONE_PAGE, decision="server_error"))
    assert meta.label == ("Error", "")
    assert AuditEntry.objects.filter(action="connection.fail").count() == 1


def test_try_again_does_not_undo_what_the_operator_waived(linked: Connecting) -> None:
    services.waive(connection_id=linked.stored.pk, actor=SYSTEM)
    linked.drain()
    assert linked.label == ("Connected", "")
    Connection.objects.update(state=State.FAILED, failed_step="inspect", problem="Something broke.")
    assert services.try_again(linked.access, provider="youtube") is None
    linked.drain()
    assert Link.objects.get().status == LinkStatus.WAIVED
    assert linked.label == ("Connected", "")


def test_a_choice_that_is_gone_can_be_made_anew_after_one_consent(meta: Connecting) -> None:
    meta.consent(ONE_PAGE)
    meta.choose(OLEANDER)
    Connection.objects.update(state=State.CONNECTED, connected_at=clock.now(), external_id="1", display_name="Gone")
    meta.check()
    assert meta.label == ("Disconnected", "")
    meta.consent(ONE_PAGE)
    assert meta.label == ("Connecting", "Complete Setup")
    assert OLEANDER in meta.choices()


def test_who_comes_back_with_an_account_that_has_something_else_chooses(meta: Connecting) -> None:
    meta.consent(ONE_PAGE)
    meta.choose(OLEANDER)
    Connection.objects.update(state=State.CONNECTED, connected_at=clock.now(), external_id="1", display_name="Other")
    services.disconnect(meta.access, provider="meta")
    meta.drain()
    meta.consent(ONE_PAGE)
    assert meta.label == ("Connecting", "Complete Setup")
    assert (meta.stored.external_id, meta.stored.display_name) == ("", "")
    assert not AuditEntry.objects.filter(action="connection.lose").exists()


def test_a_link_that_stands_is_not_asked_for_again_after_access_was_lost(linked: Connecting) -> None:
    services.approve_by_operator(connection_id=linked.stored.pk, actor=SYSTEM)
    linked.drain()
    assert linked.label == ("Connected", "")
    services.disconnect(linked.access, provider="youtube")
    linked.drain()
    assert linked.stored.account_name == ""
    linked.consent("maya")
    assert linked.label == ("Connected", "")


def test_what_is_forgotten_is_looked_at_more_and_more_seldom(meta: Connecting) -> None:
    meta.consent(ONE_PAGE)
    looks = 0
    with clock.frozen(clock.now()) as advance:
        for _ in range(14 * 24):
            advance(timedelta(hours=1))
            services.check_due()
            before = meta.stored.last_checked_at
            meta.drain()
            looks += meta.stored.last_checked_at != before
    assert 14 * 4 <= looks <= 14 * 4 + 40  # it ends at the platform's own interval of six hours


def test_an_answer_that_was_overtaken_ends_nothing(meta: Connecting) -> None:
    """A look that began before another one, and heard later what was so before."""
    meta.consent(ONE_PAGE)
    meta.choose(OLEANDER)
    slow = meta.stored
    meta.check()
    checking._failed(slow, NeedsAction("The platform said no, a while ago."))
    assert meta.label[0] == "Partnership Needed"
    meta.drain()
    assert meta.label[0] == "Partnership Needed"


def test_a_platform_whose_settings_were_taken_out_is_left_alone(meta: Connecting) -> None:
    meta.consent(ONE_PAGE)
    facts = ports.platforms.get("meta").facts
    before = meta.label[0]
    with ports.platforms.holding(meta=NotSetUp(facts)):
        services.check(connection_id=meta.stored.pk)
        assert meta.stored.next_check_at > clock.now() + timedelta(hours=23)
    assert meta.label[0] == before


@pytest.mark.req("PC-17")
def test_nothing_is_ready_while_the_row_is_in_error(meta: Connecting) -> None:
    meta.consent(ONE_PAGE)
    met = [{"key": key, "label": key, "kind": None, "is_needed": True} for key in ("page", "partnership")]
    for state, unmet in ((State.CONNECTED, []), (State.FAILED, ["Meta partnership"])):
        Connection.objects.filter(provider="meta").update(state=state, checks=met)
        smart = selectors.readiness(meta.access)[0]
        assert [line.label for line in smart.unmet if line.provider == "meta"] == unmet


def test_the_log_names_nobody_who_consented(meta: Connecting) -> None:
    meta.consent(ONE_PAGE)
    name = meta.stored.account_name
    services.reset(meta.access, provider="meta")
    assert name
    assert not [entry for entry in AuditEntry.objects.all() if name in f"{entry.object_name} {entry.detail}"]


def test_what_a_person_ended_themselves_is_no_news_and_what_was_lost_is(meta: Connecting) -> None:
    meta.consent(ONE_PAGE)
    meta.choose(OLEANDER)
    meta.behind("meta/-/partner", page=OLEANDER, action="grant")
    meta.check()
    services.disconnect(meta.access, provider="meta")
    meta.drain()
    assert meta.row.status is Status.DISCONNECTED
    assert selectors.needing_attention(meta.access) == ()
    meta.consent(ONE_PAGE)
    assert meta.label == ("Connected", "")
    meta.behind("meta/-/revoke", person=ONE_PAGE)
    meta.check()
    lost = meta.row.meaning
    meta.begin()
    meta.take(meta.decide(ONE_PAGE, decision="deny"))  # a way back that came to nothing
    assert [row.meaning for row in selectors.needing_attention(meta.access)] == [lost]


def test_an_identity_that_is_being_connected_does_not_ask_for_a_plan(sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
    way = Connecting(make_access(), sandbox, drain_jobs, "meta")
    way.begin(Purpose.IDENTITY)
    assert way.label == ("Connecting", "")
    way.take(way.decide(ONE_PAGE, decision="deny"))
    assert way.label == ("Not Connected", "Activate billing")


@pytest.mark.req("PC-34", "PC-43")
@pytest.mark.parametrize("status", [LinkStatus.REJECTED, LinkStatus.EXPIRED, LinkStatus.REVOKED])
def test_the_operator_sees_a_request_come_to_nothing_and_sends_another(linked: Connecting, status: LinkStatus) -> None:
    services.mark_sent(connection_id=linked.stored.pk, actor=SYSTEM)
    linked.drain()
    services.end_by_operator(connection_id=linked.stored.pk, status=status, actor=SYSTEM)
    linked.drain()
    assert linked.label == ("Error", "")
    assert "Try Again to have another one sent" in linked.row.meaning
    assert services.try_again(linked.access, provider="youtube") is None
    linked.drain()
    assert linked.label == ("Connecting", "Awaiting Invite")
    with pytest.raises(Rejected):
        services.end_by_operator(connection_id=linked.stored.pk, status=LinkStatus.APPROVED, actor=SYSTEM)


def test_a_lookup_whose_job_died_can_be_tried_again(sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
    way = Connecting(make_access(), sandbox, drain_jobs, "apple_music")
    found = services.search(way.access, provider="apple_music", text="Oleander")[0]
    with clock.frozen(clock.now()) as advance:
        services.look_up(way.access, provider="apple_music", url=found.url)
        assert services.give_up_stuck() == 0
        advance(timedelta(minutes=11))
        assert services.give_up_stuck() == 1
        assert way.label == ("Error", "")
        assert services.try_again(way.access, provider="apple_music") is None


@pytest.mark.req("PP-72")
def test_what_a_platform_told_is_forgotten_a_week_after_the_end(linked: Connecting) -> None:
    services.waive(connection_id=linked.stored.pk, actor=SYSTEM)
    linked.drain()
    services.disconnect(linked.access, provider="youtube")
    linked.drain()
    with clock.frozen(clock.now()) as advance:
        advance(timedelta(days=6))
        assert services.forget_what_was_lost() == 0
        assert linked.row.name == "Maya Okafor"
        advance(timedelta(days=2))
        assert services.forget_what_was_lost() == 1
        assert services.forget_what_was_lost() == 0
    stored = linked.stored
    assert linked.label[0] == "Disconnected"
    assert (stored.external_id, stored.display_name, stored.account_id, stored.account_name) == ("", "", "", "")


def test_a_platform_that_was_taken_out_of_the_settings_holds_no_deletion_up(meta: Connecting) -> None:
    meta.consent(ONE_PAGE)
    assert "Disconnect Meta first" in services.deletion_refusal(artist_id=meta.access.artist_id)
    with ports.platforms.holding(meta=NotSetUp(ports.platforms.get("meta").facts)):
        assert services.deletion_refusal(artist_id=meta.access.artist_id) == ""
