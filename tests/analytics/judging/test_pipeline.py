from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.factories.analytics import BOT, NOON, make_event

from backline.analytics.judging import pipeline
from backline.analytics.judging.pipeline import Draft, Outcome
from backline.analytics.judging.referrers import referrer_kind
from backline.analytics.types import DropReason, ReferrerKind
from backline.contract import events
from backline.contract.events import Event
from backline.core.ids import new_id


def run(*found: Event) -> Outcome:
    return pipeline.run([(seq, events.encode(event)) for seq, event in enumerate(found, start=1)], now=NOON)


def kept(event: Event) -> Draft:
    outcome = run(event)
    assert outcome.dropped == ()
    (draft,) = outcome.drafts
    return draft


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def test_the_steps_are_these_in_this_order() -> None:
    assert [step.name for step in pipeline.STEPS] == [
        "check identity",
        "settle time",
        "parse agent",
        "judge bot",
        "classify referrer",
        "bound texts",
    ]


def test_ids_are_spelled_one_way() -> None:
    artist, link = new_id(), new_id()
    event = msgspec.structs.replace(make_event(artist=artist), artist_id=artist.hex.upper(), link_id=f"{{{link}}}")
    draft = kept(event)
    assert (draft.artist_id, draft.link_id) == (str(artist), str(link))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, DropReason.BAD_ID),
        ({"id": "zz" * 16}, DropReason.BAD_ID),
        ({"id": "00" * 15}, DropReason.BAD_ID),
        ({"artist_id": ""}, DropReason.BAD_ARTIST),
        ({"artist_id": "42"}, DropReason.BAD_ARTIST),
        ({"link_id": "42"}, DropReason.BAD_LINK),
    ],
)
def test_what_has_no_identity_is_handed_back_with_its_bytes(change: dict[str, str], reason: DropReason) -> None:
    event = msgspec.structs.replace(make_event(artist=new_id()), **change)
    (dropped,) = run(event).dropped
    assert (dropped.seq, dropped.reason, dropped.event) == (1, reason, events.encode(event))


@pytest.mark.parametrize(
    ("at", "dated", "marks"),
    [
        (NOON, NOON, ""),
        (NOON + timedelta(hours=23), NOON + timedelta(hours=23), ""),
        (NOON + timedelta(hours=25), NOON, "clock_ahead"),
        (datetime(1970, 1, 1, tzinfo=UTC), NOON, "clock_behind"),
        (NOON - timedelta(days=400), NOON - timedelta(days=400), ""),
    ],
)
def test_an_absurd_clock_is_corrected_and_marked(at: datetime, dated: datetime, marks: str) -> None:
    draft = kept(make_event(artist=new_id(), at=at, visitor="83c915dba49cf344"))
    assert (draft.at_ms, draft.marks) == (milliseconds(dated), marks)
    # The code was made for the day that the clock said: on another day it would be the same person met again.
    assert draft.event.visitor == ("" if marks else "83c915dba49cf344")


@pytest.mark.parametrize("at_ms", [2**62, -(2**62)])
def test_a_number_that_is_no_date_is_corrected_too(at_ms: int) -> None:
    event = msgspec.structs.replace(make_event(artist=new_id()), at_ms=at_ms)
    assert kept(event).at_ms == milliseconds(NOON)


@pytest.mark.parametrize(
    ("agent", "signals", "reason"),
    [
        (BOT, (), "declared_bot"),
        (BOT, ("head",), "declared_bot"),
        (None, ("head",), "head_request"),
        (None, ("prefetch",), "prefetch"),
        (None, ("prefetch", "prerender"), "prefetch"),
        (None, ("preview",), "prefetch"),
        (None, ("something new",), ""),
        (None, (), ""),
    ],
)
def test_a_bot_is_judged_by_its_agent_first_and_by_the_edge_then(
    agent: str | None, signals: tuple[str, ...], reason: str
) -> None:
    rest = {} if agent is None else {"user_agent": agent}
    assert kept(make_event(artist=new_id(), signals=signals, **rest)).bot_reason == reason


def test_absurdly_long_texts_are_shortened_and_marked() -> None:
    draft = kept(
        make_event(artist=new_id(), utm_source="a" * 5_000, user_agent="b" * 5_000, click_ids={"gclid": "c" * 5_000})
    )
    assert len(draft.event.utm_source) == len(draft.event.click_ids["gclid"]) == pipeline.MAX_TEXT_CHARACTERS
    assert len(draft.user_agent) == 1_000
    assert draft.marks == "shortened shortened"


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x80", b"{}", b"\x81\xa4kind\xa4view", b"\x00" * 1000])
def test_bytes_that_are_no_event_are_handed_back(data: bytes) -> None:
    (dropped,) = pipeline.run([(7, data)], now=NOON).dropped
    assert (dropped.seq, dropped.reason, dropped.event) == (7, DropReason.UNDECODABLE, data)


def test_the_same_rows_give_the_same_outcome() -> None:
    found = [make_event(artist=new_id()), make_event(artist=new_id(), user_agent=BOT)]
    assert run(*found) == run(*found)


@pytest.mark.req("SL-53")
@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("", ReferrerKind.DIRECT),
        ("www.google.com", ReferrerKind.SEARCH),
        ("www.google.co.uk", ReferrerKind.SEARCH),
        ("google.de", ReferrerKind.SEARCH),
        ("mail.google.com", ReferrerKind.EMAIL),
        ("l.instagram.com", ReferrerKind.SOCIAL),
        ("lm.facebook.com", ReferrerKind.SOCIAL),
        ("t.co", ReferrerKind.SOCIAL),
        ("www.tiktok.com", ReferrerKind.SOCIAL),
        ("music.youtube.com", ReferrerKind.MUSIC),
        ("m.youtube.com", ReferrerKind.VIDEO),
        ("open.spotify.com", ReferrerKind.MUSIC),
        ("web.whatsapp.com", ReferrerKind.MESSENGER),
        ("linktr.ee", ReferrerKind.LINK_IN_BIO),
        ("NOTtiktok.com", ReferrerKind.OTHER),
        ("tiktok.com.evil.example", ReferrerKind.OTHER),
        ("artist.example", ReferrerKind.OTHER),
        ("localhost", ReferrerKind.OTHER),
    ],
)
def test_a_referrer_is_sorted_by_its_host(host: str, kind: ReferrerKind) -> None:
    assert referrer_kind(host) is kind
