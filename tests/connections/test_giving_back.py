"""Grants are given back: when the platform is away, when somebody else holds one too, when an artist is deleted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.factories.accounts import access_of, make_access, make_artist, make_user
from tests.factories.connecting import Connecting, real_platforms
from tests.factories.rotating import Rotating, Wavelet, at_once, fresh, grant_of, nothing, rotating, wavelet
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.accounts import services as accounts
from backline.connections import services
from backline.connections.models import Connection, Grant
from backline.connections.tasks import drop_ended
from backline.connections.types import Account, GrantLostError, LossReason, Purpose
from backline.core import clock, vault
from backline.core.crypto import Place
from backline.core.errors import NotAllowedError, RetryLater
from backline.core.vault import Owner, SealBrokenError
from backline.integrations.meta.sandbox_people import ONE_PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60), pytest.mark.req("PP-72")]

AWAY = RetryLater("Wavelet cannot answer now.")
SHARED = [
    ("meta", ONE_PAGE, Purpose.IDENTITY),
    ("youtube", "maya", Purpose.IDENTITY),
    ("tiktok", "mira", Purpose.IDENTITY),
    ("tiktok", "mira", Purpose.ADVERTISING),
]


@pytest.fixture
def platform() -> Iterator[Rotating]:
    with rotating(Rotating()) as held:
        yield held


@pytest.fixture
def way(platform: Rotating, drain_jobs: DrainJobs) -> Wavelet:
    user = make_user()
    return wavelet(access_of(user, make_artist(creator=user)), drain_jobs).connected()


def leave(way: Connecting) -> None:
    services.disconnect(way.access, provider=way.provider)
    way.drain()


class TestWhenThePlatformIsAway:
    def test_it_is_asked_again_until_it_takes_it(self, way: Wavelet, platform: Rotating) -> None:
        platform.fails = AWAY
        with clock.frozen(clock.now()) as advance:
            leave(way)
            for _ in range(5):
                advance(timedelta(minutes=10))
                way.drain()
            assert (way.label, Grant.objects.count(), platform.revoked) == (("Disconnected", ""), 1, 0)
            platform.fails = None
            advance(timedelta(minutes=10))
            way.drain()
        assert (Grant.objects.count(), platform.revoked) == (0, 1)

    def test_every_day_after_the_job_gave_up(self, way: Wavelet, platform: Rotating) -> None:
        platform.fails = AWAY
        with clock.frozen(clock.now()) as advance:
            leave(way)
            for _ in range(40):
                advance(timedelta(minutes=10))
                way.drain(keep_going=True)
            platform.fails = None
            way.drain()
            assert Grant.objects.count() == 1  # nobody asks any more
            advance(timedelta(days=1))
            drop_ended(0)
            way.drain()
        assert (Grant.objects.count(), platform.revoked) == (0, 1)

    def test_it_is_dropped_after_a_week(self, way: Wavelet, platform: Rotating) -> None:
        platform.fails = AWAY
        with clock.frozen(clock.now()) as advance:
            leave(way)
            advance(timedelta(days=6, hours=23))
            drop_ended(0)
            assert Grant.objects.count() == 1
            advance(timedelta(hours=2))
            drop_ended(0)
            assert Grant.objects.count() == 0
            platform.fails = None
            way.drain(keep_going=True)
        assert platform.revoked == 0

    def test_meanwhile_its_tokens_are_used_for_nothing_and_a_new_consent_works(
        self, way: Wavelet, platform: Rotating
    ) -> None:
        platform.fails = AWAY
        leave(way)
        platform.fails = None
        way.connected("code 2")
        assert fresh(way).access == "access of code 2"
        with clock.frozen(clock.now() + timedelta(minutes=10)):
            way.drain()
        assert grant_of(way).ended_at is None
        assert Grant.objects.count() == 1
        assert platform.revoked == 0  # it is the same person's: giving it back would take the new one too

    def test_what_is_dead_there_already_is_no_trouble(self, way: Wavelet, platform: Rotating) -> None:
        platform.fails = GrantLostError("It is gone.", reason=LossReason.REVOKED)
        leave(way)
        assert not Grant.objects.exists()


class TestOfOnePerson:
    @pytest.mark.parametrize(("provider", "person", "purpose"), SHARED)
    def test_what_another_artist_still_holds_is_not_taken_from_them(
        self, sandbox: Sandbox, drain_jobs: DrainJobs, provider: str, person: str, purpose: Purpose
    ) -> None:
        with real_platforms(sandbox):
            one = Connecting(make_access(), sandbox, drain_jobs, provider)
            other = replace(one, access=make_access())
            for way in (one, other):
                way.consent(person, purpose=purpose)
                if way.label != ("Connected", ""):
                    way.choose(next(iter(way.choices())))
                assert way.label == ("Connected", "")
            leave(one)
            assert Grant.objects.count() == 1
            other.check()
            assert other.label == ("Connected", "")
            calls = len(revocations(sandbox))
            leave(other)
            assert not Grant.objects.exists()
            assert len(revocations(sandbox)) > calls  # the last one gives it back

    def test_of_two_people_each_gives_back_their_own(self, way: Wavelet, platform: Rotating) -> None:
        platform.account = Account("person-2", "Ida Moss")
        other = wavelet(make_access(), way.drain).connected("code 2")
        leave(way)
        assert platform.revoked == 1
        assert fresh(other).access == "access of code 2"

    def test_another_account_of_the_same_artist_replaces_the_first(self, way: Wavelet, platform: Rotating) -> None:
        platform.account = Account("person-2", "Ida Moss")
        leave(way)
        way.connected("code 2")
        assert (platform.revoked, grant_of(way).account_id) == (1, "person-2")


def revocations(sandbox: Sandbox) -> list[str]:
    words = ("revoke", "/me/permissions")
    return [one["path"] for one in sandbox.requests() if any(word in one["path"] for word in words)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["refresh", "inspect"])
def test_disconnecting_during_a_check_ends_it_for_good(way: Wavelet, platform: Rotating, verb: str) -> None:
    asked, ends = threading.Event(), []

    def leave_meanwhile() -> None:
        asked.wait(10)
        services.disconnect(way.access, provider="wavelet")

    def give_time(done: str) -> None:
        if done == verb:
            platform.meanwhile = nothing
            asked.set()
            leaving.join(0.3)  # it is through by then, or waits for the new tokens

    leaving = threading.Thread(target=lambda: ends.extend(at_once(1, leave_meanwhile)))
    platform.meanwhile = give_time
    with clock.frozen(clock.now() + timedelta(minutes=55)):
        leaving.start()
        services.check(connection_id=way.stored.pk)
        leaving.join(10)
        assert ends == [None]
        way.drain()
    assert way.label == ("Disconnected", "")
    assert not Grant.objects.exists()
    assert platform.revoked == 1


class TestDeletedArtist:
    def test_the_key_is_forgotten_and_what_a_backup_brings_back_opens_nothing(
        self, way: Wavelet, platform: Rotating
    ) -> None:
        kept = {name: bytes(getattr(grant_of(way), name)) for name in ("access", "refresh")}
        row = str(grant_of(way).pk)
        owner = Owner("artist", way.access.artist_id)
        with pytest.raises(NotAllowedError, match="Wavelet first"):
            accounts.delete_artist(way.access, confirmed_name="Halla Norden")
        leave(way)
        accounts.delete_artist(way.access, confirmed_name="Halla Norden")
        assert not Connection.objects.exists()
        for name, record in kept.items():
            with pytest.raises(SealBrokenError, match="erased"):
                vault.open_value(owner, Place("connections_grant", row, name), record)
            vault.seal(owner, Place("connections_grant", row, name), "anew")
            with pytest.raises(SealBrokenError):
                vault.open_value(owner, Place("connections_grant", row, name), record)
            vault.forget(owner)

    def test_a_restored_grant_without_its_key_asks_to_connect_again(self, way: Wavelet) -> None:
        services.forget_tokens(artist_id=way.access.artist_id)
        way.check()
        assert way.label == ("Error", "")
        assert "was erased" in way.row.meaning
        assert way.connected("code 2").label == ("Connected", "")
