"""Between the code and the grant: whatever dies, is reset or runs twice, one grant is held or a way on is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from tests.factories.accounts import make_access
from tests.factories.connecting import Connecting, real_platforms
from tests.factories.rotating import (
    FACTS,
    DiedError,
    Rotating,
    Wavelet,
    around,
    at_once,
    fresh,
    nothing,
    rotating,
    wavelet,
)
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.connections import quotas, services
from backline.connections.models import Consent, Grant
from backline.connections.selectors import Act
from backline.connections.types import CodeRefusedError, Purpose
from backline.core import clock
from backline.core.errors import RetryLater
from backline.integrations.meta.sandbox_people import ONE_PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60), pytest.mark.req("PC-34", "PP-52")]

PERSON = {"meta": ONE_PAGE, "youtube": "maya", "tiktok": "mira"}


@pytest.fixture
def platform() -> Iterator[Rotating]:
    with rotating(Rotating()) as held:
        yield held


@pytest.fixture
def way(platform: Rotating, drain_jobs: DrainJobs) -> Wavelet:
    """Somebody who came back with a code, which no job has exchanged yet."""
    way = wavelet(make_access(), drain_jobs)
    way.back()
    return way


def exchange(way: Connecting) -> None:
    """Do what the job does."""
    services.exchange(consent_id=Consent.objects.filter(connection=way.stored).earliest("started_at").pk)


def during(platform: Rotating, act: Callable[[], object]) -> None:
    """Let ``act`` happen once, after the platform took the code and before we have its answer."""

    def meanwhile(verb: str) -> None:
        platform.meanwhile = nothing
        act()

    platform.meanwhile = meanwhile


def die(*args: object) -> None:
    raise DiedError


class TestKilled:
    @pytest.mark.parametrize("purpose", [Purpose.IDENTITY, Purpose.ADVERTISING])
    @pytest.mark.parametrize("provider", PERSON)
    def test_a_code_that_was_spent_before_the_answer_was_kept_asks_for_a_new_consent(
        self, sandbox: Sandbox, drain_jobs: DrainJobs, provider: str, purpose: Purpose
    ) -> None:
        with real_platforms(sandbox):
            way = Connecting(make_access(), sandbox, drain_jobs, provider).with_plan()
            way.begin(purpose)
            way.take(way.decide(PERSON[provider]))
            with around(provider, die), pytest.raises(DiedError):
                exchange(way)
            assert way.label == ("Connecting", "")
            way.drain()  # the job is handed back to the queue and runs again
            assert (way.label, way.row.act) == (("Error", ""), Act.TRY_AGAIN)
            assert "onnect" in way.row.meaning
            assert services.try_again(way.access, provider=provider) is purpose
            way.consent(PERSON[provider], purpose=purpose)
            assert way.label[0] != "Error"
            assert Grant.objects.filter(ended_at=None).count() == 1

    def test_what_was_kept_is_looked_at_by_a_job_of_its_own(self, way: Wavelet) -> None:
        """Whoever dies behind the grant leaves the connection to the next job, and a repeat does nothing."""
        exchange(way)
        assert (way.label, Grant.objects.count()) == (("Connecting", ""), 1)
        exchange(way)
        assert "connections.check" in way.drain()
        assert way.label == ("Connecting", "Select Channel")
        assert Grant.objects.count() == 1

    def test_an_exchange_that_nobody_does_ends_as_an_error(self, way: Wavelet) -> None:
        with database.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        with clock.frozen(clock.now() + timedelta(minutes=11)):
            services.check_due()
            way.drain()
            assert (way.label, way.row.act) == (("Error", ""), Act.TRY_AGAIN)
            assert services.try_again(way.access, provider="wavelet") is not None
        assert way.connected("code 2").label == ("Connected", "")

    def test_a_defect_in_an_adapter_does_not_hold_it_in_connecting(self, way: Wavelet, platform: Rotating) -> None:
        platform.fails_exchange = ZeroDivisionError()  # type: ignore[assignment]
        way.drain(keep_going=True)
        assert way.label == ("Connecting", "")
        with clock.frozen(clock.now() + timedelta(minutes=11)):
            services.check_due()
            way.drain()
            assert way.label == ("Error", "")

    def test_a_platform_that_is_away_is_asked_again_with_the_same_code(self, way: Wavelet, platform: Rotating) -> None:
        platform.fails_exchange = RetryLater("Wavelet cannot answer now.")
        way.drain()
        assert (way.label, way.row.meaning[:27]) == (("Error", ""), "Wavelet cannot answer now. ")
        platform.fails_exchange = None
        assert services.try_again(way.access, provider="wavelet") is None
        way.drain()
        assert way.label == ("Connecting", "Select Channel")


def test_more_that_could_not_be_given_is_asked_for_again_and_what_was_given_works_on(
    platform: Rotating, drain_jobs: DrainJobs
) -> None:
    way = wavelet(make_access(), drain_jobs).connected(purpose=Purpose.IDENTITY)
    platform.fails_exchange = CodeRefusedError("Wavelet did not take the code.")
    way.back("code 2")
    way.drain()
    assert way.label == ("Error", "")
    assert services.try_again(way.access, provider="wavelet") is Purpose.ADVERTISING
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        services.check_due()
        way.drain()
        assert (way.label, way.row.purpose) == (("Connected", ""), Purpose.IDENTITY)


def test_a_consent_waits_while_the_quota_of_its_platform_rests(way: Wavelet) -> None:
    quotas.note_usage(provider="wavelet", used_percent=90)
    way.drain()
    assert way.label == ("Connecting", "")
    assert way.row.quotas[0].rests_until is not None
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        services.check_due()
        way.drain()
        assert way.label == ("Connecting", "Select Channel")


@pytest.mark.parametrize(("checks_a_day", "days"), [(0, 1), (2, 4), (1, 7)])  # never more seldom than once a week
def test_the_more_connections_share_a_days_quota_the_more_seldom_each_is_probed(
    drain_jobs: DrainJobs, checks_a_day: int, days: int
) -> None:
    with rotating(Rotating(facts=replace(FACTS, checks_a_day=checks_a_day))):
        ways = [wavelet(make_access(), drain_jobs).connected(f"code {number}") for number in range(8)]
        with clock.frozen(clock.now()):
            last = ways[-1].check()
            assert last.next_check_at == clock.now() + timedelta(days=days)


def test_what_was_chosen_for_another_purpose_is_no_loss(sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
    """TikTok knows a person's profile and their advertisers by ids of their own."""
    with real_platforms(sandbox):
        way = Connecting(make_access(), sandbox, drain_jobs, "tiktok")
        assert way.consent("mira", purpose=Purpose.IDENTITY).name == "Mira Calloway"
        way.consent("mira")
        assert way.label == ("Connecting", "Complete Setup")
        way.choose(next(iter(way.choices())))
        assert way.label == ("Connected", "")
        way.behind("tiktok/-/revoke", person="mira")
        way.check()
        assert way.consent("mira").name == "Calloway Music"  # of the same purpose it is still chosen
        assert way.label == ("Connected", "")


