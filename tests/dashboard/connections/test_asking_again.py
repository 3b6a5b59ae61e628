"""The part of the page that asks again: quiet while nothing changed, and telling while something does."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from tests.dashboard.connections.conftest import Stage
from tests.factories.platforms import answer_of

from backline.accounts.types import Role
from backline.connections.types import Check, CheckKind
from backline.core import clock

pytestmark = pytest.mark.django_db


def address(html: str) -> str:
    """Return what the page asks."""
    found = re.search(r'hx-get="([^"]+)" hx-trigger="every (\d+)s', html)
    assert found
    return found[1].replace("&amp;", "&")


def ask(stage: Stage, url: str) -> Any:
    return stage.client.get(url, headers={"HX-Request": "true"})


def test_nothing_is_sent_while_nothing_changed(stage: Stage) -> None:
    html = stage.page()
    assert "every 20s" in html
    answer = ask(stage, address(html))
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_change_is_sent_and_told(stage: Stage) -> None:
    url = answer_of(stage.leave())
    before = address(stage.page())
    stage.client.get(url)
    first = ask(stage, before)
    assert first.status_code == 200
    assert "every 2s" in first.content.decode()
    stage.drain()
    second = ask(stage, address(first.content.decode()))
    html = second.content.decode()
    assert "every 20s" in html
    news = re.search(r'<p id="connections-news" hx-swap-oob="innerHTML">([^<]*)</p>', html)
    assert news
    assert news[1] == "Wavelet: Connecting, Select Channel. Choose the channel."
    assert '<span id="connections-lead" hx-swap-oob="innerHTML">None is ready, one waits for you.</span>' in html
    assert '<div id="connections" data-asks' in html
    assert "<html" not in html
    assert ask(stage, address(html)).status_code == 204


def test_a_version_of_something_else_gets_everything(stage: Stage) -> None:
    answer = ask(stage, stage.url("rows/?seen=old"))
    assert answer.status_code == 200
    assert '<p id="connections-news" hx-swap-oob="innerHTML"></p>' in answer.content.decode()


def test_after_a_press_it_asks_often_until_the_answer_is_there(stage: Stage) -> None:
    stage.consent()
    answer = stage.post("wavelet/check/")
    assert answer.headers["Location"] == f"{stage.url()}?asked#row-wavelet"
    html = stage.page(asked="")
    assert "Wavelet is asked now. What it says shows here in a moment." in html
    assert "every 2s" in html
    assert ask(stage, address(html)).status_code == 204
    stage.drain()
    assert "every 20s" in ask(stage, address(html)).content.decode()


def test_it_asks_often_for_half_a_minute_at_most(stage: Stage) -> None:
    asks = address(stage.page(asked=""))
    assert ask(stage, asks).status_code == 204
    with clock.frozen(clock.now() + timedelta(seconds=40)):
        answer = ask(stage, asks)
        assert answer.status_code == 200
        assert "every 20s" in answer.content.decode()
        assert ask(stage, address(answer.content.decode())).status_code == 204


def test_who_comes_back_has_the_platform_asked(stage: Stage) -> None:
    stage.platforms.consent.unmet = (Check("page", "Page", CheckKind.SETUP, "Create a page."),)
    stage.consent()
    asks = address(stage.page())
    stage.platforms.consent.unmet = ()
    viewer = stage.studio.client_of(Role.VIEWER)
    assert viewer.get(f"{asks}&back=", headers={"HX-Request": "true"}).status_code == 204
    answer = ask(stage, f"{asks}&back=")
    assert "every 2s" in answer.content.decode()
    stage.drain()
    assert "Select Channel" in ask(stage, address(answer.content.decode())).content.decode()


def test_without_script_the_address_is_the_page(stage: Stage) -> None:
    answer = stage.client.get(stage.url("rows/"))
    assert (answer.status_code, answer.headers["Location"]) == (302, stage.url())


def test_viewers_are_told_too(stage: Stage) -> None:
    stage.consent()
    viewer = stage.studio.client_of(Role.VIEWER)
    answer = viewer.get(stage.url("rows/?seen=old"), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<form" not in answer.content.decode()
