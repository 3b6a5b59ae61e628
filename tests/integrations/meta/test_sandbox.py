"""The stand-in refuses what Meta refuses, and says it as Meta says it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from tests.factories.consent import decide, page_of
from tests.factories.http_server import answer, scripted_server
from tests.factories.meta import VERIFIER, Meta

from backline.connections.types import Purpose
from backline.integrations.meta.sandbox import CONFIG_ADVERTISING, CONFIGURATIONS
from backline.integrations.meta.sandbox_people import GLASS_HARBOUR, KIOSK, NO_INSTAGRAM, ONE_PAGE, THREE_PAGES
from backline.integrations.meta.webhooks import verify_signed_request


def changed(url: str, **values: str) -> str:
    """Return an address with other parameters."""
    parts = urlsplit(url)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | values)).geturl()


def redeem(meta: Meta, code: str, **values: str) -> httpx2.Response:
    form = {
        "client_id": meta.settings.app_id, "client_secret": meta.settings.app_secret, "code": code,
        "redirect_uri": meta.redirect_uri, "code_verifier": VERIFIER, **values,
    }  # fmt: skip
    return meta.http.post("/meta/graph/v26.0/oauth/access_token", data=form)


def problem(answer: httpx2.Response) -> tuple[int, int, int | None]:
    """Return status, code and subcode of a refusal."""
    error = answer.json()["error"]
    assert error["fbtrace_id"]
    return answer.status_code, error["code"], error.get("error_subcode")


def code_of(meta: Meta, person: str = ONE_PAGE) -> str:
    return decide(meta.address(), person=person)["code"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"client_id": "1"}, "Invalid App ID"),
        ({"client_id": ""}, "Invalid App ID"),
        ({"redirect_uri": "https://evil.example/connections/meta/callback/"}, "URL Blocked"),
        ({"redirect_uri": "http://localhost:8000/connections/meta/callback"}, "URL Blocked"),
        ({"redirect_uri": "http://localhost:8000/connections/meta/callback/?next=/"}, "URL Blocked"),
        ({"redirect_uri": "http://localhost:8000/connections/meta/callback/../youtube/"}, "URL Blocked"),
        ({"scope": "public_profile,rule_the_world"}, "Invalid Scopes: rule_the_world"),
        ({"config_id": "12"}, "config_id"),
        ({"code_challenge_method": "plain"}, "code_challenge_method must be S256"),
        ({"response_type": "token"}, "response_type must be code"),
    ],
)
def test_the_dialog_asks_nobody_for_what_it_refuses(meta: Meta, values: dict[str, str], says: str) -> None:
    shown = meta.http.get(changed(meta.address(), **values))
    assert (shown.status_code, says in shown.text, "<form" in shown.text) == (400, True, False)


def test_login_for_business_gives_all_permissions_or_none(meta: Meta) -> None:
    meta.tokens(ONE_PAGE, without=("pages_manage_ads",))
    business = changed(meta.address(), config_id=CONFIG_ADVERTISING, auth_type="")
    code = decide(business, person=ONE_PAGE, without=CONFIGURATIONS[CONFIG_ADVERTISING])["code"]
    token = redeem(meta, code).json()["access_token"]
    granted = {one["permission"] for one in meta.graph("/me/permissions", token).json()["data"]}
    assert granted == set(CONFIGURATIONS[CONFIG_ADVERTISING])


def test_a_refused_permission_is_asked_for_again_only_on_request(meta: Meta) -> None:
    meta.tokens(ONE_PAGE, without=("pages_show_list",))
    plainly = decide(changed(meta.address(), auth_type=""), person=ONE_PAGE)["code"]
    token = redeem(meta, plainly).json()["access_token"]
    assert {"permission": "pages_show_list", "status": "declined"} in meta.graph("/me/permissions", token).json()[
        "data"
    ]
    assert "pages_show_list" in meta.tokens(ONE_PAGE).scopes


def test_a_person_refuses_and_meta_fails(meta: Meta) -> None:
    assert decide(meta.address(), person=ONE_PAGE, decision="deny") == {
        "error": "access_denied", "error_code": "200", "error_description": "Permissions error",
        "error_reason": "user_denied", "state": "the state",
    }  # fmt: skip
    assert decide(meta.address(), person=ONE_PAGE, decision="server_error")["error"] == "server_error"


def test_the_browser_comes_back_with_metas_odd_fragment(meta: Meta) -> None:
    form = page_of(meta.address())
    fields = dict(form.hidden) | {"person": ONE_PAGE, "decision": "approve"}
    back = urlsplit(meta.http.post(form.action, data=fields).headers["location"])
    assert (back.fragment, parse_qs(back.query)["state"]) == ("_=_", ["the state"])


def test_a_code_is_good_once(meta: Meta) -> None:
    code = code_of(meta)
    assert redeem(meta, code).status_code == 200
    assert problem(redeem(meta, code)) == (400, 100, 36009)


def test_a_code_is_good_for_ten_minutes(meta: Meta) -> None:
    code = code_of(meta)
    meta.sandbox.advance(minutes=10)
    assert problem(redeem(meta, code)) == (400, 100, 36007)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"redirect_uri": "http://localhost:8000/account/facebook/login/callback/"}, (400, 100, 36008)),
        ({"code_verifier": "w" * 43}, (400, 100, None)),
        ({"code_verifier": ""}, (400, 100, None)),
        ({"code": "AQinvented"}, (400, 100, None)),
        ({"code": ""}, (400, 100, None)),
        ({"client_id": "1"}, (400, 101, None)),
        ({"client_secret": "wrong"}, (400, 1, None)),
        ({"grant_type": "password"}, (400, 100, None)),
    ],
)
def test_a_code_is_refused(meta: Meta, values: dict[str, str], refusal: tuple[int, int, int | None]) -> None:
    code = code_of(meta)
    assert problem(redeem(meta, **({"code": code} | values))) == refusal
    assert redeem(meta, code).status_code == 200, "a refusal must not spend it"


def test_a_token_lives_ninety_minutes_and_a_long_one_sixty_days(meta: Meta) -> None:
    short = redeem(meta, code_of(meta)).json()
    app = {"client_id": meta.settings.app_id, "client_secret": meta.settings.app_secret}
    long = meta.http.get(
        "/meta/graph/v26.0/oauth/access_token",
        params=app | {"grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]},
    ).json()
    assert (short["expires_in"], long["expires_in"]) == (5_400, 60 * 86_400)
    meta.sandbox.advance(minutes=90)
    assert problem(meta.graph("/me", short["access_token"])) == (400, 190, 463)
    meta.sandbox.advance(days=59)
    assert meta.graph("/me", long["access_token"]).status_code == 200
    meta.sandbox.advance(days=1)
    assert problem(meta.graph("/me", long["access_token"])) == (400, 190, 463)


@pytest.mark.parametrize(("how", "subcode"), [("password", 460), ("checkpoint", 459), ("logout", 467)])
def test_a_session_ends(meta: Meta, how: str, subcode: int) -> None:
    token, other = meta.tokens(ONE_PAGE).access, meta.tokens(NO_INSTAGRAM).access
    meta.behind("session", person=ONE_PAGE, how=how)
    assert problem(meta.graph("/me", token)) == (400, 190, subcode)
    assert meta.graph("/me", other).status_code == 200


def test_every_token_of_a_person_dies_with_the_permissions(meta: Meta) -> None:
    token, other = meta.tokens(ONE_PAGE).access, meta.tokens(ONE_PAGE, Purpose.IDENTITY).access
    page = meta.graph("/me/accounts", token).json()["data"][0]["access_token"]
    assert meta.graph("/me/permissions", token, "DELETE").json() == {"success": True}
    assert [problem(meta.graph("/me", one)) for one in (token, other, page)] == [(400, 190, 458)] * 3


def test_a_call_without_token_or_with_somebody_elses(meta: Meta) -> None:
    assert problem(meta.http.get("/meta/graph/v26.0/me")) == (400, 2500, None)
    assert problem(meta.http.get(f"/meta/graph/v26.0/{KIOSK}")) == (400, 104, None)
    assert problem(meta.graph("/me", "EAAinvented")) == (400, 190, None)


def test_the_token_is_taken_from_the_query_too(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    proof = meta.graph("/me", token).request.url.params["appsecret_proof"]
    found = meta.http.get("/meta/graph/v26.0/me", params={"access_token": token, "appsecret_proof": proof})
    assert found.json() == {"id": ONE_PAGE, "name": "Pilar Ocampo"}


@pytest.mark.parametrize("proof", ["", "0" * 64, "é"])
def test_a_call_has_to_prove_that_it_comes_from_the_app(meta: Meta, proof: str) -> None:
    token = meta.tokens(ONE_PAGE).access
    refused = meta.graph("/me", token, appsecret_proof=proof)
    assert problem(refused) == (400, 100, None)
    assert "appsecret_proof" in refused.json()["error"]["message"]


def test_fields_are_picked_and_nested(meta: Meta) -> None:
    token = meta.tokens(THREE_PAGES).access
    found = meta.graph("/me", token, fields="name,accounts.limit(1){name,instagram_business_account{username}}").json()
    assert found["name"] == "Ada Lindqvist"
    assert found["accounts"]["data"] == [
        {
            "id": GLASS_HARBOUR,
            "name": "Glass Harbour",
            "instagram_business_account": {"id": "17841400000000002", "username": "glassharbour"},
        }
    ]


@pytest.mark.parametrize(
    "fields", ["shoe_size", "accounts{shoe_size}", "name{", "name}", ",", "a..b", "name,", "a{" * 5_000]
)
def test_a_field_that_does_not_exist_is_refused(meta: Meta, fields: str) -> None:
    status, code, _ = problem(meta.graph("/me", meta.tokens(ONE_PAGE).access, fields=fields))
    assert (status, code in (100, 2500)) == (400, True)


def test_a_list_is_read_by_cursor_and_by_address(meta: Meta) -> None:
    token = meta.tokens(THREE_PAGES).access
    first = meta.graph("/me/accounts", token, fields="name", limit=2).json()
    after = first["paging"]["cursors"]["after"]
    last = meta.graph("/me/accounts", token, fields="name", limit=2, after=after).json()
    assert [page["name"] for page in first["data"] + last["data"]] == [
        "Glass Harbour", "Glass Harbour Fans", "Glass Harbour Live",
    ]  # fmt: skip
    assert "next" not in last["paging"]
    proof = meta.graph("/me", token).request.url.params["appsecret_proof"]
    assert meta.http.get(first["paging"]["next"] + f"&appsecret_proof={proof}").json() == last
    assert problem(meta.graph("/me/accounts", token, after="!"))[1] == 100


def test_what_a_permission_hides(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE, without=("pages_show_list", "business_management", "ads_management")).access
    assert meta.graph("/me/accounts", token).json() == {"data": []}
    assert problem(meta.graph("/me/businesses", token)) == (403, 200, None)
    assert problem(meta.graph("/me/adaccounts", token)) == (403, 200, None)
    meta.behind("permission", person=ONE_PAGE, permission="instagram_basic")
    seen = meta.graph("/me/accounts", meta.tokens(ONE_PAGE, without=("instagram_basic",)).access, fields="name")
    assert "instagram_business_account" not in seen.json()["data"][0]


def test_ad_accounts_have_their_statuses(meta: Meta) -> None:
    token = meta.tokens(THREE_PAGES).access
    fields = "id,account_status,currency,timezone_name,disable_reason"
    found = meta.graph("/me/adaccounts", token, fields=fields).json()["data"]
    assert [(one["account_status"], one["currency"]) for one in found] == [(1, "EUR"), (2, "USD"), (101, "EUR")]
    assert meta.graph(f"/{found[1]['id']}", token, fields=fields).json() == found[1]
    assert problem(meta.graph("/act_1", token)) == (400, 100, 33)


def edge(meta: Meta, name: str) -> list[dict[str, Any]]:
    token = meta.settings.system_user_token
    fields = "id,page,permitted_tasks" if "pending" in name else "id,name,permitted_tasks"
    found = meta.graph(f"/{meta.settings.business_id}/{name}", token, fields=fields)
    return list(found.json()["data"])


def ask(meta: Meta, page: str, tasks: object = ("ADVERTISE", "ANALYZE"), token: str = "") -> httpx2.Response:
    token = token or meta.settings.system_user_token
    form = {"page_id": page, "permitted_tasks": tasks if isinstance(tasks, str) else json.dumps(tasks)}
    return meta.graph(f"/{meta.settings.business_id}/client_pages", token, "POST", **form)


def test_a_partnership_is_asked_for_and_approved(meta: Meta) -> None:
    assert ask(meta, KIOSK).json() == {"access_status": "PENDING"}
    assert ask(meta, KIOSK).json() == {"access_status": "PENDING"}
    assert [one["page"] for one in edge(meta, "pending_client_pages")] == [{"id": KIOSK, "name": "Kiosk Nord"}]
    meta.behind("partner", page=KIOSK, action="approve")
    partner = {"id": KIOSK, "name": "Kiosk Nord", "permitted_tasks": ["ADVERTISE", "ANALYZE"]}
    assert (edge(meta, "client_pages"), edge(meta, "pending_client_pages")) == ([partner], [])
    assert ask(meta, KIOSK).json() == {"access_status": "CONFIRMED"}
    meta.behind("partner", page=KIOSK, action="remove")
    assert edge(meta, "client_pages") == []


def test_a_partnership_is_refused(meta: Meta) -> None:
    ask(meta, KIOSK)
    meta.behind("partner", page=KIOSK, action="refuse")
    assert (edge(meta, "client_pages"), edge(meta, "pending_client_pages")) == ([], [])


def test_who_may_not_ask_for_a_partnership(meta: Meta) -> None:
    assert problem(ask(meta, KIOSK, token=meta.tokens(NO_INSTAGRAM).access)) == (403, 200, None)
    assert problem(ask(meta, "999")) == (400, 100, 33)
    assert problem(ask(meta, KIOSK, ["RULE"])) == (400, 100, None)
    assert problem(ask(meta, KIOSK, "")) == (400, 100, None)
    meta.behind("access", partners=False)
    assert problem(ask(meta, KIOSK)) == (400, 3, None)


def test_a_page_lets_a_partner_in_with_its_own_token(meta: Meta) -> None:
    person = meta.tokens(NO_INSTAGRAM).access
    page = meta.graph("/me/accounts", person).json()["data"][0]["access_token"]
    wanted = {"business": meta.settings.business_id, "permitted_tasks": json.dumps(["ADVERTISE"])}
    assert problem(meta.graph(f"/{KIOSK}/agencies", person, "POST", **wanted)) == (400, 190, None)
    assert meta.graph(f"/{KIOSK}/agencies", page, "POST", **wanted).json() == {"success": True}
    assert [one["id"] for one in meta.graph(f"/{KIOSK}/agencies", page).json()["data"]] == [meta.settings.business_id]
    system = meta.settings.system_user_token
    user = meta.graph("/me", system).json()["id"]
    assigned = {"user": user, "tasks": json.dumps(["ADVERTISE", "ANALYZE"])}
    assert meta.graph(f"/{KIOSK}/assigned_users", system, "POST", **assigned).json() == {"success": True}
    assert meta.graph(f"/{KIOSK}/assigned_users", system).json()["data"] == [
        {"id": user, "tasks": ["ADVERTISE", "ANALYZE"]}
    ]


def test_usage_is_told_and_ends(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    meta.behind("usage", percent=77, minutes=4, tier="standard_access")
    headers = meta.graph("/me", token).headers
    assert json.loads(headers["x-app-usage"])["call_count"] == 77
    entry = json.loads(headers["x-business-use-case-usage"])[meta.settings.business_id][0]
    assert (entry["estimated_time_to_regain_access"], entry["ads_api_access_tier"]) == (4, "standard_access")
    assert "x-ad-account-usage" not in headers
    meta.behind("usage", account_percent=9.67)
    account = meta.graph(f"/act_{meta.settings.ad_account_id}", meta.settings.system_user_token).headers
    assert json.loads(account["x-ad-account-usage"]) == {
        "acc_id_util_pct": 9.67, "reset_time_duration": 300, "ads_api_access_tier": "standard_access",
    }  # fmt: skip
    meta.behind("usage", percent=100)
    assert problem(meta.graph("/me", token)) == (403, 4, None)


def test_versions_end(meta: Meta) -> None:
    assert problem(meta.http.get("/meta/graph/v24.0/me")) == (400, 2635, None)
    assert meta.http.get(meta.address().replace("v26.0", "v1.0")).status_code == 400


def test_a_token_is_looked_into_by_the_app_alone(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    app = f"{meta.settings.app_id}|{meta.settings.app_secret}"
    data = meta.graph("/debug_token", app, input_token=token).json()["data"]
    assert (data["is_valid"], data["user_id"], data["type"]) == (True, ONE_PAGE, "USER")
    assert data["expires_at"] - data["issued_at"] == 60 * 86_400
    meta.behind("session", person=ONE_PAGE)
    assert meta.graph("/debug_token", app, input_token=token).json()["data"]["error"]["subcode"] == 460
    assert meta.graph("/debug_token", app, input_token="x").json()["data"]["is_valid"] is False
    assert problem(meta.graph("/debug_token", meta.tokens(NO_INSTAGRAM).access, input_token=token)) == (400, 100, None)


def test_meta_calls_back_when_a_person_removes_the_app(meta: Meta) -> None:
    meta.tokens(ONE_PAGE)
    with scripted_server(lambda _: answer({})) as server:
        told = meta.behind("revoke", person=ONE_PAGE, callback_url=f"{server.url}/deauthorize/")
        sent = parse_qs(server.requests[0].body.decode())["signed_request"][0]
    assert (told["status"], told["signed_request"]) == (200, sent)
    found = verify_signed_request(sent, secret=meta.settings.app_secret)
    assert found is not None
    assert found.user_id == ONE_PAGE


def test_the_business_settings_are_a_page(meta: Meta) -> None:
    url = "/meta/business/settings/partners"
    grant = {"page": KIOSK, "action": "grant", "business": "123"}
    assert "no business with this id" in meta.http.post(url, data=grant).text
    assert meta.http.post(url, data=grant | {"business": meta.settings.business_id}).status_code == 303
    assert [one["id"] for one in edge(meta, "client_pages")] == [KIOSK]
    shown = meta.http.get(url).text
    assert "Remove the partner" in shown
    assert "&lt;Relations&gt;" in shown
    meta.http.post(url, data={"page": KIOSK, "action": "remove"})
    ask(meta, KIOSK)
    assert meta.http.post(url, data={"page": KIOSK, "action": "approve"}).status_code == 303
    assert meta.http.post(url, data={"page": "1", "action": "approve"}).status_code == 422


def test_nobody_elses_page_changes_what_happened(meta: Meta) -> None:
    answer = meta.http.post(
        "/meta/-/revoke", content=json.dumps({"person": ONE_PAGE}), headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 415
    assert meta.http.post("/meta/-/revoke", json={"person": "1"}).status_code == 422
    assert meta.http.post("/meta/-/partner", json={"page": KIOSK, "action": "approve"}).status_code == 422
    assert meta.http.post("/meta/-/ad-account", json={}).status_code == 422


def test_everything_is_forgotten_at_the_start(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    meta.behind("page", page=KIOSK, action="delete")
    meta.sandbox.clear()
    assert problem(meta.graph("/me", token)) == (400, 190, None)
    assert ask(meta, KIOSK).status_code == 200
