from __future__ import annotations

from typing import Any

import pytest
from tests.factories.google import YOUTUBE, Google

MANAGER = "9876543210"
ASK = {"query": "SELECT data_link.resource_name, data_link.status FROM data_link"}


def video(google: Google, person: str = "maya", place: int = 0) -> dict[str, str]:
    channel_id = google.channel(person)
    token = google.tokens(person)["access_token"]
    path = f"playlistItems?part=contentDetails&playlistId=UU{channel_id[2:]}"
    item = google.youtube(path, token).json()["items"][place]
    return {"channelId": channel_id, "videoId": item["contentDetails"]["videoId"]}


def failure(answer: Any) -> tuple[int, dict[str, str]]:
    """Return the status and the error code of a refusal, a stream's list unpacked."""
    body = answer.json()
    error = (body[0] if isinstance(body, list) else body)["error"]
    return answer.status_code, error["details"][0]["errors"][0]["errorCode"]


def links(google: Google, where: str = "") -> list[dict[str, Any]]:
    fields = "data_link.status, data_link.youtube_video.channel_id, data_link.youtube_video.video_id"
    answer = google.ads("googleAds:searchStream", {"query": f"SELECT {fields} FROM data_link {where}"})
    assert answer.status_code == 200, answer.text
    return [row["dataLink"] for chunk in answer.json() for row in chunk.get("results", [])]


def test_a_link_is_asked_for_found_and_removed(google: Google) -> None:
    hers = video(google)
    name = google.ads("dataLinks:create", {"dataLink": {"youtubeVideo": hers}}).json()["resourceName"]
    assert name.startswith(f"customers/{google.settings.ads_customer_id}/dataLinks/")
    assert links(google, f"WHERE data_link.youtube_video.channel_id = '{hers['channelId']}'") == [
        {"resourceName": name, "status": "REQUESTED", "youtubeVideo": hers}
    ]
    assert links(google, "WHERE data_link.status = 'ENABLED'") == []
    assert google.ads("dataLinks:remove", {"resourceName": name}).json() == {"resourceName": name}
    assert links(google) == []


def test_its_owner_accepts_and_the_account_ends_it(google: Google) -> None:
    hers = video(google)
    name = google.ads("dataLinks:create", {"dataLink": {"youtubeVideo": hers}}).json()["resourceName"]
    google.happen("links", channel_id=hers["channelId"], status="ENABLED")
    ended = google.ads("dataLinks:update", {"resourceName": name, "dataLinkStatus": "DISABLED"})
    assert ended.json() == {"resourceName": name}
    assert [link["status"] for link in links(google)] == ["DISABLED"]
    assert failure(google.ads("dataLinks:update", {"resourceName": name, "dataLinkStatus": "REJECTED"})) == (
        400,
        {"dataLinkError": "INVALID_UPDATE_STATUS"},
    )


def test_a_query_without_rows_has_no_results(google: Google) -> None:
    (chunk,) = google.ads("googleAds:searchStream", ASK).json()
    assert sorted(chunk) == ["fieldMask", "queryResourceConsumption", "requestId"]
    assert chunk["fieldMask"] == "dataLink.resourceName,dataLink.status"


def test_the_account_itself_can_be_asked_about(google: Google) -> None:
    query = "SELECT customer.id, customer.status, customer.test_account FROM customer LIMIT 1"
    (chunk,) = google.ads("googleAds:searchStream", {"query": query}).json()
    assert chunk["results"] == [
        {
            "customer": {
                "resourceName": "customers/1234567890",
                "id": "1234567890",
                "status": "ENABLED",
                "testAccount": False,
            }
        }
    ]


def test_rows_are_ordered_and_cut(google: Google) -> None:
    for place in (0, 1, 2):
        google.ads("dataLinks:create", {"dataLink": {"youtubeVideo": video(google, place=place)}})
    found = [
        link["youtubeVideo"]["videoId"]
        for link in links(google, "ORDER BY data_link.youtube_video.video_id DESC LIMIT 2")
    ]
    everything = [
        link["youtubeVideo"]["videoId"] for link in links(google, "WHERE data_link.status IN ('REQUESTED', 'ENABLED')")
    ]
    assert found == sorted(everything, reverse=True)[:2]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT data_link.status FROM everything", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT data_link.colour FROM data_link", "UNRECOGNIZED_FIELD"),
        ("SELECT data_link.status FROM data_link WHERE data_link.colour = 'red'", "UNRECOGNIZED_FIELD"),
        ("SELECT data_link.status FROM data_link WHERE data_link.status ~ 'x'", "BAD_OPERATOR"),
        ("SELECT data_link.status FROM data_link WHERE data_link.status = 'x' OR 1 = 1", "BAD_VALUE"),
        ("SELECT data_link.status FROM data_link WHERE data_link.status IN 'x'", "EXPECTED_LIST"),
        ("DELETE FROM data_link", "UNEXPECTED_INPUT"),
        ("", "UNEXPECTED_INPUT"),
    ],
)
def test_a_bad_query_is_refused(google: Google, query: str, code: str) -> None:
    assert failure(google.ads("googleAds:searchStream", {"query": query})) == (400, {"queryError": code})


def test_a_link_needs_a_video_of_that_channel(google: Google) -> None:
    hers, theirs = video(google), google.channel("lena")
    cases = {
        "YOUTUBE_CHANNEL_ID_INVALID": {**hers, "channelId": "maya"},
        "YOUTUBE_VIDEO_ID_INVALID": {**hers, "videoId": "x"},
        "YOUTUBE_VIDEO_FROM_DIFFERENT_CHANNEL": {**hers, "channelId": theirs},
    }
    for code, wanted in cases.items():
        answer = google.ads("dataLinks:create", {"dataLink": {"youtubeVideo": wanted}})
        assert failure(answer) == (400, {"dataLinkError": code})


