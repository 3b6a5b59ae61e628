"""Pixels load after a fan's yes and never without it; the answer is kept, changed, and worth nothing when forged."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256

import pytest
from tests.factories.pages import ORIGIN, hub, playlist, release
from tests.play.conftest import Answer, Fan, Running, from_country

from backline.contract.pages import Gone, Pixels, Redirected
from backline.play import consent_laws
from backline.play.cookies import AD_COOKIES
from backline.play.locales import WORDS
from backline.settings.environment import EdgeSettings, Environment

Publish = Callable[..., None]
pytestmark = [pytest.mark.django_db, pytest.mark.req("SL-27")]
PIXELS = Pixels(meta="1234567890123456", tiktok="C4A1B2C3D4E5F6G7H8I9", google_ads="AW-123456789")
HOSTS = {"connect.facebook.net", "analytics.tiktok.com", "www.googletagmanager.com"}
PAGE = "/ines-tallow/letters"
QUESTION = "May Ines Tallow measure ads here?"
OUTSIDE = re.compile(r"facebook|tiktok|google|doubleclick", re.IGNORECASE)
KEY = release().artist_id[-12:]


@dataclass
class Browser:
    """A fan's browser in a country: it keeps cookies and sends them back below their path."""

    fan: Fan
    country: str = "DE"
    jar: dict[tuple[str, str], str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def open(self, path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        origin = from_country(self.country)
        sent = [f"{name}={text}" for (name, at), text in self.jar.items() if f"{path}/".startswith(f"{at}/")]
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        together = origin["headers"] | self.headers | named | ({"cookie": "; ".join(sent)} if sent else {})
        answer = self.fan.ask(path, method=method, body=body, peer=origin["peer"], headers=together)
        for cookie in answer.cookies:
            pair, *attributes = cookie.split("; ")
            name, _, text = pair.partition("=")
            known = dict(part.partition("=")[::2] for part in attributes)
            self.jar.pop((name, known["Path"]), None)
            if known["Max-Age"] != "0":
                self.jar[name, known["Path"]] = text
        return answer

    def answer(self, word: str, path: str = PAGE, query: str = "") -> Answer:
        """Press a button of the question, which stands on the page as it was opened with ``query``."""
        referrer = f"{ORIGIN}{path}" + (f"?{query}" if query else "")
        return self.open(
            f"{path}/consent", method="POST", body=f"answer={word}".encode(), referer=referrer, origin=ORIGIN,
            sec_fetch_site="same-origin",
        )  # fmt: skip


@pytest.fixture
def browser(fan: Fan, publish: Publish) -> Browser:
    publish(release(pixels=PIXELS), hub(pixels=PIXELS), playlist(), release("ines-tallow/plain"))
    return Browser(fan)


def loads(answer: Answer) -> bool:
    """Tell whether the page may load pixels; the page and its policy have to say the same."""
    is_in_page = bool(re.search(r"data-(meta|tiktok|google_ads)=", answer.text))
    assert bool(OUTSIDE.search(answer.headers["content-security-policy"])) is is_in_page
    assert ("fbevents.js" in answer.text) is is_in_page
    return is_in_page


def asks(answer: Answer) -> bool:
    return QUESTION in answer.text


def test_before_an_answer_there_is_a_question_and_nothing_else(browser: Browser) -> None:
    for path in (PAGE, "/ines-tallow"):
        answer = browser.open(path, referer="https://www.instagram.com/")
        assert (asks(answer), loads(answer), answer.cookies) == (True, False, ())
        words = re.sub(r"<(style|script).*?</\1>", "", answer.text, flags=re.DOTALL)
        assert words.index(QUESTION) < words.index("<main") < words.index("<footer")
        assert f'<form class="answers" method="post" action="{path}/consent">' in answer.text
        assert re.findall(r'<button class="act" name="answer" value="(\w+)">', answer.text) == ["no", "yes"]
        assert "form-action 'self'" in answer.headers["content-security-policy"]


@pytest.mark.req("PP-42")
def test_a_yes_is_on_disk_and_loads_exactly_the_pixels_of_the_artist(play: Running, browser: Browser) -> None:
    browser.open(PAGE)
    said = browser.answer("yes")
    assert (said.status, said.headers["location"], said.headers["cache-control"]) == (303, PAGE, "no-store")
    assert said.cookies == (
        f"backline_consent=1.{KEY}.mtg; Path=/ines-tallow; Max-Age=15552000; SameSite=Lax; HttpOnly",
    )
    view, event = play.events()
    assert (view.kind, view.consent) == ("view", "")
    assert (event.kind, event.consent, event.country, event.link_id) == ("consent", "granted", "DE", view.link_id)
    written = repr(event)
    assert "203.0.113.9" not in written
    assert KEY not in written.replace(event.artist_id, "")
    shown = browser.open(PAGE)
    assert (loads(shown), asks(shown)) == (True, False)
    assert re.findall(r'data-(\w+)="([^"]+)"', re.findall(r"<details class=\"choices\".*?>", shown.text)[0]) == [
        ("meta", PIXELS.meta), ("tiktok", PIXELS.tiktok), ("google_ads", PIXELS.google_ads),
    ]  # fmt: skip
    assert loads(browser.open("/ines-tallow"))


def test_a_no_loads_nothing_and_can_be_changed_at_the_end_of_the_page(play: Running, browser: Browser) -> None:
    browser.answer("no")
    shown = browser.open(PAGE)
    assert (loads(shown), asks(shown), set(browser.jar)) == (False, False, {("backline_consent", "/ines-tallow")})
    foot = shown.text[shown.text.index("<footer") :]
    assert "Privacy choices" in foot
    assert "This page tells Meta, TikTok and Google nothing." in foot
    browser.answer("yes")
    assert loads(browser.open(PAGE))
    browser.answer("no")
    assert not loads(browser.open(PAGE))
    assert [event.consent for event in play.events() if event.kind == "consent"] == ["refused", "granted", "refused"]


def test_what_a_fan_does_carries_the_answer(play: Running, browser: Browser) -> None:
    def do() -> None:
        browser.open(PAGE)
        browser.open(f"{PAGE}/go/spotify")
        browser.open(f"{PAGE}/share/whatsapp")
        browser.open("/e", method="POST", body=b'{"kind":"share","path":"/ines-tallow/letters"}')

    do()
    browser.answer("yes")
    do()
    browser.answer("no")
    browser.open("/ines-tallow/plain")
    browser.open("/ines-tallow/plain/go/spotify")
    found = [(event.kind, event.consent) for event in play.events()]
    # The report's own address lies outside the artist's pages, where no answer is sent along.
    done = ("view", "service_click", "share")
    assert [pair for pair in found if pair != ("share", "")] == [
        ("view", ""), ("service_click", ""), ("consent", "granted"), *((kind, "granted") for kind in done),
        ("consent", "refused"), ("view", ""), ("service_click", ""),
    ]  # fmt: skip


def test_the_page_that_comes_back_after_an_answer_is_no_second_view(play: Running, browser: Browser) -> None:
    browser.open(f"{PAGE}?utm_source=ig")
    location = browser.answer("yes", query="utm_source=ig").headers["location"]
    assert location == f"{PAGE}?utm_source=ig"
    browser.open(location, referer=f"{ORIGIN}{PAGE}?utm_source=ig")
    browser.open(PAGE, referer=f"{ORIGIN}/ines-tallow")
    assert [(event.kind, event.utm_source) for event in play.events()] == [
        ("view", "ig"), ("consent", "ig"), ("view", ""),
    ]  # fmt: skip


def test_the_way_back_is_the_page_itself_whatever_the_referrer_says(browser: Browser) -> None:
    for referrer in (
        "https://evil.example/x?y",
        f"{ORIGIN}/other?x=1",
        "http://[::1",
        f"https://evil.example{PAGE}?a=1",
    ):
        said = browser.open(f"{PAGE}/consent", method="POST", body=b"answer=no", referer=referrer)
        assert (said.status, said.headers["location"]) == (303, PAGE)
    said = browser.answer("no", query='x="\r\nset-cookie:a=b')
    assert said.headers["location"] == f"{PAGE}?x=%22%0D%0Aset-cookie:a=b" or said.headers["location"].isprintable()


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "yes",
        "1",
        f"1.{KEY}.",
        f"1.{KEY}.yes",
        f"1.{KEY}.mtgx",
        f"1.{KEY}.gtm",
        f"2.{KEY}.mtg",
        f"1.{KEY.upper()}x.mtg",
        f"1.{'0' * 12}.mtg",
        f"1.{KEY}.mtg;backline_consent=1.{KEY}.no",
        f'"1.{KEY}.mtg"',
        f"1.{KEY}.mtg\u0000",
        f"1.{KEY}.mtg " + "m" * 5_000,
        "%31.x",
        "\U0001f36a",
    ],
)
def test_a_forged_or_foreign_cookie_is_no_answer(browser: Browser, cookie: str) -> None:
    browser.headers["cookie"] = f"a=b; backline_consent={cookie}; c=d"
    answer = browser.open(PAGE)
    assert (asks(answer), loads(answer), answer.cookies) == (True, False, ())


