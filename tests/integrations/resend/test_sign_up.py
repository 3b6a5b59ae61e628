from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from tests.plugins.sandbox import Sandbox

from backline.accounts.models import User

TO = "newcomer@backline.example"
PASSWORD = "a long and unusual passphrase"


@pytest.mark.django_db
def test_signing_up_while_no_mail_goes_out_keeps_the_account_and_says_how_to_go_on(
    sandbox: Sandbox, settings: Settings, client: Client
) -> None:
    settings.EMAIL_BACKEND = "backline.integrations.resend.mail.ResendBackend"
    sandbox.fault("resend", "500", times=1)
    answer = client.post("/account/signup/", {"name": "Newcomer", "email": TO, "password1": PASSWORD})
    assert answer.status_code == 503
    assert "sign in and we send the link again" in answer.content.decode()
    assert User.objects.filter(email=TO).exists()
    cache.clear()  # allauth sends one link in three minutes; they have passed
    answer = client.post("/account/login/", {"login": TO, "password": PASSWORD}, follow=True)
    assert answer.status_code == 200
    assert len(sandbox.mail(TO)) == 1