class TestOvertaken:
    @pytest.fixture(params=["reset", "disconnect"])
    def leave(self, request: pytest.FixtureRequest, way: Wavelet) -> Callable[[], None]:
        act = getattr(services, request.param)
        return lambda: act(way.access, provider="wavelet")

    def test_by_somebody_who_left_it_leaves_nothing_behind(
        self, way: Wavelet, platform: Rotating, leave: Callable[[], None]
    ) -> None:
        during(platform, leave)
        way.drain()
        assert way.label[0] in ("Not Connected", "Disconnected")
        assert not Grant.objects.exists()
        assert not Consent.objects.exclude(code=None).exists()
        assert platform.revoked == 1  # what the code was exchanged for was given back

    def test_by_a_second_consent_the_second_counts(self, way: Wavelet, platform: Rotating) -> None:
        def begin_anew() -> None:
            services.reset(way.access, provider="wavelet")
            way.connected("code 2")

        during(platform, begin_anew)
        way.drain()
        assert way.label == ("Connected", "")
        assert Grant.objects.get().ended_at is None
        assert fresh(way).access == "access of code 2"
        assert platform.revoked == 0  # the person's other grant lives on, and platforms know one per person

    def test_by_a_second_consent_that_nobody_came_back_from(self, way: Wavelet, platform: Rotating) -> None:
        def begin_anew() -> None:
            services.reset(way.access, provider="wavelet")
            way.begin()

        during(platform, begin_anew)
        way.drain()
        assert way.label == ("Connecting", "")
        assert not Grant.objects.exists()
        assert platform.revoked == 1

    def test_a_failure_that_comes_late_changes_nothing(self, way: Wavelet, platform: Rotating) -> None:
        def fail_late() -> None:
            services.reset(way.access, provider="wavelet")
            raise RetryLater("Wavelet cannot answer now.")

        during(platform, fail_late)
        way.drain()
        assert way.label == ("Not Connected", "")

    def test_a_look_that_was_under_way_does_not_swallow_the_new_consent(
        self, platform: Rotating, drain_jobs: DrainJobs
    ) -> None:
        """A scheduled check began before the person came back with more, and says afterwards that all is as before."""
        way = wavelet(make_access(), drain_jobs).connected(purpose=Purpose.IDENTITY)
        during(platform, lambda: way.back("code 2"))
        services.check(connection_id=way.stored.pk)
        way.drain()
        assert way.label == ("Connected", "")
        assert way.row.purpose is Purpose.ADVERTISING
        assert fresh(way).access == "access of code 2"


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("jobs", [2, 4])
    def test_jobs_for_one_consent_keep_one_grant(self, way: Wavelet, platform: Rotating, jobs: int) -> None:
        ends = at_once(jobs, lambda: exchange(way))
        assert ends == [None] * jobs
        assert Grant.objects.count() == 1
        way.drain()
        assert way.label == ("Connecting", "Select Channel")
        assert fresh(way).access == "access of code 1"

    def test_a_reset_need_not_wait_for_the_platform(self, way: Wavelet, platform: Rotating) -> None:
        asked, answered = threading.Event(), threading.Event()
        ends: list[Any] = []

        def hang(verb: str) -> None:
            platform.meanwhile = nothing
            asked.set()
            answered.wait(20)

        platform.meanwhile = hang
        worker = threading.Thread(target=lambda: ends.extend(at_once(1, lambda: exchange(way))))
        worker.start()
        asked.wait(10)
        services.reset(way.access, provider="wavelet")
        assert not answered.is_set()
        answered.set()
        worker.join(10)
        assert ends == [None]
        way.drain()
        assert way.label == ("Not Connected", "")
        assert (Grant.objects.count(), platform.revoked) == (0, 1)

    def test_an_artist_who_is_deleted_meanwhile_leaves_nothing(self, way: Wavelet, platform: Rotating) -> None:
        connection = way.stored
        during(platform, lambda: at_once(1, connection.delete))
        exchange(way)
        assert not Grant.objects.exists()
