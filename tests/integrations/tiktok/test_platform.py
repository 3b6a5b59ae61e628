from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.contracts.faults import FaultContract, Faulty
from tests.factories.consent import decide
from tests.factories.http_server import answer, scripted_server
from tests.factories.outbound import outbound
from tests.factories.tiktok import CHALLENGE, FOREIGN_STATUS, HEX_CHALLENGE, VERIFIER, Tiktok, advertisers_of
from tests.plugins.sandbox import Sandbox

from backline.connections import quotas
from backline.connections.state import State, state_of
from backline.connections.types import (
    CampaignType,
    Check,
    CheckKind,
    Choice,
    CodeRefusedError,
    ConsentAnswer,
    ConsentRequest,
    GrantLostError,
    Inspection,
    LossReason,
    Purpose,
    Tokens,
)
from backline.core import clock
from backline.core.errors import BacklineError, NeedsAction, Rejected, RetryLater
from backline.integrations.tiktok.adapter import TiktokPlatform
from backline.integrations.tiktok.client import NotPermittedError, TiktokClient, UnknownAnswerError
from backline.integrations.tiktok.sandbox_people import ADVERTISER_STATUSES
from backline.settings.services import TiktokSettings

pytestmark = pytest.mark.django_db

ADVERTISING, IDENTITY = Purpose.ADVERTISING, Purpose.IDENTITY


def make(sandbox: Sandbox) -> TiktokPlatform:
    settings = sandbox.settings.tiktok
    return TiktokPlatform(settings, TiktokClient(settings, outbound(sandbox.base_url)))


def asked(sandbox: Sandbox, purpose: Purpose) -> ConsentRequest:
    back = f"{sandbox.settings.web_url}/connections/tiktok/callback/"
    return ConsentRequest(purpose, state="the state", redirect_uri=back, code_challenge=CHALLENGE, nonce="n")


@dataclass
class Held:
    """A person's consent, exchanged."""

    sandbox: Sandbox
    purpose: Purpose = ADVERTISING
    person: str = "mira"
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.platform = make(self.sandbox)
        request = asked(self.sandbox, self.purpose)
        back = decide(self.platform.authorization_url(request), person=self.person, without=self.without)
        assert back["state"] == "the state"
        code = back["auth_code"] if self.purpose is ADVERTISING else back["code"]
        self.answer = ConsentAnswer(self.purpose, code, request.redirect_uri, VERIFIER, "n")
        self.tokens = self.platform.exchange(self.answer)

    def choices(self) -> tuple[Choice, ...]:
        return self.platform.choices(self.tokens, purpose=self.purpose)

    def inspect(self, chosen: Choice | None = None) -> Inspection:
        return self.platform.inspect(self.tokens, purpose=self.purpose, chosen=chosen)

    def checks(self, chosen: Choice | None = None) -> dict[str, Check]:
        return {check.key: check for check in self.inspect(chosen).checks}


def after_a_rest(sandbox: Sandbox) -> Held:
    """Let what a throttled call left behind be over."""
    quotas.note_usage(provider="tiktok", resting_until=clock.now())
    return Held(sandbox)


class TestTiktokForAdvertising(FaultContract):
    make = staticmethod(after_a_rest)
    faulty = Faulty(
        provider="tiktok",
        says="TikTok ",
        call=lambda held: held.inspect(held_choice()),
        route="/business/open_api/v1.3/advertiser",
    )


class TestTiktokForIdentity(FaultContract):
    make = staticmethod(lambda sandbox: Held(sandbox, IDENTITY))
    faulty = Faulty(provider="tiktok", says="TikTok ", call=lambda held: held.inspect(), route="/open/v2/user")


class TestTiktokRenewing(FaultContract):
    make = staticmethod(lambda sandbox: Held(sandbox, IDENTITY))
    faulty = Faulty(
        provider="tiktok",
        says="TikTok ",
        call=lambda held: held.platform.refresh(held.tokens, purpose=IDENTITY).scopes,
        route="/open/v2/oauth",
    )


def held_choice(person: str = "mira", place: int = 0) -> Choice:
    advertiser = advertisers_of(person)[place]
    return Choice(advertiser.id, advertiser.name)


