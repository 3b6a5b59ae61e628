"""The public form that says what is wrong with a page, and what an operator does about it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import make_user
from tests.factories.links import make_link
from tests.factories.pages_now import gone_at, page_at

from backline.core import audit, clock
from backline.core.audit import SYSTEM
from backline.core.errors import Rejected
from backline.links import selectors, services
from backline.links.models import PageReport, SmartLink
from backline.links.services.reports import MOST_OPEN
from backline.settings import environment

pytestmark = pytest.mark.django_db
FORM = "/report/"
PATH = "halla-norden/harbour-night"
SAID = {"page": PATH, "reason": "not_mine", "details": "I am Halla.", "email": "halla@norden.example"}


@pytest.fixture(autouse=True)
def _nobody_wrote_before() -> None:
    cache.clear()


@pytest.fixture
def link() -> SmartLink:
    return make_link(title="Harbour Night")


def kept() -> list[tuple[str, str, str, str]]:
    return list(PageReport.objects.order_by("created_at").values_list("path", "reason", "details", "email"))


def test_a_page_is_reported_without_an_account(link: SmartLink) -> None:
    client = Client(enforce_csrf_checks=True)
    html = client.get(f"{FORM}?page={PATH}").content.decode()
    address = f"{environment.current().play_url}/{PATH}"
    assert f'value="{address}"' in html
    assert client.post(FORM, SAID | {"page": address}).status_code == 403, "without the token"
    token = client.cookies["csrftoken"].value
    answer = client.post(FORM, SAID | {"page": address, "csrfmiddlewaretoken": token})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{FORM}?sent=1")
    assert "Your report is with the operator" in client.get(answer.headers["Location"]).content.decode()
    assert kept() == [(PATH, "not_mine", "I am Halla.", "halla@norden.example")]
    assert (PageReport.objects.get().link_id, selectors.open_reports()) == (link.pk, 1)


def test_a_hub_is_reported_too(link: SmartLink) -> None:
    Client().post(FORM, SAID | {"page": "/Halla-Norden/?utm_source=x", "email": ""})
    report = PageReport.objects.get()
    assert (report.path, report.link_id, report.artist_id) == ("halla-norden", None, link.artist_id)


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"page": "nobody/nothing"}, "page", "There is no page at this address"),
        ({"page": "https://[evil"}, "page", "There is no page at this address"),
        ({"page": ""}, "page", "There is no page at this address"),
        ({"reason": ""}, "reason", "Choose what is wrong"),
        ({"reason": "other", "details": " "}, "details", "Say in a sentence"),
        ({"details": "x" * 1001}, "details", "at most 1000 characters; this has 1001"),
        ({"email": "halla"}, "email", "This is no e-mail address"),
        ({"email": "a" * 60 + "@" + "b" * 60 + "." + "c" * 190 + ".example"}, "email", "This is no e-mail address"),
    ],
)
def test_what_cannot_be_sent_is_kept_in_the_form(change: dict[str, str], field: str, says: str) -> None:
    answer = Client().post(FORM, SAID | change)
    html = answer.content.decode()
    assert (answer.status_code, PageReport.objects.count()) == (422, 0)
    assert f'id="id_{field}_error"' in html
    assert says in html
    assert field == "details" or "I am Halla." in html


@pytest.mark.usefixtures("link")
def test_a_program_that_fills_in_everything_is_not_listened_to() -> None:
    answer = Client().post(FORM, SAID | {"website": "https://spam.example"})
    assert (answer.status_code, PageReport.objects.count()) == (302, 0)


@pytest.mark.usefixtures("link")
def test_a_flood_is_held_back_by_connection_and_by_page() -> None:
    client = Client()
    answers = [client.post(FORM, SAID | {"details": f"Again {number}"}).status_code for number in range(11)]
    assert answers == [302] * 10 + [429]
    late = client.post(FORM, SAID | {"details": "The eleventh"}).content.decode()
    assert ("The eleventh" in late, "Try again later" in late) == (True, True)
    for number in range(MOST_OPEN):
        services.report_page(page=PATH, reason="illegal", details=f"{number}", email="")
    assert PageReport.objects.count() == MOST_OPEN
    services.report_page(page="halla-norden", reason="illegal", details="", email="")
    assert PageReport.objects.count() == MOST_OPEN + 1, "another page is heard"


@pytest.mark.usefixtures("link")
def test_the_same_report_again_is_kept_once() -> None:
    for _ in range(3):
        services.report_page(page=PATH, reason="malicious", details="A trap.", email="")
    services.report_page(page=PATH, reason="malicious", details="A trap!", email="")
    assert [details for _, _, details, _ in kept()] == ["A trap.", "A trap!"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_the_same_at_once_one_is_kept() -> None:
    make_link(title="Harbour Night")
    barrier = threading.Barrier(4)

    def send() -> None:
        try:
            barrier.wait()
            services.report_page(page=PATH, reason="malicious", details="A trap.", email="")
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept()) == 1


def _act(client: Client, action: str, *reports: PageReport) -> str:
    page = reverse("admin:links_pagereport_changelist")
    sent = {"action": action, "_selected_action": [str(report.pk) for report in reports]}
    return client.post(page, sent, follow=True).content.decode()


@pytest.mark.req("SL-11")
def test_an_operator_takes_the_page_down_and_a_second_one_is_told(link: SmartLink) -> None:
    for reason in ("not_mine", "illegal"):
        services.report_page(page=PATH, reason=reason, details="", email="")
    services.report_page(page="halla-norden", reason="illegal", details="", email="")
    first, second, hub = PageReport.objects.order_by("created_at")
    client = Client()
    client.force_login(make_user(is_superuser=True), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "1 changed." in _act(client, "take_down", first)
    assert gone_at(PATH).is_secret is False
    assert selectors.open_reports() == 1
    assert "Somebody has settled it already." in _act(client, "take_down", second)
    assert "This is a hub." in _act(client, "take_down", hub)
    assert "1 changed." in _act(client, "settle", hub)
    actions = [entry.action for entry in audit.of_artist(link.artist_id)]
    assert (actions.count("page_report.settle"), actions.count("link.take_down")) == (3, 1)
    with pytest.raises(Rejected, match="cannot be sent"):
        services.report_page(page=PATH, reason="illegal", details="", email="")


def test_a_page_that_is_fine_stays(link: SmartLink) -> None:
    services.report_page(page=PATH, reason="illegal", details="", email="")
    services.settle_report(report_id=PageReport.objects.get().pk, actor=SYSTEM)
    assert page_at(PATH).title == "Harbour Night"
    with pytest.raises(Rejected, match="settled it already"):
        services.settle_report(report_id=PageReport.objects.get().pk, actor=SYSTEM)


def test_reports_are_forgotten_half_a_year_after_they_were_settled(link: SmartLink) -> None:
    for days, details in ((181, "old"), (179, "young"), (None, "open")):
        settled_at = None if days is None else clock.now() - timedelta(days=days)
        PageReport.objects.create(
            artist_id=link.artist_id, link=link, path=PATH, reason="other", details=details, settled_at=settled_at
        )
    assert services.forget_reports() == 1
    assert {details for _, _, details, _ in kept()} == {"young", "open"}
