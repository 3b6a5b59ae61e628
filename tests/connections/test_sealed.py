"""Keys that are changed, missing or wrong, and tokens that were altered: what a connection says, and how it heals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from tests.factories.accounts import access_of, make_access, make_artist, make_user
from tests.factories.dashboards import signed_in
from tests.factories.rotating import Rotating, Wavelet, fresh, grant_of, rotating, wavelet
from tests.plugins.jobs import DrainJobs
from tests.plugins.keys import UseKeys, new_key

from backline.accounts import selectors as accounts
from backline.accounts.models import User
from backline.connections import grants, services
from backline.connections.models import Grant
from backline.connections.selectors import Act
from backline.connections.types import Purpose, Tokens
from backline.core import clock
from backline.core.vault import SealBrokenError
from backline.server import keys as operators_keys

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60), pytest.mark.req("PP-14", "PP-51")]


@pytest.fixture
def platform() -> Iterator[Rotating]:
    with rotating(Rotating()) as held:
        yield held


@pytest.mark.django_db(transaction=True)
def test_keys_are_changed_while_tokens_are_renewed(
    platform: Rotating, drain_jobs: DrainJobs, use_keys: UseKeys, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every token is due each time, so that every round opens, renews and seals."""
    both = [new_key(), new_key()]
    use_keys(*both)
    platform.life = timedelta(microseconds=1)
    ways = [wavelet(make_access(), drain_jobs).connected(f"code {number}") for number in range(6)]
    before, stop = platform.renewals, threading.Event()

    def renew(mine: list[Wavelet]) -> int:
        count = 0
        try:
            while not stop.is_set():
                for way in mine:
                    assert fresh(way).access.startswith("access ")
                    count += 1
        finally:
            database.close()
        return count

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(renew, ways[start::2]) for start in (0, 1, 0)]
        try:
            for _ in range(6):
                both.reverse()
                use_keys(*both)
                assert operators_keys.rotate() == 0
        finally:
            stop.set()
        renewed = sum(each.result(30) for each in running)
    assert platform.renewals - before == renewed > 0  # each was asked for once
    use_keys(both[0])  # the other one may be removed now
    assert [fresh(way).refresh.split()[0] for way in ways] == ["refresh"] * 6
    assert "wrapped anew under" in capsys.readouterr().out


class TestWithoutTheKey:
    @pytest.fixture
    def key(self, use_keys: UseKeys) -> str:
        use_keys(key := new_key())
        return key

    @pytest.fixture
    def way(self, key: str, platform: Rotating, drain_jobs: DrainJobs) -> Wavelet:
        user = make_user()
        return wavelet(access_of(user, make_artist(creator=user)), drain_jobs).connected()

    @pytest.fixture(params=["none", "another"])
    def lose_key(self, request: pytest.FixtureRequest, use_keys: UseKeys, way: Wavelet) -> Callable[[], None]:
        return lambda: use_keys(*([] if request.param == "none" else [new_key()]))

    def test_it_says_so_and_heals_by_itself(
        self, way: Wavelet, key: str, use_keys: UseKeys, lose_key: Callable[[], None], mailoutbox
    ) -> None:
        before = Grant.objects.values().get()
        lose_key()
        way.check()
        assert way.label == ("Error", "")
        assert "BACKLINE_ENCRYPTION_KEYS" in way.row.meaning
        assert "nothing is lost" in way.row.meaning
        assert Grant.objects.values().get() == before
        assert mailoutbox == []
        use_keys(key)
        with clock.frozen(clock.now() + timedelta(minutes=16)):
            services.check_due()
            way.drain()
        assert way.label == ("Connected", "")
        assert fresh(way).access == "access of code 1"

    def test_nothing_else_of_the_dashboard_breaks(
        self, way: Wavelet, platform: Rotating, lose_key: Callable[[], None]
    ) -> None:
        client = signed_in(User.objects.get(pk=way.access.user_id))
        slug = accounts.artist_identity(artist_id=way.access.artist_id).slug
        lose_key()
        way.check()
        for path in ("", "connections/", "connections/?open=wavelet", "billing/", "links/", "settings/"):
            answer = client.get(f"/a/{slug}/{path}")
            assert answer.status_code == 200, path
        answer = client.get(f"/a/{slug}/connections/wavelet/choose/")
        assert (answer.status_code, "BACKLINE_ENCRYPTION_KEYS" in answer.content.decode()) == (409, True)
        answer = client.post(f"/a/{slug}/connections/wavelet/start/", {"purpose": "advertising"})
        assert (answer.status_code, "BACKLINE_ENCRYPTION_KEYS" in answer.content.decode()) == (409, True)
        assert way.label == ("Error", "")  # it was not even begun

    def test_a_code_that_came_back_meanwhile_is_kept(
        self, way: Wavelet, key: str, use_keys: UseKeys, lose_key: Callable[[], None], drain_jobs: DrainJobs
    ) -> None:
        other = wavelet(make_access(), drain_jobs)
        other.back("code 2")
        lose_key()
        other.drain()
        assert other.label == ("Error", "")
        assert "BACKLINE_ENCRYPTION_KEYS" in other.row.meaning
        use_keys(key)
        assert services.try_again(other.access, provider="wavelet") is None
        other.drain()
        assert other.label == ("Connecting", "Select Channel")

    def test_what_is_to_be_given_back_waits_for_it(
        self, way: Wavelet, platform: Rotating, key: str, use_keys: UseKeys, lose_key: Callable[[], None]
    ) -> None:
        lose_key()
        services.disconnect(way.access, provider="wavelet")
        way.drain()
        assert (way.label, Grant.objects.count(), platform.revoked) == (("Disconnected", ""), 1, 0)
        use_keys(key)
        with clock.frozen(clock.now() + timedelta(minutes=10)):
            way.drain()
        assert (Grant.objects.count(), platform.revoked) == (0, 1)


