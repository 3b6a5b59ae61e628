"""Meta's own client is content with the stand-in, and knows the words that we use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.business import Business
from facebook_business.adobjects.businesspagerequest import BusinessPageRequest
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi, FacebookRequest
from facebook_business.apiconfig import ads_api_config
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession
from tests.factories.meta import Meta

from backline.integrations.meta.partnership import _TASKS as ASKED_TASKS
from backline.integrations.meta.sandbox_people import (
    GLASS_HARBOUR,
    KIOSK,
    NO_INSTAGRAM,
    ONE_PAGE,
    PERMITTED_TASKS,
    THREE_PAGES,
)

# The client lists the fields of a Page, not those that an edge adds to it ("Business Client Pages", "User Accounts").
pytestmark = pytest.mark.filterwarnings("ignore:(accounts|client_pages) does not allow field:UserWarning")


@contextmanager
def sdk(meta: Meta, token: str, *, secret: str = "") -> Iterator[FacebookAdsApi]:
    """Let the official client speak to the sandbox, with a token."""
    before, FacebookSession.GRAPH = FacebookSession.GRAPH, meta.settings.graph_url
    try:
        session = FacebookSession(meta.settings.app_id, secret or meta.settings.app_secret, token, timeout=10)
        yield FacebookAdsApi(session)
        session.requests.close()
    finally:
        FacebookSession.GRAPH = before


def test_a_person_and_their_pages(meta: Meta) -> None:
    with sdk(meta, meta.tokens(THREE_PAGES).access) as api:
        me = User("me", api=api)
        assert me.api_get(fields=["id", "name"])["name"] == "Ada Lindqvist"
        pages = list(me.get_accounts(fields=["id", "name", "tasks", "instagram_business_account"], params={"limit": 1}))
        assert [page["name"] for page in pages] == ["Glass Harbour", "Glass Harbour Fans", "Glass Harbour Live"]
        assert isinstance(pages[0], Page)
        assert pages[0]["instagram_business_account"]["id"] == "17841400000000002"
        assert [business["name"] for business in me.get_businesses(fields=["name"])] == [
            "Glass Harbour", "Lindqvist Management",
        ]  # fmt: skip
        accounts = list(me.get_ad_accounts(fields=["account_status", "currency", "disable_reason"]))
        assert [account["account_status"] for account in accounts] == [1, 2, 101]
        assert isinstance(accounts[0], AdAccount)


def test_permissions_are_read_and_given_back(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    with sdk(meta, token) as api:
        found = FacebookRequest("me", "GET", "/permissions", api=api, include_summary=False).execute().json()
        assert {"permission": "ads_management", "status": "granted"} in found["data"]
        assert User("me", api=api).delete_permissions()
        with pytest.raises(FacebookRequestError) as refusal:
            User("me", api=api).api_get()
    assert (refusal.value.api_error_code(), refusal.value.api_error_subcode()) == (190, 458)


def test_the_partnership(meta: Meta) -> None:
    with sdk(meta, meta.settings.system_user_token) as api:
        business = Business(meta.settings.business_id, api=api)
        wanted = {"page_id": GLASS_HARBOUR, "permitted_tasks": list(ASKED_TASKS)}
        assert business.create_client_page(params=wanted)["access_status"] == "PENDING"
        [request] = business.get_pending_client_pages(fields=["id", "page"])
        assert isinstance(request, BusinessPageRequest)
        assert request["page"]["id"] == GLASS_HARBOUR
        meta.behind("partner", page=GLASS_HARBOUR, action="approve")
        [page] = business.get_client_pages(fields=["id", "name", "permitted_tasks"])
        assert (page["name"], page["permitted_tasks"]) == ("Glass Harbour", list(ASKED_TASKS))
        user = FacebookRequest("me", "GET", "", api=api, include_summary=False).execute().json()["id"]
        Page(GLASS_HARBOUR, api=api).create_assigned_user(params={"user": user, "tasks": ["ADVERTISE"]})
        account = AdAccount(f"act_{meta.settings.ad_account_id}", api=api)
        assert account.api_get(fields=["account_status"])["account_status"] == 1


def test_a_page_lets_the_operator_in(meta: Meta) -> None:
    with sdk(meta, meta.tokens(NO_INSTAGRAM).access) as api:
        [page] = User("me", api=api).get_accounts(fields=["access_token"])
        token = page["access_token"]
    with sdk(meta, token) as api:
        params = {"business": meta.settings.business_id, "permitted_tasks": ["ADVERTISE"]}
        Page(KIOSK, api=api).create_agency(params=params)
        [agency] = Page(KIOSK, api=api).get_agencies(fields=["name"])
        assert agency["id"] == meta.settings.business_id


def test_a_token_is_looked_into(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    with sdk(meta, f"{meta.settings.app_id}|{meta.settings.app_secret}") as api:
        data = api.call("GET", ("debug_token",), params={"input_token": token}).json()["data"]
    assert (data["is_valid"], data["user_id"], data["app_id"]) == (True, ONE_PAGE, meta.settings.app_id)


def test_the_client_understands_a_refusal(meta: Meta) -> None:
    token = meta.tokens(ONE_PAGE).access
    with sdk(meta, token, secret="wrong") as api, pytest.raises(FacebookRequestError) as refusal:
        User("me", api=api).api_get()
    assert (refusal.value.http_status(), refusal.value.api_error_code()) == (400, 100)
    meta.behind("usage", percent=100)
    with sdk(meta, token) as api, pytest.raises(FacebookRequestError) as throttled:
        User("me", api=api).api_get()
    assert (throttled.value.api_error_code(), throttled.value.api_transient_error()) == (4, True)


def test_our_words_are_metas(meta: Meta) -> None:
    theirs = {value for name, value in vars(Page.PermittedTasks).items() if not name.startswith("_")}
    assert set(PERMITTED_TASKS) == theirs
    assert set(ASKED_TASKS) <= theirs
    assert {"ADVERTISE", "CREATE_CONTENT"} <= {value for value in vars(Page.Tasks).values() if isinstance(value, str)}
    assert meta.settings.graph_version == ads_api_config["API_VERSION"]
    assert {"id", "name", "link", "instagram_business_account"} <= set(vars(Page.Field))
    assert {"account_status", "disable_reason", "currency", "timezone_name"} <= set(vars(AdAccount.Field))