def test_the_answer_holds_among_other_cookies(browser: Browser) -> None:
    browser.headers["cookie"] = f"a=b;backline_consent=1.{KEY}.mtg ; x_backline_consent=no; backline_consent2=no"
    assert loads(browser.open(PAGE))


def test_a_company_that_is_added_later_is_asked_for_anew(browser: Browser, publish: Publish) -> None:
    publish(release("ines-tallow/early", pixels=Pixels(meta=PIXELS.meta)))
    assert "tells Meta that you opened it" in browser.open("/ines-tallow/early").text
    browser.answer("yes", "/ines-tallow/early")
    early, later = browser.open("/ines-tallow/early"), browser.open(PAGE)
    assert (loads(early), asks(early), loads(later), asks(later)) == (True, False, False, True)
    policy = early.headers["content-security-policy"]
    assert set(re.findall(r"https://([^ ;]+)", policy)) == {"connect.facebook.net", "www.facebook.com"}
    browser.answer("yes")
    assert loads(browser.open("/ines-tallow/early"))


@pytest.mark.parametrize("country", ["DE", "US"])
def test_global_privacy_control_is_a_refusal_everywhere(play: Running, browser: Browser, country: str) -> None:
    browser.country, browser.headers["sec-gpc"] = country, "1"
    answer = browser.open(f"{PAGE}?fbclid=F1")
    assert (asks(answer), loads(answer), answer.cookies) == (False, False, ())
    assert "Privacy choices" not in answer.text
    browser.answer("yes")
    assert not loads(browser.open(PAGE, referer="https://x.example/"))
    assert [(event.kind, event.consent) for event in play.events()] == [
        ("view", "refused"), ("consent", "refused"), ("view", "refused"),
    ]  # fmt: skip
    browser.headers["sec-gpc"] = "0"
    assert (asks(browser.open(PAGE)), loads(browser.open(PAGE))) == (False, False)


