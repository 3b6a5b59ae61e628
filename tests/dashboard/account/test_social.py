"""Signing in with Google and Facebook: the whole way over HTTP, with the services in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from tests.factories.accounts import PASSWORD, make_artist, make_user
from tests.factories.signing_in import (
    EMAIL,
    LABEL,
    NAME,
    OTHER_PERSON,
    PERSON,
    SERVICES,
    Browser,
    asked,
    change_profile,
    real_services,
)
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox
from tests.settings.test_environment import PRODUCTION

from backline.accounts import personal_data, services
from backline.accounts.models import User
from backline.accounts.ports import SIGN_IN_SERVICES
from backline.core import audit
from backline.integrations.outbound import outbound_of
from backline.server import composition
from backline.settings import environment

pytestmark = [pytest.mark.django_db, pytest.mark.req("PP-10", "R3")]
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


def _confirm(client: Client) -> str:
    found = re.search(r"http://[^/\s]+(/account/confirm-email/\S*)", mail.outbox[-1].body)
    assert found
    return str(client.post(found[1]).headers["Location"])


def _signed_up(browser: Browser) -> User:
    """Sign up as the first person there, and confirm the address where that is asked."""
    browser.go()
    if browser.service == "facebook":
        _confirm(browser.client)
    assert browser.is_signed_in
    return User.objects.get()


def _signed_in(user: User, browser: Browser) -> Browser:
    browser.client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    browser.client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser


def _acts(user: User) -> list[str]:
    return [entry.action for entry in audit.of_actor(user.pk)]


def test_google_makes_an_account_with_a_confirmed_address() -> None:
    browser = Browser("google")
    assert browser.go() == reverse("account:welcome")
    person = User.objects.get()
    assert (person.email, person.name, person.has_usable_password()) == (EMAIL["google"], NAME["google"], False)
    assert EmailAddress.objects.get(user=person).verified
    assert mail.outbox == []
    assert _acts(person) == ["person.sign_in", "person.sign_up"]
    assert audit.of_actor(person.pk)[0].detail == {"with": "Google"}
    assert "None yet." in browser.client.get(reverse("account:settings")).content.decode()


def test_facebook_makes_an_account_whose_address_has_to_be_confirmed() -> None:
    browser = Browser("facebook")
    assert browser.go() == reverse("account_email_verification_sent")
    assert not browser.is_signed_in
    assert not EmailAddress.objects.get().verified
    assert _confirm(browser.client) == reverse("account:welcome")
    assert browser.is_signed_in
    assert User.objects.get().name == NAME["facebook"]


@pytest.mark.parametrize("address", ["somebody@mail.example", "somebody@sub.gmail.com"])
def test_an_address_whose_mailbox_google_does_not_run_has_to_be_confirmed(sandbox: Sandbox, address: str) -> None:
    change_profile(sandbox, email=address, workspace="")
    browser = Browser("google")
    assert browser.go() == reverse("account_email_verification_sent")
    assert not EmailAddress.objects.get(email=address).verified


def test_nothing_but_who_it_is_is_kept(browser: Browser) -> None:
    _signed_up(browser)
    account = SocialAccount.objects.get()
    assert account.extra_data == {"name": NAME[browser.service], "email": EMAIL[browser.service]}
    assert SocialToken.objects.count() == 0
    assert not any(word in str(dict(browser.client.session)) for word in ("token", "verifier", "nonce"))


def test_the_least_is_asked_for_with_pkce(browser: Browser) -> None:
    values = asked(browser.begin())
    scopes = {"google": "openid email profile", "facebook": "public_profile,email"}
    assert (values["scope"], values["code_challenge_method"]) == (scopes[browser.service], "S256")
    assert len(values["code_challenge"]) == 43
    assert "access_type" not in values


def test_no_token_stands_in_an_address(browser: Browser, sandbox: Sandbox) -> None:
    browser.go()
    provider = {"google": "google", "facebook": "meta"}[browser.service]
    paths = [request["path"] for request in sandbox.requests(provider)]
    assert len(paths) >= 3
    assert not any("token=" in path or "code=" in path for path in paths)


def test_they_sign_in_again_and_are_led_where_they_wanted_to_go(browser: Browser) -> None:
    person = _signed_up(browser)
    make_artist(creator=person)
    other = Browser(browser.service)
    assert other.go() == reverse("dashboard:home")
    assert other.go(next="/settings/") == "/settings/"
    assert User.objects.count() == 1


def test_the_buttons_lead_on_to_the_page_that_asked(browser: Browser) -> None:
    page = browser.client.get(reverse("account_login"), {"next": "/settings/"})
    text = page.content.decode()
    assert [text.count(f"Continue with {label}") for label in ("Google", "Facebook")] == [1, 1]
    assert text.count('name="next" value="/settings/"') >= 3
    assert "Continue with Google" in browser.client.get(reverse("account_signup")).content.decode()


def test_the_page_that_leads_there_goes_on_by_itself_and_tells_nobody_where_from(browser: Browser) -> None:
    page = browser.client.post(reverse("account:sign_in_with", args=[browser.service]))
    url = escape(page.context["url"])
    text = page.content.decode()
    assert f'<meta http-equiv="refresh" content="0; url={url}">' in text
    assert f'<a class="button button--primary" href="{url}" rel="noreferrer">Continue at' in text
    assert (page.headers["Referrer-Policy"], "no-store" in page.headers["Cache-Control"]) == ("no-referrer", True)
    assert "form-action 'self';" in page.headers["Content-Security-Policy"] + ";"


def test_without_the_settings_there_is_no_button() -> None:
    with SIGN_IN_SERVICES.holding():
        assert "Continue with" not in Client().get(reverse("account_login")).content.decode()
        assert Client().post(reverse("account:sign_in_with", args=["google"])).status_code == 404
        assert Client().get(reverse("account:signed_in_with", args=["google"])).status_code == 404


@pytest.mark.parametrize(
    ("environ", "keys"),
    [
        ({}, []),
        ({"GOOGLE_CLIENT_ID": "id", "GOOGLE_CLIENT_SECRET": "secret"}, ["google"]),
        ({"GOOGLE_CLIENT_ID": "id", "META_APP_ID": "12"}, []),
        ({"META_APP_ID": "12", "META_APP_SECRET": "secret"}, ["facebook"]),
    ],
)
def test_a_service_is_there_when_its_app_is_set(environ: dict[str, str], keys: list[str]) -> None:
    settings = environment.read({**PRODUCTION, **environ})
    assert list(composition.sign_in_services(settings, outbound_of(settings))) == keys


def test_who_gives_no_address_is_asked_for_one() -> None:
    browser = Browser("facebook")
    assert browser.go(without=("email",)) == reverse("socialaccount_signup")
    page = browser.client.get(reverse("socialaccount_signup")).content.decode()
    assert "We need what it did not tell us" in page
    assert f'value="{NAME["facebook"]}"' in page
    form = {"name": "Pilar", "email": "pilar@mail.example"}
    answer = browser.client.post(reverse("socialaccount_signup"), form)
    assert answer.headers["Location"] == reverse("account_email_verification_sent")
    _confirm(browser.client)
    assert browser.is_signed_in
    assert (User.objects.get().email, User.objects.get().name) == ("pilar@mail.example", "Pilar")
    other = Browser("facebook")
    other.go(without=("email",))
    assert other.is_signed_in


def test_who_has_another_name_there_than_our_rules_allow_is_asked_for_one(sandbox: Sandbox) -> None:
    change_profile(sandbox, name="Maya \U0001f3b5")
    browser = Browser("google")
    assert browser.go() == reverse("socialaccount_signup")
    form = {"name": "Maya", "email": EMAIL["google"]}
    browser.client.post(reverse("socialaccount_signup"), form)
    assert browser.is_signed_in
    assert EmailAddress.objects.get().verified


def test_who_says_no_there_changed_nothing(browser: Browser) -> None:
    from tests.factories.consent import decide

    query = decide(browser.begin(), person=PERSON[browser.service], decision="deny")
    assert browser.back(query) == reverse("socialaccount_login_cancelled")
    assert "Nothing was changed" in browser.client.get(browser.last.headers["Location"]).content.decode()
    query = decide(browser.begin(), person=PERSON[browser.service], decision="server_error")
    assert "did not say who you are. Nothing was changed." in browser.back(query)
    assert (browser.last.status_code, User.objects.count()) == (401, 0)


def test_a_service_that_is_away_says_so_and_can_be_tried_again(browser: Browser, sandbox: Sandbox) -> None:
    query = browser.consent(browser.begin())
    sandbox.fault({"google": "google", "facebook": "meta"}[browser.service], "500")
    text = browser.back(query)
    assert browser.last.status_code == 503
    assert LABEL[browser.service] in text or "Meta" in text
    assert not browser.is_signed_in
    sandbox.clear_faults()
    browser.go()
    assert User.objects.count() == 1


def test_an_address_that_has_an_account_is_led_to_its_own_sign_in_and_can_be_connected_there() -> None:
    user = make_user(email=EMAIL["google"], password=PASSWORD)
    browser = Browser("google")
    target = browser.go()
    assert target == f"{reverse('account_login')}?next=%2Faccount%2F3rdparty%2F"
    assert not browser.is_signed_in
    page = browser.client.get(target).content.decode()
    assert "has an account here already. Sign in to it as you did before; then you can connect Google." in page
    form = {"login": user.email, "password": PASSWORD, "next": parse_qs(urlsplit(target).query)["next"][0]}
    assert browser.client.post(reverse("account_login"), form).headers["Location"] == CONNECTIONS
    assert "Connect Google" in browser.client.get(CONNECTIONS).content.decode()


def test_an_address_that_facebook_tells_is_not_given_away() -> None:
    make_user(email=EMAIL["facebook"], password=PASSWORD)
    browser = Browser("facebook")
    assert browser.go() == reverse("account_email_verification_sent")
    assert [sent.subject for sent in mail.outbox] == ["You have an account already"]
    assert "connect it under Connected apps" in mail.outbox[0].body
    assert SocialAccount.objects.count() == 0


def test_an_account_is_connected_told_by_mail_and_disconnected(browser: Browser, drain_jobs: DrainJobs) -> None:
    label = LABEL[browser.service]
    user = make_user(email="jo@example.org", password=PASSWORD)
    _signed_in(user, browser)
    assert browser.go(process="connect") == CONNECTIONS
    page = browser.client.get(CONNECTIONS).content.decode()
    assert f"{label} is connected. You can sign in with it." in page
    assert EMAIL[browser.service] in page
    assert f"Connect {label}" not in page
    other = Browser(browser.service)
    other.go()
    assert other.client.session["_auth_user_id"] == str(user.pk)
    account = SocialAccount.objects.get()
    assert browser.client.post(CONNECTIONS, {"account": account.pk}).headers["Location"] == CONNECTIONS
    assert f"Connect {label}" in browser.client.get(CONNECTIONS).content.decode()
    drain_jobs()
    assert [sent.subject for sent in mail.outbox] == ["You can sign in another way", "A way to sign in was removed"]
    assert f"you can sign in with {label}" in mail.outbox[0].body
    assert [act for act in _acts(user) if "app" in act] == ["person.disconnect_app", "person.connect_app"]
    assert "connected an account to sign in with" in browser.client.get(reverse("account:activity")).content.decode()


def test_connecting_asks_who_it_is_once_more(browser: Browser) -> None:
    user = make_user(email="jo@example.org", password=PASSWORD)
    browser.client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert browser.go(process="connect") == reverse("account_reauthenticate")
    assert SocialAccount.objects.count() == 0
    answer = browser.client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.headers["Location"] == CONNECTIONS
    assert SocialAccount.objects.get().user == user


def test_the_last_way_in_stays(browser: Browser) -> None:
    _signed_up(browser)
    page = browser.client.post(CONNECTIONS, {"account": SocialAccount.objects.get().pk}).content.decode()
    assert "It is the only way into your account. Set a password first" in page
    form = {"password1": "another long password", "password2": "another long password"}
    browser.client.post(reverse("account_set_password"), form)
    browser.client.post(reverse("account_reauthenticate"), {"password": "another long password"})
    browser.client.post(CONNECTIONS, {"account": SocialAccount.objects.get().pk})
    assert SocialAccount.objects.count() == 0


def test_the_second_step_is_asked_after_the_service(browser: Browser) -> None:
    user = _signed_up(browser)
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    assert Authenticator.objects.filter(user=user).exists()
    other = Browser(browser.service)
    assert other.go() == reverse("mfa_authenticate")
    assert not other.is_signed_in


def test_two_services_open_one_account() -> None:
    google = Browser("google")
    user = _signed_up(google)
    assert Browser("facebook", google.client).go(process="connect") == CONNECTIONS
    other = Browser("facebook")
    other.go()
    assert other.client.session["_auth_user_id"] == str(user.pk)


def test_a_service_that_is_not_set_up_any_more_is_still_listed_and_disconnected() -> None:
    browser = _signed_in(make_user(email="jo@example.org", password=PASSWORD), Browser("google"))
    browser.go(process="connect")
    with SIGN_IN_SERVICES.holding():
        page = browser.client.get(CONNECTIONS).content.decode()
        assert "Google · " in page
        assert "Connect Google" not in page
        browser.client.post(CONNECTIONS, {"account": SocialAccount.objects.get().pk})
    assert SocialAccount.objects.count() == 0


def test_a_person_gets_a_copy_and_is_forgotten(browser: Browser) -> None:
    user = _signed_up(browser)
    (copy,) = personal_data.export(user.pk)["connected_apps"]
    assert (copy["service"], copy["email"]) == (browser.service, EMAIL[browser.service])
    services.erase_person(user_id=user.pk)
    assert SocialAccount.objects.count() == 0
    other = Browser(browser.service)
    other.go()
    assert User.objects.filter(is_active=True).get().pk != user.pk


def test_two_people_have_two_accounts(browser: Browser) -> None:
    browser.go()
    Browser(browser.service).go(OTHER_PERSON[browser.service])
    assert User.objects.count() == 2
