"""Whoever's way in changed is told by mail, in our words; no text of the sign-in library is left to be read."""

from __future__ import annotations

import re
from pathlib import Path

import allauth
import pytest
from django.core import mail
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import PASSWORD, make_user
from tests.plugins.jobs import DrainJobs

from backline.accounts.notices import NOTICES
from backline.settings import environment

ALLAUTH = Path(allauth.__file__).parent
PARTS = ("account", "mfa", "usersessions")
UNUSED = {"login_code_sent", "phone_verification_sent", "phone_verified"}
"""Short messages of ways to sign in that Backline does not offer."""


def _named_in(pattern: str) -> set[str]:
    sources = [path for part in PARTS for path in (ALLAUTH / part).rglob("*.py") if "tests" not in path.parts]
    return {found for path in sources for found in re.findall(pattern, path.read_text(encoding="utf-8"))}


@pytest.mark.req("PP-10")
@pytest.mark.django_db
def test_a_changed_password_is_told_by_mail(settings, drain_jobs: DrainJobs) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_user(email="jo@example.org", password=PASSWORD)
    client = Client()
    client.post(reverse("account_login"), {"login": "jo@example.org", "password": PASSWORD})
    new = "another long password"
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    drain_jobs()
    (sent,) = mail.outbox
    assert (sent.subject, sent.to) == ("Your password was changed", ["jo@example.org"])
    home = environment.current().web_url
    for body in (sent.body, sent.alternatives[0].content):
        assert "If it was not you, choose a new password at once" in body
        assert f"{home}/account/password/reset/" in body
        assert home + reverse("account:activity") in body


def test_every_notice_of_the_sign_in_library_has_our_words() -> None:
    assert _named_in(r'send_notification_mail\(\s*"([^"]+)"') <= set(NOTICES)


def test_every_short_message_of_the_sign_in_library_has_our_words() -> None:
    named = _named_in(r'"((?:account|mfa|usersessions)/messages/\w+)\.txt"')
    assert len(named) > len(UNUSED)
    theirs = [name for name in named if str(ALLAUTH) in str(get_template(f"{name}.txt").origin.name)]
    assert {name.rsplit("/", 1)[1] for name in theirs} <= UNUSED
