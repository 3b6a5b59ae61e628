"""What happens between two steps: other tabs, other workers, what was said before, and what somebody decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.factories.accounts import make_access
from tests.factories.connecting import BROWSER, Connecting, real_platforms
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.connections import consents, services
from backline.connections.consents import ConsentRefusedError
from backline.connections.models import Connection, Consent, Link
from backline.connections.state import State
from backline.connections.types import LinkStatus, Purpose
from backline.core import clock
from backline.core.audit import SYSTEM
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
    assert services.try_again(linked.access, provider="youtube")
    linked.drain()
    assert Link.objects.get().status == LinkStatus.WAIVED
    assert linked.label == ("Connected", "")
