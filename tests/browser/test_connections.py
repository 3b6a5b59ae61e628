"""Connecting all five platforms, as people live it: Chromium, all programs, every platform's stand-in."""

from __future__ import annotations

import json
import re
import urllib.request
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import PASSWORD, Visit, Visitor
from tests.plugins.stack import Stack

from backline.sandbox import invented

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ARTIST = "The Unrecorded"
SINGLE = "Finally on Tape"
EMAIL = "five@example.org"
OPERATOR = "settles@example.org"
ADA = "10160000000000003"
_SECRETS = re.compile(r"[?&#](?:code|auth_code|state|\w*token)=")


def tell(stack: Stack, path: str, **values: object) -> None:
    """Have something happen at a stand-in that none of its pages do."""
    body = json.dumps(values).encode()
    request = urllib.request.Request(stack.sandbox_url + path, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status < 300


def new_artist(visitor: Visitor, *, email: str, name: str) -> str:
    """Sign up and make an artist of a name alone; return where its connections are."""
    visitor.sign_up(email)
    form = visitor.page.get_by_role("region", name="Not on Spotify yet?")
    form.get_by_role("textbox").fill(name)
    form.get_by_role("button", name="Create artist").click()
    visitor.page.wait_for_url("**/a/**")
    return f"/a/{visitor.page.url.split('/a/')[1].split('/')[0]}/connections/"


def row(page: Page, key: str) -> Locator:
    return page.locator(f"#row-{key}")


def control(page: Page, key: str, label: str) -> Locator:
    """Return a button of a row, whether it posts or leads somewhere."""
    name = re.compile(rf"^{label}\s?:")
    return row(page, key).get_by_role("button", name=name).or_(row(page, key).get_by_role("link", name=name))


def stands(page: Page, key: str, *labels: str) -> None:
    """Wait until a row has these labels and no other."""
    wanted = r"\s*".join(labels)
    expect(row(page, key).locator(".conn__labels")).to_have_text(re.compile(rf"^\s*{wanted}\s*$"), timeout=15_000)


def answer(page: Page, person: str, decision: str = "Allow") -> None:
    """Answer at a platform's consent page."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("asks for access")
    page.get_by_role("radio", name=re.compile(person)).check()
    page.get_by_role("button", name=decision, exact=True).click()


def come_back(page: Page) -> None:
    """Bring the tab to the front. Chromium without a screen hides no tab, so it has to be told."""
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def stay(page: Page) -> None:
    """Mark the page as it is, so that :func:`stayed` can tell that it was not loaded anew."""
    page.evaluate("window.isTheSame = true")


def stayed(page: Page) -> bool:
    return bool(page.evaluate("window.isTheSame === true"))


_FOCUSED = """within => {
  const at = document.activeElement.closest(within);
  return at ? (document.activeElement.closest("label") ?? document.activeElement).textContent.trim() : "";
}"""


def by_keyboard(page: Page, name: str, *, within: str = "body") -> None:
    """Go to what is called so with the Tab key."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if name in page.evaluate(_FOCUSED, within):
            return
    pytest.fail(f"The keyboard does not reach {name}.")


def visited(page: Page) -> list[str]:
    """Return what the browser keeps in the tab's history."""
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    return [entry["url"] for entry in history["entries"]]


@pytest.mark.req("PC-03", "PC-10", "PC-11", "PC-14", "PC-15", "PC-17", "PC-35", "PC-40", "PC-41", "PC-42", "PC-43")
def test_all_five_platforms(visit: Visit) -> None:
    artist, operator = visit(), visit()
    stack, page = artist.stack, artist.page
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    tell(stack, "/control/releases", action="appear", artist_id=invented.EMPTY_ARTIST_ID, title=SINGLE)
    there = new_artist(artist, email=EMAIL, name=ARTIST)
    artist.go(there)
    assert artist.axe() == []

    _gets_a_plan(artist, operator, there)
    _connects_spotify(artist)
    _connects_apple_music(artist)
    _connects_meta(artist)
    _connects_youtube(artist, operator)
    _connects_tiktok(artist)

    page = artist.go(there)
    expect(page.get_by_text("Ready to launch")).to_have_count(2)
    assert artist.axe() == []
    _loses_meta(artist, there)
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    ours = {urlsplit(url).netloc for url in (stack.web_url, stack.play_url, stack.sandbox_url)}
    assert hosts <= ours
    kept = [url for url in visited(page) if url.startswith(stack.web_url)]
    assert [url for url in kept if _SECRETS.search(url)] == []


def _gets_a_plan(artist: Visitor, operator: Visitor, there: str) -> None:
    page = artist.page
    stands(page, "meta", "Not Connected", "Activate billing")
    control(page, "meta", "Activate billing").click()
    expect(page.get_by_text("The plan is what you need to connect Meta and YouTube for advertising.")).to_be_visible()
    expect(page.get_by_text("To have it activated, write to")).to_be_visible()
    billing = urlsplit(page.url).path
    artist.stack.backline("operator", "create", OPERATOR, typed=PASSWORD)
    admin = operator.go("/account/login/")
    admin.get_by_label("Email").fill(OPERATOR)
    admin.get_by_label("Password", exact=True).fill(PASSWORD)
    admin.get_by_role("button", name="Sign in", exact=True).click()
    operator.go(billing)
    admin.get_by_role("link", name="Activate managed advertising").click()
    admin.get_by_label("Tier").select_option("Starter")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text("was added successfully")).to_be_visible()
    page = artist.go(there)
    stands(page, "meta", "Not Connected")