def flip(column: str) -> Callable[[Grant, Grant, Grant], None]:
    def damage(grant: Grant, of_other_purpose: Grant, of_other_artist: Grant) -> None:
        record = bytearray(getattr(grant, column))
        record[-20] ^= 1
        setattr(grant, column, bytes(record))

    return damage


def move_column(grant: Grant, of_other_purpose: Grant, of_other_artist: Grant) -> None:
    grant.access = grant.refresh


def move_row(grant: Grant, of_other_purpose: Grant, of_other_artist: Grant) -> None:
    grant.access = of_other_purpose.access


def move_artist(grant: Grant, of_other_purpose: Grant, of_other_artist: Grant) -> None:
    grant.access = of_other_artist.access


def cut(grant: Grant, of_other_purpose: Grant, of_other_artist: Grant) -> None:
    grant.access = bytes(grant.access)[:-1]


DAMAGES = {
    "access flipped": flip("access"),
    "refresh flipped": flip("refresh"),
    "cut": cut,
    "another column": move_column,
    "another row": move_row,
    "another artist": move_artist,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
class TestAltered:
    @pytest.fixture
    def way(self, platform: Rotating, drain_jobs: DrainJobs, damage: Callable[..., None]) -> Wavelet:
        way = wavelet(make_access(), drain_jobs).connected()
        other = wavelet(make_access(), drain_jobs).connected("code 2")
        grants.keep_to_give_back(way.stored, purpose=Purpose.IDENTITY, tokens=Tokens("another token of theirs"))
        grant = grant_of(way)
        damage(grant, Grant.objects.exclude(ended_at=None).get(connection=way.stored), grant_of(other))
        grant.save()
        return way

    def test_it_does_not_open_and_signing_in_again_is_the_way_on(self, way: Wavelet, platform: Rotating) -> None:
        with pytest.raises(SealBrokenError):
            fresh(way)
        way.check()
        assert (way.label, way.row.act) == (("Error", ""), Act.TRY_AGAIN)
        assert "altered, moved or erased" in way.row.meaning
        assert services.try_again(way.access, provider="wavelet") is not None  # leads to the platform
        assert way.connected("code 3").label == ("Connected", "")
        assert fresh(way).access == "access of code 3"

    def test_it_can_be_cleared_away(self, way: Wavelet) -> None:
        way.check()
        services.reset(way.access, provider="wavelet")
        way.drain()
        assert way.label == ("Not Connected", "")
        assert not Grant.objects.filter(connection=way.stored).exists()
        assert services.deletion_refusal(artist_id=way.access.artist_id) == ""
