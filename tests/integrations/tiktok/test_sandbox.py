from __future__ import annotations

import json

import httpx2
import pytest
from tests.factories.consent import decide, page_of
from tests.factories.tiktok import CHALLENGE, FOREIGN_STATUS, Tiktok, advertisers_of
from tests.plugins.sandbox import Sandbox

from backline.integrations.tiktok.sandbox_people import ADVERTISER_STATUSES


@pytest.mark.parametrize(
    "changes",
    [
        {"client_key": "another"}, {"client_key": None}, {"response_type": "token"}, {"response_type": None},
        {"redirect_uri": "https://evil.example/connections/tiktok/callback/"}, {"redirect_uri": None},
        {"redirect_uri": "http://localhost:8000/connections/tiktok/callback"},
        {"redirect_uri": "http://localhost:8000/connections/tiktok/callback/?next=x"},
        {"redirect_uri": "http://127.0.0.1:8000/connections/tiktok/callback/"},
        {"scope": None}, {"scope": "user.info.profile"}, {"scope": "user.info.basic,ads.delete"},
        {"scope": "user.info.basic user.info.profile"}, {"code_challenge": CHALLENGE},
        {"code_challenge_method": "plain"}, {"code_challenge_method": None},
    ],
)  # fmt: skip
def test_login_kit_shows_nobody_to_a_request_that_is_wrong(tiktok: Tiktok, changes: dict[str, str | None]) -> None:
    address = tiktok.login_address(**changes)
    assert httpx2.get(address).status_code == 400
    assert page_of(address).people == []


@pytest.mark.parametrize(
    "changes", [{"app_id": "1"}, {"app_id": None}, {"redirect_uri": "https://evil.example/"}, {"redirect_uri": None}]
)
def test_the_portal_shows_nobody_to_a_request_that_is_wrong(tiktok: Tiktok, changes: dict[str, str | None]) -> None:
    address = tiktok.portal_address(**changes)
    assert httpx2.get(address).status_code == 400
    assert page_of(address).people == []


def test_who_refuses_comes_back_with_an_error_and_the_state(tiktok: Tiktok) -> None:
    for address in (tiktok.login_address(), tiktok.portal_address()):
        assert (
            decide(address, person="mira", decision="deny").items() >= {"error": "access_denied", "state": "s"}.items()
        )
        broken = decide(address, person="mira", decision="server_error")
        assert broken.items() >= {"error": "server_error", "state": "s"}.items()


def test_login_kits_tokens_last_as_long_as_tiktok_says(tiktok: Tiktok, sandbox: Sandbox) -> None:
    tokens = tiktok.login()
    assert (tokens["expires_in"], tokens["refresh_expires_in"], tokens["token_type"]) == (86_400, 31_536_000, "Bearer")
    assert tokens["scope"] == "user.info.basic,user.info.profile"
    answer = tiktok.user(tokens["access_token"], "open_id,display_name,username")
    assert answer.json()["data"]["user"] == {
        "open_id": tokens["open_id"], "display_name": "Mira Calloway", "username": "miracalloway",
    }  # fmt: skip
    sandbox.advance(hours=24)
    assert tiktok.user(tokens["access_token"]).json()["error"]["code"] == "access_token_invalid"
    renewed = refresh(tiktok, tokens["refresh_token"]).json()
    assert renewed["refresh_expires_in"] <= 31_536_000 - 86_400
    assert tiktok.user(renewed["access_token"]).status_code == 200
    sandbox.advance(days=364)
    assert refresh(tiktok, renewed["refresh_token"]).json()["error"] == "invalid_grant"


def refresh(tiktok: Tiktok, token: str) -> httpx2.Response:
    return tiktok.token({"grant_type": "refresh_token", "refresh_token": token})


