"""Signing up, confirming, signing in, resetting, second steps, and invitations from the mail to the team."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import PASSWORD, access_of, make_artist, make_user

from backline.accounts import mails, selectors, services
from backline.accounts.models import User
from backline.accounts.services.invitations import token_of
from backline.accounts.types import Role
from backline.core import audit
from backline.settings import environment

pytestmark = [pytest.mark.django_db, pytest.mark.req("PP-10")]


@pytest.fixture(autouse=True)
def _mailbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()  # rate limits of other tests


def _link(pattern: str) -> str:
    found = re.search(rf"http://[^/\s]+({pattern}\S*)", mail.outbox[-1].body)
    assert found
    return found[1]


def _sign_up(client: Client, email: str, *, following: str = "") -> None:
    form = {"name": "Jo Marlow", "email": email, "password1": PASSWORD}
    response = client.post(reverse("account_signup"), form | ({"next": following} if following else {}))
    assert response.headers["Location"].startswith(reverse("account_email_verification_sent"))


def _confirm(client: Client) -> str:
    page = _link("/account/confirm-email/")
    assert client.get(page).status_code == 200
    return client.post(page).headers["Location"]


def test_a_newcomer_signs_up_confirms_and_makes_an_artist():
    client = Client()
    _sign_up(client, "Jo@Example.org")
    assert mail.outbox[0].subject == "Confirm your e-mail address"
    assert "Confirm the address" in mail.outbox[0].alternatives[0].content
    assert client.get(reverse("account:settings")).status_code == 302  # not before the address is confirmed
    assert client.get(_confirm(client)).headers["Location"] == reverse("dashboard:start")
    person = selectors.person(user_id=User.objects.get().pk)
    assert (person.email, person.name, person.has_password) == ("jo@example.org", "Jo Marlow", True)
    assert [entry.action for entry in audit.of_actor(person.id)] == [
        "person.sign_in",
        "person.confirm_email",
        "person.sign_up",
    ]


def test_signing_up_keeps_what_was_typed():
    form = {"name": "Jo 🎵", "email": "jo@example.org", "password1": "short"}
    response = Client().post(reverse("account_signup"), form)
    text = response.content.decode()
    assert 'value="Jo 🎵"' in text
    assert 'value="jo@example.org"' in text
    assert "“🎵” cannot be part of a name." in text
    assert "at least 10 characters" in text


def test_an_address_with_an_account_is_not_given_away():
    make_user(email="jo@example.org", password=PASSWORD)
    client = Client()
    _sign_up(client, "jo@example.org")
    assert mail.outbox[0].subject == "You have an account already"
    assert User.objects.count() == 1


def test_signing_in_leads_home_and_a_wrong_password_says_so():
    make_artist(creator=make_user(email="jo@example.org", password=PASSWORD))
    client = Client()
    refused = client.post(reverse("account_login"), {"login": "jo@example.org", "password": "wrong"})
    assert "not correct" in refused.content.decode()
    assert 'value="jo@example.org"' in refused.content.decode()
    response = client.post(reverse("account_login"), {"login": "JO@example.org", "password": PASSWORD})
    assert response.headers["Location"] == reverse("dashboard:home")


def test_a_sign_in_leads_back_to_the_page_that_asked_for_it_and_nowhere_else():
    make_user(email="jo@example.org", password=PASSWORD)
    for wanted, led in (("/settings/", "/settings/"), ("https://evil.example/", reverse("dashboard:start"))):
        form = {"login": "jo@example.org", "password": PASSWORD, "next": wanted}
        assert Client().post(reverse("account_login"), form).headers["Location"] == led


def test_guessing_passwords_is_slowed_down():
    make_user(email="jo@example.org", password=PASSWORD)
    client = Client()
    for _ in range(5):
        client.post(reverse("account_login"), {"login": "jo@example.org", "password": "wrong"})
    response = client.post(reverse("account_login"), {"login": "jo@example.org", "password": PASSWORD})
    assert response.status_code == 200
    assert "Too many failed login attempts" in response.content.decode()


def test_a_forgotten_password_is_replaced():
    user = make_user(email="jo@example.org", password=PASSWORD)
    client = Client()
    assert client.post(reverse("account_reset_password"), {"email": "jo@example.org"}).status_code == 302
    assert mail.outbox[0].subject == "Choose a new password"
    page = client.get(_link("/account/password/reset/key/"), follow=True)
    form_url = page.redirect_chain[-1][0]
    response = client.post(form_url, {"password1": "another long password", "password2": "another long password"})
    assert response.status_code == 302
    user.refresh_from_db()
    assert user.check_password("another long password")
    assert audit.of_actor(user.pk)[0].action == "person.reset_password"
    again = Client().get(_link("/account/password/reset/key/"), follow=True)
    assert "This link does not work any more" in again.content.decode()


@pytest.mark.parametrize("view", ["account_signup", "account_reset_password"])
@pytest.mark.parametrize("email", ["jo@example.org", "nobody@example.org"])
def test_links_in_mails_lead_to_our_own_address(settings, view, email):
    settings.ALLOWED_HOSTS = ["*"]
    make_user(email="jo@example.org", password=PASSWORD)
    Client().post(reverse(view), {"name": "Jo", "email": email, "password1": PASSWORD}, headers={"host": "evil.test"})
    (sent,) = mail.outbox
    assert re.findall(r"http://[^/\s]+/", sent.body) == [f"{environment.current().web_url}/"]
    assert "evil.test" not in "".join([sent.body, *(other.content for other in sent.alternatives)])


def test_an_unknown_address_gets_the_same_answer():
    response = Client().post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert response.headers["Location"] == reverse("account_reset_password_done")
    assert mail.outbox[0].subject == "No account with this address"


def _signed_in_anew() -> Client:
    """Sign in and give the password once more, as pages of the account's safety ask."""
    client = Client()
    client.post(reverse("account_login"), {"login": "jo@example.org", "password": PASSWORD})
    assert "password" in client.get(reverse("account_reauthenticate")).content.decode()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def _code(secret: str, *, seconds_ago: int = 0) -> str:
    """What an authenticator app shows, or showed then. It is good for the step it was typed in and the one after."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time() - seconds_ago) // 30))


def test_an_authenticator_app_is_turned_on_and_asked_for(django_capture_on_commit_callbacks):
    user = make_user(email="jo@example.org", password=PASSWORD)
    client = _signed_in_anew()
    page = client.get(reverse("mfa_activate_totp"))
    text = page.content.decode()
    assert 'src="data:image/svg+xml' in text
    assert "style=" not in text
    secret = page.context["form"].secret
    stale = client.post(reverse("mfa_activate_totp"), {"code": _code(secret, seconds_ago=90)}).content.decode()
    assert "That code or key is not right." in stale
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": _code(secret)})
    assert set(Authenticator.objects.filter(user=user).values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert [entry.detail for entry in audit.of_actor(user.pk).filter(action="person.add_authenticator")] == [
        {"kind": "recovery codes"},
        {"kind": "authenticator app"},
    ]
    for page in ("mfa_index", "mfa_view_recovery_codes", "mfa_deactivate_totp", "mfa_generate_recovery_codes"):
        assert client.get(reverse(page)).status_code == 200, page

    other = Client()
    response = other.post(reverse("account_login"), {"login": "jo@example.org", "password": PASSWORD})
    assert response.headers["Location"] == reverse("mfa_authenticate")
    step = other.get(reverse("mfa_authenticate")).content.decode()
    assert "Code from your app, or a recovery code" in step
    assert "Use a passkey or security key" in step
    wrong = other.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    assert "That code or key is not right." in wrong
    assert other.get(reverse("account:settings")).status_code == 302


def test_no_stock_words_of_signing_in():
    user = make_user(email="jo@example.org", password=PASSWORD)
    assert "Keep me signed in on this device" in Client().get(reverse("account_login")).content.decode()
    client = _signed_in_anew()
    adding = client.get(reverse("mfa_add_webauthn")).content.decode()
    assert "Sign in with it alone, without my password" in adding
    assert 'value="My key"' in adding
    assert f'data-web-url="{environment.current().web_url}"' in adding
    key = Authenticator.objects.create(user=user, type="webauthn", data={"name": "Phone", "credential": {}})
    for page, words in (("mfa_edit_webauthn", "Rename a key"), ("mfa_remove_webauthn", "Remove <bdi>Phone</bdi>?")):
        assert words in client.get(reverse(page, args=[key.pk])).content.decode()


def test_a_passkey_can_be_added_without_inline_script():
    make_user(email="jo@example.org", password=PASSWORD)
    client = _signed_in_anew()
    for page in (reverse("mfa_add_webauthn"), reverse("mfa_list_webauthn")):
        response = client.get(page)
        assert response.status_code == 200
        text = response.content.decode()
        scripts = re.findall(r"<script([^>]*)>", text)
        assert all("src=" in script or 'type="application/json"' in script for script in scripts)
    login = Client().get(reverse("account_login"))
    assert "mfa/js/webauthn.js" in login.content.decode()
    assert "script-src 'self'" in login.headers["Content-Security-Policy"]
    assert "unsafe" not in login.headers["Content-Security-Policy"]


def test_an_operator_signs_in_like_everybody():
    operator = make_user(email="op@example.org", password=PASSWORD, is_superuser=True)
    response = Client().get("/operator/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    client = Client()
    client.force_login(operator)
    for page in ("/operator/", "/operator/accounts/user/", "/operator/accounts/artist/"):
        assert client.get(page).status_code == 200, page


@pytest.fixture
def invitation():
    artist = make_artist(creator=make_user(name="Rika Sund"), name="Halla Norden")
    access = access_of(User.objects.get(name="Rika Sund"), artist)
    invitation_id = services.invite_to_artist(access, email="jo@example.org", role=Role.VIEWER)
    mails.send_invitation(invitation_id=invitation_id)
    mail.outbox.clear()
    return artist, reverse("account:invitation", args=[token_of(invitation_id)])


def test_a_signed_out_guest_signs_up_and_comes_back(invitation):
    artist, page = invitation
    client = Client()
    text = client.get(page).content.decode()
    assert "Rika Sund" in text
    assert "jo@example.org" not in text  # the link alone does not tell whose it is
    assert client.post(page).headers["Location"] == f"{reverse('account_login')}?next={page}"
    _sign_up(client, "jo@example.org", following=page)
    assert _confirm(client) == page
    response = client.post(page)
    assert response.headers["Location"] == reverse("dashboard:overview", args=[artist.slug])
    again = client.get(page)
    assert (again.status_code, "has been used already" in again.content.decode()) == (410, True)


def test_a_guest_who_signs_up_without_the_link_is_led_to_the_invitation(invitation):
    _, page = invitation
    client = Client()
    _sign_up(client, "jo@example.org")
    assert client.get(_confirm(client)).headers["Location"] == page


def test_a_guest_who_confirms_elsewhere_is_led_to_the_invitation(invitation):
    _, page = invitation
    _sign_up(Client(), "jo@example.org")
    phone = Client()
    phone.post(_link("/account/confirm-email/"))
    response = phone.post(reverse("account_login"), {"login": "jo@example.org", "password": PASSWORD})
    assert response.headers["Location"] == page


def test_the_wrong_person_does_not_get_in(invitation):
    artist, page = invitation
    stranger = make_user()
    client = Client()
    client.force_login(stranger)
    response = client.post(page)
    assert response.status_code == 422
    assert "j…@example.org" in response.content.decode()
    assert client.get(reverse("account:artist", args=[artist.slug])).status_code == 404


def test_a_token_of_nobody_is_not_found():
    assert Client().get(reverse("account:invitation", args=["rubbish"])).status_code == 404


def test_a_changed_password_signs_out_the_other_devices():
    make_artist(creator=make_user(email="jo@example.org", password=PASSWORD))
    here, there = _signed_in_anew(), _signed_in_anew()
    new = "another long password"
    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert here.get(reverse("account:settings")).status_code == 200
    assert there.get(reverse("account:settings")).status_code == 302
