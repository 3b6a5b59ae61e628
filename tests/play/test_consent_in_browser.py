"""What leaves a fan's browser before, after and without a yes, as a proxy sees it that everything has to pass."""

from __future__ import annotations

import shutil
import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.factories.pages import hub, release
from tests.play.conftest import Served
from tests.play.test_consent import HOSTS, PIXELS
from tests.play.test_in_browser import _FLAGS

from backline.contract.pages import THEMES

pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.req("SL-27")]
PAGE = "/ines-tallow/measured"


# What Chromium asks for by itself, whatever the page: hints about form fields, and who is signed in to it.
_QUIET = ("--disable-features=AutofillServerCommunication,OptimizationHints,Translate", "--gaia-url=http://127.0.0.1:9")


class Recorder(socketserver.ThreadingTCPServer):
    """A proxy that writes down which hosts it is asked for, and leads to none of them."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refusal)
        self.hosts: list[str] = []

    def asked(self) -> set[str]:
        """Return the hosts since the last time, and begin anew."""
        hosts, self.hosts = set(self.hosts), []
        return hosts


class _Refusal(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        words = self.rfile.readline().decode("latin-1").split()
        assert isinstance(self.server, Recorder)
        if len(words) > 1:
            self.server.hosts.append(words[1].removeprefix("http://").partition("/")[0].partition(":")[0])
        self.wfile.write(b"HTTP/1.1 502 Recorded\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture
def browser(recorder: Recorder) -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("There is no Chromium on this machine.")
    proxy = f"http://127.0.0.1:{recorder.server_address[1]}"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=[*_FLAGS, *_QUIET], proxy={"server": proxy, "bypass": "127.0.0.1"}
        )
        yield started
        started.close()


def names(context: BrowserContext) -> set[str]:
    return {cookie.get("name", "") for cookie in context.cookies()}


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")


@pytest.mark.req("PP-60", "PP-61", "PP-62")
def test_nothing_leaves_before_a_yes_or_after_a_no(
    browser: Browser, recorder: Recorder, served: Served, publish: Callable[..., None]
) -> None:
    publish(release(PAGE[1:], pixels=PIXELS), hub(pixels=PIXELS))
    home = f"http://127.0.0.1:{served.port}"
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    recorder.asked()

    page.goto(f"{home}{PAGE}?utm_source=ig&fbclid=F1")
    settle(page)
    question = page.get_by_role("region", name="May Ines Tallow measure ads here?")
    assert question.is_visible()
    assert (recorder.asked(), names(context)) == (set(), set())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "no"

    question.get_by_role("button", name="Don’t allow").click()
    settle(page)
    assert page.url == f"{home}{PAGE}?utm_source=ig&fbclid=F1"
    assert page.locator(".consent").count() == 0
    assert (recorder.asked(), names(context)) == (set(), {"backline_consent"})

    page.get_by_text("Privacy choices").click()
    page.locator(".choices").get_by_role("button", name="Allow", exact=True).click()
    settle(page)
    assert recorder.asked() == HOSTS
    assert names(context) == {"backline_consent", "_fbc", "_fbp"}
    assert [text for text in said if "Content Security" in text or "Uncaught" in text] == []
    page.evaluate("document.cookie = '_fbp=theirs; max-age=7776000'; document.cookie = '_gcl_au=theirs'")
    kept = {cookie.get("name"): cookie.get("value", "") for cookie in context.cookies()}
    assert kept["_fbp"].startswith("fb.0.")
    assert "_gcl_au" not in kept
    assert f"_fbp={kept['_fbp']}" in page.evaluate("document.cookie")
    page.evaluate("addEventListener('click', event => event.preventDefault())")
    page.locator("a[href$='/go/spotify']").click()
    told = page.evaluate("[fbq.queue, ttq, dataLayer].map(list => [...[...list].at(-1)].slice(0, 3))")
    assert told == [
        ["trackCustom", "ServiceClick", {"service": "spotify"}],
        ["track", "ClickButton", {"content_name": "spotify"}],
        ["event", "service_click", {"send_to": PIXELS.google_ads, "service": "spotify", "transport_type": "beacon"}],
    ]

    page.goto(f"{home}/ines-tallow")
    settle(page)
    assert recorder.asked() == HOSTS
    page.get_by_text("Privacy choices").click()
    page.locator(".choices").get_by_role("button", name="Don’t allow").click()
    settle(page)
    page.goto(f"{home}{PAGE}?fbclid=F1")
    settle(page)
    page.goto(f"{home}/ines-tallow/letters")
    settle(page)
    assert (recorder.asked(), names(context)) == (set(), {"backline_consent"})
    context.close()


def _covered(page: Page) -> list[str]:
    """Return what is wrong with the place of the question: it may hide nothing for good, and both answers are alike."""
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    places = """[...document.querySelectorAll('footer > ul, .consent, .consent button')].map(part => {
        const box = part.getBoundingClientRect(), style = getComputedStyle(part)
        const [top, bottom, width, height] = [box.top, box.bottom, box.width, box.height].map(Math.round)
        const look = [style.font, style.color, style.backgroundColor, style.border].join()
        return { tag: part.localName, top, bottom, width, height, look }
    })"""
    found = page.evaluate(places)
    (question,) = (part for part in found if part["tag"] == "section")
    no, yes = (part for part in found if part["tag"] == "button")
    problems = []
    if any(part["bottom"] > question["top"] for part in found if part["tag"] == "ul"):
        problems.append("the end of the page stays covered")
    if no != yes or no["height"] < 44:
        problems.append("one answer is easier than the other")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        problems.append("scrolls sideways")
    return problems


_COVER = '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="640"/>'
_SHOWN = """() => {
    const end = document.querySelector('.consent').getBoundingClientRect().top
    const inView = part => { const box = part.getBoundingClientRect(); return box.top >= 0 && box.bottom <= end + 1 }
    const ways = [...document.querySelectorAll('.svc, .cta')].filter(part => part.checkVisibility())
    return {
        cover: inView(document.querySelector('.art')),
        ways: ways.filter(inView).length,
        lowest: Math.min(...ways.map(part => part.getBoundingClientRect().height)),
    }
}"""


def _first_screens(page: Page, ways: int) -> list[str]:
    """Return what the question lies over, at every size: a cover stays whole and ``ways`` on stay in view above it."""
    problems = []
    before = page.viewport_size
    for width, height in ((390, 844), (1280, 720), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        shown = page.evaluate(_SHOWN)
        if not shown["cover"] or shown["ways"] < ways or shown["lowest"] < 44:
            problems.append(f"{page.url} at {width} shows {shown}")
    assert before is not None
    page.set_viewport_size(before)
    return problems


def test_the_question_is_accessible_in_every_theme(
    browser: Browser, served: Served, publish: Callable[..., None]
) -> None:
    for theme in THEMES:
        publish(
            release(f"{theme}-band/letters", theme=theme, artist_name="Oleander Pike", pixels=PIXELS),
            hub(f"{theme}-band", theme=theme, artist_name="Oleander Pike", description="Songs.", pixels=PIXELS),
        )
    findings = []
    for theme, width in zip(THEMES, (1280, 390, 390, 1280), strict=True):
        context = browser.new_context(
            viewport={"width": width, "height": 844}, bypass_csp=True, reduced_motion="reduce", locale="en-GB"
        )
        page = context.new_page()
        page.route("**/art/*", lambda route: route.fulfill(body=_COVER, content_type="image/svg+xml"))
        page.goto(f"http://127.0.0.1:{served.port}/{theme}-band")
        findings += [(theme, problem) for problem in _first_screens(page, ways=1)]
        page.goto(f"http://127.0.0.1:{served.port}/{theme}-band/letters")
        findings += [(theme, problem) for problem in _first_screens(page, ways=3)]
        findings += [(theme, found["id"]) for found in Axe().run(page).response["violations"]]
        findings += [(theme, problem) for problem in _covered(page)]
        page.get_by_role("button", name="Don’t allow").click()
        page.get_by_text("Privacy choices").click()
        findings += [(theme, found["id"]) for found in Axe().run(page).response["violations"]]
        context.close()
    assert findings == []
