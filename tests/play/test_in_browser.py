"""The pages in Chromium: nothing axe complains about, no sideways scroll, sharing by script and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from tests.factories.pages import hub, release, services, tracks
from tests.play.conftest import Served

from backline.contract.pages import THEMES, SubLink, Video

pytestmark = [pytest.mark.django_db, pytest.mark.browser]
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGES = (
    "/ines-tallow/letters",
    "/ines-tallow/rasail",
    "/ines-tallow/long",
    "/ines-tallow/late-crossing",
    "/ines-tallow",
    "/ines-tallow/nope",
    "/-/privacy",
)


@pytest.fixture
def browser(served: Served) -> Iterator[Browser]:
    import shutil

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("There is no Chromium on this machine.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    contexts = []

    def make(path: str, *, script: str = "", **options: Any) -> Page:
        context = browser.new_context(**({"viewport": {"width": 390, "height": 844}} | options))
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.goto(f"http://127.0.0.1:{served.port}{path}")
        return page

    yield make
    for context in contexts:
        context.close()


def test_every_page_is_accessible_and_fits_at_every_width(open_page: Callable[..., Page]) -> None:
    findings = []
    for width, scheme in ((320, "dark"), (390, "light"), (1280, "dark")):
        for path in PAGES:
            page = open_page(
                path,
                viewport={"width": width, "height": 800},
                color_scheme=scheme,
                bypass_csp=True,
                reduced_motion="reduce",
            )
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
            found = Axe().run(page).response["violations"]
            findings += [(path, width, scheme, violation["id"]) for violation in found]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                findings.append((path, width, scheme, "scrolls sideways"))
    assert findings == []


def test_a_page_asks_nobody_else_and_breaks_no_rule_of_its_own(open_page: Callable[..., Page], served: Served) -> None:
    for path in PAGES:
        page = open_page("/-/privacy")
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(f"http://127.0.0.1:{served.port}{path}")
        assert {address.split("/")[2] for address in asked} == {f"127.0.0.1:{served.port}"}
        assert [text for text in said if "404" not in text] == []


@pytest.mark.req("SL-29")
def test_the_main_job_needs_no_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/ines-tallow/letters", java_script_enabled=False)
    page.click("summary.act")
    assert page.input_value("#url") == "http://127.0.0.1:8150/ines-tallow/letters"
    assert page.get_by_role("link", name="QR code").is_visible()
    assert page.locator("#copy").is_hidden()
    assert page.get_attribute(".first a", "href") == "/ines-tallow/letters/go/spotify"


@pytest.mark.req("SL-26", "SL-29")
def test_copying_the_link_is_a_share(open_page: Callable[..., Page], served: Served) -> None:
    page = open_page("/ines-tallow/letters", permissions=["clipboard-read", "clipboard-write"])
    page.click("summary.act")
    with page.expect_response("**/e") as answer:
        page.get_by_role("button", name="Copy").click()
    assert answer.value.status == 204
    assert page.get_by_role("button", name="Copied").is_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "http://127.0.0.1:8150/ines-tallow/letters"
    assert served.events()[-1] == "share"


@pytest.mark.req("SL-26", "SL-29")
def test_the_phones_own_sheet_is_used_and_counted_when_something_was_shared(
    open_page: Callable[..., Page], served: Served
) -> None:
    sheet = """navigator.share = what => {
        window.shared = what
        return window.refuse ? Promise.reject(window.refuse) : Promise.resolve()
    }"""
    page = open_page("/ines-tallow/letters", script=sheet, has_touch=True, is_mobile=True)
    page.evaluate("window.refuse = new DOMException('no', 'AbortError')")
    page.click("summary.act")
    page.wait_for_function("window.shared")
    assert served.events().count("share") == 0
    page.evaluate("window.refuse = null")
    with page.expect_response("**/e"):
        page.click("summary.act")
    assert served.events().count("share") == 1
    assert page.evaluate("window.shared.url") == "http://127.0.0.1:8150/ines-tallow/letters"


@pytest.mark.parametrize(
    "served", [{"BACKLINE_SHARED_CACHE_SECONDS": "300", "BACKLINE_COUNTRY_HEADER": "cf-ipcountry"}], indirect=True
)
def test_behind_a_cdn_an_opened_page_reports_its_own_view(served: Served, open_page: Callable[..., Page]) -> None:
    for path in ("/ines-tallow/letters?utm_source=mail", "/ines-tallow"):
        problems: list[str] = []
        page = open_page("/favicon.svg")
        page.on("console", lambda message, problems=problems: problems.append(message.text))
        with page.expect_request("**/e") as report:
            page.goto(f"http://127.0.0.1:{served.port}{path}")
        assert report.value.post_data_json["kind"] == "view"
        answer = report.value.response()
        assert answer is not None
        assert answer.status == 204
        page.wait_for_load_state("networkidle")
        assert [problem for problem in problems if "Content Security" in problem] == []
    assert served.end() == 0
    assert served.events() == ["view", "view"]


_BROKEN_WORDS = """[...document.querySelectorAll('.title, .artist a, .h2')].flatMap(part => {
    const upright = getComputedStyle(part).writingMode.startsWith('vertical'), text = part.firstChild
    return [...text.data.matchAll(/\\S+/g)].filter(word => {
        const range = document.createRange()
        range.setStart(text, word.index)
        range.setEnd(text, word.index + word[0].length)
        return new Set([...range.getClientRects()].map(box => Math.round(upright ? box.left : box.top))).size > 1
    }).map(word => word[0])
})"""
LINKS = (SubLink("tickets", "https://tour.example/x", "On tour"), SubLink("instagram", "https://instagram.com/x"))


@pytest.mark.req("SL-28")
def test_every_theme_is_accessible_on_a_phone_and_on_a_desk(
    open_page: Callable[..., Page], publish: Callable[..., None]
) -> None:
    own: dict[str, Any] = {"sub_links": LINKS, "palette": ("#ef7c66", "#1f2a6b", "#8fd0aa"), "accent": "#3355ff"}
    for theme in THEMES:
        publish(
            hub(f"{theme}-band", releases=24, theme=theme, genres=("folk",), description="Songs.", **own),
            release(
                f"{theme}-band/letters", theme=theme, artist_name="Oleander Pike", services=services(),
                tracks=tracks(3), total_tracks=3, video=Video("dQw4w9WgXcQ", "Windfall"),
                description="Written in a packing shed.", **own,
            ),
        )  # fmt: skip
    findings = []
    for theme in THEMES:
        for path in (f"/{theme}-band", f"/{theme}-band/letters"):
            for width in (390, 1440):
                page = open_page(
                    path, viewport={"width": width, "height": 900}, bypass_csp=True, reduced_motion="reduce"
                )
                page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
                found = Axe().run(page).response["violations"]
                findings += [(path, width, one["id"], one["nodes"][0]["html"]) for one in found]
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    findings.append((path, width, "scrolls sideways", ""))
                findings += [(path, width, "breaks a word", word) for word in page.evaluate(_BROKEN_WORDS)]
    assert findings == []


def test_the_foot_of_a_wide_page_stands_under_its_services(open_page: Callable[..., Page]) -> None:
    page = open_page("/ines-tallow/letters", viewport={"width": 1440, "height": 900})
    for width in (1000, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        edges = (
            "['.foot ul', '.services'].map(name => Math.round(document.querySelector(name).getBoundingClientRect().x))"
        )
        foot, services = page.evaluate(edges)
        assert foot == services, width


@pytest.mark.req("SL-26", "SL-29")
def test_a_film_plays_in_its_place_after_the_tap_and_youtube_hears_of_nobody_before(
    open_page: Callable[..., Page], publish: Callable[..., None], served: Served
) -> None:
    publish(release("ines-tallow/film", video=Video("dQw4w9WgXcQ", "Windfall")))
    page = open_page("/-/privacy")
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"http://127.0.0.1:{served.port}/ines-tallow/film", wait_until="networkidle")
    assert {address.split("/")[2] for address in asked} == {f"127.0.0.1:{served.port}"}
    page.focus("#video")
    with page.expect_response("**/e") as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 204
    player = page.locator("iframe[title=Windfall]")
    player.wait_for()
    address = player.get_attribute("src") or ""
    assert address.partition("?")[0] == "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"
    assert page.locator("#video").count() == 0
    assert [text for text in said if "Content Security" in text] == []
    assert served.events()[-1] == "video_play"


AGENTS = {
    "instagram": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Instagram 350.0.0.20",
    "facebook": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 [FBAN/FBIOS;FBAV/480.0]",
    "tiktok": "Mozilla/5.0 (Linux; Android 14; wv) Chrome/130.0 Mobile Safari/537.36 trill_370 BytedanceWebview/d8a",
    "other": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Snapchat/13.0",
    "": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
}


def test_inside_an_app_the_page_says_how_to_get_to_the_real_browser(open_page: Callable[..., Page]) -> None:
    for app, agent in AGENTS.items():
        page = open_page("/ines-tallow/letters", user_agent=agent)
        shown = page.locator("[data-app]:visible")
        assert shown.evaluate_all("found => found.map(one => one.dataset.app)") == ([app] if app else [])


def test_a_hub_is_searched_with_the_keyboard_and_without_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/ines-tallow", java_script_enabled=False)
    page.fill("input[name=q]", "release 29")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ines-tallow?q=release+29")
    assert page.locator(".rows li").count() == 1


def test_a_fan_changes_the_language_and_stays_in_it_without_a_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/ines-tallow/letters", java_script_enabled=False, locale="ja-JP")
    assert page.get_by_role("link", name="Spotify 再生").is_visible()
    page.get_by_text("言語：日本語").click()
    page.get_by_role("link", name="العربية").click()
    assert page.get_attribute("html", "dir") == "rtl"
    page.get_by_role("link", name="Ines Tallow").click()
    assert (page.get_attribute("html", "lang"), page.url.partition("?")[2]) == ("ar", "lang=ar")
    for path in ("/ines-tallow/letters?lang=ar", "/ines-tallow?lang=ar", "/ines-tallow/letters?lang=ja"):
        page = open_page(path, bypass_csp=True)
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        assert [violation["id"] for violation in Axe().run(page).response["violations"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