def test_names_that_the_proto_does_not_have_are_refused(google: Google) -> None:
    hers = video(google)
    for body in (
        {"dataLink": {"youtubeVideo": hers}, "dryRun": True},
        {"dataLink": {"youtube_video": hers, "colour": 1}},
    ):
        answer = google.ads("dataLinks:create", body)
        assert answer.status_code == 400
        assert "Unknown name" in answer.json()["error"]["message"]
    unknown = google.ads("dataLinks:remove", {"resourceName": "customers/1234567890/dataLinks/1~2"})
    assert failure(unknown) == (404, {"requestError": "RESOURCE_NOT_FOUND"})
    foreign = google.ads("dataLinks:remove", {"resourceName": "customers/1112223334/dataLinks/1~2"})
    assert failure(foreign) == (400, {"dataLinkError": "INVALID_RESOURCE_NAME"})


@pytest.mark.parametrize(
    ("customer", "headers", "status", "code"),
    [
        ("123-456-7890", {}, 400, {"requestError": "INVALID_CUSTOMER_ID"}),
        ("1231231234", {}, 401, {"authenticationError": "CUSTOMER_NOT_FOUND"}),
        ("1112223334", {}, 403, {"authorizationError": "USER_PERMISSION_DENIED"}),
        ("1234567890", {"login-customer-id": MANAGER}, 403, {"authorizationError": "USER_PERMISSION_DENIED"}),
        ("5556667778", {}, 403, {"authorizationError": "CUSTOMER_NOT_ENABLED"}),
        ("1112223334", {"login-customer-id": "987-654-3210"}, 400, {"requestError": "INVALID_CUSTOMER_ID"}),
    ],
)
def test_an_account_that_is_not_ours_is_refused(
    google: Google, customer: str, headers: dict[str, str], status: int, code: dict[str, str]
) -> None:
    assert failure(google.ads("googleAds:searchStream", ASK, customer=customer, **headers)) == (status, code)


def test_an_account_below_a_manager_is_reached_through_it(google: Google) -> None:
    answer = google.ads("googleAds:searchStream", ASK, customer="1112223334", **{"login-customer-id": MANAGER})
    assert answer.status_code == 200


def test_a_token_without_the_scope_or_none_at_all_is_refused(google: Google) -> None:
    url = f"{google.settings.ads_url}/v26/customers/{google.settings.ads_customer_id}/googleAds:searchStream"
    token = google.tokens(scope=f"openid {YOUTUBE}")["access_token"]
    hers = google.client.post(url, json=ASK, headers={"Authorization": f"Bearer {token}"})
    assert failure(hers) == (403, {"authorizationError": "ACTION_NOT_PERMITTED"})
    assert failure(google.client.post(url, json=ASK)) == (401, {"authenticationError": "OAUTH_TOKEN_INVALID"})


def test_another_version_is_refused(google: Google) -> None:
    token = google.refresh(google.settings.ads_refresh_token).json()["access_token"]
    url = f"{google.settings.ads_url}/v21/customers/{google.settings.ads_customer_id}/googleAds:searchStream"
    answer = google.client.post(url, json=ASK, headers={"Authorization": f"Bearer {token}"})
    assert failure(answer) == (400, {"requestError": "UNSUPPORTED_VERSION"})


@pytest.mark.parametrize(("level", "most"), [("explorer", 2_880), ("basic", 15_000), ("standard", None)])
def test_each_access_level_has_its_operations_a_day(google: Google, level: str, most: int | None) -> None:
    google.happen("modes", access_level=level, ads_operations_used=(most or 1_000_000) - 1)
    assert google.ads("googleAds:searchStream", ASK).status_code == 200
    answer = google.ads("googleAds:searchStream", ASK)
    if most is None:
        assert answer.status_code == 200
        return
    assert failure(answer) == (429, {"quotaError": "RESOURCE_EXHAUSTED"})
    google.sandbox.advance(days=1)
    assert google.ads("googleAds:searchStream", ASK).status_code == 200


def test_a_project_for_tests_reaches_test_accounts_only(google: Google) -> None:
    google.happen("modes", access_level="test")
    refused = google.ads("googleAds:searchStream", ASK)
    assert failure(refused) == (403, {"authorizationError": "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"})
    assert google.ads("googleAds:searchStream", ASK, customer="9998887776").status_code == 200


def test_what_cannot_happen_is_refused(google: Google) -> None:
    base = f"{google.sandbox.base_url}/google/-"
    assert google.client.post(f"{base}/links", json={"channel_id": "UCnone", "status": "ENABLED"}).status_code == 422
    assert google.client.post(f"{base}/modes", json={"access_level": "gold"}).status_code == 422
    assert google.client.post(f"{base}/revoke", json={}).status_code == 422


def test_a_person_sends_and_approves_a_link_on_a_page(google: Google) -> None:
    channel_id = google.channel("lena", 2)
    page = google.client.get(google.settings.studio_url)
    assert "Nordlicht Records" in page.text
    for status in ("REQUESTED", "ENABLED"):
        form = {"channel_id": channel_id, "status": status}
        assert google.client.post(google.settings.studio_url, data=form).status_code == 303
        assert [link["status"] for link in links(google)] == [status]
    google.client.post(google.settings.studio_url, data={"channel_id": channel_id, "status": ""})
    google.client.post(google.settings.studio_url, data={"channel_id": "UCnone", "status": "ENABLED"})
    assert links(google) == []