def test_a_refresh_token_is_replaced_and_the_old_one_lives_until_the_new_one_is_used(tiktok: Tiktok) -> None:
    first = tiktok.login()
    lost = refresh(tiktok, first["refresh_token"]).json()
    again = refresh(tiktok, first["refresh_token"])
    assert again.status_code == 200
    assert len({first["refresh_token"], lost["refresh_token"], again.json()["refresh_token"]}) == 3
    assert refresh(tiktok, lost["refresh_token"]).json()["error"] == "invalid_grant"
    tiktok.user(again.json()["access_token"])
    assert refresh(tiktok, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(tiktok, again.json()["refresh_token"]).status_code == 200


def test_a_code_of_login_kit_is_good_once_and_for_ten_minutes(tiktok: Tiktok, sandbox: Sandbox) -> None:
    code = decide(tiktok.login_address(), person="mira")["code"]
    assert tiktok.redeem(code).status_code == 200
    assert tiktok.redeem(code).json()["error"] == "invalid_grant"
    late = decide(tiktok.login_address(), person="mira")["code"]
    sandbox.advance(minutes=10)
    assert tiktok.redeem(late).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_request"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_key": "wrong"}, "invalid_client"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"code": "made up"}, "invalid_grant"),
    ],
)
def test_login_kits_token_endpoint_refuses(tiktok: Tiktok, changes: dict[str, str | None], error: str) -> None:
    code = decide(tiktok.login_address(), person="mira")["code"]
    answer = tiktok.redeem(changes.pop("code", None) or code, **changes)
    assert answer.json()["error"] == error
    assert set(answer.json()) == {"error", "error_description", "log_id"}


def test_a_verifier_without_a_challenge_is_refused(tiktok: Tiktok) -> None:
    address = tiktok.login_address(code_challenge=None, code_challenge_method=None)
    assert tiktok.redeem(decide(address, person="mira")["code"]).json()["error"] == "invalid_request"
    assert tiktok.redeem(decide(address, person="mira")["code"], code_verifier=None).status_code == 200


def test_what_was_not_granted_is_not_told(tiktok: Tiktok) -> None:
    tokens = tiktok.login(without=("user.info.profile", "user.info.basic"))
    assert tokens["scope"] == "user.info.basic"
    assert tiktok.user(tokens["access_token"], "username").json()["error"]["code"] == "scope_not_authorized"
    assert tiktok.user(tokens["access_token"], "shoe_size").json()["error"]["code"] == "invalid_params"
    assert tiktok.user(tokens["access_token"], "").json()["error"]["code"] == "invalid_params"