@pytest.mark.parametrize("country", ["DE", "IS", "GB", "CH", "BR", "TR", "CA", "KR", "RE", "", "XX"])
def test_where_the_law_wants_a_yes_and_where_nobody_knows_the_page_asks(browser: Browser, country: str) -> None:
    browser.country = country
    browser.fan.peer = "10.0.0.1"
    answer = browser.open(PAGE, x_forwarded_for="10.0.0.2") if country in ("", "XX") else browser.open(PAGE)
    assert (asks(answer), loads(answer)) == (True, False)


@pytest.mark.parametrize("country", ["US", "AU", "JP", "MX", "NZ"])
def test_elsewhere_pixels_load_without_a_notice_and_a_no_holds(play: Running, browser: Browser, country: str) -> None:
    browser.country = country
    answer = browser.open(f"{PAGE}?gclid=G1&fbclid=F1")
    assert (asks(answer), loads(answer), answer.cookies) == (False, True, ())
    assert "Privacy choices" in answer.text
    browser.answer("no")
    assert not loads(browser.open(PAGE, referer="https://x.example/"))
    assert [event.consent for event in play.events()] == ["", "refused", "refused"]


def test_a_page_without_pixels_never_asks_and_looks_at_no_cookie(play: Running, browser: Browser) -> None:
    browser.headers |= {"cookie": f"backline_consent=1.{KEY}.mtg", "sec-gpc": "1"}
    for path in ("/ines-tallow/plain", "/ines-tallow/late-crossing"):
        answer = browser.open(f"{path}?fbclid=F1&gclid=G1")
        assert (asks(answer), loads(answer), answer.cookies) == (False, False, ())
        assert "Privacy choices" not in answer.text
        assert answer.headers["vary"] == "Accept-Encoding, Accept-Language"
        assert "form-action 'none'" in answer.headers["content-security-policy"]
    assert {event.consent for event in play.events()} == {""}
    said = browser.answer("yes", "/ines-tallow/plain")
    assert (said.status, said.headers["location"], said.cookies) == (303, "/ines-tallow/plain", ())
    assert len(play.events()) == 2


