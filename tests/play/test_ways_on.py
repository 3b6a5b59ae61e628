"""The ways on that are no music service: a film, the artist's own links, and the search of a hub."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from tests.factories.pages import hub, playlist, release
from tests.play.conftest import Fan, Running

from backline.analytics.metrics import KINDS
from backline.contract.events import EVENT_KINDS
from backline.contract.pages import PublishedPage, Redirected, SubLink, Video

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db
LINKS = (SubLink("merch", "https://shop.example/a b?x=ü"), SubLink("tickets", "https://tour.example/x"))
SAFE = (SubLink("merch", "https://shop.example/x?y=1"), SubLink("tickets", "https://tour.example/x"))


@pytest.mark.req("SL-26", "SL-29")
@pytest.mark.parametrize("page", [release(), playlist()])
def test_a_film_that_is_asked_for_without_script_is_counted_and_leads_to_youtube(
    play: Running, fan: Fan, publish: Publish, page: PublishedPage
) -> None:
    shown = replace(page, video=Video("dQw4w9WgXcQ"))
    publish(shown)
    answer = fan.ask(f"/{shown.path}/video")
    assert answer.status == 302
    assert answer.headers["location"] == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert play.app.spool.queued == 0
    assert [event.kind for event in play.events()] == ["video_play"]


def test_where_there_is_no_film_there_is_nothing_to_play(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release(), hub())
    assert fan.ask("/ines-tallow/letters/video").status == 404
    assert fan.ask("/ines-tallow/video").status == 404
    publish(release("ines-tallow/windfall", video=Video("dQw4w9WgXcQ")))
    assert fan.ask("/ines-tallow/windfall/video", method="HEAD").status == 302
    assert fan.ask("/ines-tallow/windfall/video/x").status == 404
    assert play.events() == []


def test_a_page_with_a_film_asks_youtube_for_nothing_by_itself(fan: Fan, publish: Publish) -> None:
    publish(release(video=Video("dQw4w9WgXcQ")))
    answer = fan.ask("/ines-tallow/letters")
    assert "frame-src https://www.youtube-nocookie.com;" in answer.headers["content-security-policy"]
    assert "<iframe" not in answer.text


@pytest.mark.parametrize("page", [release(sub_links=SAFE), hub(sub_links=SAFE)])
def test_a_link_of_the_artist_is_counted_as_what_it_is_and_never_as_a_music_service(
    play: Running, fan: Fan, publish: Publish, page: PublishedPage
) -> None:
    publish(page)
    path = page.path
    found = [fan.ask(f"/{path}/out/{number}").headers["location"] for number in (1, 2)]
    assert found == [link.url for link in SAFE]
    assert [(event.kind, event.service) for event in play.events()] == [
        ("sub_link_click", "merch"),
        ("sub_link_click", "tickets"),
    ]
    assert "sub_link_click" in EVENT_KINDS
    assert not any("sub_link_click" in kinds for kinds in KINDS.values())


@pytest.mark.parametrize("number", ["0", "3", "01", "-1", "x", "", "1/1", "٢"])
def test_a_link_that_the_page_does_not_have_is_unknown(play: Running, fan: Fan, publish: Publish, number: str) -> None:
    publish(release(sub_links=SAFE), hub(sub_links=SAFE))
    assert fan.ask(f"/ines-tallow/letters/out/{number}").status == 404
    assert fan.ask(f"/ines-tallow/out/{number}").status == 404
    assert play.events() == []


def test_what_is_no_address_is_led_to_nowhere(play: Running, fan: Fan, publish: Publish) -> None:
    publish(release(sub_links=(LINKS[0], SubLink("other", "javascript:alert(1)"))))
    assert [fan.ask(f"/ines-tallow/letters/out/{number}").status for number in (1, 2)] == [404, 404]
    assert play.events() == []


def test_a_release_that_is_called_out_keeps_its_page_and_its_ways(fan: Fan, publish: Publish) -> None:
    publish(release("ines-tallow/out", sub_links=SAFE), hub(sub_links=SAFE[1:]))
    assert fan.ask("/ines-tallow/out").status == 200
    assert fan.ask("/ines-tallow/out/go/spotify").status == 302
    assert fan.ask("/ines-tallow/out/out/1").headers["location"] == SAFE[0].url
    assert fan.ask("/ines-tallow/out/1").headers["location"] == SAFE[1].url


def test_an_artist_who_moved_takes_the_links_along(fan: Fan, publish: Publish) -> None:
    publish(Redirected(path="ines-tallow", version=1, to="ines"), hub("ines", sub_links=SAFE))
    answer = fan.ask("/ines-tallow/out/1")
    assert (answer.status, answer.headers["location"]) == (301, "/ines/out/1")
    assert fan.ask("/ines/out/1").headers["location"] == SAFE[0].url


def test_a_hub_answers_what_is_searched_for_and_keeps_none_of_it(play: Running, fan: Fan, publish: Publish) -> None:
    publish(hub(releases=5_000))
    began = time.monotonic()
    for number in range(20):
        answer = fan.ask("/ines-tallow", query=f"q=Release+{4_900 + number}&utm_source=mail")
        assert answer.status == 200
        assert answer.text.count('<li><a href="/ines-tallow/release-') == 1
    assert time.monotonic() - began < 10
    assert len(answer.content) < 30_000
    assert play.events()[-1].utm_source == "mail"
    entry = play.app.store.known("ines-tallow")
    assert entry is not None
    assert entry.replies == {}
    assert fan.ask("/ines-tallow", query="q=%E2%82%AC%20%ZZ%00&q=x").status == 200
    assert fan.ask("/ines-tallow", query="q=").text.count('class="lead"') == 1


def test_a_short_hub_takes_no_questions(fan: Fan, publish: Publish) -> None:
    publish(hub(releases=3))
    plain = fan.ask("/ines-tallow")
    asked = fan.ask("/ines-tallow", query="q=nothing")
    assert plain.content == asked.content


@pytest.mark.req("SL-28")
def test_a_page_that_is_not_there_wears_the_look_of_its_artist(fan: Fan, publish: Publish) -> None:
    publish(hub(theme="brutalist"))
    assert "--poster" in fan.ask("/ines-tallow/nope").text
    assert "--poster" not in fan.ask("/nobody").text
    for theme in ("aurora", "cinematic", "classic"):
        publish(release(f"ines-tallow/{theme}", theme=theme))
        shown = fan.ask(f"/ines-tallow/{theme}").text
        assert ("--calm" in shown, "--card" in shown) == (theme == "aurora", theme == "cinematic")
