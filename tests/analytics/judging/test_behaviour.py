from __future__ import annotations

import random

import pytest
from tests.factories.analytics import BOT, BROWSER

from backline.analytics.judging.behaviour import Hit
from backline.analytics.judging.pipeline import judge_again

RECENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36"
)


def hit(at_ms: int, kind: str = "view", **rest: str) -> Hit:
    fields = {"link_id": "l", "service": "spotify", "visitor": "v", "user_agent": BROWSER, "signals": ""} | rest
    return Hit(at_ms=at_ms, kind=kind, **fields)


def reasons(hits: list[Hit]) -> set[str]:
    return {reason for reason, _ in judge_again(hits)}


def click(at_ms: int, **rest: str) -> Hit:
    return hit(at_ms, "service_click", **rest)


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        ([click(second * 1_000) for second in range(31)], "burst"),
        ([click(second * 1_000) for second in range(30)], ""),
        ([hit(number * 100) for number in range(301)], "burst"),
        ([hit(number * 100, signals="data_centre") for number in range(11)], "data_centre"),
        ([hit(number * 100, signals="data_centre") for number in range(10)], ""),
        ([hit(0), click(250)], "too_fast"),
        ([hit(0), click(350)], ""),
        ([hit(0), click(250), click(9_000)], ""),
        ([hit(0), click(250, link_id="another")], ""),
        ([hit(0), *(click(900 + at, service=f"s{at}") for at in range(4))], "too_fast"),
        ([hit(0), *(click(900 + at * 700, service=f"s{at}") for at in range(4))], ""),
        ([click(second * 1_000, visitor="") for second in range(60)], ""),
    ],
)
def test_what_a_visitor_does_within_a_minute_is_judged(hits: list[Hit], expected: str) -> None:
    assert reasons(hits) == {expected}


def test_a_crowd_behind_one_address_is_people() -> None:
    """A stadium's Wi-Fi: five hundred phones of one model open a page within a minute, and most tap."""
    drawn = random.Random(3)
    hits = []
    for _ in range(500):
        at = drawn.randrange(0, 50_000)
        hits.append(hit(at))
        if drawn.random() < 0.6:
            hits.append(click(at + drawn.randrange(1_000, 9_000), service=drawn.choice(["spotify", "apple", "deezer"])))
    assert reasons(hits) == {""}


def test_the_order_makes_no_difference() -> None:
    hits = [hit(0), click(250), *(click(60_000 + at, visitor="w") for at in range(40)), hit(5, user_agent=BOT)]
    judged = dict(zip(hits, judge_again(hits), strict=True))
    random.Random(1).shuffle(hits)
    assert dict(zip(hits, judge_again(hits), strict=True)) == judged
    assert {reason for reason, _ in judged.values()} == {"too_fast", "burst", "declared_bot"}


@pytest.mark.parametrize(
    ("agent", "signals", "reason"),
    [
        (RECENT, "bare", "faked_browser"),
        (RECENT, "", ""),
        (RECENT, "bare prefetch", "prefetch"),
        (RECENT.replace("136.0", "80.0"), "bare", ""),
        (f"{RECENT} OPR/120.0.0.0", "bare", ""),
        (BROWSER, "bare", "faked_browser"),
        ("curl/8.5.0", "bare", "library"),
    ],
)
def test_a_browser_without_its_headers_is_faked(agent: str, signals: str, reason: str) -> None:
    assert reasons([hit(0, user_agent=agent, signals=signals)]) == {reason}
