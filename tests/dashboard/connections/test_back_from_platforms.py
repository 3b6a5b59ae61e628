"""The way to a platform and back: what the browser is sent, what comes back, and what is never kept or shown."""

from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from tests.dashboard.connections.conftest import Stage
from tests.factories.accounts import make_user
from tests.factories.dashboards import make_studio, signed_in
from tests.factories.platforms import CODE, answer_of

from backline.accounts.models import Membership
from backline.accounts.types import Role
from backline.connections.models import Connection
from backline.core import clock
from backline.core.errors import RetryLater

pytestmark = pytest.mark.django_db


def state(stage: Stage) -> str:
    return Connection.objects.get(artist_id=stage.studio.artist.id, provider="wavelet").state


def test_a_page_goes_on_to_the_platform(stage: Stage) -> None:
    answer = stage.post("wavelet/start/", purpose="identity")
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    html = answer.content.decode()
    assert "On to Wavelet" in html
    assert html.count('href="https://wavelet.example/oauth?state=') == 1, "for browsers that do not go on by themselves"


@pytest.mark.req("PP-52")
def test_the_way_there_is_bound_to_this_browser_and_comes_back_to_the_one_address(stage: Stage) -> None:
    asked = parse_qs(urlsplit(stage.leave(purpose="identity")).query)
    assert asked["scope"] == ["identity"]
    assert asked["redirect_uri"][0].endswith("/connections/wavelet/callback/")
    assert len(asked["state"][0]) > 40
    assert stage.client.session["connect_secret"] not in str(asked)


def test_a_purpose_that_there_is_not_is_refused(stage: Stage) -> None:
    assert stage.post("wavelet/start/", purpose="everything").status_code == 302
    assert "Wavelet is not connected for that." in stage.page()
    assert not Connection.objects.exists()


def test_coming_back_leads_to_the_row(stage: Stage) -> None:
    answer = stage.client.get(answer_of(stage.leave()))
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{stage.url()}?asked#row-wavelet"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Wavelet let us in. We are setting the connection up." in stage.page()
    assert state(stage) == "exchanging"


def test_tiktoks_word_for_the_code_is_understood(stage: Stage) -> None:
    url = answer_of(stage.leave(), auth_code=CODE)
    assert stage.client.get(url).status_code == 302
    assert state(stage) == "exchanging"


def test_a_no_changes_nothing_and_says_so(stage: Stage) -> None:
    url = answer_of(stage.leave(), error="access_denied", error_description="<b>no</b>")
    assert stage.client.get(url).headers["Location"].endswith("#row-wavelet")
    html = stage.page()
    assert "You did not give access at Wavelet, so nothing was changed." in html
    assert "toast--problem" in html
    assert state(stage) == "not_connected"


@pytest.mark.req("PP-52")
@pytest.mark.parametrize("case", ["used", "altered", "other browser", "other person", "nothing", "other platform"])
def test_an_answer_that_nobody_here_asked_for_is_refused(stage: Stage, case: str) -> None:
    url = answer_of(stage.leave())
    client, words = stage.client, "This answer does not belong to a sign-in that was begun in this browser by you."
    if case == "used":
        client.get(url)
        words = "This sign-in was answered already"
    elif case == "altered":
        url = url.replace("state=", "state=A")
    elif case == "other browser":
        client = Client()
        client.force_login(stage.studio.manager)
    elif case == "other person":
        client = stage.studio.client_of(Role.ADMIN)
    elif case == "nothing":
        url = "/connections/wavelet/callback/"
    else:
        url = url.replace("wavelet", "humming")
        words = "Nobody signs in to connect this platform."
    html = refused(client, url)
    assert words in html
    assert CODE not in html
    assert parse_qs(urlsplit(url).query).get("state", ["no state"])[0] not in html


@pytest.mark.req("PP-52")
def test_an_answer_that_comes_too_late_is_refused(stage: Stage) -> None:
    url = answer_of(stage.leave())
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert "This took longer than ten minutes, so the sign-in has ended." in refused(stage.client, url)


