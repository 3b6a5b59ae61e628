"""Every row of Platform Connections through every state that it can have, by the virtual clock.

What each platform does besides is in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.factories.connecting import Connecting
from tests.journeys.conftest import Connect, Pass
from tests.plugins.sandbox import Sandbox

from backline.connections import services
from backline.connections.ports import platforms as registered
from backline.connections.state import State
from backline.connections.types import LinkStatus, Purpose
from backline.core.audit import SYSTEM
from backline.integrations.google.sandbox_people import people as google_people
from backline.integrations.meta.sandbox_people import NO_PAGE, OLEANDER, ONE_PAGE
from backline.integrations.tiktok.sandbox_people import people as tiktok_people
from backline.sandbox.invented import SINGLE_ARTIST_ID

pytestmark = pytest.mark.timeout(60)

S = State
CONSENTS = {S.CONSENTING, S.PERMISSION_MISSING, S.SELECTING, S.UNKNOWN}
PARTNERSHIP = {S.PARTNERSHIP_NEEDED, S.PARTNERSHIP_REQUESTED}
LINKED = {S.LINK_TO_SEND, S.LINK_SENT}
LOOKED_UP = {S.LOOKING_UP, S.TO_CONFIRM}

Walk = Callable[[Connecting, Pass, Sandbox], Iterator[State]]
"""Does one thing after the other, and says after each where the row has to stand."""


def by_address(way: Connecting, passes: Pass, sandbox: Sandbox) -> Iterator[State]:
    """Spotify, Apple Music."""
    yield S.NOT_CONNECTED
    url = services.search(way.access, provider=way.provider, text="Ines Tallow")[0].url
    sandbox.fault(way.provider, "500")
    way.look_up(url)
    yield S.LOOKING_UP
    way.drain()
    yield S.FAILED
    sandbox.clear_faults()
    services.try_again(way.access, provider=way.provider)
    yield S.LOOKING_UP
    way.drain()
    yield S.TO_CONFIRM
    services.reset(way.access, provider=way.provider)
    yield S.NOT_CONNECTED
    way.look_up(url)
    way.drain()
    way.confirm()
    yield S.CONNECTED
    services.disconnect(way.access, provider=way.provider)
    yield S.DISCONNECTED
    way.look_up(url)
    way.drain()
    yield S.TO_CONFIRM
    way.confirm()
    passes(days=1, minutes=1)
    yield S.CONNECTED
    sandbox.remove_artist(SINGLE_ARTIST_ID)
    passes(days=1, minutes=1)
    yield S.FAILED
    services.try_again(way.access, provider=way.provider)
    yield S.EXCHANGING
    way.drain()
    yield S.FAILED
    services.reset(way.access, provider=way.provider)
    yield S.NOT_CONNECTED


def there_and_not_back(way: Connecting, passes: Pass, person: str, *, back_at: State) -> Iterator[State]:
    """Leave for the platform and never come back; then say no there; then meet a fault of its own."""
    way.begin()
    yield S.CONSENTING
    passes(minutes=9)
    yield S.CONSENTING
    passes(minutes=2)
    yield back_at
    way.begin()
    way.take(way.decide(person, decision="deny"))
    yield back_at
    way.begin()
    way.take(way.decide(person, decision="server_error"))
    yield S.FAILED
    services.reset(way.access, provider=way.provider)
    yield S.NOT_CONNECTED


def meta(way: Connecting, passes: Pass, sandbox: Sandbox) -> Iterator[State]:
    """A Page, and the partnership with it."""
    yield S.NOT_CONNECTED
    way.with_plan()
    yield from there_and_not_back(way, passes, ONE_PAGE, back_at=S.NOT_CONNECTED)
    way.begin()
    way.take(way.decide(NO_PAGE))
    yield S.EXCHANGING
    way.drain()
    yield S.SETUP_MISSING
    services.reset(way.access, provider="meta")
    way.drain()
    way.consent(ONE_PAGE)
    yield S.SELECTING
    way.choose(OLEANDER)
    yield S.PARTNERSHIP_NEEDED
    services.act(way.access, provider="meta", key="request_partnership")
    yield S.PARTNERSHIP_REQUESTED
    way.behind("meta/-/partner", page=OLEANDER, action="approve")
    passes(hours=1)
    yield S.CONNECTED
    way.behind("meta/-/ad-account", status=2)
    passes(days=1)
    yield S.FAILED
    way.behind("meta/-/ad-account", status=4711)
    passes(days=1)
    yield S.UNKNOWN
    way.behind("meta/-/ad-account", status=1)
    services.try_again(way.access, provider="meta")
    yield S.EXCHANGING
    way.drain()
    yield S.CONNECTED
    way.behind("meta/-/permission", person=ONE_PAGE, permission="ads_management")
    passes(days=1)
    yield S.PERMISSION_MISSING
    way.consent(ONE_PAGE)
    yield S.CONNECTED
    way.behind("meta/-/partner", page=OLEANDER, action="remove")
    passes(days=1)
    yield S.DISCONNECTED
    yield from there_and_not_back(way, passes, ONE_PAGE, back_at=S.DISCONNECTED)


def youtube(way: Connecting, passes: Pass, sandbox: Sandbox) -> Iterator[State]:
    """A channel, and the link that the operator sends."""
    channel_id = google_people()["maya"].channels[0].id
    yield S.NOT_CONNECTED
    way.with_plan()
    yield from there_and_not_back(way, passes, "maya", back_at=S.NOT_CONNECTED)
    way.begin()
    way.take(way.decide("maya", without=["https://www.googleapis.com/auth/youtube.readonly"]))
    yield S.EXCHANGING
    way.drain()
    yield S.PERMISSION_MISSING
    way.consent("maya")
    yield S.SELECTING
    way.choose(channel_id)
    yield S.LINK_TO_SEND
    services.mark_sent(connection_id=way.stored.pk, actor=SYSTEM)
    way.drain()
    yield S.LINK_SENT
    passes(days=30)
    services.end_by_operator(connection_id=way.stored.pk, status=LinkStatus.EXPIRED, actor=SYSTEM)
    way.drain()
    yield S.FAILED
    services.try_again(way.access, provider="youtube")
    way.drain()
    yield S.LINK_TO_SEND
    services.mark_sent(connection_id=way.stored.pk, actor=SYSTEM)
    way.behind("google/-/links", channel_id=channel_id, status="ENABLED")
    passes(days=1)
    yield S.CONNECTED
    way.behind("google/-/links", channel_id=channel_id, status="HALF_LINKED")
    passes(days=1, minutes=1)
    yield S.UNKNOWN
    way.behind("google/-/links", channel_id=channel_id, status="ENABLED")
    passes(hours=1)
    yield S.CONNECTED
    way.behind("google/-/revoke", person="maya")
    passes(days=1, minutes=1)
    yield S.DISCONNECTED
    yield from there_and_not_back(way, passes, "maya", back_at=S.DISCONNECTED)


def tiktok(way: Connecting, passes: Pass, sandbox: Sandbox) -> Iterator[State]:
    """A profile, then an advertiser account."""
    ready, _, in_review = (one.id for one in tiktok_people()["bram"].advertisers)
    yield S.NOT_CONNECTED
    yield from there_and_not_back(way, passes, "bram", back_at=S.NOT_CONNECTED)
    way.consent("bram", purpose=Purpose.IDENTITY, without=["user.info.profile"])
    yield S.PERMISSION_MISSING
    way.consent("bram", purpose=Purpose.IDENTITY)
    yield S.CONNECTED
    way.begin()
    yield S.CONNECTED  # for identity it works on meanwhile
    way.take(way.decide("bram"))
    yield S.EXCHANGING
    way.drain()
    yield S.SELECTING
    way.choose(in_review)
    yield S.SETUP_MISSING
    way.behind("tiktok/-/advertiser", advertiser_id=in_review, status="STATUS_CONFIRM_FAIL")
    passes(hours=1)
    yield S.FAILED
    way.behind("tiktok/-/advertiser", advertiser_id=in_review, status="STATUS_OF_TOMORROW")
    passes(hours=1)
    yield S.UNKNOWN
    way.choose(ready)
    yield S.CONNECTED
    way.behind("tiktok/-/advertiser", advertiser_id=ready, is_gone=True)
    passes(days=1, minutes=1)
    yield S.DISCONNECTED
    yield from there_and_not_back(way, passes, "bram", back_at=S.DISCONNECTED)


ROWS: dict[str, tuple[Walk, set[State]]] = {
    "spotify": (by_address, CONSENTS | {S.SETUP_MISSING} | PARTNERSHIP | LINKED),
    "meta": (meta, LOOKED_UP | LINKED),
    "youtube": (youtube, LOOKED_UP | PARTNERSHIP | {S.SETUP_MISSING}),
    "apple_music": (by_address, CONSENTS | {S.SETUP_MISSING} | PARTNERSHIP | LINKED),
    "tiktok": (tiktok, LOOKED_UP | PARTNERSHIP | LINKED),
}
"""Each row with its walk, and the states that it cannot have."""


def test_no_row_is_left_out(platforms: None) -> None:
    assert [platform.facts.key for platform in registered] == list(ROWS)


@pytest.mark.req("PC-30", "PC-31", "PC-32", "PC-33", "PC-34", "PC-35", "PC-36")
@pytest.mark.parametrize("provider", ROWS)
def test_a_row_goes_through_every_state_that_it_can_have(
    connecting: Connect, passes: Pass, sandbox: Sandbox, provider: str
) -> None:
    walk, never = ROWS[provider]
    way = connecting(provider)
    been: list[State] = []
    for expected in walk(way, passes, sandbox):
        been.append(expected)
        assert way.row.state is expected, been
    assert set(been) == set(State) - never