@pytest.mark.req("PP-60", "PP-61")
def test_after_a_yes_the_click_of_an_ad_is_kept_for_as_long_as_allowed(browser: Browser) -> None:
    query = "gclid=G-1.a_b&gbraid=G2&wbraid=G3&fbclid=IwAR_1-x&ttclid=T1"
    assert browser.open(f"{PAGE}?{query}").cookies == ()
    location = browser.answer("yes", query=query).headers["location"]
    kept = dict(cookie.split("=", 1) for cookie in browser.open(location).cookies)
    assert set(kept) == set(AD_COOKIES)
    google, meta = (
        "; Path=/ines-tallow; Max-Age=7776000; SameSite=Lax; HttpOnly",
        "; Path=/ines-tallow; Max-Age=604800; SameSite=Lax",
    )
    assert (kept["_gclid"], kept["_gbraid"], kept["_wbraid"]) == (f"G-1.a_b{google}", f"G2{google}", f"G3{google}")
    assert re.fullmatch(r"fb\.0\.\d{13}\.IwAR_1-x" + re.escape(meta), kept["_fbc"])
    assert re.fullmatch(r"fb\.0\.\d{13}\.[1-9]\d{9}" + re.escape(meta), kept["_fbp"])
    assert browser.open(location).cookies == ()
    other = [cookie.split("=")[0] for cookie in browser.open(f"{PAGE}?gclid=G9&fbclid=F9").cookies]
    assert other == ["_gclid", "_fbc"]


def test_a_withdrawal_forgets_the_ad(browser: Browser) -> None:
    browser.answer("yes")
    browser.open(f"{PAGE}?gclid=G1&gbraid=G2&wbraid=G3&fbclid=F1")
    assert {name for name, _ in browser.jar} == {"backline_consent", *AD_COOKIES}
    browser.answer("no")
    assert {name for name, _ in browser.jar} == {"backline_consent"}
    assert browser.open(f"{PAGE}?gclid=G1&fbclid=F1").cookies == ()


def test_only_the_artists_own_companies_have_cookies_and_rubbish_is_not_kept(
    browser: Browser, publish: Publish
) -> None:
    publish(release("ines-tallow/google", pixels=Pixels(google_ads=PIXELS.google_ads)))
    browser.answer("yes", "/ines-tallow/google")
    odd = "gclid=a%0d%0aset-cookie:x&gbraid=a%3bb&wbraid=" + "w" * 600 + "&fbclid=F1"
    assert browser.open(f"/ines-tallow/google?{odd}").cookies == ()
    assert [cookie.split(";")[0] for cookie in browser.open("/ines-tallow/google?gclid=G1&gclid=G2").cookies] == [
        "_gclid=G1"
    ]
    assert browser.open("/ines-tallow/google?" + "&".join(f"x{n}=1" for n in range(90)) + "&gclid=G3").cookies == ()


