from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from tests.contracts.faults import FaultContract, Faulty
from tests.factories.http_server import ScriptedServer, answer, scripted_server
from tests.factories.meta import VERIFIER, Meta
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.connections import quotas
from backline.connections.models import Usage
from backline.connections.types import CodeRefusedError, GrantLostError, LossReason, Purpose
from backline.core import clock
from backline.core.errors import NeedsAction, Rejected, RetryLater
from backline.integrations.meta.client import KEY, MOST_PAGES, MetaClient, proof_of
from backline.integrations.meta.refusals import Family, error_of, family_of, reason_of
from backline.integrations.meta.sandbox_people import NO_INSTAGRAM, ONE_PAGE, THREE_PAGES
from backline.integrations.meta.shapes import Problem

pytestmark = pytest.mark.django_db


@contextmanager
def scripted(meta: Meta, *bodies: object, status: int = 200) -> Iterator[tuple[MetaClient, ScriptedServer]]:
    """Run a Meta that gives these answers in turn, the last one for ever."""
    left = list(bodies)

    def script(_: object) -> list[object]:
        return answer(left.pop(0) if len(left) > 1 else left[0], status=status)  # type: ignore[return-value]

    with scripted_server(script) as server:  # type: ignore[arg-type]
        yield MetaClient(replace(meta.settings, graph_url=server.url), outbound(server.url)), server


def system_user(sandbox: Sandbox) -> MetaClient:
    return MetaClient(sandbox.settings.meta, outbound(sandbox.base_url))


class TestMetaFails(FaultContract):
    make = staticmethod(system_user)
    faulty = Faulty(provider="meta", says="Meta ", call=lambda client: list(client.client_pages()), route="/graph")


@pytest.mark.parametrize(
    ("code", "subcode", "reason"),
    [
        (190, 458, LossReason.REVOKED), (190, 461, LossReason.REVOKED), (190, 459, LossReason.CHECKPOINT),
        (190, 464, LossReason.CHECKPOINT), (190, 460, LossReason.PASSWORD_CHANGED), (190, 463, LossReason.EXPIRED),
        (190, 467, LossReason.INVALID), (190, None, LossReason.INVALID), (190, 999, LossReason.INVALID),
        (102, 463, LossReason.EXPIRED), (102, None, LossReason.INVALID),
    ],
)  # fmt: skip
def test_a_dead_token_says_why(code: int, subcode: int | None, reason: LossReason) -> None:
    error = error_of(Problem(code, subcode), path="/me")
    assert isinstance(error, GrantLostError)
    assert error.reason is reason


@pytest.mark.parametrize(
    ("code", "family"),
    [
        *((code, RetryLater) for code in (1, 2, 4, 17, 32, 341, 613, 80_000, 80_004, 80_014)),
        *((code, NeedsAction) for code in (3, 10, 101, 200, 275, 299, 368, 2635)),
        *((code, Rejected) for code in (100, 104, 506, 803, 2500, 199, 300, 80_015, 424_242, -1, 0)),
    ],
)
def test_every_code_belongs_to_a_family(code: int, family: type[Exception]) -> None:
    error = error_of(Problem(code), path="/me")
    assert type(error) is family
    assert error.message.endswith(".")


def test_what_we_do_not_know_is_unknown_and_rings(caplog: pytest.LogCaptureFixture) -> None:
    assert (family_of(Problem(424_242)), reason_of(31)) == (Family.UNKNOWN, LossReason.INVALID)
    assert family_of(Problem(424_242, is_transient=True)) is Family.BUSY
    with caplog.at_level(logging.ERROR, "backline.meta"):
        error_of(Problem(424_242, 7), path="/{business}/client_pages")
    said = str(caplog.records[0].msg)
    assert all(word in said for word in ("meta.refused", "unknown", "424242", "/{business}/client_pages"))


