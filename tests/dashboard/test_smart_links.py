"""The list of links: figures, table, filters, search, order, pages, CSV, adding."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories.analytics import BOT
from tests.factories.dashboards import Studio, fill, make_studio, play_events
from tests.factories.read_html import value_of
from tests.factories.stand_ins import ARTIST_URL, away, found_release, world
from tests.plugins.jobs import DrainJobs

from backline.analytics.metrics import METRICS
from backline.core import clock
from backline.links import services as links
from backline.settings.environment import Environment


def titles(html: str) -> list[str]:
    """Return the titles in the table, in order."""
    return re.findall(r'<a class="item__title link link--plain"[^>]*><bdi[^>]*>([^<]*)</bdi>', html)


def figures(html: str) -> dict[str, str]:
    """Return the six metrics by label."""
    return dict(
        zip(
            re.findall(r'class="term"[^>]*>([^<]*)</button>', html),
            re.findall(r'<dd class="metric__value">([^<]*)</dd>', html),
            strict=True,
        )
    )


@pytest.mark.req("SL-50", "SL-51")
def test_the_six_metrics_and_no_other_are_shown(filled: Studio, events: Environment) -> None:
    link = filled.link_id("Harbour Night 1")
    play_events(events, filled, *["view"] * 7, "service_click", "share", "SAVE_TRACK", "video_play", link=link)
    assert figures(filled.page("links/")) == {
        "Views": "7",
        "Music service clicks": "1",
        "Share clicks": "1",
        "Save events": "1",
        "Video plays": "1",
        "Service click rate": "14.3%",
    }


@pytest.mark.req("SL-51")
def test_without_views_the_rate_is_a_dash(filled: Studio, events: Environment) -> None:
    assert figures(filled.page("links/"))["Service click rate"] == "–"


def test_each_metric_says_what_it_means(filled: Studio, events: Environment) -> None:
    html = filled.page("links/")
    for metric in METRICS:
        assert f'aria-describedby="def-{metric.key}"' in html
        assert metric.definition.replace("'", "&#x27;") in html


@pytest.mark.req("SL-53")
def test_what_is_captured_but_not_meant_for_this_page_is_not_on_it(filled: Studio, events: Environment) -> None:
    from tests.factories.analytics import SpoolWriter, make_event

    captured = {
        "country": "IS",
        "referrer_host": "referrer-of-a-fan.example",
        "utm_source": "utm-source-of-a-fan",
        "utm_campaign": "utm-campaign-of-a-fan",
        "locale": "is-IS",
    }
    with SpoolWriter(events.spool_folder) as spool:
        spool.write(
            make_event(
                artist=filled.artist.id,
                link=filled.link_id("Harbour Night 1"),
                at=clock.now() - timedelta(minutes=1),
                **captured,
            )
        )
    from backline.analytics.shipping import shipper

    assert shipper.ship_once(events).events == 1
    overview, listed, exported = filled.page(), filled.page("links/"), filled.client.get(filled.url("links/links.csv"))
    detail = filled.page(f"links/{filled.link_id('Harbour Night 1')}/")
    said = b"".join(exported.streaming_content).decode()  # type: ignore[arg-type]
    for html in (overview, listed, detail, said):
        assert not [
            value for value in (*captured.values(), "iPhone", "Safari") if f">{value}<" in html or f",{value}" in html
        ]
        assert "referrer-of-a-fan" not in html
        assert "utm-" not in html
    for word in ("Country", "Countries", "Referrer", "UTM", "Device", "Locale"):
        assert word not in re.sub(r"<[^>]+>", " ", overview + listed) + said


@pytest.mark.req("SL-52")
def test_a_row_per_release_with_its_own_figures(filled: Studio, events: Environment) -> None:
    play_events(events, filled, *["view"] * 3, "service_click", link=filled.link_id("Harbour Night 2"))
    play_events(events, filled, "view", link=filled.link_id("Harbour Night 3"))
    html = filled.page("links/")
    assert titles(html) == ["Harbour Night 2", "Harbour Night 3", "Harbour Night 1"]
    row = next(part for part in html.split("<tr>") if "Harbour Night 2" in part)
    assert re.findall(r'data-label="(?:Views|Service clicks|Rate)">(?:<strong>)?([^<]*)', row) == ["3", "1", "33.3%"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("views", ["Harbour Night 1", "Harbour Night 2", "Harbour Night 3"]),
        ("rate", ["Harbour Night 2", "Harbour Night 1", "Harbour Night 3"]),
        ("newest", ["Harbour Night 3", "Harbour Night 2", "Harbour Night 1"]),
        ("nonsense", ["Harbour Night 1", "Harbour Night 2", "Harbour Night 3"]),
    ],
)
def test_the_order_is_in_the_address(filled: Studio, events: Environment, sort: str, order: list[str]) -> None:
    play_events(events, filled, "view", "view", link=filled.link_id("Harbour Night 1"))
    play_events(events, filled, "view", "service_click", link=filled.link_id("Harbour Night 2"))
    assert titles(filled.page("links/", sort=sort)) == order


def test_the_period_is_in_the_address_and_compared_with_the_one_before(filled: Studio, events: Environment) -> None:
    link = filled.link_id("Harbour Night 1")
    now = clock.now()
    play_events(events, filled, "view", "view", link=link, at=now - timedelta(hours=1))
    play_events(events, filled, "view", link=link, at=now - timedelta(days=10))
    week = filled.page("links/", days="7")
    assert figures(week)["Views"] == "2"
    assert re.search(r"up </span>from 1</span> <span class=\"vh\">in the 7 days before", week)
    assert figures(filled.page("links/", days="28"))["Views"] == "3"
    assert figures(filled.page("links/", days="14"))["Views"] == "3"


def test_bots_are_set_aside_and_say_so(filled: Studio, events: Environment) -> None:
    from tests.factories.analytics import SpoolWriter, make_event

    from backline.analytics.shipping import shipper

    with SpoolWriter(events.spool_folder) as spool:
        spool.write(make_event(artist=filled.artist.id, at=clock.now() - timedelta(minutes=1), user_agent=BOT))
    shipper.ship_once(events)
    html = filled.page("links/")
    assert figures(html)["Views"] == "0"
    assert "1 hit by a bot is set aside and counted nowhere above." in html
    why = filled.page("links/bots/")
    assert "Search engines and other declared bots" in why
    assert "100.0%" in why


def test_filters_count_and_search_finds_title_and_address(filled: Studio, events: Environment) -> None:
    links.unpublish(filled.access, link_id=filled.link_id("Harbour Night 2"))
    links.change_slug(filled.access, link_id=filled.link_id("Harbour Night 3"), slug="the-ferry")
    html = filled.page("links/")
    assert re.findall(r"state=(\w+)[^>]*>(\w+)&nbsp;<span class=\"muted\">(\d+)", html) == [
        ("public", "Published", "2"),
        ("unpublished", "Unpublished", "1"),
    ]
    assert titles(filled.page("links/", state="unpublished")) == ["Harbour Night 2"]
    assert titles(filled.page("links/", q="night 1")) == ["Harbour Night 1"]
    assert titles(filled.page("links/", q="ferry")) == ["Harbour Night 3"]
    assert "No link fits" in filled.page("links/", q="<b>nothing")
    assert "<b>nothing" not in filled.page("links/", q="<b>nothing")


def test_pages_go_on_where_the_last_one_ended(studio: Studio, drain_jobs: DrainJobs, events: Environment) -> None:
    fill(studio, drain_jobs, 27)
    first = studio.page("links/", sort="newest")
    address = re.search(r'href="([^"]*after=[^"]*)"', first)
    assert address is not None
    second = studio.client.get(address[1].replace("&amp;", "&")).content.decode()
    assert len(titles(first)) == 25
    assert len(titles(second)) == 2
    assert not set(titles(first)) & set(titles(second))
    assert titles(studio.page("links/", after="00000000000000000000000000000000")) == []


def test_the_csv_holds_every_link_that_fits(studio: Studio, drain_jobs: DrainJobs, events: Environment) -> None:
    fill(studio, drain_jobs, [found_release(1, title="=HYPERLINK(1)"), found_release(2, title="Low Tide, Radio")])
    play_events(events, studio, *["view"] * 7, "service_click", "service_click", link=studio.link_id("Low Tide, Radio"))
    answer = studio.client.get(studio.url("links/links.csv"))
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="smart-links-halla-norden-')
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    header, first, second = csv.reader(io.StringIO(text))
    assert header[5:] == [metric.label for metric in METRICS]
    assert (first[0], first[5:]) == ("Low Tide, Radio", ["7", "2", "0", "0", "0", "0.286"])
    assert (second[0], second[5:]) == ("'=HYPERLINK(1)", ["0", "0", "0", "0", "0", ""])


def test_nothing_yet_says_what_to_do(studio: Studio, events: Environment) -> None:
    html = studio.page("links/")
    assert "No Smart Links yet" in html
    assert f'href="{studio.url("links/settings/")}#spotify"' in html


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("", "Paste a Spotify link, a UPC or an ISRC first."),
        ("hello there", "is no address or code that we know"),
        ("https://open.spotify.com/album/0AlbumOfNobody000000", "Spotify has no such release."),
        ("https://soundcloud.com/somebody", "soundcloud.com is not Spotify"),
    ],
)
def test_what_cannot_be_added_is_kept_in_the_field(
    filled: Studio, events: Environment, pasted: str, sentence: str
) -> None:
    with world():
        answer = filled.client.post(filled.url("links/add/"), {"text": pasted})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert value_of(html, "id_text") == pasted
    assert titles(html)


def test_a_service_that_cannot_answer_now_keeps_what_was_pasted(filled: Studio, events: Environment) -> None:
    with world() as outside:

        def trouble(verb: str, what: str) -> None:
            raise away()

        outside.catalog.trouble = trouble
        answer = filled.client.post(filled.url("links/add/"), {"text": "https://open.spotify.com/album/0Later"})
    assert answer.status_code == 422
    assert "Spotify cannot answer now." in answer.content.decode()
    assert 'value="https://open.spotify.com/album/0Later"' in answer.content.decode()


@pytest.mark.req("SL-05")
def test_adding_leads_to_the_link_and_the_same_again_to_the_same(
    filled: Studio, drain_jobs: DrainJobs, events: Environment
) -> None:
    new = found_release(9, title="Glasshouse")
    track = f"https://open.spotify.com/track/{new.tracks[0].external_id}"
    with world(releases=[new]):
        first = filled.client.post(filled.url("links/add/"), {"text": new.url})
        drain_jobs(hurry=True)
        again = filled.client.post(filled.url("links/add/"), {"text": track})
    where = filled.url(f"links/{filled.link_id('Glasshouse')}/")
    assert (first.status_code, first.headers["Location"]) == (302, where)
    assert (again.status_code, again.headers["Location"]) == (302, where)
    assert "Glasshouse has a Smart Link already. Here it is." in filled.client.get(where).content.decode()


def test_an_artist_address_starts_the_import(studio: Studio, events: Environment) -> None:
    with world(releases=[found_release(1)]):
        answer = studio.client.post(studio.url("links/add/"), {"text": ARTIST_URL}, follow=True)
    html = answer.content.decode()
    assert "The import of Halla Norden has started." in html
    assert 'hx-trigger="every 2s"' in html


@pytest.mark.parametrize("path", ["links/", "links/review/", ""])
def test_three_rows_cost_as_many_queries_as_one(
    drain_jobs: DrainJobs, events: Environment, path: str, db: None
) -> None:
    costs = []
    for number in (1, 3):
        studio = fill(make_studio(f"Artist {number}"), drain_jobs, number)
        studio.page(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            studio.page(path)
        costs.append(len(queries))
    assert costs[0] == costs[1]
