"""The overview, what errors look like, and what every page has."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from tests.factories.accounts import make_member
from tests.factories.dashboards import Studio, play_events, signed_in
from tests.factories.stand_ins import world
from tests.plugins.jobs import DrainJobs

from backline.accounts.models import User
from backline.accounts.types import Role
from backline.analytics import engine
from backline.analytics.parquet.engine import DuckDbEngine, Listed
from backline.analytics.types import Scope
from backline.catalog.types import FoundPlaylist
from backline.core import clock
from backline.core.errors import (
    BacklineError,
    NeedsAction,
    NotAllowedError,
    NotFoundError,
    Rejected,
    RetryLater,
    StaleError,
)
from backline.core.state import TransitionRefusedError
from backline.dashboard import errors
from backline.dashboard.overview import views as overview
from backline.links import services as links
from backline.settings.environment import Environment


def covers(html: str) -> list[str]:
    """Return the titles under "Latest releases"; each is isolated and stands where its tile begins."""
    return re.findall(r'<span class="cover__title"><bdi[^>]*>([^<]+)</bdi></span>', html)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_first_run_leads_through_the_set_up(studio: Studio, events: Environment) -> None:
    html = studio.page()
    assert re.findall(r'class="checklist__title">([^<]+)', html) == [
        "Create your artist", "Connect Spotify", "Publish your first link", "Share your hub", "Invite a colleague",
    ]  # fmt: skip
    assert "1 of 5 done" in html
    assert "No Smart Links yet" in html


def test_the_list_ticks_itself(filled: Studio, events: Environment) -> None:
    assert "3 of 5 done" in filled.page()
    play_events(events, filled, "view", link=filled.link_id("Harbour Night 1"))
    assert "4 of 5 done" in filled.page()
    make_member(filled.artist, role=Role.VIEWER)
    html = filled.page()
    assert "of 5 done" not in html
    assert "Your hub" in html


def test_it_says_how_it_goes_and_shows_the_latest(filled: Studio, events: Environment) -> None:
    link, now = filled.link_id("Harbour Night 1"), clock.now()
    play_events(events, filled, *["view"] * 15, link=link, at=now - timedelta(hours=1))
    play_events(events, filled, *["view"] * 10, link=link, at=now - timedelta(days=30))
    html = filled.page()
    assert "Views are up 50.0% on the 28 days before. Nothing needs you now." in words(html)
    assert covers(html) == ["Harbour Night 3", "Harbour Night 2", "Harbour Night 1"]
    assert "Single · 15 views" in words(html)


def test_a_small_figure_before_is_named_instead_of_a_percentage(filled: Studio, events: Environment) -> None:
    link, now = filled.link_id("Harbour Night 1"), clock.now()
    play_events(events, filled, *["view"] * 3, link=link, at=now - timedelta(hours=1))
    play_events(events, filled, "view", link=link, at=now - timedelta(days=30))
    html = words(filled.page())
    assert "Views are up from 1 in the 28 days before." in html
    assert "up from 1 in the 28 days before" in html


def test_the_latest_releases_are_releases(
    filled: Studio, events: Environment, monkeypatch: pytest.MonkeyPatch, drain_jobs: DrainJobs
) -> None:
    monkeypatch.setattr(overview, "LINKS_READ", 2)
    with world() as outside:
        for number in range(3):
            url = f"https://open.spotify.com/playlist/0Mix{number}"
            mix = FoundPlaylist(f"0Mix{number}", f"Harbour Mix {number}", "Halla Norden", "", url, 12)
            outside.catalog.playlists[mix.external_id] = mix
            links.add(filled.access, text=url)
        drain_jobs(hurry=True)
    assert "Harbour Mix 2" in filled.page("links/")
    assert covers(filled.page()) == ["Harbour Night 3", "Harbour Night 2", "Harbour Night 1"]


def test_what_was_taken_down_needs_somebody(filled: Studio, events: Environment) -> None:
    from backline.core.audit import SYSTEM

    links.take_down(link_id=filled.link_id("Harbour Night 1"), reason="A claim", actor=SYSTEM)
    html = words(filled.page())
    assert "One thing needs you." in html
    assert "1 link is taken down" in html


def test_times_are_in_the_zone_of_who_reads(filled: Studio, events: Environment) -> None:
    connected = "links/settings/"
    here = re.search(r"since ([^<.]+)\.", words(filled.page(connected)))
    User.objects.filter(pk=filled.manager.pk).update(timezone="Asia/Kathmandu")
    there = re.search(r"since ([^<.]+)\.", words(filled.page(connected)))
    assert here is not None
    assert there is not None
    minutes = [int(found[1][-5:-3]) * 60 + int(found[1][-2:]) for found in (here, there)]
    assert (minutes[1] - minutes[0]) % 1440 in (344, 345, 346)
    User.objects.filter(pk=filled.manager.pk).update(timezone="Nowhere/At-All")
    assert filled.page(connected)


def test_every_page_says_that_it_is_the_sandbox_and_runs_no_inline_code(filled: Studio, events: Environment) -> None:
    link = filled.link_id("Harbour Night 1")
    for path in (
        "",
        "links/",
        "links/bots/",
        "links/review/",
        "links/settings/",
        f"links/{link}/",
        f"links/{link}/qr/",
    ):
        answer = filled.client.get(filled.url(path))
        html = answer.content.decode()
        assert "<strong>Sandbox.</strong>" in html, path
        code = re.sub(r"<textarea.*?</textarea>", "", html, flags=re.DOTALL)  # the embed's code is text there
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", code), path
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "style-src 'self'" in policy


def test_an_address_that_leads_nowhere_has_a_page_of_its_own(studio: Studio) -> None:
    answer = studio.client.get("/nothing/here/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert Client().get("/nothing/here/").status_code == 404


def test_a_form_without_its_token_says_what_to_do(studio: Studio) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(studio.manager)
    answer = client.post(studio.url("links/add/"), {"text": "x"})
    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (NotFoundError("No such link."), 404, "There is nothing here"),
        (NotAllowedError("You are a viewer."), 403, "You can look, but not change this"),
        (StaleError("It changed."), 409, "This changed in the meantime"),
        (TransitionRefusedError("It cannot."), 409, "This changed in the meantime"),
        (NeedsAction("Connect first."), 409, "Something has to be done first"),
        (Rejected("No.", field_errors={"url": "Not an address."}), 422, "This was refused"),
        (RetryLater("Spotify rests.", after=timedelta(seconds=40)), 503, "A service cannot answer now"),
        (BacklineError("Odd."), 409, "This could not be done"),
    ],
)
@pytest.mark.django_db
def test_every_kind_of_error_has_its_page(error: BacklineError, status: int, title: str, studio: Studio) -> None:
    request = RequestFactory().post("/a/x/links/", headers={"referer": "https://other.example/elsewhere"})
    request.user = studio.manager

    def view(request: HttpRequest) -> HttpResponse:
        raise error

    answer = errors.ErrorPages(view).process_exception(request, error)
    assert answer is not None
    html = answer.content.decode()
    assert (answer.status_code, title in html) == (status, True)
    assert status == 404 or error.message in html
    assert answer.headers.get("Retry-After") == ("40" if status == 503 else None)
    assert "elsewhere" not in html, "a button never leads to another host"
    assert errors.ErrorPages(view).process_exception(request, ValueError("a defect")) is None


def test_a_fault_of_ours_says_what_is_kept_and_gives_a_reference(rf: RequestFactory) -> None:
    answer = errors.server_error(rf.get("/a/x/"))
    html = answer.content.decode()
    assert answer.status_code == 500
    assert "What you saved before is kept" in html
    assert re.search(r"tell the operator this reference: [0-9a-f]{12}\.", html)


def test_a_viewer_is_offered_nothing_to_press(filled: Studio, events: Environment) -> None:
    viewer = filled.client_of(Role.VIEWER)
    for path in ("", "links/", "links/review/", "links/settings/"):
        html = viewer.get(filled.url(path)).content.decode()
        content = html[html.index('<main class="main"') : html.index("</main>")]
        assert 'method="post"' not in content, path


def test_signing_out_and_the_account_are_in_the_menu(studio: Studio, events: Environment) -> None:
    html = studio.page()
    menu = html[html.index('class="user menu"') :]
    assert re.findall(r'class="menu__item" (?:href="([^"]+)"|type="submit")', menu)[:4] == [
        "/settings/",
        "/account/3rdparty/",
        "/settings/activity/",
        "",
    ]
    assert signed_in(studio.manager).post("/account/logout/").status_code == 302


def test_who_is_no_operator_is_told_so(filled: Studio, events: Environment) -> None:
    answer = filled.client.get("/operator/status/", follow=True)
    assert answer.status_code == 403
    assert "This page is not open to you" in answer.content.decode()


def test_without_figures_the_rest_of_the_page_works(filled: Studio, events: Environment) -> None:
    def list_a_file_that_is_gone(folder: Path, scope: Scope) -> list[Listed]:
        return [Listed(str(folder / "gone.parquet"), scope.since, scope.until)]

    link = filled.link_id("Harbour Night 1")
    with engine.using(DuckDbEngine(events.lake_folder, list_files=list_a_file_that_is_gone)):
        pages = [filled.page(path) for path in ("", "links/", f"links/{link}/")]
        why = filled.client.get(filled.url("links/bots/"))
    for html in pages:
        assert "Nothing is lost; counting goes on." in words(html)
        assert "Harbour Night 1" in html
        assert 'class="metrics"' not in html
    assert why.status_code == 503
    assert "Nothing is lost, and counting goes on." in why.content.decode()