def test_an_error_that_calls_itself_a_success_is_an_error(meta: Meta) -> None:
    dead = {"error": {"message": "x", "type": "OAuthException", "code": 190, "error_subcode": 460}}
    with scripted(meta, dead) as (client, _), pytest.raises(GrantLostError) as lost:
        client.me("t")
    assert lost.value.reason is LossReason.PASSWORD_CHANGED


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"data":', b'{"id":7}', b'{"error":"no"}'])
def test_an_answer_that_nobody_can_read_is_asked_for_again(meta: Meta, body: bytes) -> None:
    with scripted(meta, body) as (client, _), pytest.raises(RetryLater):
        client.me("t")


@pytest.mark.parametrize(
    ("status", "family"), [(500, RetryLater), (503, RetryLater), (401, NeedsAction), (404, Rejected)]
)
def test_a_refusal_without_a_word_goes_by_its_status(meta: Meta, status: int, family: type[Exception]) -> None:
    with scripted(meta, b"<html>", status=status) as (client, _), pytest.raises(family):
        client.me("t")


def test_a_list_without_end_ends(meta: Meta) -> None:
    page = {"data": [{"id": "1"}], "paging": {"cursors": {"after": "again"}, "next": "https://graph.facebook.com/x"}}
    with scripted(meta, page) as (client, server):
        assert len(list(client.pages("t"))) == MOST_PAGES
        assert len(server.requests) == MOST_PAGES


def test_no_token_is_ever_in_an_address(meta: Meta) -> None:
    tokens = meta.tokens(THREE_PAGES)
    meta.inspect(tokens, meta.page(tokens, meta.platform.choices(tokens, purpose=Purpose.ADVERTISING)[0].external_id))
    meta.platform.act(
        "request_partnership", tokens, chosen=meta.platform.choices(tokens, purpose=Purpose.ADVERTISING)[0]
    )
    renewed = meta.platform.refresh(tokens, purpose=Purpose.ADVERTISING)
    meta.platform.revoke(renewed, purpose=Purpose.ADVERTISING)
    asked = [one for one in meta.sandbox.requests("meta") if "/graph/" in one["path"]]
    paths = " ".join(one["path"] for one in asked)
    assert len(asked) >= 10
    assert "access_token=" not in paths
    assert "fb_exchange_token" not in paths
    for secret in (tokens.access, renewed.access, meta.settings.app_secret + "&"):
        assert secret not in paths
    unproven = [one["path"] for one in asked if one["method"] == "GET" and "appsecret_proof=" not in one["path"]]
    assert unproven == []


def test_nothing_that_is_told_holds_a_token(meta: Meta, caplog: pytest.LogCaptureFixture) -> None:
    tokens = meta.tokens(ONE_PAGE)
    meta.behind("session", person=ONE_PAGE)
    with caplog.at_level(logging.DEBUG), pytest.raises(GrantLostError) as lost:
        meta.client.me(tokens.access)
    told = repr(lost.value) + str(lost.value) + repr(tokens) + repr(meta.settings) + caplog.text
    assert [secret for secret in (tokens.access, VERIFIER) if secret in told] == []
    assert proof_of(tokens.access, secret=meta.settings.app_secret) not in told


@pytest.mark.parametrize(
    "form",
    [
        {"code": "AQinvented"},
        {"verifier": "w" * 43},
        {"redirect_uri": "http://localhost:8000/account/facebook/login/callback/"},
    ],
)
def test_a_code_that_meta_does_not_take(meta: Meta, form: dict[str, str]) -> None:
    consent = meta.answer(ONE_PAGE)
    given = {"code": consent.code, "redirect_uri": consent.redirect_uri, "verifier": VERIFIER} | form
    with pytest.raises(CodeRefusedError):
        meta.client.exchange_code(given["code"], redirect_uri=given["redirect_uri"], verifier=given["verifier"])


@pytest.mark.parametrize("changes", [{"app_secret": "wrong"}, {"app_id": "1"}])
def test_an_app_that_meta_does_not_know_is_the_operators_matter(meta: Meta, changes: dict[str, str]) -> None:
    client = MetaClient(replace(meta.settings, **changes), outbound(meta.sandbox.base_url))
    with pytest.raises(NeedsAction) as refusal:
        client.exchange_code("AQ", redirect_uri=meta.redirect_uri, verifier=VERIFIER)
    assert not isinstance(refusal.value, CodeRefusedError | GrantLostError)
    assert "META_APP_SECRET" in refusal.value.message


