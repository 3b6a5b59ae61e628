"""The rows: what each state shows and offers, who sees what, and that nothing secret is ever on the page."""

from __future__ import annotations

import html as entities
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.dashboard.connections.conftest import Stage
from tests.factories.dashboards import make_studio
from tests.factories.platforms import CODE, FOUND, REFRESH, TOKEN

from backline.accounts.types import Role
from backline.connections import services
from backline.connections.models import Connection
from backline.connections.quotas import note_usage
from backline.connections.types import (
    Check,
    CheckAction,
    CheckKind,
    GrantLostError,
    LinkReport,
    LinkStatus,
    LossReason,
    Purpose,
)
from backline.core import audit, clock
from backline.core.errors import NeedsAction, Rejected, RetryLater

pytestmark = pytest.mark.django_db

APPROVED = LinkReport(LinkStatus.APPROVED, evidence="data_link")


def words(html: str) -> str:
    """Return what is read, without what is only heard and without what is closed."""
    html = re.sub(r'<div class="conn__more"[^>]*hidden>.*', "", html, flags=re.DOTALL)
    html = re.sub(r'<span class="vh">[^<]*</span>', "", html)
    return re.sub(r"\s+", " ", entities.unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def controls(html: str) -> list[str]:
    """Return the labels of the buttons and links that act, in order."""
    found = re.findall(r'<(?:a|button) class="button[^>]*>(.*?)</(?:a|button)>', html, flags=re.DOTALL)
    return [words(label) for label in found]


def link_id(stage: Stage) -> UUID:
    return Connection.objects.get(artist_id=stage.studio.artist.id, provider="wavelet").pk


@pytest.mark.req("PC-03", "PC-04", "PC-31", "PC-36")
def test_the_rows_stand_in_order_and_what_is_in_development_has_no_control(stage: Stage) -> None:
    html = stage.page()
    assert re.findall(r'<h2 class="conn__name"[^>]*>([^<]+)', html) == [
        "Humming Bird", "Wavelet", "Snapchat", "Pandora",
    ]  # fmt: skip
    assert words(stage.row("wavelet")).startswith(
        "Wa Wavelet Identity · Advertising Not Connected Shows short films of your music. Connect Details"
    )
    for key in ("snapchat", "pandora"):
        assert "In Development We are building it. Nothing to do." in words(stage.row(key))
        assert controls(stage.row(key)) == []
    assert "Nothing is connected yet. These belong to Halla Norden only." in words(html)


@pytest.mark.req("PC-01")
def test_every_row_says_which_ends_it_serves(stage: Stage) -> None:
    ends = re.findall(r'<p class="conn__for">([^<]+)', stage.page())
    assert ends == ["Identity", "Identity · Advertising", "Advertising", "Advertising"]


@pytest.mark.req("PC-04")
@pytest.mark.parametrize("act", ["connect", "start", "confirm", "choose", "act", "try", "check", "disconnect", "reset"])
@pytest.mark.parametrize("key", ["snapchat", "nothing-like-it"])
def test_what_cannot_be_connected_is_refused(stage: Stage, key: str, act: str) -> None:
    answer = stage.post(f"{key}/{act}/", purpose="advertising", text="https://humming.example/artist/77")
    assert answer.status_code == 404
    assert not Connection.objects.exists()


@pytest.mark.req("PC-30", "PC-45")
def test_a_connected_row_has_no_detail_and_nothing_to_do(stage: Stage) -> None:
    stage.platforms.consent.link = APPROVED
    stage.consent()
    stage.choose()
    row = stage.row("wavelet")
    assert "Connected Halla Norden is connected. Checked today" in words(row)
    assert "detail-label" not in row
    assert controls(row) == ["Details", "Check again", "Choose another channel", "Disconnect"]
    assert "One is ready, nothing waits for you." in words(stage.page())


@pytest.mark.req("PC-32")
def test_while_the_code_is_exchanged_there_is_nothing_to_press(stage: Stage) -> None:
    from tests.factories.platforms import answer_of

    stage.client.get(answer_of(stage.leave()))
    row = stage.row("wavelet")
    assert "Connecting Wavelet is being asked how it stands. Details" in words(row)
    assert controls(row)[0] == "Details"
    assert 'hx-trigger="every 2s, visibilitychange from:document"' in stage.page()


@pytest.mark.req("PC-32")
def test_who_is_away_at_the_platform_can_begin_again(stage: Stage) -> None:
    stage.leave()
    row = stage.row("wavelet")
    assert "Connecting Waiting for you at Wavelet. If you closed that page, connect again. Connect" in words(row)
    assert "every 2s" in stage.page()
    assert "one waits for you" in stage.page()


@pytest.mark.req("PC-32", "PC-41")
def test_a_channel_waits_to_be_chosen(stage: Stage) -> None:
    stage.consent()
    row = stage.row("wavelet")
    assert "Connecting Select Channel Choose the channel. Choose the channel Details" in words(row)
    assert f'href="{stage.url("wavelet/choose/")}"' in row


@pytest.mark.req("PC-42")
def test_the_link_request_waits_for_the_operator(stage: Stage) -> None:
    stage.consent()
    stage.choose()
    row = stage.row("wavelet")
    assert "Connecting Awaiting Invite We send the Wavelet Ads link request next." in words(row)
    assert controls(row)[0] == "Details"


@pytest.mark.req("PC-43")
def test_the_link_request_waits_for_the_artist(stage: Stage) -> None:
    stage.consent()
    stage.choose()
    services.mark_sent(connection_id=link_id(stage), actor=audit.SYSTEM)
    stage.drain()
    row = stage.row("wavelet")
    assert "Connecting Accept Invite Our Wavelet Ads link request waits for you in Wavelet Studio." in words(row)
    assert controls(row)[:4] == ["Show me where", "Check again", "Continue at Wavelet", "I have accepted it"]
    assert "<li>Approve the request.</li>" in row
    assert 'href="https://studio.wavelet.example/links" target="_blank" rel="noopener noreferrer"' in row
    assert stage.post("wavelet/act/", action="confirm_link").status_code == 302
    stage.drain()
    assert "Connected Halla Norden is connected." in words(stage.row("wavelet"))


@pytest.mark.req("PC-33", "PC-44")
def test_a_partnership_can_be_asked_for(stage: Stage) -> None:
    ask = CheckAction("request_partner", "Ask for the partnership")
    stage.platforms.consent.link = APPROVED
    stage.consent()
    stage.choose()
    stage.platforms.consent.unmet = (
        Check(
            "partner",
            "Partnership",
            CheckKind.PARTNERSHIP,
            "We are no partner yet.",
            steps=("Open it.",),
            actions=(ask,),
        ),
    )
    Connection.objects.update(state="setup_missing")  # one that stood and lost its partner would be disconnected
    stage.post("wavelet/check/")
    stage.drain()
    row = stage.row("wavelet")
    assert "Partnership Needed Complete Setup We are no partner yet. Ask for the partnership Show me where" in words(
        row
    )
    assert stage.post("wavelet/act/", action="request_partner").status_code == 302
    assert stage.platforms.consent.acted == ["request_partner"]
    assert stage.post("wavelet/act/", action="delete_everything").status_code == 302
    assert "This is not to be done now." in stage.page()
    assert stage.platforms.consent.acted == ["request_partner"]


@pytest.mark.req("PC-44")
def test_a_step_at_the_platform_leads_there(stage: Stage) -> None:
    there = "https://wavelet.example/create?x=1&y=2"
    stage.platforms.consent.unmet = (Check("page", "Page", CheckKind.SETUP, "Create a page.", url=there),)
    stage.consent()
    row = stage.row("wavelet")
    assert "Connecting Complete Setup Create a page. Continue at Wavelet Check again Details" in words(row)
    assert f'href="{entities.escape(there)}" target="_blank" rel="noopener noreferrer"' in row


@pytest.mark.req("PC-44")
def test_a_missing_permission_leads_back_to_the_platform(stage: Stage) -> None:
    stage.platforms.consent.unmet = (Check("permissions", "Permissions", CheckKind.PERMISSION, "You left one out."),)
    stage.consent()
    row = stage.row("wavelet")
    assert "Connecting Complete Setup You left one out. Allow it at Wavelet Check again" in words(row)
    assert f'action="{stage.url("wavelet/start/")}"' in row
    assert 'name="purpose" value="advertising"' in row


@pytest.mark.req("PC-34")
def test_an_error_offers_try_again_and_reset(stage: Stage) -> None:
    stage.platforms.consent.fails_exchange = RetryLater("Wavelet cannot answer now.")
    stage.consent()
    row = stage.row("wavelet")
    assert "Error Wavelet cannot answer now. What you entered is kept. Try Again Reset Details" in words(row)
    stage.platforms.consent.fails_exchange = None
    assert stage.post("wavelet/try/").status_code == 302
    stage.drain()
    assert "Select Channel" in words(stage.row("wavelet"))
    question = stage.client.get(stage.url("wavelet/reset/")).content.decode()
    assert "Reset Wavelet?" in question
    assert "The access you gave at Wavelet is deleted here and given back there." in question
    assert stage.post("wavelet/reset/").status_code == 302
    stage.drain()
    assert "Not Connected Shows short films" in words(stage.row("wavelet"))
    assert stage.platforms.consent.revoked == 1


@pytest.mark.req("PC-34")
def test_try_again_asks_what_for_where_nothing_was_given(stage: Stage) -> None:
    stage.platforms.consent.fails_exchange = NeedsAction("Wavelet wants you to confirm your phone first.")
    stage.leave()
    Connection.objects.update(state="failed", failed_step="consent", problem="No usable answer.")
    answer = stage.post("wavelet/try/")
    assert answer.headers["Location"] == stage.url("wavelet/connect/")


@pytest.mark.req("PC-35")
def test_what_was_lost_is_reconnected(stage: Stage) -> None:
    stage.platforms.consent.link = APPROVED
    stage.consent()
    stage.choose()
    stage.platforms.consent.fails = GrantLostError("You took the access back at Wavelet.", reason=LossReason.REVOKED)
    stage.post("wavelet/check/")
    stage.drain()
    row = stage.row("wavelet")
    assert "Disconnected You took the access back at Wavelet. Reconnect Details" in words(row)
    stage.platforms.consent.fails = None
    overview = stage.studio.page()
    assert "Wavelet is disconnected" in overview
    assert f'href="{stage.url()}#row-wavelet">Reconnect</a>' in overview
    assert stage.leave().startswith("https://wavelet.example/oauth?")


@pytest.mark.req("PC-35")
def test_disconnecting_says_what_ends_first(stage: Stage) -> None:
    stage.platforms.consent.link = APPROVED
    stage.consent()
    stage.choose()
    question = stage.client.get(stage.url("wavelet/disconnect/")).content.decode()
    assert "Disconnect Wavelet?" in question
    assert "Wavelet Campaigns: nothing new comes in or goes out there." in question
    assert stage.post("wavelet/disconnect/").status_code == 302
    assert "Wavelet is disconnected." in stage.page()
    assert "Disconnected Halla Norden was connected." in words(stage.row("wavelet"))
    assert stage.post("wavelet/disconnect/").status_code == 302
    assert "There is no connection to end." in stage.page()


@pytest.mark.req("PC-40")
def test_without_a_plan_the_row_leads_to_billing(stage: Stage) -> None:
    stage.platforms.plans.is_active = False
    row = stage.row("wavelet")
    assert "Not Connected Activate billing" in words(row)
    assert controls(row)[:3] == ["Activate billing", "Without a plan", "Details"]
    assert f'href="{stage.studio.url("billing/")}"' in row


@pytest.mark.req("PC-50")
def test_another_artist_has_rows_of_their_own(stage: Stage) -> None:
    stage.platforms.consent.link = APPROVED
    stage.consent()
    stage.choose()
    other = make_studio("Boreal Sund")
    html = other.page("connections/")
    assert "Nothing is connected yet. These belong to Boreal Sund only." in words(html)
    assert "Halla Norden" not in html
    assert 'aria-current="page">' in html
    assert stage.studio.artist.name in stage.page()


def test_an_opened_row_tells_everything_that_is_known(stage: Stage) -> None:
    stage.platforms.consent.link = APPROVED
    note_usage(provider="wavelet", used_percent=41, access_level="development_access")
    stage.consent()
    stage.choose()
    closed, opened = stage.page(), stage.page(open="wavelet")
    assert re.search(r'id="more-wavelet" data-keeps-open hidden>', closed)
    assert re.search(r'id="more-wavelet" data-keeps-open>', opened)
    assert 'aria-expanded="true" aria-controls="more-wavelet"' in opened
    told = words(re.search(r'id="more-wavelet" data-keeps-open>(.*?)<li class="conn', opened, re.DOTALL)[1])  # type: ignore[index]
    for expected in (
        "Connected to Halla Norden", "Signed in as Jo Lind", "For Advertising", "Since Today", "Last answer Today",
        "Next check", "Our quota at Wavelet 41% used, development access", "What depends on it Wavelet Campaigns",
        "Help: Connecting Meta", "What it takes Channel Wavelet Ads link",
    ):  # fmt: skip
        assert expected in told


def test_what_nothing_depends_on_says_so(stage: Stage) -> None:
    stage.platforms.consent.facts = replace(stage.platforms.consent.facts, dependents=())
    assert "Nothing: no campaign and no page needs it." in stage.row("wavelet")
    assert "Nothing: no campaign and no page needs it." not in stage.row("humming")


def test_another_one_is_offered_only_for_what_something_was_chosen_for(stage: Stage) -> None:
    stage.consent(purpose="identity")
    stage.choose()
    assert "Choose another channel" in controls(stage.row("wavelet"))
    facts = stage.platforms.consent.facts
    stage.platforms.consent.facts = replace(facts, chooses_for=frozenset({Purpose.ADVERTISING}))
    assert "Check again" in controls(stage.row("wavelet"))
    assert "Choose another channel" not in controls(stage.row("wavelet"))
    assert stage.post("wavelet/choose/", choice="channel-2").status_code == 302
    assert "There is nothing to choose for what it is connected for." in stage.page()
    assert Connection.objects.get().external_id == "channel-1"
    stage.consent()
    stage.drain()
    assert "Choose another channel" in controls(stage.row("wavelet"))


@pytest.mark.parametrize(
    ("percent", "why"), [(80, ", so that quota is left."), (100, ": our quota there is used up."), (None, ": our")]
)
def test_a_platform_that_rests_says_until_when_and_why(stage: Stage, percent: int | None, why: str) -> None:
    note_usage(provider="wavelet", used_percent=percent, resting_until=clock.now() + timedelta(days=30))
    stage.consent()
    said = r"Wavelet is left alone until \d+ \w+, \d\d:\d\d"
    assert re.search(said + re.escape(why), words(stage.row("wavelet")))


def test_another_service_that_rests_is_named_as_such(stage: Stage) -> None:
    facts = stage.platforms.consent.facts
    stage.platforms.consent.facts = replace(facts, asks_too={"wavelet_ads": "Wavelet Ads"})
    note_usage(provider="wavelet", used_percent=3)
    note_usage(provider="wavelet_ads", used_percent=100, resting_until=clock.now() + timedelta(hours=1))
    stage.consent()
    row = stage.row("wavelet")
    assert "Wavelet Ads is left alone until" in words(row)
    assert "Wavelet is left alone" not in words(row)
    told = dict(re.findall(r"<dt>Our quota at ([^<]*)</dt><dd>([^<]*)</dd>", row))
    assert told == {"Wavelet": "3% used", "Wavelet Ads": "100% used"}


def test_viewers_see_everything_and_get_no_control(stage: Stage) -> None:
    stage.consent()
    viewer = stage.studio.client_of(Role.VIEWER)
    html = stage.page(viewer)
    assert "You are a viewer here: you see everything, and an editor can change it." in html
    assert "one waits for an editor" in html
    assert controls(stage.row("wavelet", viewer)) == ["Details"]
    assert "<form" not in stage.row("wavelet", viewer)
    assert "Signed in as" in stage.row("wavelet", viewer)


ACTS = (
    "humming/connect", "wavelet/connect", "wavelet/start", "humming/confirm", "wavelet/choose", "wavelet/act",
    "wavelet/try", "wavelet/check", "wavelet/disconnect", "wavelet/reset",
)  # fmt: skip


@pytest.mark.parametrize("path", ACTS)
def test_who_may_press_what(stage: Stage, path: str) -> None:
    from django.test import Client
    from tests.factories.accounts import make_user
    from tests.factories.dashboards import signed_in

    url = stage.url(f"{path}/")
    assert stage.studio.client_of(Role.VIEWER).post(url).status_code == 403
    assert stage.studio.client_of(Role.VIEWER).get(url).status_code in (403, 405)
    assert signed_in(make_user()).post(url).status_code == 404
    assert Client().post(url).headers["Location"].startswith("/account/login/")
    assert not Connection.objects.exists()
    for role in (Role.EDITOR, Role.ADMIN):
        assert stage.studio.client_of(role).post(url).status_code in (302, 404, 422)


@pytest.mark.req("PP-51")
def test_no_page_holds_a_token_or_a_code(stage: Stage) -> None:
    stage.platforms.consent.link = APPROVED
    stage.consent()
    stage.choose()
    pages = [stage.page(), stage.client.get(stage.url("wavelet/choose/")).content.decode(), stage.studio.page()]
    pages += [stage.client.get("/account/activity/").content.decode()]
    for secret in (TOKEN, REFRESH, CODE):
        assert not any(secret in page for page in pages)


def test_what_platforms_say_is_text(stage: Stage) -> None:
    evil = '<script>alert(1)</script>"'
    stage.platforms.address.artist = replace(FOUND, name=evil, latest_release=evil)
    stage.platforms.consent.unmet = (Check("page", evil, CheckKind.SETUP, evil, steps=(evil,)),)
    stage.find()
    stage.consent()
    html = stage.page()
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;&quot;") >= 5


def test_the_page_asks_the_database_no_more_with_more_connections(stage: Stage) -> None:
    stage.page()
    with CaptureQueriesContext(
        connection,
    ) as few:
        stage.page()
    stage.consent()
    stage.choose()
    stage.find()
    with CaptureQueriesContext(connection) as many:
        stage.page()
    assert len(many) == len(few)


def test_a_failed_connection_needs_somebody(stage: Stage) -> None:
    stage.platforms.consent.unmet = (Check("account", "Account", CheckKind.PROBLEM, "The account is disabled."),)
    stage.consent()
    overview = stage.studio.page()
    assert "Wavelet could not be connected" in overview
    assert "The account is disabled. What you entered is kept." in overview


def test_a_refused_address_is_kept_as_it_was_typed(stage: Stage) -> None:
    stage.platforms.address.fails = Rejected("There is no such artist on Humming Bird.")
    stage.find()
    row = stage.row("humming")
    assert "Error There is no such artist on Humming Bird. What you entered is kept. Try Again Reset" in words(row)
