"""The review list, the order of services, the connected artist, the import."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories.dashboards import Studio, fill, make_studio
from tests.factories.stand_ins import ARTIST_URL, StandInLinks, away, found_release, world
from tests.plugins.jobs import DrainJobs

from backline.accounts.types import Role
from backline.catalog import selectors as catalog
from backline.catalog.types import Confidence, FoundLink, ImportStatus, ReleaseKey
from backline.connections import selectors as connections
from backline.core import clock
from backline.core.errors import Rejected, RetryLater
from backline.links import selectors as links
from backline.links.types import OrderMode
from backline.settings.environment import Environment


def by_name(release: ReleaseKey) -> tuple[FoundLink, ...]:
    return (FoundLink("deezer", f"https://www.deezer.com/album/{release.upc}", Confidence.NAME),)


@pytest.fixture
def waiting(studio: Studio, drain_jobs: DrainJobs, events: Environment) -> Studio:
    """An artist with three live links, each with a Deezer link that waits."""
    return fill(studio, drain_jobs, 3, deezer=StandInLinks(answer=by_name))


def seen(studio: Studio) -> str:
    return links.artist_link_settings(studio.access).updated_at.isoformat()


def services(studio: Studio, title: str) -> list[str]:
    link_id = studio.link_id(title)
    return [row.service for row in links.link_detail(studio.access, link_id=link_id).services]


def ids(html: str) -> dict[str, str]:
    """Return what waits: the id of each by the title of its release."""
    return {
        title: found
        for found, title in re.findall(
            r'name="links" value="([^"]+)" checked><span class="vh">Deezer for ([^<]+)', html
        )
    }


def test_what_waits_is_shown_with_its_reason(waiting: Studio) -> None:
    html = waiting.page("links/review/")
    assert sorted(ids(html)) == ["Harbour Night 1", "Harbour Night 2", "Harbour Night 3"]
    assert 'href="https://www.deezer.com/album/940000000001" target="_blank"' in html
    assert "Found by Deezer: same title, artist and length." in html
    assert "3 found links wait for a yes or no" in waiting.page()
    assert "1 service was found by name only and waits" in waiting.page(f"links/{waiting.link_id('Harbour Night 1')}/")


def test_a_viewer_is_told_that_an_editor_decides(waiting: Studio) -> None:
    viewer = waiting.client_of(Role.VIEWER)

    def page(path: str) -> str:
        return viewer.get(waiting.url(path)).content.decode()

    assert "Nothing needs you now." in page("")
    assert "wait for a yes or no" not in page("")
    assert "need a look" not in page("links/")
    assert "Fans see a link only after an editor’s yes." in page("links/review/")
    link = page(f"links/{waiting.link_id('Harbour Night 1')}/")
    assert "An editor can decide." in link
    assert "Have a look" not in link


def test_yes_puts_it_on_the_page_and_no_keeps_it_off(waiting: Studio) -> None:
    found = ids(waiting.page("links/review/"))
    yes = waiting.client.post(waiting.url("links/review/"), {"yes": found["Harbour Night 1"]}, follow=True)
    assert "1 link added to its page." in yes.content.decode()
    no = waiting.client.post(waiting.url("links/review/"), {"no": found["Harbour Night 2"]}, follow=True)
    assert "1 link left out and will not come back." in no.content.decode()
    assert services(waiting, "Harbour Night 1") == ["spotify", "deezer"]
    assert services(waiting, "Harbour Night 2") == ["spotify"]
    assert list(ids(waiting.page("links/review/"))) == ["Harbour Night 3"]


def test_yes_to_all_that_are_ticked(waiting: Studio) -> None:
    found = ids(waiting.page("links/review/"))
    ticked = [found["Harbour Night 1"], found["Harbour Night 3"]]
    answer = waiting.client.post(waiting.url("links/review/"), {"all": "yes", "links": ticked}, follow=True)
    assert "2 links added to their pages." in answer.content.decode()
    assert list(ids(answer.content.decode())) == ["Harbour Night 2"]


def test_nothing_ticked_and_nothing_waiting_say_so(waiting: Studio) -> None:
    answer = waiting.client.post(waiting.url("links/review/"), {"all": "yes"}, follow=True)
    assert "Nothing was ticked, so nothing was decided." in answer.content.decode()
    found = ids(waiting.page("links/review/"))
    waiting.client.post(waiting.url("links/review/"), {"all": "no", "links": list(found.values())})
    assert "Nothing waits" in waiting.page("links/review/")


@pytest.mark.parametrize("bad", ["nonsense", "018f0000-0000-7000-8000-000000000000"])
def test_what_is_not_there_any_more_is_said(waiting: Studio, bad: str) -> None:
    answer = waiting.client.post(waiting.url("links/review/"), {"yes": bad}, follow=True)
    assert "This was decided already." in answer.content.decode()
    assert len(ids(answer.content.decode())) == 3


def test_three_waiting_links_cost_as_many_queries_as_one(drain_jobs: DrainJobs, events: Environment, db: None) -> None:
    costs = []
    for number in (1, 3):
        studio = fill(make_studio(f"Artist {number}"), drain_jobs, number, deezer=StandInLinks(answer=by_name))
        studio.page("links/review/")
        with CaptureQueriesContext(connection) as queries:
            studio.page("links/review/")
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.req("SL-24")
def test_the_order_is_automatic_or_one_for_every_fan(filled: Studio, events: Environment) -> None:
    assert "Automatic, by the fan’s country" in filled.page("links/settings/")
    answer = filled.client.post(
        filled.url("links/settings/order/"),
        {"mode": "fixed", "order": ["deezer", "spotify", "nonsense"], "seen": seen(filled)},
        follow=True,
    )
    assert "Services now stand in one order for every fan." in answer.content.decode()
    settings = links.artist_link_settings(filled.access)
    assert (settings.order_mode, settings.fixed_order) == (OrderMode.FIXED, ("deezer", "spotify"))
    document = links.preview_document(filled.access, link_id=filled.link_id("Harbour Night 1"))
    assert (document.order, document.fixed_order) == ("fixed", ("deezer", "spotify"))
    filled.client.post(
        filled.url("links/settings/order/"), {"mode": "automatic", "order": ["deezer"], "seen": seen(filled)}
    )
    assert links.artist_link_settings(filled.access).order_mode is OrderMode.AUTOMATIC


@pytest.mark.req("SL-24")
@pytest.mark.parametrize(
    ("move", "order"),
    [
        ("up:deezer", ("deezer", "spotify", "tidal")),
        ("down:spotify", ("deezer", "spotify", "tidal")),
        ("up:spotify", ("spotify", "deezer", "tidal")),
        ("add:melon", ("spotify", "deezer", "tidal", "melon")),
        ("up:nonsense", ("spotify", "deezer", "tidal")),
    ],
)
def test_a_move_button_moves_one_place(filled: Studio, move: str, order: tuple[str, ...]) -> None:
    filled.client.post(
        filled.url("links/settings/order/"),
        {"mode": "fixed", "order": ["spotify", "deezer", "tidal"], "move": move, "seen": seen(filled)},
    )
    assert links.artist_link_settings(filled.access).fixed_order == order


def test_a_way_of_ordering_that_does_not_exist_is_refused(filled: Studio) -> None:
    answer = filled.client.post(filled.url("links/settings/order/"), {"mode": "random"})
    assert answer.status_code == 422
    assert "Choose how the services are ordered. Nothing was changed." in answer.content.decode()


@pytest.mark.req("PC-10", "PC-02")
def test_connecting_in_the_settings(studio: Studio, events: Environment) -> None:
    with world(releases=[found_release(1)]):
        refused = studio.client.post(
            studio.url("links/settings/spotify/"), {"url": "https://open.spotify.com/album/0Album"}
        )
        taken = studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})
    assert refused.status_code == 422
    assert 'value="https://open.spotify.com/album/0Album"' in refused.content.decode()
    assert taken.headers["Location"] == studio.url("links/")
    assert connections.spotify_connection(studio.access) is not None
    assert "Connected" in studio.page("links/settings/")


def poll(studio: Studio, over: str = "") -> tuple[str, str]:
    answer = studio.client.get(studio.url("links/import/"), {"over": over}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode(), answer.headers.get("HX-Trigger", "")


def test_the_import_is_told_while_it_runs_and_after(studio: Studio, drain_jobs: DrainJobs, events: Environment) -> None:
    with world(releases=[found_release(1), found_release(2)]):
        studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})
        html, _ = poll(studio)
        assert "about to start" in html
        assert 'hx-trigger="every 2s"' in html
        assert poll(studio, over="0")[1] == ""
        drain_jobs(hurry=True)
    html, trigger = poll(studio, over="0")
    assert trigger == "imported"
    assert "Your Spotify catalogue is imported" in html
    assert "2 of 2 releases" in html
    assert "hx-trigger" not in html
    assert studio.page("links/").count("Your Spotify catalogue is imported") == 1
    assert studio.client.get(studio.url("links/import/")).headers["Location"] == studio.url("links/")


def test_a_paused_import_says_why_and_when_it_goes_on(
    studio: Studio, drain_jobs: DrainJobs, events: Environment
) -> None:
    with world(releases=[found_release(1)]) as outside:
        studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})

        def trouble(verb: str, what: str) -> None:
            raise away()

        outside.catalog.trouble = trouble
        drain_jobs()
    html, _ = poll(studio)
    assert "The import is waiting" in html
    assert "Spotify cannot answer now. It goes on by itself in a moment. What is imported stays." in html
    assert "The import is waiting" in studio.page()


@pytest.mark.parametrize(
    ("wait", "when"),
    [
        (timedelta(seconds=3), "in a moment"),
        (timedelta(hours=2), "today at 14:00"),
        (timedelta(days=1), "on 11 March at 12:00"),
    ],
)
def test_what_a_pause_waits_for_is_one_sentence_with_one_time(
    studio: Studio, drain_jobs: DrainJobs, events: Environment, wait: timedelta, when: str
) -> None:
    def trouble(verb: str, what: str) -> None:
        raise RetryLater("Spotify asks us to slow down. We will go on in 3 seconds.", after=wait)

    with world(releases=[found_release(1)]) as outside, clock.frozen(datetime(2026, 3, 10, 12, tzinfo=UTC)):
        studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})
        outside.catalog.trouble = trouble
        drain_jobs()
        html, _ = poll(studio)
        assert f"Spotify asks us to slow down. It goes on by itself {when}. What" in html
        assert f"Spotify asks us to slow down. It goes on by itself {when}.</p>" in studio.page()


@pytest.mark.parametrize("imported", [0, 1])
def test_links_show_as_they_appear_and_the_hub_at_once(
    studio: Studio, drain_jobs: DrainJobs, events: Environment, imported: int
) -> None:
    def trouble(verb: str, what: str) -> None:
        if verb == "release" and (not imported or what == found_release(2).external_id):
            raise away(timedelta(hours=1))

    with world(releases=[found_release(1), found_release(2)]) as outside:
        studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})
        outside.catalog.trouble = trouble
        drain_jobs()
    html = studio.page("links/")
    progress = catalog.import_progress(studio.access)
    assert progress is not None
    assert (progress.status, progress.done, progress.total) == (ImportStatus.PAUSED, imported, 2)
    assert f"{imported} of 2 releases" in html
    assert "Spotify cannot answer now. It goes on by itself" in html
    assert "No Smart Links yet" not in html
    assert (
        f'Your hub is open already: <a class="link" href="{links.artist_link_settings(studio.access).hub_url}"' in html
    )
    assert html.count('data-copy aria-label="Copy the address of Harbour Night') == imported
    assert ("Releases and playlists <span" in html) == bool(imported)


def test_an_import_is_cancelled_and_started_again(studio: Studio, drain_jobs: DrainJobs, events: Environment) -> None:
    with world(releases=[found_release(1)]):
        studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})
        found = re.search(r'name="import" value="([^"]+)"', studio.page("links/"))
        assert found is not None
        answer = studio.client.post(studio.url("links/import/cancel/"), {"import": found[1]}, follow=True)
        assert "The import is cancelled. The links it made stay" in answer.content.decode()
        assert "Import again" in answer.content.decode()
        studio.client.post(studio.url("links/import/again/"))
        drain_jobs(hurry=True)
    progress = catalog.import_progress(studio.access)
    assert progress is not None
    assert progress.status == ImportStatus.DONE
    assert studio.client.post(studio.url("links/import/cancel/"), {"import": "nonsense"}).status_code == 404


def test_a_viewer_cannot_stop_the_import(studio: Studio, events: Environment) -> None:
    with world(releases=[found_release(1)]):
        studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})
    html = studio.client_of(Role.VIEWER).get(studio.url("links/")).content.decode()
    assert "about to start" in html
    assert "import/cancel" not in html


def test_what_could_not_be_imported_is_named_with_its_reason(
    studio: Studio, drain_jobs: DrainJobs, events: Environment
) -> None:
    with world(releases=[found_release(1), found_release(2)]) as outside:
        studio.client.post(studio.url("links/settings/spotify/"), {"url": ARTIST_URL})

        def trouble(verb: str, what: str) -> None:
            if verb == "release" and what == found_release(2).external_id:
                raise Rejected("Spotify has taken this release down.")

        outside.catalog.trouble = trouble
        drain_jobs(hurry=True)
    html, _ = poll(studio)
    assert "1 of 2 releases, 1 not imported" in html
    assert re.search(r"<bdi>Harbour Night 2</bdi></a> Spotify has taken this release down\.", html)