def test_a_wrong_secret_is_no_lost_grant(meta: Meta) -> None:
    tokens = meta.tokens(ONE_PAGE)
    client = MetaClient(replace(meta.settings, app_secret="wrong"), outbound(meta.sandbox.base_url))
    with pytest.raises(Rejected):
        client.me(tokens.access)


def test_the_quota_is_kept_for_all_workers(meta: Meta) -> None:
    meta.behind("usage", percent=41, tier="standard_access")
    meta.tokens(ONE_PAGE)
    usage = Usage.objects.get(pk=KEY)
    assert (usage.used_percent, usage.access_level, usage.resting_until) == (41, "standard_access", None)


def test_from_eighty_percent_on_meta_is_left_alone(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    meta.behind("usage", percent=80)
    meta.client.me(token)
    before = meta.sandbox.counts()["meta"]
    with pytest.raises(RetryLater) as rest:
        meta.client.me(token)
    assert meta.sandbox.counts()["meta"] == before
    assert rest.value.after is not None
    assert timedelta(minutes=4) < rest.value.after <= quotas.REST
    assert "quota" in rest.value.message


def test_the_quota_of_the_ad_account_counts_as_well(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    meta.behind("usage", account_percent=84.6, tier="standard_access")
    meta.client.me(token)  # no ad account was asked about: nothing is told of it
    assert quotas.rest_of(KEY) is None
    meta.client.operators_ad_account()
    usage = Usage.objects.get(pk=KEY)
    assert (usage.used_percent, usage.access_level) == (85, "standard_access")
    assert quotas.rest_of(KEY) is not None


def test_meta_says_for_how_long(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    meta.behind("usage", percent=100, minutes=37)
    with clock.frozen(datetime(2026, 11, 2, tzinfo=UTC)) as advance:
        with pytest.raises(RetryLater) as throttled:
            meta.client.me(token)
        assert throttled.value.after == timedelta(minutes=37)
        assert throttled.value.message == "Meta asks us to slow down. We will go on in about 37 minutes."
        assert quotas.rest_of(KEY) == timedelta(minutes=37)
        meta.behind("usage", percent=5, minutes=0)
        advance(timedelta(minutes=37))
        assert meta.client.me(token).id == ONE_PAGE


@pytest.mark.parametrize(
    "header",
    ["", "nonsense", "[]", '{"x": 1}', '{"call_count": "many"}', '{"call_count": 1e999}', '{"call_count": -9}'],
)
def test_headers_that_nobody_can_read_change_nothing(meta: Meta, header: str) -> None:
    names = ("x-app-usage", "x-ad-account-usage", "x-business-use-case-usage")
    steps = answer({"id": "1", "name": "n"}, headers=dict.fromkeys(names, header))
    with scripted_server(lambda _: steps) as server:
        client = MetaClient(replace(meta.settings, graph_url=server.url), outbound(server.url))
        assert client.me("t").id == "1"


def test_permissions_are_those_that_are_granted_now(meta: Meta) -> None:
    tokens = meta.tokens(NO_INSTAGRAM, without=("instagram_basic",))
    meta.behind("permission", person=NO_INSTAGRAM, permission="ads_management")
    assert tokens.scopes - meta.client.me(tokens.access).granted == {"ads_management"}


def test_a_list_of_tasks_is_sent_as_json(meta: Meta) -> None:
    with scripted(meta, {"access_status": "PENDING"}) as (client, server):
        client.request_client_page("7", tasks=("ADVERTISE",))
    sent = server.requests[0]
    assert sent.target == f"/v26.0/{meta.settings.business_id}/client_pages"
    assert parse_qs(sent.body.decode())["permitted_tasks"] == ['["ADVERTISE"]']
    assert sent.headers["authorization"] == f"Bearer {meta.settings.system_user_token}"
