"""How a connection stands, by what people do at Meta: from the consent to the loss."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.factories.http_server import answer, scripted_server
from tests.factories.meta import CHALLENGE, Meta
from tests.factories.outbound import outbound

from backline.connections.state import State, state_of
from backline.connections.types import (
    Account,
    Check,
    CheckKind,
    Choice,
    CodeRefusedError,
    ConsentAnswer,
    GrantLostError,
    Inspection,
    LossReason,
    Purpose,
    Tokens,
)
from backline.core import clock
from backline.core.errors import NeedsAction, Rejected, RetryLater
from backline.integrations.meta import permissions
from backline.integrations.meta.adapter import INSTAGRAM_ID, MetaPlatform
from backline.integrations.meta.client import MetaClient
from backline.integrations.meta.partnership import REQUEST
from backline.integrations.meta.sandbox import CONFIG_ADVERTISING, CONFIG_IDENTITY, CONFIGURATIONS
from backline.integrations.meta.sandbox_people import (
    ARABIC,
    GLASS_HARBOUR,
    GLASS_HARBOUR_FANS,
    GLASS_HARBOUR_LIVE,
    KIOSK,
    LONG_NAME,
    NO_INSTAGRAM,
    NO_PAGE,
    OLEANDER,
    ONE_PAGE,
    OTHER_SCRIPTS,
    THREE_PAGES,
)

pytestmark = pytest.mark.django_db


def state(inspection: Inspection) -> State:
    return state_of(inspection.checks)


def check(inspection: Inspection, key: str) -> Check:
    return next(one for one in inspection.checks if one.key == key)


def chosen_page(meta: Meta, *, is_partner: bool = True) -> tuple[Tokens, Choice]:
    """Let Pilar consent and choose her Page; return what is kept of that."""
    tokens = meta.tokens(ONE_PAGE)
    if is_partner:
        meta.behind("partner", page=OLEANDER, action="grant")
    return tokens, meta.page(tokens, OLEANDER)


@pytest.mark.parametrize("purpose", Purpose)
def test_the_classic_login_asks_for_what_the_purpose_needs_again_and_again(meta: Meta, purpose: Purpose) -> None:
    parts = urlsplit(meta.address(purpose))
    assert parts.path == "/meta/www/v26.0/dialog/oauth"
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == {
        "client_id": meta.settings.app_id, "redirect_uri": meta.redirect_uri, "state": "the state",
        "response_type": "code", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        "scope": ",".join(permissions.asked_for(purpose)), "auth_type": "rerequest",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("purpose", "config"), [(Purpose.ADVERTISING, CONFIG_ADVERTISING), (Purpose.IDENTITY, CONFIG_IDENTITY)]
)
def test_login_for_business_names_its_configuration(meta: Meta, purpose: Purpose, config: str) -> None:
    meta.settings = replace(meta.settings, config_id=CONFIG_ADVERTISING, identity_config_id=CONFIG_IDENTITY)
    query = parse_qs(urlsplit(meta.address(purpose)).query)
    assert (query["config_id"], query["override_default_response_type"], "scope" in query) == (
        [config],
        ["true"],
        False,
    )
    assert meta.tokens(ONE_PAGE, purpose).scopes == set(CONFIGURATIONS[config])


@pytest.mark.req("R4")
def test_identity_asks_for_less_than_advertising() -> None:
    identity, advertising = (set(permissions.asked_for(one)) for one in (Purpose.IDENTITY, Purpose.ADVERTISING))
    assert identity < advertising
    assert identity == {"public_profile", "pages_show_list"}
    assert "email" not in advertising


def test_without_a_business_of_the_operators_only_identity_is_offered(meta: Meta) -> None:
    assert meta.platform.facts.purposes == (Purpose.ADVERTISING, Purpose.IDENTITY)
    for missing in ("business_id", "ad_account_id", "system_user_token"):
        settings = replace(meta.settings, **{missing: ""})
        assert MetaPlatform(settings, meta.client).facts.purposes == (Purpose.IDENTITY,)


def test_a_consent_gives_a_token_of_sixty_days(meta: Meta) -> None:
    with clock.frozen(datetime.now(UTC)):
        tokens = meta.tokens(ONE_PAGE)
        assert tokens.access_expires_at == clock.now() + timedelta(days=60)
    assert tokens.account == Account(ONE_PAGE, "Pilar Ocampo")
    assert tokens.scopes == set(permissions.ADVERTISING)
    assert tokens.refresh == ""


def test_a_token_is_renewed_while_it_is_good(meta: Meta) -> None:
    tokens = meta.tokens(ONE_PAGE)
    meta.sandbox.advance(days=48)
    renewed = meta.platform.refresh(tokens, purpose=Purpose.ADVERTISING)
    assert renewed.access != tokens.access
    assert (renewed.account, renewed.scopes) == (tokens.account, tokens.scopes)
    meta.sandbox.advance(days=59)
    assert meta.client.me(renewed.access).id == ONE_PAGE
    meta.sandbox.advance(days=1)
    with pytest.raises(GrantLostError) as lost:
        meta.platform.refresh(renewed, purpose=Purpose.ADVERTISING)
    assert lost.value.reason is LossReason.EXPIRED


def test_who_it_is_can_be_asked_later(meta: Meta) -> None:
    consent = meta.answer(ONE_PAGE)
    meta.sandbox.fault("meta", "500", "/graph/v26.0/me")
    tokens = meta.platform.exchange(consent)
    assert tokens.account is None
    meta.sandbox.clear_faults()
    assert meta.inspect(tokens, None).account == Account(ONE_PAGE, "Pilar Ocampo")


def test_a_short_lived_token_is_kept_when_meta_fails_after_that(meta: Meta) -> None:
    steps = [answer({"access_token": "short", "expires_in": 5400}), answer({}, status=500)]
    with scripted_server(lambda _: steps.pop(0) if len(steps) > 1 else steps[0]) as server:
        settings = replace(meta.settings, graph_url=server.url)
        platform = MetaPlatform(settings, MetaClient(settings, outbound(server.url)))
        with clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)):
            tokens = platform.exchange(ConsentAnswer(Purpose.ADVERTISING, "AQ", meta.redirect_uri, "v" * 43, "n"))
    assert tokens == Tokens("short", access_expires_at=datetime(2026, 11, 2, 1, 30, tzinfo=UTC))


def test_a_token_without_end_is_left_as_it_is(meta: Meta) -> None:
    steps = [answer({"access_token": "endless"}), answer({"id": "1", "name": "System user"})]
    with scripted_server(lambda _: steps.pop(0)) as server:
        settings = replace(meta.settings, graph_url=server.url)
        platform = MetaPlatform(settings, MetaClient(settings, outbound(server.url)))
        tokens = platform.exchange(ConsentAnswer(Purpose.ADVERTISING, "AQ", meta.redirect_uri, "v" * 43, "n"))
    assert tokens == Tokens("endless", account=Account("1", "System user"))


def test_a_code_is_good_once(meta: Meta) -> None:
    consent = meta.answer(ONE_PAGE)
    meta.platform.exchange(consent)
    with pytest.raises(CodeRefusedError) as refusal:
        meta.platform.exchange(consent)
    assert consent.code not in refusal.value.message


def test_giving_back_ends_every_grant_of_the_person_and_twice_is_no_error(meta: Meta) -> None:
    tokens, other = meta.tokens(ONE_PAGE), meta.tokens(ONE_PAGE, Purpose.IDENTITY)
    meta.platform.revoke(tokens, purpose=Purpose.ADVERTISING)
    meta.platform.revoke(tokens, purpose=Purpose.ADVERTISING)
    with pytest.raises(GrantLostError) as lost:
        meta.inspect(other, None, Purpose.IDENTITY)
    assert lost.value.reason is LossReason.REVOKED


def test_pages_come_with_their_instagram_accounts_and_with_why_not(meta: Meta) -> None:
    pages = meta.platform.choices(meta.tokens(THREE_PAGES), purpose=Purpose.ADVERTISING)
    assert [(page.external_id, page.name, page.note, bool(page.why_not)) for page in pages] == [
        (GLASS_HARBOUR, "Glass Harbour", "Instagram @glassharbour", False),
        (GLASS_HARBOUR_FANS, "Glass Harbour Fans", "", True),
        (GLASS_HARBOUR_LIVE, "Glass Harbour Live", "", False),
    ]
    assert pages[0].extra == {INSTAGRAM_ID: "17841400000000002", "instagram": "glassharbour"}
    assert pages[0].url == f"https://www.facebook.com/{GLASS_HARBOUR}"
    assert "does not include ads" in pages[1].why_not
    for_identity = meta.platform.choices(meta.tokens(THREE_PAGES), purpose=Purpose.IDENTITY)
    assert "does not include publishing" in for_identity[1].why_not


def test_names_of_every_length_and_script(meta: Meta) -> None:
    tokens = meta.tokens(OTHER_SCRIPTS)
    assert tokens.account == Account(OTHER_SCRIPTS, "佐藤 美咲")
    pages = {page.external_id: page.name for page in meta.platform.choices(tokens, purpose=Purpose.ADVERTISING)}
    assert pages[ARABIC] == "موسيقى الميناء القديم"
    assert "<Relations>" in pages[LONG_NAME]


@pytest.mark.req("PC-11")
def test_from_the_consent_to_connected_by_request(meta: Meta) -> None:
    tokens = meta.tokens(ONE_PAGE)
    nothing = meta.inspect(tokens, None)
    assert (state(nothing), check(nothing, "page").kind) == (State.SELECTING, CheckKind.SELECTION)

    page = meta.page(tokens, OLEANDER)
    needed = meta.inspect(tokens, page)
    assert (state(needed), needed.chosen) == (State.PARTNERSHIP_NEEDED, page)
    unmet = check(needed, "partnership")
    assert [action.key for action in unmet.actions] == [REQUEST]
    assert any(meta.settings.business_id in step for step in unmet.steps)
    assert unmet.url == f"{meta.settings.business_url}/settings/partners"

    meta.platform.act(REQUEST, tokens, chosen=page)
    meta.platform.act(REQUEST, tokens, chosen=page)
    requested = meta.inspect(tokens, page)
    assert state(requested) is State.PARTNERSHIP_REQUESTED
    assert any(meta.settings.business_id in step for step in check(requested, "partnership").steps)

    meta.behind("partner", page=OLEANDER, action="approve")
    done = meta.inspect(tokens, page)
    assert state(done) is State.CONNECTED
    assert [(one.key, one.is_met) for one in done.checks] == [
        ("permissions", True), ("page", True), ("instagram", True), ("partnership", True), ("ad_account", True),
    ]  # fmt: skip
    meta.platform.act(REQUEST, tokens, chosen=page)
    assert state(meta.inspect(tokens, page)) is State.CONNECTED


def test_a_request_that_is_refused_is_needed_again(meta: Meta) -> None:
    tokens, page = chosen_page(meta, is_partner=False)
    meta.platform.act(REQUEST, tokens, chosen=page)
    meta.behind("partner", page=OLEANDER, action="refuse")
    assert state(meta.inspect(tokens, page)) is State.PARTNERSHIP_NEEDED


def test_a_partner_by_hand_where_meta_lets_nobody_ask(meta: Meta) -> None:
    tokens, page = chosen_page(meta, is_partner=False)
    meta.behind("access", partners=False)
    with pytest.raises(NeedsAction) as refusal:
        meta.platform.act(REQUEST, tokens, chosen=page)
    assert "Follow the steps" in refusal.value.message
    assert not isinstance(refusal.value, GrantLostError)
    meta.behind("partner", page=OLEANDER, action="grant")
    assert state(meta.inspect(tokens, page)) is State.CONNECTED


def test_a_partner_who_is_thrown_out(meta: Meta) -> None:
    tokens, page = chosen_page(meta)
    assert state(meta.inspect(tokens, page)) is State.CONNECTED
    meta.behind("partner", page=OLEANDER, action="remove")
    assert state(meta.inspect(tokens, page)) is State.PARTNERSHIP_NEEDED


def test_no_such_action(meta: Meta) -> None:
    tokens, page = chosen_page(meta)
    with pytest.raises(Rejected):
        meta.platform.act("rule_the_world", tokens, chosen=page)


def test_what_was_not_allowed_is_named(meta: Meta) -> None:
    tokens = meta.tokens(ONE_PAGE, without=("pages_manage_ads", "ads_management", "instagram_basic"))
    found = meta.inspect(tokens, None)
    assert state(found) is State.PERMISSION_MISSING
    assert check(found, "permissions").message == (
        "You did not let us manage ads for your Pages, see the Instagram accounts of your Pages or manage your ads. "
        "Connect again and allow it; everything else is kept."
    )
    again = meta.tokens(ONE_PAGE)
    assert check(meta.inspect(again, None), "permissions").is_met


def test_a_page_that_cannot_be_seen_is_not_gone(meta: Meta) -> None:
    tokens, page = chosen_page(meta)
    meta.behind("permission", person=ONE_PAGE, permission="pages_show_list")
    found = meta.inspect(tokens, page)
    assert (state(found), found.chosen) == (State.PERMISSION_MISSING, page)
    assert check(found, "permissions").message.startswith("You did not let us see which Pages you have.")


def test_identity_needs_no_partner(meta: Meta) -> None:
    tokens = meta.tokens(NO_INSTAGRAM, Purpose.IDENTITY)
    page = meta.page(tokens, KIOSK, Purpose.IDENTITY)
    found = meta.inspect(tokens, page, Purpose.IDENTITY)
    assert state(found) is State.CONNECTED
    assert [one.key for one in found.checks] == ["permissions", "page", "instagram"]
    instagram = check(found, "instagram")
    assert (instagram.is_met, instagram.is_needed) == (False, False)


def test_a_person_without_a_page(meta: Meta) -> None:
    found = meta.inspect(meta.tokens(NO_PAGE), None)
    assert state(found) is State.SETUP_MISSING
    assert "has no Page" in check(found, "page").message
    assert check(found, "page").url == "https://www.facebook.com/pages/create"


def test_a_person_whose_only_page_will_not_do(meta: Meta) -> None:
    meta.behind("page", page=KIOSK, tasks=["ANALYZE"])
    found = meta.inspect(meta.tokens(NO_INSTAGRAM), None)
    assert state(found) is State.SETUP_MISSING
    assert "does not include ads" in check(found, "page").message


def test_a_page_that_is_deleted_is_lost(meta: Meta) -> None:
    tokens, page = chosen_page(meta)
    meta.behind("page", page=OLEANDER, action="delete")
    found = meta.inspect(tokens, page)
    assert (state(found), found.chosen) == (State.DISCONNECTED, None)
    assert "Oleander Pike is no longer among your Pages" in check(found, "page").message


def test_a_role_that_is_taken_away_is_a_problem(meta: Meta) -> None:
    tokens, page = chosen_page(meta)
    meta.behind("page", page=OLEANDER, tasks=["ANALYZE", "MODERATE"])
    found = meta.inspect(tokens, page)
    assert state(found) is State.FAILED
    assert "full control" in check(found, "page").message


def test_a_page_keeps_its_present_name(meta: Meta) -> None:
    tokens, page = chosen_page(meta)
    meta.behind("page", page=OLEANDER, name="Oleander Pike (official)")
    found = meta.inspect(tokens, page)
    assert found.chosen is not None
    assert found.chosen.name == "Oleander Pike (official)"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (1, State.CONNECTED), (9, State.CONNECTED), (2, State.FAILED), (3, State.FAILED), (7, State.FAILED),
        (8, State.FAILED), (100, State.FAILED), (101, State.FAILED), (201, State.UNKNOWN), (202, State.UNKNOWN),
        (0, State.UNKNOWN), (4711, State.UNKNOWN),
    ],
)  # fmt: skip
def test_every_status_of_the_ad_account(meta: Meta, status: int, expected: State) -> None:
    tokens, page = chosen_page(meta)
    meta.behind("ad-account", status=status)
    found = meta.inspect(tokens, page)
    assert state(found) is expected
    assert check(found, "ad_account").is_met is (expected is State.CONNECTED)


def test_an_unknown_status_rings(meta: Meta, caplog: pytest.LogCaptureFixture) -> None:
    tokens, page = chosen_page(meta)
    meta.behind("ad-account", status=4711)
    with caplog.at_level(logging.ERROR, "backline.meta"):
        meta.inspect(tokens, page)
    assert "4711" in str([record.msg for record in caplog.records])


@pytest.mark.parametrize("changes", [{"system_user_token": "dead"}, {"business_id": "1"}, {"ad_account_id": "1"}])
def test_the_operators_trouble_is_not_the_artists(
    meta: Meta, changes: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    tokens, page = chosen_page(meta)
    settings = replace(meta.settings, **changes)
    platform = MetaPlatform(settings, MetaClient(settings, outbound(meta.sandbox.base_url)))
    with caplog.at_level(logging.ERROR, "backline.meta"):
        found = platform.inspect(tokens, purpose=Purpose.ADVERTISING, chosen=page)
    assert state(found) is State.FAILED
    assert "operator" in check(found, "partnership").message
    assert "meta.operator_refused" in str([record.msg for record in caplog.records])
    if "ad_account_id" not in changes:
        with pytest.raises(NeedsAction) as refusal:
            platform.act(REQUEST, tokens, chosen=page)
        assert not isinstance(refusal.value, GrantLostError)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("password", LossReason.PASSWORD_CHANGED),
        ("checkpoint", LossReason.CHECKPOINT),
        ("logout", LossReason.INVALID),
    ],
)
def test_a_grant_that_is_lost_says_why(meta: Meta, how: str, reason: LossReason) -> None:
    tokens, page = chosen_page(meta)
    meta.behind("session", person=ONE_PAGE, how=how)
    for act in (
        lambda: meta.inspect(tokens, page),
        lambda: meta.platform.choices(tokens, purpose=Purpose.ADVERTISING),
        lambda: meta.platform.refresh(tokens, purpose=Purpose.ADVERTISING),
    ):
        with pytest.raises(GrantLostError) as lost:
            act()
        assert lost.value.reason is reason
        assert lost.value.message.endswith(".")
    meta.platform.revoke(tokens, purpose=Purpose.ADVERTISING)


def test_a_person_who_removes_the_app_at_facebook(meta: Meta) -> None:
    tokens, page = chosen_page(meta)
    meta.behind("revoke", person=ONE_PAGE)
    with pytest.raises(GrantLostError) as lost:
        meta.inspect(tokens, page)
    assert lost.value.reason is LossReason.REVOKED


@pytest.mark.parametrize("kind", ["429", "500", "hang", "reset", "half_body", "error_inside"])
@pytest.mark.parametrize("verb", ["exchange", "refresh", "revoke", "choices", "inspect", "act"])
def test_meta_is_down_at_every_step(meta: Meta, verb: str, kind: str) -> None:
    consent = meta.answer(THREE_PAGES)
    tokens, page = chosen_page(meta)
    advertising = Purpose.ADVERTISING
    steps = {
        "exchange": lambda: meta.platform.exchange(consent),
        "refresh": lambda: meta.platform.refresh(tokens, purpose=advertising),
        "revoke": lambda: meta.platform.revoke(tokens, purpose=advertising),
        "choices": lambda: meta.platform.choices(tokens, purpose=advertising),
        "inspect": lambda: meta.inspect(tokens, page),
        "act": lambda: meta.platform.act(REQUEST, tokens, chosen=page),
    }
    meta.sandbox.fault("meta", kind, "/graph", seconds=30)
    with pytest.raises(RetryLater) as failure:
        steps[verb]()
    assert failure.value.message.startswith("Meta")
