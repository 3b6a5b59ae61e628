"""The Audience page: what it shows, of which days and pages, and what it never shows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from tests.factories.accounts import make_user
from tests.factories.analytics import BOT, SpoolWriter, make_event
from tests.factories.dashboards import Studio, make_studio, signed_in
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import Role
from backline.analytics import engine, store
from backline.analytics.parquet.store import LakeStore
from backline.analytics.shipping import shipper
from backline.analytics.types import BotReason, FiguresAwayError
from backline.core import clock
from backline.dashboard.audience.overview import HOW_WE_KNOW
from backline.settings.environment import Environment

NOW = datetime(2026, 11, 11, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _then() -> Any:
    with clock.frozen(NOW):
        yield


def visit(settings: Environment, studio: Studio, *, link: UUID | None = None, times: int = 1, **words: Any) -> None:
    """Let fans come, an hour ago unless told otherwise."""
    words = {"at": NOW - timedelta(hours=1)} | words
    with SpoolWriter(settings.spool_folder) as spool:
        spool.write(*(make_event(artist=studio.artist.id, link=link, **words) for _ in range(times)))
    shipper.ship_once(settings)


def ranked(html: str, title: str) -> list[tuple[str, str, str]]:
    """Return the bars below a title: label, count, share."""
    part = html.split(f'aria-label="{title}, ')[1].split("</ol>", maxsplit=1)[0]
    return re.findall(r"<bdi>([^<]*)</bdi></span><span>([^<]*)</span><span class=\"ranked__share\">([^<]*)<", part)


def metric(html: str, label: str) -> str:
    found = re.search(rf'<span class="small">{label}</span><span class="tabs__value">([^<]*)<', html)
    assert found is not None
    return found[1]


@pytest.mark.req("SL-53")
def test_all_that_is_captured_of_where_fans_come_from_is_here(filled: Studio, events: Environment) -> None:
    link = filled.link_id("Harbour Night 1")
    tags = {f"utm_{name}": f"{name}-of-a-post" for name in ("source", "medium", "campaign", "term", "content")}
    visit(events, filled, link=link, times=3, country="IS", locale="is-IS", referrer_host="l.instagram.com", **tags)
    visit(events, filled, link=link, country="DE", locale="de", referrer_host="m.facebook.com")
    visit(events, filled, link=link, country="DE", locale="de", referrer_host="www.facebook.com")
    visit(events, filled, link=link, kind="service_click", service="apple-music", country="DE")
    html = filled.page("audience/")
    assert ranked(html, "Countries") == [("Iceland", "3", "60.0%"), ("Germany", "2", "40.0%")]
    assert ranked(html, "Referrers") == [("Instagram", "3", "60.0%"), ("Facebook", "2", "40.0%")]
    assert ranked(html, "Music services") == [("Apple Music", "1", "100.0%")]
    assert ranked(html, "Devices") == [("Phone", "5", "100.0%")]
    assert ranked(html, "Languages") == [("Icelandic (Iceland)", "3", "60.0%"), ("German", "2", "40.0%")]
    assert ranked(html, "Operating systems")[0][0] == "iOS"
    for title, name in (("Source", "source"), ("Medium", "medium"), ("Campaign", "campaign"), ("Term", "term")):
        assert ranked(html, title)[0][:2] == (f"{name}-of-a-post", "3")
    assert "Wednesday, 14:00 to 15:00" in html


@pytest.mark.req("PP-42")
def test_nobody_is_identified(filled: Studio, events: Environment) -> None:
    secret = {"visitor": "abcdef0123456789", "click_ids": {"fbclid": "click-of-a-fan"}}
    visit(events, filled, link=filled.link_id("Harbour Night 1"), country="IS", **secret)
    said = filled.page("audience/") + filled.page("audience/by/country/") + filled.page("audience/by/pages/")
    for text in ("abcdef0123456789", "click-of-a-fan", "AppleWebKit"):
        assert text not in said


def test_one_page_alone(filled: Studio, events: Environment) -> None:
    first, second = filled.link_id("Harbour Night 1"), filled.link_id("Harbour Night 2")
    visit(events, filled, link=first, times=2, country="IS")
    visit(events, filled, link=second, country="DE")
    html = filled.page("audience/", link=str(first))
    assert metric(html, "Views") == "2"
    assert ranked(html, "Countries") == [("Iceland", "2", "100.0%")]
    assert "Pages compared" not in html
    everything = filled.page("audience/")
    assert metric(everything, "Views") == "3"
    assert f"?link={first}" in everything.split("Pages compared")[1]


@pytest.mark.parametrize("link", ["01900000-0000-7000-8000-000000000000", "nonsense", "' OR 1=1"])
def test_a_page_of_nobody_is_not_there(filled: Studio, events: Environment, link: str) -> None:
    assert filled.client.get(filled.url("audience/"), {"link": link}).status_code == 404


def test_a_page_of_somebody_else_is_not_there(filled: Studio, events: Environment) -> None:
    stranger = make_studio("Somebody Else")
    link = str(filled.link_id("Harbour Night 1"))
    assert stranger.client.get(stranger.url("audience/"), {"link": link}).status_code == 404
    assert stranger.client.get(filled.url("audience/")).status_code == 404


def test_the_period_before_stands_beside(filled: Studio, events: Environment) -> None:
    link = filled.link_id("Harbour Night 1")
    visit(events, filled, link=link, times=30, country="IS")
    visit(events, filled, link=link, times=20, country="IS", at=NOW - timedelta(days=10))
    html = filled.page("audience/", days="7")
    assert metric(html, "Views") == "30"
    assert "50.0%" in html.split("tabs__value")[1]
    assert 'class="bar__then"' in html
    table = filled.page("audience/by/country/", days="7")
    assert "up </span>50.0%" in table


def test_days_of_ones_own(filled: Studio, events: Environment) -> None:
    link = filled.link_id("Harbour Night 1")
    for day in (1, 2, 3, 4):
        visit(events, filled, link=link, times=day, at=datetime(2026, 10, day, 12, tzinfo=UTC))
    html = filled.page("audience/", **{"from": "2026-10-02", "to": "2026-10-03"})
    assert metric(html, "Views") == "5"
    assert "2 Oct to 3 Oct" in html
    assert "2 days before" in html
    one = filled.page("audience/", **{"from": "2026-10-04", "to": "2026-10-04"})
    assert metric(one, "Views") == "4"
    assert "against the day before" in one
    assert "4 Oct to" not in one


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-10-03", "2026-10-02", "before the last"),
        ("yesterday", "2026-10-02", "first and the last day"),
        ("2026-10-03", "", "first and the last day"),
        ("2027-01-01", "2027-01-02", "still to come"),
        ("2020-01-01", "2026-01-02", "Two years"),
        ("0001-01-01", "9999-12-31", "Two years"),
    ],
)
def test_days_that_make_no_sense_are_told(
    filled: Studio, events: Environment, first: str, last: str, said: str
) -> None:
    answer = filled.client.get(filled.url("audience/"), {"from": first, "to": last})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_each_metric_can_be_drawn(filled: Studio, events: Environment) -> None:
    visit(events, filled, kind="share", times=4)
    html = filled.page("audience/", metric="share_clicks")
    assert "Share clicks per day" in html
    assert "4 in all" in html
    assert "Views per day" in filled.page("audience/", metric="service_click_rate")


def test_before_anybody_came_it_says_what_will_be_here(filled: Studio, events: Environment) -> None:
    html = filled.page("audience/")
    assert "Nobody came by in these days" in html
    assert "None in these days" in filled.page("audience/by/country/")


def test_when_the_figures_are_away_it_says_so(filled: Studio, events: Environment) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            def ask(*_: object, **__: object) -> None:
                raise FiguresAwayError

            return ask

    with engine.using(Away()):  # type: ignore[arg-type]
        for path in ("audience/", "audience/by/country/", "audience/by/pages/"):
            assert "The figures did not load" in filled.page(path)


def test_five_hundred_values_and_the_rest(filled: Studio, events: Environment) -> None:
    with SpoolWriter(events.spool_folder) as spool:
        spool.write(
            *(
                make_event(artist=filled.artist.id, at=NOW - timedelta(hours=1), utm_campaign=f"post {number:03}")
                for number in range(520)
                for _ in range(2 if number < 9 else 1)
            )
        )
    shipper.ship_once(events)
    html = filled.page("audience/")
    bars = ranked(html, "Campaign")
    assert len(bars) == 9
    assert bars[0] == ("post 000", "2", "0.4%")
    assert bars[-1][0].endswith("others")
    assert sum(int(count) for _, count, _ in bars) == 529
    table = filled.page("audience/by/utm_campaign/")
    assert table.count("<tr>") == 502, "500 values, the others, the head"


def test_long_and_right_to_left_names_are_kept_apart(filled: Studio, events: Environment) -> None:
    visit(events, filled, utm_source="ابحث عن الموسيقى", referrer_host=f"{'long' * 50}.example")
    visit(events, filled, utm_source="<script>alert(1)</script>")
    html = filled.page("audience/")
    assert "<bdi>ابحث عن الموسيقى</bdi>" in html
    assert f"<bdi>{'long' * 50}.example</bdi>" in html
    assert "<script>alert" not in html


@pytest.mark.parametrize("name", ["visitor", "user_agent", "artist_id", "pages'"])
def test_only_what_is_meant_to_be_broken_down_is(filled: Studio, events: Environment, name: str) -> None:
    assert filled.client.get(filled.url(f"audience/by/{name}/")).status_code == 404


def test_bots_are_shown_with_their_reasons(filled: Studio, events: Environment) -> None:
    visit(events, filled, times=3)
    visit(events, filled, user_agent=BOT)
    html = filled.page("audience/").split("Set aside as bots")[1]
    assert "1 hit, 25.0% of 4" in html
    assert BotReason.DECLARED_BOT.label in html
    assert HOW_WE_KNOW[BotReason.DECLARED_BOT] in html
    assert set(HOW_WE_KNOW) == set(BotReason)


def test_an_operator_has_hits_judged_again_and_nobody_else(
    filled: Studio, events: Environment, drain_jobs: DrainJobs
) -> None:
    visit(events, filled)
    url = filled.url("audience/judge-again/")
    assert "Judge again" not in filled.page("audience/")
    assert filled.client.post(url).status_code == 403
    operator = signed_in(make_user(is_superuser=True))
    assert "Judge again" in operator.get(filled.url("audience/")).content.decode()
    assert operator.get(url).status_code == 405
    assert operator.post(url).status_code == 302
    assert operator.post(url).status_code == 302
    with store.using(LakeStore(events)):
        assert drain_jobs().count("analytics.judge_again") == 1


def test_a_viewer_sees_all_of_it(filled: Studio, events: Environment) -> None:
    visit(events, filled, country="IS")
    viewer = filled.client_of(Role.VIEWER)
    assert "Iceland" in viewer.get(filled.url("audience/")).content.decode()


@pytest.mark.django_db
def test_nobody_sees_it_without_signing_in(studio: Studio) -> None:
    assert Client().get(studio.url("audience/")).status_code == 302
