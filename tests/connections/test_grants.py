"""Tokens are renewed in time, by one worker alone, and survive answers that were lost on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db import transaction
from tests.factories.accounts import make_access
from tests.factories.connecting import Connecting, real_platforms
from tests.factories.rotating import (
    DiedError,
    Rotating,
    Wavelet,
    around,
    at_once,
    fresh,
    grant_of,
    nothing,
    rotating,
    wavelet,
)
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.accounts import selectors as accounts
from backline.connections import grants, selectors, services
from backline.connections.models import Grant
from backline.connections.selectors import Act
from backline.connections.types import GrantLostError, LossReason, Purpose, Tokens
from backline.core import clock
from backline.core.errors import NotFoundError, RetryLater
from backline.core.models import AuditEntry
from backline.integrations.meta.sandbox_people import ONE_PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60), pytest.mark.req("PP-14", "PP-51")]

IDENTITY = Purpose.IDENTITY
REAL = {
    "youtube": ("maya", "/oauth2/token", timedelta(seconds=3_599), "google"),
    "tiktok": ("mira", "/open/v2/oauth/token/", timedelta(days=1), "tiktok"),
    "meta": (ONE_PAGE, "/oauth/access_token", timedelta(days=60), "meta"),
}
"""Who consents, where tokens are renewed, how long an access token lives, and who is behind it."""

AWAY = RetryLater("Wavelet cannot answer now.")


@pytest.fixture
def platform() -> Iterator[Rotating]:
    with rotating(Rotating()) as held:
        yield held


@pytest.fixture
def way(platform: Rotating, drain_jobs: DrainJobs) -> Wavelet:
    return wavelet(make_access(), drain_jobs).connected()


@pytest.fixture(params=REAL)
def real(request: pytest.FixtureRequest, sandbox: Sandbox, drain_jobs: DrainJobs) -> Iterator[Connecting]:
    with real_platforms(sandbox), clock.frozen(clock.now()):
        way = Connecting(make_access(), sandbox, drain_jobs, request.param)
        way.consent(REAL[request.param][0], purpose=IDENTITY)
        yield way


def renewals(way: Connecting) -> int:
    _, path, _, service = REAL[way.provider]
    return sum(request["path"].endswith(path) for request in way.sandbox.requests(service))


def pass_time(way: Connecting, length: timedelta) -> None:
    """Let time pass at the platform; the caller holds our clock."""
    way.sandbox.advance(seconds=length.total_seconds())


class TestInTime:
    def test_nothing_is_asked_before_four_fifths_of_a_life(self, real: Connecting) -> None:
        life = REAL[real.provider][2]
        first, before = fresh(real, IDENTITY), renewals(real)
        assert grant_of(real).renew_at == grant_of(real).obtained_at + life * 0.8
        with clock.frozen(clock.now() + life * 0.79):
            pass_time(real, life * 0.79)
            assert fresh(real, IDENTITY).access == first.access
        assert renewals(real) == before

    def test_after_that_new_tokens_are_good_here_and_there(self, real: Connecting, drain_jobs: DrainJobs) -> None:
        life = REAL[real.provider][2]
        first, before = fresh(real, IDENTITY), renewals(real)
        with clock.frozen(clock.now()) as advance:
            for _ in range(3):  # again and again, long after the first one is dead
                pass_time(real, life * 0.81)
                advance(life * 0.81)
                second = fresh(real, IDENTITY)
                assert second.access != first.access
                assert fresh(real, IDENTITY) == second  # asked for once
                assert grant_of(real).renew_at == clock.now() + life * 0.8
                first = second
            assert renewals(real) == before + 3
            assert real.check().last_answered_at == clock.now()
            assert real.label[0] != "Error"

    @pytest.mark.req("PP-72", "PC-35")
    def test_what_the_person_took_back_is_gone_at_once_and_everybody_is_told(
        self, real: Connecting, mailoutbox, settings
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        if real.choices() and real.label[0] != "Connected":
            real.choose(next(iter(real.choices())))
        assert real.label == ("Connected", "")
        real.behind(f"{REAL[real.provider][3]}/-/revoke", person=REAL[real.provider][0])
        later = max(REAL[real.provider][2] * 0.81, real.row.facts.checked_every + timedelta(minutes=1))
        with clock.frozen(clock.now() + later):
            pass_time(real, later)
            services.check_due()
            real.drain()
            assert (real.label, real.row.act) == (("Disconnected", ""), Act.RECONNECT)
            assert not Grant.objects.exists()
            assert {mail.to[0] for mail in mailoutbox} == {one.email for one in accounts.artist_team(real.access)}
            assert [row.facts.key for row in selectors.needing_attention(real.access)] == [real.provider]
            with pytest.raises(NotFoundError):
                fresh(real, IDENTITY)


class TestWhenThePlatformIsAway:
    def test_the_old_token_is_used_while_it_is_good(self, way: Wavelet, platform: Rotating) -> None:
        platform.fails = AWAY
        with clock.frozen(clock.now() + timedelta(minutes=50)):
            assert fresh(way).access == "access of code 1"
            platform.fails = None
            assert fresh(way).access == "access 1"

    def test_after_its_end_there_is_none(self, way: Wavelet, platform: Rotating) -> None:
        platform.fails = AWAY
        with clock.frozen(clock.now() + timedelta(minutes=61)):
            with pytest.raises(RetryLater, match="cannot answer now"):
                fresh(way)
            way.check()
            assert way.label == ("Connected", "")  # nothing is known to be lost
            platform.fails = None
            assert fresh(way).access == "access 1"

    def test_a_token_without_an_end_is_never_renewed(self, platform: Rotating, drain_jobs: DrainJobs) -> None:
        platform.life = timedelta(days=36_500)
        way = wavelet(make_access(), drain_jobs).connected()
        Grant.objects.update(access_expires_at=None, renew_at=None)
        with clock.frozen(clock.now() + timedelta(days=900)):
            assert fresh(way).access == "access of code 1"


class TestHalfLostRotations:
    def test_what_died_after_the_answer_is_asked_for_again(self, way: Wavelet, platform: Rotating) -> None:
        platform.meanwhile = die
        with clock.frozen(clock.now() + timedelta(minutes=55)):
            with pytest.raises(DiedError):
                fresh(way)
            platform.meanwhile = nothing
            assert fresh(way).access == "access 2"
        assert platform.asked_with == ["refresh of code 1"] * 2

    @pytest.mark.parametrize("deaths", [1, 3])
    def test_tiktok_lets_an_unused_rotation_go(self, sandbox: Sandbox, drain_jobs: DrainJobs, deaths: int) -> None:
        """By the stand-in: the old refresh token is good until the new one, or its access token, is used."""
        with real_platforms(sandbox), clock.frozen(clock.now()) as advance:
            real = Connecting(make_access(), sandbox, drain_jobs, "tiktok")
            real.consent("mira", purpose=IDENTITY)
            for _ in range(2):
                pass_time(real, timedelta(hours=20))
                advance(timedelta(hours=20))
                for _ in range(deaths):
                    with around("tiktok", lambda verb, args, answer: die(verb)), pytest.raises(DiedError):
                        fresh(real, IDENTITY)
                fresh(real, IDENTITY)
                real.check()
                assert real.label == ("Connected", "")

    def test_the_token_before_is_tried_when_the_newest_is_refused(self, way: Wavelet, platform: Rotating) -> None:
        with clock.frozen(clock.now() + timedelta(minutes=55)) as advance:
            fresh(way)
            platform.good = {"refresh of code 1"}  # the platform lost what it handed out last
            advance(timedelta(minutes=55))
            assert fresh(way).access == "access 2"
            platform.good.remove("refresh of code 1")
            advance(timedelta(minutes=55))
            assert fresh(way).access == "access 3"
        assert platform.asked_with == [
            "refresh of code 1", "refresh 1", "refresh of code 1", "refresh 2",
        ]  # fmt: skip

    def test_when_both_are_dead_it_is_disconnected(self, way: Wavelet, platform: Rotating) -> None:
        with clock.frozen(clock.now() + timedelta(minutes=55)) as advance:
            fresh(way)
            platform.good = set()
            advance(timedelta(minutes=55))
            way.check()
        assert platform.asked_with[-2:] == ["refresh 1", "refresh of code 1"]
        assert way.label == ("Disconnected", "")
        assert not Grant.objects.exists()

    def test_a_rotation_without_a_refresh_token_keeps_the_old_one(self, way: Wavelet, platform: Rotating) -> None:
        platform.rotates = False
        with clock.frozen(clock.now()) as advance:
            for _ in range(3):
                advance(timedelta(minutes=55))
                assert fresh(way).refresh == "refresh of code 1"
        assert platform.asked_with == ["refresh of code 1"] * 3

    def test_so_it_does_when_the_token_before_saved_it(self, way: Wavelet, platform: Rotating) -> None:
        with clock.frozen(clock.now() + timedelta(minutes=55)) as advance:
            fresh(way)
            platform.good, platform.rotates = {"refresh of code 1"}, False
            for _ in range(2):
                advance(timedelta(minutes=55))
                assert fresh(way).refresh == "refresh of code 1"
        assert platform.asked_with[-1] == "refresh of code 1"

    def test_a_platform_that_is_away_with_the_newest_does_not_try_the_one_before(
        self, way: Wavelet, platform: Rotating
    ) -> None:
        with clock.frozen(clock.now() + timedelta(minutes=55)) as advance:
            fresh(way)
            platform.fails = AWAY
            advance(timedelta(minutes=70))
            with pytest.raises(RetryLater):
                fresh(way)
        assert platform.asked_with == ["refresh of code 1"]


def die(verb: str) -> None:
    if verb == "refresh":
        raise DiedError


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    @pytest.mark.parametrize("workers", [2, 8])
    def test_one_asks_and_all_get_what_it_was_given(self, way: Wavelet, platform: Rotating, workers: int) -> None:
        platform.meanwhile = lambda verb: time.sleep(0.2)
        with clock.frozen(clock.now() + timedelta(minutes=50)):
            ends = at_once(workers, lambda: fresh(way))
        assert [end.access for end in ends] == ["access 1"] * workers
        assert platform.renewals == 1

    @pytest.mark.parametrize("workers", [2, 8])
    def test_so_it_is_at_a_real_service(self, sandbox: Sandbox, drain_jobs: DrainJobs, workers: int) -> None:
        with real_platforms(sandbox), clock.frozen(clock.now()) as advance:
            real = Connecting(make_access(), sandbox, drain_jobs, "tiktok")
            real.consent("mira", purpose=IDENTITY)
            before, old = renewals(real), fresh(real, IDENTITY)
            pass_time(real, timedelta(hours=20))
            advance(timedelta(hours=20))
            with around("tiktok", lambda verb, args, answer: time.sleep(0.2)):
                ends = at_once(workers, lambda: fresh(real, IDENTITY))
            assert all(isinstance(end, Tokens) for end in ends), ends
            assert len({end.access for end in ends} - {old.access}) == 1
            assert renewals(real) == before + 1
            real.check()
            assert real.label == ("Connected", "")

    def test_the_others_wait_no_longer_than_one_question_may_take(
        self, way: Wavelet, platform: Rotating, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(grants, "WAIT_SECONDS", 0.3)
        asked, answered = threading.Event(), threading.Event()

        def hang(verb: str) -> None:
            asked.set()
            answered.wait(20)

        platform.meanwhile = hang
        with clock.frozen(clock.now() + timedelta(minutes=61)):
            first = threading.Thread(target=lambda: at_once(1, lambda: fresh(way)))
            first.start()
            asked.wait(10)
            began = time.monotonic()
            ends = at_once(3, lambda: fresh(way))
            assert time.monotonic() - began < 5
            assert [type(end) for end in ends] == [RetryLater] * 3
            answered.set()
            first.join(10)
            assert (fresh(way).access, platform.renewals) == ("access 1", 1)

    def test_who_waited_for_what_was_replaced_gets_the_new_one(self, way: Wavelet, platform: Rotating) -> None:
        connection = way.stored
        ends: list[object] = []
        with transaction.atomic():
            list(Grant.objects.select_for_update())
            waiting = threading.Thread(target=lambda: ends.extend(at_once(1, lambda: fresh(way))))
            waiting.start()
            wait_until_somebody_waits()
            grants.keep(connection, purpose=connection.purpose, tokens=Tokens(access="of a new consent"))
        waiting.join(10)
        assert [getattr(end, "access", end) for end in ends] == ["of a new consent"]


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits.")


def test_what_was_said_of_a_grant_that_was_replaced_meanwhile_ends_nothing(way: Wavelet, platform: Rotating) -> None:
    """A check asks with the old token while the person consents again; then the old one is refused."""

    def consent_again(verb: str) -> None:
        platform.meanwhile = nothing
        services.disconnect(way.access, provider="wavelet")
        way.connected("code 2")
        raise GrantLostError("Wavelet no longer accepts our access. Connect again.", reason=LossReason.REVOKED)

    platform.meanwhile = consent_again
    services.check(connection_id=way.stored.pk)
    way.drain()
    assert way.label == ("Connected", "")
    assert fresh(way).access == "access of code 2"
    assert not AuditEntry.objects.filter(action="connection.lose").exists()
