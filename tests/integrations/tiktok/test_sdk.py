"""TikTok's own client against the stand-in: if it is content, the stand-in speaks as TikTok does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import business_api_client as sdk
import pytest
from business_api_client.tiktok_business.tiktok_exceptions import TiktokSDKError
from tests.factories.consent import decide
from tests.factories.tiktok import Tiktok, advertisers_of


@pytest.fixture
def official(tiktok: Tiktok) -> Iterator[sdk.ApiClient]:
    configuration = sdk.Configuration()
    configuration.host = tiktok.sandbox.settings.tiktok.business_url
    client = sdk.ApiClient(configuration)
    yield client
    client.pool.close()
    client.pool.join()
    client.rest_client.pool_manager.clear()


@pytest.fixture
def token(tiktok: Tiktok, official: sdk.ApiClient) -> str:
    settings = tiktok.sandbox.settings.tiktok
    code = decide(tiktok.portal_address(), person="mira")["auth_code"]
    body = sdk.Oauth2AccessTokenBody(app_id=settings.app_id, secret=settings.app_secret, auth_code=code)
    data = answered(sdk.AuthenticationApi(official).oauth2_access_token(body=body))
    assert data["advertiser_ids"] == [advertisers_of("mira")[0].id]
    return str(data["access_token"])


def answered(answer: Any) -> Any:
    """Return the data of an answer; the client raises for a code that is not 0."""
    return answer["data"]


def test_readiness_is_read_with_the_official_client(tiktok: Tiktok, official: sdk.ApiClient, token: str) -> None:
    settings, advertiser = tiktok.sandbox.settings.tiktok, advertisers_of("mira")[0]
    listed = answered(
        sdk.AuthenticationApi(official).oauth2_advertiser_get(settings.app_id, settings.app_secret, token)
    )
    assert listed["list"] == [{"advertiser_id": advertiser.id, "advertiser_name": advertiser.name}]
    accounts = sdk.AccountManagementApi(official)
    info = answered(accounts.advertiser_info([advertiser.id], token, fields=["name", "status"]))
    assert info["list"] == [{"advertiser_id": advertiser.id, "name": advertiser.name, "status": "STATUS_ENABLE"}]
    assert len(answered(sdk.BCApi(official).bc_get(token))["list"]) == 1
    assert len(answered(sdk.IdentityApi(official).identity_get(advertiser.id, token))["identity_list"]) == 1
    assert len(answered(sdk.MeasurementApi(official).pixel_list(advertiser.id, token))["pixels"]) == 1


def test_the_official_client_understands_a_refusal(tiktok: Tiktok, official: sdk.ApiClient, token: str) -> None:
    tiktok.happen("revoke", person="mira")
    with pytest.raises(TiktokSDKError, match=r"Error Code: 40105, message: Access token is incorrect"):
        sdk.BCApi(official).bc_get(token)