@pytest.mark.req("PC-12")
def test_a_campaign_can_do_without_it_and_nothing_is_delivered_there(sandbox: Sandbox) -> None:
    facts = make(sandbox).facts
    assert [(need.campaign_type, need.is_required, need.purpose) for need in facts.needs] == [
        (CampaignType.SMART, False, "Checks only, no ads")
    ]
    assert facts.needs_plan == frozenset()


def test_each_purpose_goes_to_its_own_app_and_exists_only_with_it(sandbox: Sandbox) -> None:
    platform, settings = make(sandbox), sandbox.settings.tiktok
    portal = urlsplit(platform.authorization_url(asked(sandbox, ADVERTISING)))
    assert portal.path == "/tiktok/business/portal/auth"
    back = asked(sandbox, ADVERTISING).redirect_uri
    assert parse_qs(portal.query) == {"app_id": [settings.app_id], "state": ["the state"], "redirect_uri": [back]}
    login = urlsplit(platform.authorization_url(asked(sandbox, IDENTITY)))
    assert login.path == "/tiktok/www/v2/auth/authorize/"
    assert parse_qs(login.query) == {
        "client_key": [settings.client_key], "scope": ["user.info.basic,user.info.profile"],
        "response_type": ["code"], "state": ["the state"], "redirect_uri": [back],
        "code_challenge": [HEX_CHALLENGE], "code_challenge_method": ["S256"],
    }  # fmt: skip
    assert platform.facts.purposes == (ADVERTISING, IDENTITY)
    client = TiktokClient(settings, outbound(sandbox.base_url))
    assert TiktokPlatform(replace(settings, app_secret=""), client).facts.purposes == (IDENTITY,)
    assert TiktokPlatform(replace(settings, client_key=""), client).facts.purposes == (ADVERTISING,)


@pytest.mark.req("PC-12")
def test_an_account_with_everything_is_ready(sandbox: Sandbox) -> None:
    held = Held(sandbox)
    (choice,) = held.choices()
    assert (choice.name, choice.why_not) == ("Calloway Music", "")
    inspection = held.inspect(choice)
    assert inspection.account.name == "Mira Calloway"
    assert inspection.account.external_id.isdigit()
    assert inspection.chosen == choice
    assert [(check.key, check.is_met, check.is_needed) for check in inspection.checks] == [
        ("advertiser", True, True),
        ("advertiser_status", True, True),
        ("business_center", True, False),
        ("identity", True, False),
        ("pixel", True, False),
    ]
    assert state_of(inspection.checks) == State.CONNECTED


@pytest.mark.req("PC-12")
def test_what_an_account_lacks_is_shown_and_holds_nothing_up(sandbox: Sandbox) -> None:
    held = Held(sandbox, person="sol")
    inspection = held.inspect(held_choice("sol"))
    unmet = [check for check in inspection.checks if not check.is_met]
    assert [(check.key, check.kind) for check in unmet] == [
        ("business_center", CheckKind.SETUP), ("identity", CheckKind.SETUP), ("pixel", CheckKind.SETUP),
    ]  # fmt: skip
    assert all(check.message and check.url for check in unmet)
    assert state_of(inspection.checks) == State.CONNECTED


@pytest.mark.req("PC-44")
def test_one_of_several_accounts_has_to_be_chosen(sandbox: Sandbox) -> None:
    held = Held(sandbox, person="bram")
    assert state_of(held.inspect().checks) == State.SELECTING
    ids = [advertiser.id for advertiser in advertisers_of("bram")]
    assert [(choice.name, choice.note) for choice in held.choices()] == [
        ("Ostrander Records", f"{ids[0]} · EUR"),
        ("Ostrander Merch", f"{ids[1]} · EUR · restricted"),
        ("Ostrander Live", f"{ids[2]} · EUR · in review"),
    ]
    states = [state_of(held.inspect(held_choice("bram", place)).checks) for place in range(3)]
    assert states == [State.CONNECTED, State.FAILED, State.SETUP_MISSING]


