"""Everything that somebody could do to signing in with Google or Facebook. Each ends with nobody signed in."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.core.signing import Signer
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import PASSWORD, make_artist, make_user
from tests.factories.signing_in import (
    EMAIL,
    OTHER_PERSON,
    SERVICES,
    Browser,
    Query,
    asked,
    change_profile,
    real_services,
)
from tests.plugins.sandbox import Sandbox

from backline.accounts.models import User
from backline.settings import environment

pytestmark = [pytest.mark.django_db, pytest.mark.req("PP-10", "PP-52")]
OTHER = {"google": "facebook", "facebook": "google"}
CONNECTIONS = "/account/3rdparty/"


@pytest.fixture(autouse=True)
def _services(sandbox: Sandbox, settings) -> Iterator[None]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    with real_services(sandbox):
        yield


@pytest.fixture(params=SERVICES)
def browser(request: pytest.FixtureRequest) -> Browser:
    return Browser(request.param)


def _nothing_happened(browser: Browser) -> bool:
    return not browser.is_signed_in and not User.objects.exists() and not SocialAccount.objects.exists()


def _changed(text: str) -> str:
    return text[:-1] + ("y" if text.endswith("x") else "x")


ALTERED: dict[str, Callable[[dict[str, str]], Query]] = {
    "no state": lambda query: {**query, "state": ""},
    "a state of one character less": lambda query: {**query, "state": query["state"][:-1]},
    "a state with another signature": lambda query: {**query, "state": _changed(query["state"])},
    "a state without its signature": lambda query: {**query, "state": query["state"].rpartition(":")[0]},
    "a state of somebody else's making": lambda query: {**query, "state": "A" * 32},
    "a state signed for another use": lambda query: {**query, "state": Signer(salt="else").sign("A" * 32)},
    "two states": lambda query: {**query, "state": [query["state"], query["state"]]},
    "a second state behind the true one": lambda query: {**query, "state": [query["state"], "A"]},
    "no code": lambda query: {"state": query["state"]},
    "an empty code": lambda query: {**query, "code": ""},
    "a code that was made up": lambda query: {**query, "code": "4/0AmadeUp"},
    "a code of one character less": lambda query: {**query, "code": query["code"][:-1]},
    "a code of many thousand characters": lambda query: {**query, "code": "4" * 5_000},
    "a code with line ends": lambda query: {**query, "code": "4/0A\r\nHost: evil.example"},
    "two codes": lambda query: {**query, "code": [query["code"], "4/0Aother"]},
    "an error beside the code": lambda query: {**query, "error": "server_error"},
    "a refusal beside the code": lambda query: {**query, "error": "access_denied"},
    "an empty error beside the code": lambda query: {**query, "error": ""},
    "another issuer": lambda query: {**query, "iss": "https://evil.example"},
    "an issuer that only begins right": lambda query: {**query, "iss": "https://accounts.google.com.evil.example"},
    "two issuers": lambda query: {**query, "iss": ["https://accounts.google.com", "https://evil.example"]},
}  # fmt: skip


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED.keys())
def test_an_answer_that_was_altered_opens_nothing(browser: Browser, alter: Callable[[dict[str, str]], Query]) -> None:
    query = browser.consent(browser.begin())
    browser.back(alter(query))
    assert browser.last.status_code in (302, 401)
    assert _nothing_happened(browser)


def test_an_answer_that_was_altered_uses_up_the_way(browser: Browser) -> None:
    query = browser.consent(browser.begin())
    browser.back({**query, "code": "4/0AmadeUp"})
    browser.back(query)
    assert _nothing_happened(browser)


def test_an_answer_counts_once(browser: Browser) -> None:
    query = browser.consent(browser.begin())
    browser.back(query)
    people = User.objects.count()
    browser.client.post(reverse("account_logout"))
    assert "was used before" in browser.back(query)
    assert (browser.is_signed_in, User.objects.count()) == (False, people)


def test_an_answer_belongs_to_the_browser_that_asked(browser: Browser) -> None:
    """Login CSRF: somebody sends a victim the link with which they themselves would come back."""
    query = browser.consent(browser.begin())
    victim = Browser(browser.service)
    assert "begun in another browser" in victim.back(query)
    assert _nothing_happened(victim)
    victim.begin()
    assert "begun in another browser" in victim.back(query)
    assert _nothing_happened(victim)


def test_an_answer_belongs_to_its_service(browser: Browser) -> None:
    """Mix-up: each service has an address of its own to come back to, and takes no answer of the other."""
    query = browser.consent(browser.begin())
    browser.back(query, OTHER[browser.service])
    assert (browser.last.status_code, _nothing_happened(browser)) == (401, True)
    other = Browser(OTHER[browser.service], browser.client)
    state = asked(other.begin())["state"]
    other.back({**query, "state": state})
    assert (other.last.status_code, _nothing_happened(other)) == (401, True)


def test_an_answer_that_took_longer_than_ten_minutes_is_late(browser: Browser) -> None:
    query = browser.consent(browser.begin())
    session = browser.client.session
    kept = session[statekit.STATES_SESSION_KEY]
    session[statekit.STATES_SESSION_KEY] = {
        name: (state, time.time() - 601, service) for name, (state, _, service) in kept.items()
    }
    session.save()
    assert "took longer than ten minutes" in browser.back(query)
    assert _nothing_happened(browser)


def test_a_code_of_somebody_else_is_not_taken(browser: Browser) -> None:
    """Code injection: a code that leaked is put into a way that somebody else began. PKCE tells them apart."""
    leaked = Browser(browser.service)
    code = leaked.consent(leaked.begin())["code"]
    state = asked(browser.begin())["state"]
    browser.back({"state": state, "code": code})
    assert (browser.last.status_code, _nothing_happened(browser)) == (401, True)


def test_a_code_that_was_got_without_pkce_is_not_taken(browser: Browser) -> None:
    """PKCE downgrade: the attacker asks in their own browser without a challenge, or with one of their own."""
    place, values = browser.begin().partition("?")[0], asked(browser.begin())
    mine = {"state": "s", **({"nonce": "n"} if "nonce" in values else {})}
    for challenge in ({}, {"code_challenge": "c" * 43, "code_challenge_method": "S256"}):
        kept = {name: values[name] for name in ("client_id", "redirect_uri", "response_type", "scope")}
        address = f"{place}?{urlencode({**kept, **mine, **challenge})}"
        code = browser.consent(address, OTHER_PERSON[browser.service])["code"]
        fresh = asked(browser.begin())["state"]
        browser.back({"state": fresh, "code": code})
        assert (browser.last.status_code, _nothing_happened(browser)) == (401, True)


def test_a_code_is_good_once(browser: Browser) -> None:
    query = browser.consent(browser.begin())
    browser.back(query)
    browser.client.logout()
    other = Browser(browser.service)
    other.back({**query, "state": asked(other.begin())["state"]})
    assert (other.last.status_code, other.is_signed_in) == (401, False)


def test_only_a_form_of_ours_leads_there(browser: Browser) -> None:
    client = Client(enforce_csrf_checks=True)
    address = reverse("account:sign_in_with", args=[browser.service])
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 403
    assert statekit.STATES_SESSION_KEY not in client.session


def test_nothing_but_the_browsers_own_visit_comes_back(browser: Browser) -> None:
    query = browser.consent(browser.begin())
    address = reverse("account:signed_in_with", args=[browser.service])
    assert browser.client.post(address, query).status_code == 405
    assert _nothing_happened(browser)


FOREIGN = (
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example", "https:///evil.example", "http://localhost:8000@evil.example/", "javascript:alert(1)",
    "data:text/html,x", " //evil.example", "\t//evil.example", "/\t/evil.example",
    "/%09/evil.example/..//evil.example\r\nx: y",
    "https://testserver.evil.example/", "ftp://testserver/", "//testserver@evil.example",
)  # fmt: skip


@pytest.mark.parametrize("wanted", FOREIGN)
def test_nobody_is_led_to_a_foreign_host(wanted: str) -> None:
    browser = Browser("google")
    browser.go(next=wanted)
    assert browser.is_signed_in
    target = urlsplit(browser.last.headers["Location"])
    assert (target.scheme, target.netloc) == ("", "")
    assert not target.path.startswith(("//", "/\\"))
    assert "evil" not in target.path or target.path.startswith("/%09")


def test_the_address_to_come_back_to_is_ours_whatever_host_was_asked(settings, browser: Browser) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    answer = browser.client.post(
        reverse("account:sign_in_with", args=[browser.service]), headers={"host": "evil.example"}
    )
    home = environment.current().web_url
    assert asked(answer.context["url"])["redirect_uri"] == f"{home}/account/{browser.service}/login/callback/"


def test_what_the_address_says_beside_our_form_changes_nothing(browser: Browser) -> None:
    """allauth's own providers take scopes and parameters from the address."""
    address = reverse("account:sign_in_with", args=[browser.service])
    more = {
        "scope": "https://www.googleapis.com/auth/adwords",
        "auth_params": "prompt=none",
        "action": "reauthenticate",
    }
    values = asked(browser.client.post(f"{address}?{urlencode(more)}").context["url"])
    assert "adwords" not in values["scope"]
    assert values.get("prompt", "select_account") == "select_account"