def refused(client: Client, url: str) -> str:
    """Come back with what is refused; returns the page that says so, whose address holds no code."""
    answer = client.get(url)
    there = answer.headers["Location"]
    assert (answer.status_code, urlsplit(there).query) == (302, "")
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    html = client.get(there).content.decode()
    assert "Platform Connections</h1>" in html
    assert "toast--problem" in html
    return html


@pytest.mark.parametrize("doubled", [f"code={CODE}", "state=another", "auth_code=another", "error=a&error=b"])
def test_an_answer_that_says_something_twice_is_refused(stage: Stage, doubled: str) -> None:
    assert "The answer names something twice" in refused(stage.client, f"{answer_of(stage.leave())}&{doubled}")
    assert state(stage) == "consenting"


def test_who_may_not_edit_any_more_is_told(stage: Stage) -> None:
    editor = stage.studio.client_of(Role.EDITOR)
    begun = Stage(stage.studio, stage.platforms, stage.drain)
    html = editor.post(begun.url("wavelet/start/"), {"purpose": "advertising"}).content.decode()
    url = answer_of(html.split("0; url=")[1].split('"')[0].replace("&amp;", "&"))
    Membership.objects.filter(user_id=editor.session["_auth_user_id"]).update(role=Role.VIEWER)
    told = refused(editor, url)
    assert "You may not change this artist" in told
    assert "Nothing was changed." in told


def test_who_has_no_artist_is_led_to_the_start(stage: Stage) -> None:
    stranger = signed_in(make_user())
    answer = stranger.get(answer_of(stage.leave()), follow=True)
    assert answer.redirect_chain == [("/", 302), ("/start/", 302)]
    assert "does not belong to a sign-in that was begun in this browser" in answer.content.decode()


def test_who_is_signed_out_signs_in_without_the_code(stage: Stage) -> None:
    url = answer_of(stage.leave())
    answer = Client().get(url, follow=True)
    assert answer.redirect_chain == [("/account/login/", 302)]
    assert "You were signed out here before the platform sent you back" in answer.content.decode()
    assert state(stage) == "consenting"


@pytest.mark.parametrize("method", ["post", "head", "put"])
def test_only_a_browser_that_follows_a_link_comes_back(stage: Stage, method: str) -> None:
    assert getattr(stage.client, method)(answer_of(stage.leave())).status_code == 405
    assert state(stage) == "consenting"


def test_an_unknown_platform_has_no_callback(stage: Stage) -> None:
    assert "There is nothing to connect here." in refused(stage.client, "/connections/myspace/callback/?state=a&code=b")
    assert stage.client.get("/connections/wavelet/callback").status_code in (301, 404)


@pytest.mark.req("PP-51")
def test_neither_code_nor_state_is_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        url = answer_of(stage.leave())
        stage.client.get(url)
        stage.client.get(url)
        stage.drain()
    state_of_url = parse_qs(urlsplit(url).query)["state"][0]
    assert CODE not in caplog.text
    assert state_of_url not in caplog.text


@pytest.mark.req("PC-40")
def test_a_plan_that_ended_meanwhile_is_said(stage: Stage) -> None:
    stage.platforms.plans.is_active = False
    assert stage.post("wavelet/start/", purpose="advertising").status_code == 302
    assert "needs a managed-advertising plan. Activate billing first." in stage.page()
    stage.platforms.plans.fails = RetryLater("Billing cannot answer now.")
    assert stage.post("wavelet/start/", purpose="advertising").status_code == 302
    assert "Billing cannot answer now." in stage.page()
    assert stage.leave(purpose="identity").startswith("https://wavelet.example/")


def test_somebody_elses_artist_does_not_exist(stage: Stage) -> None:
    other = make_studio("Boreal Sund")
    assert other.client.post(stage.url("wavelet/start/"), {"purpose": "identity"}).status_code == 404
    assert "This answer does not belong to a sign-in" in refused(other.client, answer_of(stage.leave()))