def test_a_person_without_an_account_is_told_to_make_one(sandbox: Sandbox) -> None:
    held = Held(sandbox, person="nils")
    assert held.choices() == ()
    (check,) = held.inspect().checks
    assert (check.kind, check.url) == (CheckKind.SETUP, "https://ads.tiktok.com/")
    assert check.message == "There is no advertiser account yet. Make one in TikTok Ads Manager, then check again."


def test_an_account_that_is_gone_is_lost(sandbox: Sandbox, tiktok: Tiktok) -> None:
    held = Held(sandbox)
    tiktok.happen("advertiser", advertiser_id=held_choice().external_id, is_gone=True)
    inspection = held.inspect(held_choice())
    assert (inspection.chosen, state_of(inspection.checks)) == (None, State.DISCONNECTED)


@pytest.mark.req("PC-37")
@pytest.mark.parametrize("status", [*ADVERTISER_STATUSES, FOREIGN_STATUS])
def test_every_status_of_an_account_means_something(sandbox: Sandbox, tiktok: Tiktok, status: str) -> None:
    tiktok.happen("advertiser", advertiser_id=held_choice().external_id, status=status)
    held = Held(sandbox)
    check = held.checks(held_choice())["advertiser_status"]
    kinds = {
        "STATUS_ENABLE": None, "STATUS_DISABLE": CheckKind.PROBLEM, "STATUS_LIMIT": CheckKind.PROBLEM,
        "STATUS_CONFIRM_FAIL": CheckKind.PROBLEM, "STATUS_CONFIRM_FAIL_END": CheckKind.PROBLEM,
        "STATUS_CONFIRM_MODIFY_FAIL": CheckKind.PROBLEM, FOREIGN_STATUS: CheckKind.UNKNOWN,
    }  # fmt: skip
    assert check.kind == kinds.get(status, CheckKind.SETUP)
    assert bool(check.message) is (status != "STATUS_ENABLE")
    (choice,) = held.choices()
    assert bool(choice.why_not) is (status == "STATUS_DISABLE")


def test_a_status_that_nobody_knows_is_written_where_the_operator_is_alerted(
    sandbox: Sandbox, tiktok: Tiktok, caplog: pytest.LogCaptureFixture
) -> None:
    tiktok.happen("advertiser", advertiser_id=held_choice().external_id, status=FOREIGN_STATUS)
    Held(sandbox).inspect(held_choice())
    assert [record.levelname for record in caplog.records if record.name == "backline.tiktok"] == ["ERROR", "ERROR"]


@pytest.mark.parametrize(("permission", "key"), [("5", "business_center"), ("6", "identity"), ("7", "pixel")])
def test_a_permission_that_was_not_given_is_said_where_it_is_missing(
    sandbox: Sandbox, permission: str, key: str
) -> None:
    held = Held(sandbox, without=(permission,))
    inspection = held.inspect(held_choice())
    assert {check.key: check.kind for check in inspection.checks if not check.is_met} == {key: CheckKind.PERMISSION}
    assert state_of(inspection.checks) == State.CONNECTED


def test_a_profile_is_known_by_its_name_and_page(sandbox: Sandbox) -> None:
    held = Held(sandbox, IDENTITY)
    inspection = held.inspect()
    assert inspection.chosen is not None
    assert (inspection.account.name, inspection.chosen.url) == (
        "Mira Calloway", "https://www.tiktok.com/@miracalloway",
    )  # fmt: skip
    assert inspection.chosen.external_id == inspection.account.external_id
    assert state_of(inspection.checks) == State.CONNECTED
    assert held.choices() == (inspection.chosen,)


@pytest.mark.req("PC-44")
def test_a_consent_in_part_says_what_is_missing(sandbox: Sandbox) -> None:
    held = Held(sandbox, IDENTITY, without=("user.info.profile",))
    assert held.tokens.scopes == {"user.info.basic"}
    inspection = held.inspect()
    assert state_of(inspection.checks) == State.PERMISSION_MISSING
    assert inspection.account.name == "Mira Calloway"