def _connects_spotify(artist: Visitor) -> None:
    page = artist.page
    control(page, "spotify", "Connect").click()
    page.get_by_role("textbox").fill(f"https://open.spotify.com/intl-de/artist/{invented.EMPTY_ARTIST_ID}?si=0123")
    page.get_by_role("button", name="Find the artist").click()
    stands(page, "spotify", "Connecting", "Complete Setup")
    found = row(page, "spotify").locator(".conn__found")
    expect(found).to_contain_text(ARTIST)
    expect(found).to_contain_text(f"Latest release: {SINGLE}")
    is_there = "document.querySelector('.conn__found img').naturalWidth > 0"
    artist.stack.wait_for(lambda: page.evaluate(is_there), what="the picture")
    control(page, "spotify", "Yes, connect").click()
    stands(page, "spotify", "Connected")


def _connects_apple_music(artist: Visitor) -> None:
    page = artist.page
    control(page, "apple_music", "Connect").click()
    page.get_by_role("textbox").fill(ARTIST)
    page.get_by_role("button", name="Find the artist").click()
    page.get_by_role("button", name=re.compile("^This one")).click()
    stands(page, "apple_music", "Connecting", "Complete Setup")
    control(page, "apple_music", "Yes, connect").click()
    stands(page, "apple_music", "Connected")


def _connects_meta(artist: Visitor) -> None:
    page = artist.page
    control(page, "meta", "Connect").click()
    page.get_by_role("button", name=re.compile("For advertising$")).click()
    answer(page, "Ada Lindqvist")
    stands(page, "meta", "Connecting", "Complete Setup")
    control(page, "meta", "Choose the Page").click()
    expect(page.get_by_role("radio", name=re.compile("Glass Harbour Fans"))).to_be_disabled()
    page.get_by_role("radio", name=re.compile("^Glass Harbour(?! Live| Fans)")).check()
    assert artist.axe() == []
    page.get_by_role("button", name="Use this Page").click()
    stands(page, "meta", "Partnership Needed", "Complete Setup")
    control(page, "meta", "Ask for the partnership").click()
    expect(row(page, "meta")).to_contain_text("We asked to be a partner of Glass Harbour.")
    stay(page)
    with page.context.expect_page() as opened:
        control(page, "meta", "Show me where").click()
        row(page, "meta").get_by_role("link", name="Continue at Meta").click()
    business = opened.value
    section = business.get_by_role("region", name="Glass Harbour", exact=True)
    section.get_by_role("button", name="Approve").click()
    expect(section.get_by_text("may advertise for this Page")).to_be_visible()
    business.close()
    come_back(page)
    stands(page, "meta", "Connected")
    assert stayed(page)


