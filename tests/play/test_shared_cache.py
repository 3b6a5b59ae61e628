"""Pages behind a CDN: what it may keep, how it tells copies apart, and who counts the views."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from tests.factories.pages import hub, release
from tests.play.conftest import Running, from_country

from backline.settings import environment
from backline.settings.environment import EdgeSettings, Environment, SettingError

pytestmark = pytest.mark.django_db
PAGE = "/ines-tallow/letters"


@pytest.fixture
def behind_cdn(
    make_play: Callable[[Environment], Running], settings: Environment, publish: Callable[..., None]
) -> Running:
    publish(release(), hub())
    return make_play(replace(settings, edge=EdgeSettings(shared_seconds=300)))


def _report(play: Running, body: str, **headers: str) -> int:
    return play.fan.ask("/e", method="POST", body=body.encode(), headers=headers).status


def test_a_cdn_may_keep_a_page_per_country_and_browsers_ask_again(behind_cdn: Running) -> None:
    answer = behind_cdn.fan.ask(PAGE, **from_country("DE"))
    assert answer.headers["cache-control"] == (
        "public, max-age=0, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
    )
    assert answer.headers["vary"] == "Accept-Encoding, Accept-Language, cf-ipcountry"
    assert answer.headers["surrogate-key"] == "ines-tallow/letters artist:ines-tallow"
    assert answer.headers["cache-tag"] == "ines-tallow/letters,artist:ines-tallow"
    asked = from_country("DE")
    asked["headers"]["if-none-match"] = answer.headers["etag"]
    again = behind_cdn.fan.ask(PAGE, **asked)
    assert (again.status, again.headers["surrogate-key"]) == (304, answer.headers["surrogate-key"])


def test_only_pages_are_kept_by_a_cdn(behind_cdn: Running) -> None:
    for path in (f"{PAGE}/go/spotify", "/nobody", "/ines-tallow/nothing", "/-/privacy"):
        headers = behind_cdn.fan.ask(path).headers
        assert (headers["cache-control"], "surrogate-key" in headers) == ("no-store", False), path


def test_a_view_is_counted_by_the_page_and_not_by_the_request(behind_cdn: Running) -> None:
    behind_cdn.fan.ask(PAGE)
    behind_cdn.fan.ask("/ines-tallow")
    page = "http://127.0.0.1:8150/ines-tallow/letters?utm_source=mail&fbclid=x"
    body = '{"kind":"view","path":"/ines-tallow/letters","referrer":"https://news.example/a"}'
    assert _report(behind_cdn, body, referer=page) == 204
    assert _report(behind_cdn, '{"kind":"view","path":"/ines-tallow","referrer":""}') == 204
    first, second = behind_cdn.events()
    assert (first.kind, first.referrer_host, first.utm_source, first.click_ids) == (
        "view", "news.example", "mail", {"fbclid": "x"},
    )  # fmt: skip
    assert (second.kind, second.link_id, second.referrer_host) == ("view", "", "")


def test_the_scripts_that_count_are_allowed_by_the_pages_own_policy(behind_cdn: Running) -> None:
    for path in (PAGE, "/ines-tallow"):
        answer = behind_cdn.fan.ask(path)
        (script,) = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
        assert "kind: 'view'" in script
        digest = b64encode(sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_without_a_cdn_no_page_reports_its_own_view(play: Running, publish: Callable[..., None]) -> None:
    publish(release())
    assert "kind: 'view'" not in play.fan.ask(PAGE).text
    assert _report(play, '{"kind":"view","path":"/ines-tallow/letters"}') == 400
    assert [event.kind for event in play.events()] == ["view"]


def test_a_shared_cache_needs_to_tell_countries_apart() -> None:
    with pytest.raises(SettingError, match="BACKLINE_COUNTRY_HEADER"):
        environment.read({"BACKLINE_SHARED_CACHE_SECONDS": "60"})