def test_trying_often_is_slowed_down(browser: Browser) -> None:
    address = reverse("account:sign_in_with", args=[browser.service])
    codes = [browser.client.post(address).status_code for _ in range(31)]
    assert (set(codes[:30]), codes[30]) == ({200}, 429)


def test_an_unproved_address_takes_no_account_over(sandbox: Sandbox) -> None:
    user = make_user(email="jo@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email="second@example.org", verified=True, primary=False)
    for email in ("jo@example.org", "JO@Example.org", "second@example.org"):
        for verified, workspace in ((False, "example.org"), (True, ""), (False, "")):
            change_profile(sandbox, email=email, verified=verified, workspace=workspace)
            browser = Browser("google")
            browser.go()
            assert not browser.is_signed_in, (email, verified, workspace)
    user.refresh_from_db()
    assert (SocialAccount.objects.count(), User.objects.count(), user.check_password(PASSWORD)) == (0, 1, True)


def test_a_proved_address_takes_no_account_over_either(browser: Browser) -> None:
    user = make_user(email=EMAIL[browser.service], password=PASSWORD)
    browser.go()
    user.refresh_from_db()
    assert (browser.is_signed_in, SocialAccount.objects.count(), user.check_password(PASSWORD)) == (False, 0, True)


def test_who_signed_up_before_with_an_address_that_is_not_theirs_gets_nothing_of_its_owner(browser: Browser) -> None:
    """Pre-hijacking: an attacker makes an account with the victim's address and waits for the victim."""
    form = {"name": "Mallory", "email": EMAIL[browser.service], "password1": PASSWORD}
    attacker = Client()
    attacker.post(reverse("account_signup"), form)
    browser.go()
    assert (browser.is_signed_in, SocialAccount.objects.count()) == (False, 0)
    attacker.post(reverse("account_login"), {"login": EMAIL[browser.service], "password": PASSWORD})
    assert "_auth_user_id" not in attacker.session


def test_an_address_that_changed_there_moves_nobody(sandbox: Sandbox) -> None:
    make_user(email="jo@example.org", password=PASSWORD)
    browser = Browser("google")
    browser.go()
    person = User.objects.get(email=EMAIL["google"])
    change_profile(sandbox, email="jo@example.org", verified=True, workspace="example.org")
    other = Browser("google")
    other.go()
    assert other.client.session["_auth_user_id"] == str(person.pk)
    person.refresh_from_db()
    assert person.email == EMAIL["google"]


def test_an_account_there_that_opens_one_here_is_not_connected_to_another(browser: Browser) -> None:
    browser.go()
    owner = SocialAccount.objects.get().user
    other = Browser(browser.service)
    user = make_user(email="jo@example.org", password=PASSWORD)
    other.client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    other.client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert other.go(process="connect") == CONNECTIONS
    assert "opens another account here. Nothing was changed." in other.client.get(CONNECTIONS).content.decode()
    assert SocialAccount.objects.get().user == owner


def test_who_begins_to_connect_is_who_ends_it(browser: Browser) -> None:
    first, second = make_user(email="jo@example.org", password=PASSWORD), make_user(email="bo@example.org")
    browser.client.force_login(first)
    query = browser.consent(browser.begin(process="connect"))
    kept = browser.client.session[statekit.STATES_SESSION_KEY]
    browser.client.logout()
    browser.client.force_login(second)
    session = browser.client.session
    session[statekit.STATES_SESSION_KEY] = kept  # as if a session outlived its person
    session.save()
    browser.back(query)
    assert (browser.last.status_code, SocialAccount.objects.count()) == (401, 0)


def test_connecting_without_a_session_leads_to_signing_in(browser: Browser) -> None:
    answer = browser.client.post(reverse("account:sign_in_with", args=[browser.service]), {"process": "connect"})
    assert answer.headers["Location"] == reverse("account_login")


def test_a_link_connects_nothing(browser: Browser) -> None:
    """Connect CSRF: an attacker has a victim who is signed in come back with the attacker's consent."""
    attacker = Browser(browser.service)
    query = attacker.consent(attacker.begin())
    victim = make_user(email="jo@example.org", password=PASSWORD)
    browser.client.force_login(victim)
    browser.begin(process="connect")
    browser.back(query)
    assert SocialAccount.objects.count() == 0
    assert browser.client.session["_auth_user_id"] == str(victim.pk)


def test_a_locked_account_stays_locked(browser: Browser) -> None:
    browser.go()
    person = User.objects.get()
    User.objects.filter(pk=person.pk).update(is_active=False)
    EmailAddress.objects.filter(user=person).update(verified=True)
    other = Browser(browser.service)
    assert other.go() == reverse("account_inactive")
    assert not other.is_signed_in


def test_the_second_step_cannot_be_skipped(browser: Browser) -> None:
    browser.go()
    person = User.objects.get()
    EmailAddress.objects.filter(user=person).update(verified=True)
    totp.TOTP.activate(person, totp.generate_totp_secret())
    make_artist(creator=person)
    other = Browser(browser.service)
    assert other.go() == reverse("mfa_authenticate")
    for page in ("/", "/settings/", CONNECTIONS):
        assert other.client.get(page).headers["Location"].startswith(reverse("account_login"))


def test_nobody_disconnects_what_is_not_theirs(browser: Browser) -> None:
    browser.go()
    account = SocialAccount.objects.get()
    user = make_user(email="jo@example.org", password=PASSWORD)
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.post(CONNECTIONS, {"account": account.pk}).status_code == 200
    assert SocialAccount.objects.count() == 1


def test_disconnecting_asks_who_it_is_once_more(browser: Browser) -> None:
    browser.go()
    account = SocialAccount.objects.get()
    EmailAddress.objects.update(verified=True)
    account.user.set_password(PASSWORD)
    account.user.save()
    other = Browser(browser.service)
    other.go()
    answer = other.client.post(CONNECTIONS, {"account": account.pk})
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert SocialAccount.objects.count() == 1


def test_what_was_kept_for_a_sign_up_is_no_way_in_for_another(browser: Browser) -> None:
    """The form that asks for a missing address stands only in the browser that came from the service."""
    query = browser.consent(browser.begin(), without=("email",)) if browser.service == "facebook" else None
    if query is not None:
        browser.back(query)
    form = {"name": "Mallory", "email": "mallory@example.org"}
    answer = Client().post(reverse("socialaccount_signup"), form)
    assert (answer.headers["Location"], User.objects.count()) == (reverse("account_login"), 0)


def test_what_went_wrong_leaves_no_secret_behind(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    query = browser.consent(browser.begin())
    page = browser.back({**query, "code": query["code"][:-1]})
    code, state = query["code"], query["state"]
    assert not any(secret[:20] in page or secret[:20] in caplog.text for secret in (code, state))


def test_who_comes_twice_at_once_gets_no_half_an_account(browser: Browser) -> None:
    """The other one connects the same account there between our look and our write."""
    other = make_user(email="jo@example.org")

    def come_first(sender: object, instance: SocialAccount, **kwargs: object) -> None:
        SocialAccount.objects.bulk_create([SocialAccount(user=other, provider=instance.provider, uid=instance.uid)])

    query = browser.consent(browser.begin())
    pre_save.connect(come_first, sender=SocialAccount)
    try:
        led = browser.back(query)
    finally:
        pre_save.disconnect(come_first, sender=SocialAccount)
    assert led == reverse("account_login")
    assert "begun twice at the same moment" in browser.client.get(led).content.decode()
    assert (browser.is_signed_in, list(User.objects.all())) == (False, [other])


def test_an_account_that_two_connect_at_once_is_connected_to_one(browser: Browser) -> None:
    other, me = make_user(email="jo@example.org"), make_user(email="kim@example.org")
    browser.client.force_login(me)

    def come_first(sender: object, instance: SocialAccount, **kwargs: object) -> None:
        SocialAccount.objects.bulk_create([SocialAccount(user=other, provider=instance.provider, uid=instance.uid)])

    query = browser.consent(browser.begin(process="connect"))
    pre_save.connect(come_first, sender=SocialAccount)
    try:
        page = browser.back(query)
    finally:
        pre_save.disconnect(come_first, sender=SocialAccount)
    assert "was connected to another account here at the same moment" in page


def test_the_librarys_own_way_out_is_not_needed() -> None:
    """What is asked of Google and Facebook goes through ``core.http``: the program runs where requests is missing."""
    program = (
        "import sys; sys.modules.update(requests=None, oauthlib=None)\n"
        "import django; django.setup()\n"
        "from django.urls import get_resolver; print(len(get_resolver().url_patterns))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