def test_cookies_are_secure_where_the_pages_are(
    make_play: Callable[[Environment], Running], settings: Environment, publish: Publish
) -> None:
    publish(release(pixels=PIXELS))
    origin = "https://play.backline.example"
    play = make_play(replace(settings, play_url=origin))
    browser = Browser(play.fan)
    said = browser.open(f"{PAGE}/consent", method="POST", body=b"answer=yes", origin=origin)
    (answered,) = said.cookies
    assert "; Secure; HttpOnly" in answered
    kept = browser.open(f"{PAGE}?fbclid=F1").cookies
    assert all("; Secure" in cookie for cookie in kept)
    assert kept[0].startswith("_fbc=fb.2.")


@pytest.mark.req("PP-62")
def test_a_browser_without_cookies_has_a_page_that_works_and_asks_again(play: Running, browser: Browser) -> None:
    for word in ("yes", "no"):
        assert browser.answer(word).status == 303
        browser.jar.clear()
        answer = browser.open(PAGE, referer="https://x.example/")
        assert (asks(answer), loads(answer)) == (True, False)
    assert browser.open(f"{PAGE}/go/spotify").status == 302
    assert {event.consent for event in play.events() if event.kind == "service_click"} == {""}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"answer=yes", {"origin": "https://evil.example"}, 400),
        (b"answer=yes", {"origin": "null"}, 400),
        (b"answer=yes", {"sec_fetch_site": "cross-site"}, 400),
        (b"answer=yes", {"sec_fetch_site": "same-site"}, 400),
        (b"", {}, 400),
        (b"answer=", {}, 400),
        (b"answer=maybe", {}, 400),
        (b"answer=yes&answer=no", {}, 400),
        (b"answer=YES", {}, 400),
        (b"\xff\xfe", {}, 400),
        (b'{"answer":"yes"}', {}, 400),
        (b"&".join(b"a%d=1" % n for n in range(50)) + b"&answer=yes", {}, 400),
        (b"answer=yes&x=" + b"a" * 3_000, {}, 413),
        (b"answer=yes", {"content_length": "999999"}, 413),
    ],
)
def test_what_no_page_of_ours_sends_changes_nothing(
    play: Running, browser: Browser, body: bytes, headers: dict[str, str], status: int
) -> None:
    said = browser.open(f"{PAGE}/consent", method="POST", body=body, **headers)
    assert (said.status, said.cookies) == (status, ())
    assert play.events() == []


def test_other_methods_and_paths_answer_as_they_did(play: Running, browser: Browser, publish: Publish) -> None:
    publish(Redirected(path="ines-tallow/old", version=1, to="ines-tallow/letters"))
    publish(Gone(path="ines-tallow/gone", version=1))
    assert browser.open(f"{PAGE}/consent").status == 404
    assert browser.open(f"{PAGE}/consent", method="HEAD").status == 404
    assert browser.open(f"{PAGE}/consent", method="PUT").headers["allow"] == "GET, HEAD"
    assert browser.open(PAGE, method="POST", body=b"answer=yes").status == 405
    expected = {
        "/ines-tallow/old": 301, "/ines-tallow/gone": 410, "/nobody": 404, "": 404, "/-": 404, "/ines-tallow/nope": 404,
        "/../x": 404, "/a/b/c": 404, "/Ines-Tallow/Letters": 301,
    }  # fmt: skip
    posted = {path: browser.open(f"{path}/consent", method="POST", body=b"answer=yes").status for path in expected}
    assert posted == expected
    assert play.events() == []


def test_head_says_what_get_says(browser: Browser) -> None:
    browser.answer("yes")
    whole = browser.open(PAGE)
    head = browser.open(PAGE, method="HEAD")
    assert (head.status, head.content) == (200, b"")
    assert head.headers == {name: text for name, text in whole.headers.items() if name != "set-cookie"}


def test_a_page_with_pixels_is_its_fans_alone_even_behind_a_cdn(
    make_play: Callable[[Environment], Running], settings: Environment, publish: Publish
) -> None:
    publish(release(pixels=PIXELS), release("ines-tallow/plain"))
    play = make_play(replace(settings, edge=EdgeSettings(shared_seconds=300)))
    browser = Browser(play.fan)
    answer = browser.open(PAGE)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Accept-Encoding, Accept-Language, cf-ipcountry, Cookie, Sec-GPC"
    assert "surrogate-key" not in answer.headers
    assert "kind: 'view'" not in answer.text
    assert [event.kind for event in play.events()] == ["view"]
    assert browser.open("/ines-tallow/plain").headers["cache-control"].startswith("public")
    tag = answer.headers["etag"]
    browser.answer("yes")
    again = browser.open(PAGE, if_none_match=tag)
    assert (again.status, loads(again)) == (200, True)
    assert browser.open(PAGE, if_none_match=again.headers["etag"]).status == 304