def test_login_kits_tokens_are_renewed_and_end_after_a_year(sandbox: Sandbox) -> None:
    with clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)):
        held = Held(sandbox, IDENTITY)
        now = clock.now()
    assert held.tokens.access_expires_at == now + timedelta(days=1)
    assert held.tokens.refresh_expires_at == now + timedelta(days=365)
    sandbox.advance(days=1)
    with pytest.raises(GrantLostError):
        held.inspect()
    renewed = held.platform.refresh(held.tokens, purpose=IDENTITY)
    assert renewed.refresh not in ("", held.tokens.refresh)
    assert held.platform.inspect(renewed, purpose=IDENTITY, chosen=None).account.name == "Mira Calloway"
    sandbox.advance(days=365)
    with pytest.raises(GrantLostError) as loss:
        held.platform.refresh(renewed, purpose=IDENTITY)
    assert loss.value.reason is LossReason.REVOKED


def test_a_business_token_needs_no_renewing(sandbox: Sandbox) -> None:
    held = Held(sandbox)
    assert (held.tokens.refresh, held.tokens.access_expires_at, held.tokens.refresh_expires_at) == ("", None, None)
    sandbox.advance(days=1000)
    assert held.platform.refresh(held.tokens, purpose=ADVERTISING) == held.tokens
    assert state_of(held.inspect(held_choice()).checks) == State.CONNECTED


@pytest.mark.req("PC-35")
@pytest.mark.parametrize("purpose", [ADVERTISING, IDENTITY])
def test_what_was_taken_back_at_tiktok_is_lost(sandbox: Sandbox, tiktok: Tiktok, purpose: Purpose) -> None:
    held = Held(sandbox, purpose)
    tiktok.happen("revoke", person="mira")
    with pytest.raises(GrantLostError):
        held.inspect()
    held.platform.revoke(held.tokens, purpose=purpose)


@pytest.mark.parametrize("purpose", [ADVERTISING, IDENTITY])
def test_a_grant_is_given_back_even_after_its_access_token_ended(sandbox: Sandbox, purpose: Purpose) -> None:
    held = Held(sandbox, purpose)
    sandbox.advance(days=2)
    held.platform.revoke(held.tokens, purpose=purpose)
    with pytest.raises(GrantLostError):
        held.platform.inspect(held.tokens, purpose=purpose, chosen=None)
    held.platform.revoke(held.tokens, purpose=purpose)
    if purpose is IDENTITY:
        with pytest.raises(GrantLostError):
            held.platform.refresh(held.tokens, purpose=purpose)


@pytest.mark.parametrize("purpose", [ADVERTISING, IDENTITY])
def test_a_code_is_taken_once(sandbox: Sandbox, purpose: Purpose) -> None:
    held = Held(sandbox, purpose)
    with pytest.raises(CodeRefusedError):
        held.platform.exchange(held.answer)


def test_a_code_of_somebody_elses_way_is_not_taken(sandbox: Sandbox) -> None:
    platform, request = make(sandbox), asked(sandbox, IDENTITY)
    code = decide(platform.authorization_url(request), person="mira")["code"]
    with pytest.raises(CodeRefusedError):
        platform.exchange(ConsentAnswer(IDENTITY, code, request.redirect_uri, "w" * 43, "n"))


@pytest.mark.parametrize("purpose", [ADVERTISING, IDENTITY])
def test_wrong_credentials_need_the_operator_and_are_not_told(sandbox: Sandbox, purpose: Purpose) -> None:
    settings = replace(sandbox.settings.tiktok, app_secret="wrong-planted", client_secret="wrong-planted")
    platform = TiktokPlatform(settings, TiktokClient(settings, outbound(sandbox.base_url)))
    answer = ConsentAnswer(purpose, "a code", asked(sandbox, purpose).redirect_uri, VERIFIER, "n")
    with pytest.raises(NeedsAction) as refusal:
        platform.exchange(answer)
    assert refusal.value.message.startswith("TikTok refuses our app")
    assert "planted" not in refusal.value.message


def test_nothing_is_offered_to_be_done(sandbox: Sandbox) -> None:
    with pytest.raises(Rejected):
        make(sandbox).act("anything", Tokens("t"), chosen=held_choice())