def _connects_youtube(artist: Visitor, operator: Visitor) -> None:
    page = artist.page
    control(page, "youtube", "Connect").click()
    page.get_by_role("button", name=re.compile("For advertising$")).click()
    answer(page, "Lena Winter")
    stands(page, "youtube", "Connecting", "Select Channel")
    control(page, "youtube", "Choose the channel").click()
    expect(page.get_by_role("radio")).to_have_count(3)
    page.get_by_role("radio", name=re.compile("Nordlicht Records")).check()
    page.get_by_role("button", name="Use this channel").click()
    stands(page, "youtube", "Connecting", "Awaiting Invite")
    admin = operator.go("/operator/connections/link/")
    admin.get_by_role("row", name=re.compile("Nordlicht Records")).get_by_role("checkbox").check()
    admin.locator("select[name=action]").select_option(label="Sent: the request waits for the artist")
    admin.get_by_role("button", name="Go", exact=True).click()
    artist.open_mail(EMAIL, about="accept")
    stands(page, "youtube", "Connecting", "Accept Invite")
    stay(page)
    control(page, "youtube", "Show me where").click()
    with page.context.expect_page() as opened:
        row(page, "youtube").get_by_role("link", name="Continue at YouTube").click()
    studio = opened.value
    channel = studio.get_by_role("region", name="Nordlicht Records")
    channel.get_by_role("combobox").select_option("Approved")
    channel.get_by_role("button", name="Save").click()
    studio.close()
    come_back(page)
    stands(page, "youtube", "Connected")
    assert stayed(page)


def _connects_tiktok(artist: Visitor) -> None:
    """With the keyboard alone."""
    page = artist.page
    by_keyboard(page, "Connect", within="#row-tiktok")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Connect TikTok")).to_be_visible()
    by_keyboard(page, "Continue at TikTok")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("asks for access")
    by_keyboard(page, "Mira Calloway")
    page.keyboard.press("ArrowDown")
    by_keyboard(page, "Allow")
    page.keyboard.press("Enter")
    stands(page, "tiktok", "Connecting", "Complete Setup")
    by_keyboard(page, "Choose the Advertiser account", within="#row-tiktok")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Choose the Advertiser account")).to_be_visible()
    by_keyboard(page, "Ostrander Records")
    page.keyboard.press("Space")
    by_keyboard(page, "Use this Advertiser account")
    page.keyboard.press("Enter")
    stands(page, "tiktok", "Connected")
    by_keyboard(page, "Details", within="#row-tiktok")
    page.keyboard.press("Enter")
    ready = row(page, "tiktok").locator(".checks__row.is-met")
    for check in ("Advertiser account", "Account status", "Business Center", "Identity", "Pixel"):
        expect(ready.filter(has_text=check)).to_be_visible()


def _loses_meta(artist: Visitor, there: str) -> None:
    """Somebody removes the app at Meta. The page says so by itself, the Overview and a mail lead to it."""
    page, stack = artist.page, artist.stack
    stay(page)
    tell(stack, "/meta/-/revoke", person=ADA, callback_url=f"{stack.web_url}/webhooks/meta/deauthorize/")
    mail = artist.link_of_mail(EMAIL, about="meta is disconnected")
    come_back(page)
    stands(page, "meta", "Disconnected")
    assert stayed(page)
    artist.go(there.removesuffix("connections/"))
    expect(page.get_by_text("Meta is disconnected")).to_be_visible()
    page.goto(mail)
    stands(page, "meta", "Disconnected")
    control(page, "meta", "Reconnect").click()
    answer(page, "Ada Lindqvist")
    stands(page, "meta", "Connected")


def test_a_refusal_comes_back_with_the_way_on(visit: Visit) -> None:
    """On a phone: refused, broken at the platform, and given after all."""
    artist = visit(width=390)
    page = artist.page
    artist.go(new_artist(artist, email="refuses@example.org", name="Paper Weather"))

    def connect(begin: str, decision: str) -> None:
        control(page, "tiktok", begin).click()
        page.get_by_role("button", name=re.compile("Identity only$")).click()
        answer(page, "Mira Calloway", decision)

    connect("Connect", "Refuse")
    expect(page.locator("#toasts")).to_contain_text("You did not give access at TikTok, so nothing was changed.")
    stands(page, "tiktok", "Not Connected")
    connect("Connect", "Let TikTok fail")
    expect(page.locator("#toasts")).to_contain_text("TikTok could not finish the sign-in. Nothing was changed.")
    stands(page, "tiktok", "Error")
    assert artist.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    connect("Try Again", "Allow")
    stands(page, "tiktok", "Connected")