def test_without_a_yes_no_outside_host_is_in_any_page_or_policy(browser: Browser, publish: Publish) -> None:
    """Every country that asks, every answer but yes, every kind of page, every language."""
    publish(playlist(pixels=PIXELS))
    paths = (PAGE, "/ines-tallow", "/ines-tallow/late-crossing")
    for number, country in enumerate(sorted(consent_laws.ASKS)):
        browser.country = country
        browser.headers["accept-language"] = list(WORDS)[number % len(WORDS)]
        for cookie in ("", f"backline_consent=1.{KEY}.no", f"backline_consent=1.{KEY}.mt", "backline_consent=1"):
            browser.headers["cookie"] = cookie
            answer = browser.open(paths[number % 3])
            assert not loads(answer)
            assert re.findall(r"https?:", answer.headers["content-security-policy"]) == []
            assert HOSTS.isdisjoint(re.findall(r"https://([^/\"]+)", answer.text))
            assert answer.cookies == ()


def test_the_policy_of_a_page_that_loads_names_our_script_and_their_hosts(browser: Browser) -> None:
    browser.answer("yes")
    answer = browser.open(PAGE)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    (script,) = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert policy["script-src"].split() == [
        f"'sha256-{digest}'", "https://connect.facebook.net", "https://analytics.tiktok.com",
        "https://www.googletagmanager.com", "https://www.googleadservices.com", "https://googleads.g.doubleclick.net",
    ]  # fmt: skip
    assert policy["img-src"] == policy["connect-src"]
    assert policy["connect-src"].split() == [
        "'self'", "https://www.facebook.com", "https://analytics.tiktok.com", "https://www.googletagmanager.com",
        "https://www.googleadservices.com", "https://googleads.g.doubleclick.net", "https://pagead2.googlesyndication.com",
        "https://www.google.com",
    ]  # fmt: skip
    for style in re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL):
        assert b64encode(sha256(style.encode()).digest()).decode() in policy["style-src"]


@pytest.mark.parametrize("locale", WORDS)
def test_the_question_is_in_the_fans_language(browser: Browser, locale: str) -> None:
    words = WORDS[locale]
    html = browser.open(PAGE, accept_language=locale).text
    assert f'<button class="act" name="answer" value="no">{words.consent_no}<' in html
    assert words.fill(words.consent_title, artist="Ines Tallow") in html
    named = words.companies[1].format(a="Meta", b="TikTok", c="Google")
    assert words.consent_text.replace("{companies}", named) in html
    for text in (words.consent_text, words.consent_refused, words.consent_granted):
        assert text.count("{companies}") == 1
    assert {"{a}", "{b}"} <= set(re.findall(r"\{\w\}", words.companies[0]))


def test_that_the_signal_is_heeded_is_said_where_browsers_look(fan: Fan) -> None:
    answer = fan.ask("/.well-known/gpc.json")
    assert (answer.status, answer.headers["content-type"], json.loads(answer.text)["gpc"]) == (
        200,
        "application/json",
        True,
    )


def test_what_a_page_says_of_privacy_holds_with_pixels_too(fan: Fan) -> None:
    html = fan.ask("/-/privacy").text
    assert "There are two exceptions. An artist can measure ads with Meta, TikTok or Google" in html
    assert html.index("set no cookie") < html.index("two exceptions") < html.index("kept in a cookie for 180 days")


def test_the_table_of_laws_is_the_page_in_the_docs() -> None:
    from pathlib import Path

    page = Path(__file__).resolve().parents[2] / "docs" / "consent.md"
    assert page.read_text() == consent_laws.as_markdown()
    codes = [code for law in consent_laws.LAWS for code in law.countries.split()]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch("[A-Z]{2}", code) for code in codes)