def test_a_throttled_app_rests_across_workers(sandbox: Sandbox) -> None:
    with clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)) as advance:
        held = Held(sandbox)
        sandbox.fault("tiktok", "429", "/business/open_api", times=1)
        with pytest.raises(RetryLater) as failure:
            held.choices()
        assert failure.value.after == timedelta(minutes=1)
        before = sandbox.counts()["tiktok"]
        with pytest.raises(RetryLater) as failure:
            make(sandbox).choices(held.tokens, purpose=ADVERTISING)
        assert failure.value.message == "TikTok asks us to slow down. We will go on in 60 seconds."
        assert sandbox.counts()["tiktok"] == before
        advance(timedelta(minutes=1))
        assert len(held.choices()) == 1


@pytest.mark.parametrize(
    ("code", "family"),
    [
        (40001, NotPermittedError), (40002, Rejected), (40100, RetryLater), (40101, NeedsAction),
        (40102, GrantLostError), (40105, GrantLostError), (40110, CodeRefusedError), (50000, RetryLater),
        (51305, RetryLater), (40999, UnknownAnswerError), (60000, UnknownAnswerError), (-1, UnknownAnswerError),
    ],
)  # fmt: skip
def test_every_code_of_api_for_business_belongs_to_a_family(code: int, family: type[BacklineError]) -> None:
    with answering({"code": code, "message": "planted-message", "request_id": "r", "data": {}}) as client:
        with pytest.raises(family) as failure:
            client.business_user("planted-token")
        assert type(failure.value) is family
        assert "planted" not in failure.value.message


@pytest.mark.parametrize(
    ("status", "body", "family"),
    [
        (400, {"error": "invalid_grant"}, GrantLostError),
        (200, {"error": "invalid_grant"}, GrantLostError),
        (401, {"error": "invalid_client"}, NeedsAction),
        (400, {"error": "a word of 2031"}, UnknownAnswerError),
        (500, {"error": "server_error"}, RetryLater),
        (200, {"access_token": 7}, RetryLater),
        (200, [], RetryLater),
    ],
)
def test_every_word_of_the_token_endpoint_belongs_to_a_family(
    status: int, body: object, family: type[BacklineError]
) -> None:
    with answering(body, status) as client, pytest.raises(family):
        client.renewed_tokens("a token")


@pytest.mark.parametrize(
    ("status", "code", "family"),
    [
        (401, "access_token_invalid", GrantLostError), (401, "scope_not_authorized", NotPermittedError),
        (400, "scope_permission_missed", NotPermittedError), (400, "invalid_params", Rejected),
        (429, "rate_limit_exceeded", RetryLater), (500, "internal_error", RetryLater),
        (200, "internal_error", RetryLater), (400, "a_word_of_2031", UnknownAnswerError),
    ],
)  # fmt: skip
def test_every_word_of_the_profile_belongs_to_a_family(status: int, code: str, family: type[BacklineError]) -> None:
    with answering({"data": {}, "error": {"code": code}}, status) as client, pytest.raises(family):
        client.profile("a token", ["open_id"])


def test_an_answer_in_another_shape_is_asked_for_again() -> None:
    with answering({"code": 0, "data": {"list": "none"}}) as client, pytest.raises(RetryLater):
        client.advertiser_ids("a token")


def test_a_token_is_in_no_address(sandbox: Sandbox) -> None:
    for purpose in (ADVERTISING, IDENTITY):
        held = Held(sandbox, purpose)
        held.choices()
        held.inspect(held_choice())
        held.platform.revoke(held.tokens, purpose=purpose)
        paths = " ".join(request["path"] for request in sandbox.requests("tiktok"))
        assert held.tokens.access not in paths
        assert not held.tokens.refresh or held.tokens.refresh not in paths
        assert held.tokens.access not in repr(held.tokens)


@contextlib.contextmanager
def answering(body: object, status: int = 200) -> Iterator[TiktokClient]:
    """Yield a client whose TikTok answers everything in one way."""
    with scripted_server(lambda _: answer(body, status=status)) as server:
        url = server.url
        yield TiktokClient(TiktokSettings(url, url, url, url, "key", "1", "secret", "secret"), outbound(url))