def test_revoking_ends_what_was_given_by_login_kit_alone(tiktok: Tiktok) -> None:
    tokens, business = tiktok.login(), tiktok.business_token()
    assert tiktok.token({"token": tokens["access_token"]}, "revoke").json() == {}
    assert tiktok.user(tokens["access_token"]).status_code == 401
    assert refresh(tiktok, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert tiktok.business("GET", "user/info", business)["code"] == 0
    assert tiktok.token({"token": tokens["access_token"]}, "revoke").json()["error"] == "invalid_request"
    assert tiktok.happen("revoke", person="mira") == {"revoked": 1}
    assert tiktok.business("GET", "user/info", business)["code"] == 40105


def test_a_code_of_one_kind_is_none_of_the_other(tiktok: Tiktok) -> None:
    login = decide(tiktok.login_address(), person="mira")["code"]
    business = decide(tiktok.portal_address(), person="mira")["auth_code"]
    assert tiktok.business("POST", "oauth2/access_token", auth_code=login)["code"] == 40110
    assert tiktok.redeem(business).json()["error"] == "invalid_grant"


def test_a_business_token_lives_until_it_is_revoked(tiktok: Tiktok, sandbox: Sandbox) -> None:
    token = tiktok.business_token()
    sandbox.advance(days=3000)
    assert tiktok.business("GET", "user/info", token)["data"]["display_name"] == "Mira Calloway"
    assert tiktok.business("POST", "oauth2/revoke_token", access_token=token)["code"] == 0
    assert tiktok.business("GET", "user/info", token)["code"] == 40105
    assert tiktok.business("POST", "oauth2/revoke_token", access_token=token)["code"] == 40105


def test_a_code_of_business_is_good_once_and_for_ten_minutes(tiktok: Tiktok, sandbox: Sandbox) -> None:
    code = decide(tiktok.portal_address(), person="bram")["auth_code"]
    data = tiktok.business("POST", "oauth2/access_token", auth_code=code)["data"]
    assert data["advertiser_ids"] == [one.id for one in advertisers_of("bram")]
    assert data["scope"] == [4, 5, 6, 7]
    assert tiktok.business("POST", "oauth2/access_token", auth_code=code)["code"] == 40110
    late = decide(tiktok.portal_address(), person="bram")["auth_code"]
    sandbox.advance(minutes=10)
    assert tiktok.business("POST", "oauth2/access_token", auth_code=late)["code"] == 40110
    assert tiktok.business("POST", "oauth2/access_token", auth_code=late, secret="wrong")["code"] == 40101


@pytest.mark.parametrize(
    ("person", "centers", "identities", "pixels"),
    [("mira", 1, 1, 1), ("sol", 0, 0, 0)],
)
def test_what_readiness_is_read_from(tiktok: Tiktok, person: str, centers: int, identities: int, pixels: int) -> None:
    token = tiktok.business_token(person)
    (advertiser,) = tiktok.business("GET", "oauth2/advertiser/get", token)["data"]["list"]
    wanted = {"advertiser_id": advertiser["advertiser_id"]}
    ids = json.dumps([advertiser["advertiser_id"]])
    (info,) = tiktok.business("GET", "advertiser/info", token, advertiser_ids=ids)["data"]["list"]
    assert (info["name"], info["status"]) == (advertiser["advertiser_name"], "STATUS_ENABLE")
    assert len(tiktok.business("GET", "bc/get", token)["data"]["list"]) == centers
    assert len(tiktok.business("GET", "identity/get", token, **wanted)["data"]["identity_list"]) == identities
    page = tiktok.business("GET", "pixel/list", token, **wanted)["data"]
    assert (len(page["pixels"]), page["page_info"]["total_number"]) == (pixels, pixels)


def test_api_for_business_refuses_inside_an_answer_that_is_fine(tiktok: Tiktok) -> None:
    token = tiktok.business_token("mira", without=("7",))
    own, foreign = advertisers_of("mira")[0].id, advertisers_of("sol")[0].id

    def code(path: str, token: str = token, **values: str) -> int:
        return int(tiktok.business("GET", path, token, **values)["code"])

    assert code("user/info", "no token") == 40105
    assert code("oauth2/advertiser/get", secret="wrong") == 40101
    assert code("pixel/list", advertiser_id=own) == 40001
    assert code("identity/get", advertiser_id=foreign) == 40001
    assert code("identity/get") == 40002
    assert code("identity/get", advertiser_id=own, identity_type="NOBODY") == 40002
    assert code("advertiser/info", advertiser_ids=own) == 40002
    assert code("advertiser/info", advertiser_ids="[]") == 40002
    assert code("advertiser/info", advertiser_ids=json.dumps([foreign])) == 40001
    assert code("advertiser/info", advertiser_ids=json.dumps([own]), fields='["shoe_size"]') == 40002
    assert code("bc/get", page_size="51") == 40002


def test_an_advertiser_changes_and_goes_without_us(tiktok: Tiktok, sandbox: Sandbox) -> None:
    advertiser = advertisers_of("mira")[0].id
    assert tiktok.happen("advertiser", advertiser_id=advertiser, status="STATUS_LIMIT")["is_known"] is True
    assert tiktok.happen("advertiser", advertiser_id=advertiser, status=FOREIGN_STATUS)["is_known"] is False
    tiktok.happen("advertiser", advertiser_id=advertiser, is_gone=True)
    token = tiktok.business_token()
    assert tiktok.business("GET", "oauth2/advertiser/get", token)["data"] == {"list": []}
    sandbox.clear()
    assert len(tiktok.business("GET", "oauth2/advertiser/get", tiktok.business_token())["data"]["list"]) == 1
    assert len(set(ADVERTISER_STATUSES)) == 13


def test_more_than_ten_a_second_are_too_many(tiktok: Tiktok, sandbox: Sandbox) -> None:
    token = tiktok.business_token()
    sandbox.limits(limits="real")
    url = f"{sandbox.settings.tiktok.business_url}/open_api/v1.3/user/info/"
    with httpx2.Client(headers={"Access-Token": token}, timeout=10) as client:
        codes = {client.get(url).json()["code"] for _ in range(60)}
    assert codes == {0, 40100}
