"""Google's own clients against the stand-in, and the protos of Google Ads against what we send and understand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.factories.consent import decide
from tests.factories.google import YOUTUBE, Google

from backline.integrations.google.adapter import LINK_STATUSES


@pytest.fixture(autouse=True)
def _on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "*")


def flow_of(google: Google, **extra: Any) -> Any:
    from google_auth_oauthlib.flow import Flow

    settings = google.settings
    app = {
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "auth_uri": settings.auth_url,
        "token_uri": settings.token_url,
    }
    return Flow.from_client_config({"web": app}, ["openid", YOUTUBE], redirect_uri=google.redirect_uri, **extra)


def credentials(google: Google, person: str) -> Any:
    """Sign in with google-auth-oauthlib, which adds PKCE by itself."""
    flow = flow_of(google)
    url, _ = flow.authorization_url(access_type="offline", prompt="consent")
    assert "code_challenge_method=S256" in url
    flow.fetch_token(code=decide(url, person=person)["code"])
    return flow.credentials


def test_the_flow_of_google_auth_oauthlib_signs_in_and_renews(google: Google) -> None:
    from google.auth.transport.requests import Request

    found = credentials(google, "maya")
    assert found.refresh_token.startswith("1//")
    assert set(found.granted_scopes) == {"openid", YOUTUBE}
    first = found.token
    found.refresh(Request())
    assert found.token != first


def test_a_flow_that_forgot_its_verifier_is_refused(google: Google) -> None:
    from oauthlib.oauth2.rfc6749.errors import InvalidGrantError

    url, _ = flow_of(google).authorization_url(access_type="offline")
    another = flow_of(google, autogenerate_code_verifier=False)
    with pytest.raises(InvalidGrantError, match="Missing code verifier"):
        another.fetch_token(code=decide(url, person="maya")["code"])


def test_a_revoked_grant_is_what_google_auth_calls_a_refresh_error(google: Google) -> None:
    from google.auth.exceptions import RefreshError
    from google.auth.transport.requests import Request

    found = credentials(google, "maya")
    google.happen("revoke", person="maya")
    with pytest.raises(RefreshError, match="invalid_grant"):
        found.refresh(Request())


def test_the_id_token_verifies_against_the_published_keys(google: Google) -> None:
    import jwt

    found = credentials(google, "lena")
    keys = jwt.PyJWKClient(google.settings.certs_url)
    key = keys.get_signing_key_from_jwt(found.id_token)
    claims = jwt.decode(found.id_token, key, algorithms=["RS256"], audience=google.settings.client_id)
    assert claims["iss"] == "https://accounts.google.com"


def youtube(google: Google, person: str) -> Any:
    from googleapiclient.discovery import build

    options = {"api_endpoint": f"{google.settings.youtube_url}/"}
    return build(
        "youtube", "v3", credentials=credentials(google, person), client_options=options, static_discovery=True
    )


def test_the_api_client_lists_channels_their_uploads_and_videos(google: Google) -> None:
    with youtube(google, "lena") as api:
        found = api.channels().list(part="id,snippet,contentDetails", mine=True).execute()
        assert [item["snippet"]["title"] for item in found["items"]] == [
            "Lena Winter", "Lena Winter", "Nordlicht Records",
        ]  # fmt: skip
        uploads = found["items"][0]["contentDetails"]["relatedPlaylists"]["uploads"]
        listed = api.playlistItems().list(part="contentDetails", playlistId=uploads, maxResults=2)
        ids: list[str] = []
        while listed is not None:
            page = listed.execute()
            ids += [item["contentDetails"]["videoId"] for item in page["items"]]
            listed = api.playlistItems().list_next(listed, page)
        assert len(ids) == 5
        videos = api.videos().list(part="status,snippet", id=",".join(ids)).execute()["items"]
        assert [video["id"] for video in videos] == ids


def test_the_api_client_understands_the_refusals(google: Google) -> None:
    from googleapiclient.errors import HttpError

    with youtube(google, "noor") as api:
        with pytest.raises(HttpError) as refusal:
            api.channels().list(part="id", mine=True).execute()
        assert (refusal.value.status_code, refusal.value.error_details[0]["reason"]) == (401, "youtubeSignupRequired")
        google.happen("modes", youtube_units_used=10_000)
        with pytest.raises(HttpError) as refusal:
            api.channels().list(part="id", mine=True).execute()
        assert (refusal.value.status_code, refusal.value.error_details[0]["reason"]) == (403, "quotaExceeded")


class TestProtos:
    def test_what_the_stand_in_takes_the_protos_take(self, google: Google) -> None:
        from google.ads.googleads.v26.services.types import data_link_service as service

        hers = {"channelId": google.channel("maya"), "videoId": "abcdefghijk"}
        wanted = {"dataLink": {"youtubeVideo": hers, "youtubeLinkMetadata": {"brandChannelId": hers["channelId"]}}}
        asked = service.CreateDataLinkRequest.from_json(json.dumps(wanted))
        assert asked.data_link.youtube_video.video_id == "abcdefghijk"
        answer = google.ads("dataLinks:create", wanted)
        name = service.CreateDataLinkResponse.from_json(answer.text).resource_name
        google.happen("links", channel_id=hers["channelId"], status="ENABLED")
        update = {"resourceName": name, "dataLinkStatus": "DISABLED"}
        service.UpdateDataLinkRequest.from_json(json.dumps(update))
        service.UpdateDataLinkResponse.from_json(google.ads("dataLinks:update", update).text)
        service.RemoveDataLinkRequest.from_json(json.dumps({"resourceName": name}))
        service.RemoveDataLinkResponse.from_json(google.ads("dataLinks:remove", {"resourceName": name}).text)

    def test_what_neither_takes(self, google: Google) -> None:
        from google.ads.googleads.v26.services.types import data_link_service as service
        from google.protobuf.json_format import ParseError

        for body in ({"dataLink": {"colour": 1}}, {"dryRun": True}, {"dataLink": {"youtubeVideo": {"id": "x"}}}):
            with pytest.raises(ParseError):
                service.CreateDataLinkRequest.from_json(json.dumps(body))
            assert google.ads("dataLinks:create", body).status_code == 400

    def test_every_answer_of_a_query_parses(self, google: Google) -> None:
        from google.ads.googleads.v26.services.types import google_ads_service as service

        fields = ("resource_name", "product_link_id", "data_link_id", "type", "status", "youtube_video.channel_id",
                  "youtube_video.video_id")  # fmt: skip
        query = f"SELECT {', '.join(f'data_link.{field}' for field in fields)} FROM data_link"
        service.SearchGoogleAdsStreamRequest.from_json(json.dumps({"query": query}))
        for status in ("REQUESTED", "PENDING_APPROVAL", "ENABLED", "DISABLED", "REVOKED", "REJECTED"):
            google.happen("links", channel_id=google.channel("maya"), status=status)
            (chunk,) = google.ads("googleAds:searchStream", {"query": query}).json()
            row = service.SearchGoogleAdsStreamResponse.from_json(json.dumps(chunk)).results[0].data_link
            assert (row.status.name, row.type_.name) == (status, "VIDEO")
            assert row.youtube_video.channel_id == google.channel("maya")
        fields = ("id", "descriptive_name", "status", "manager", "test_account", "currency_code", "time_zone")
        query = f"SELECT {', '.join(f'customer.{field}' for field in fields)} FROM customer"
        (chunk,) = google.ads("googleAds:searchStream", {"query": query}).json()
        found = service.SearchGoogleAdsStreamResponse.from_json(json.dumps(chunk)).results[0].customer
        assert (found.id, found.status.name) == (int(google.settings.ads_customer_id), "ENABLED")

    @pytest.mark.parametrize(
        ("modes", "query"),
        [
            ({}, "SELECT data_link.colour FROM data_link"),
            ({"access_level": "test"}, "SELECT customer.id FROM customer"),
            ({"ads_operations_used": 2_880}, "SELECT customer.id FROM customer"),
        ],
        ids=("query", "access", "quota"),
    )
    def test_every_refusal_is_a_failure_of_theirs(self, google: Google, modes: dict[str, object], query: str) -> None:
        from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure

        google.happen("modes", **modes)
        (body,) = google.ads("googleAds:searchStream", {"query": query}).json()
        (detail,) = body["error"]["details"]
        assert detail.pop("@type") == "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
        parsed = GoogleAdsFailure.from_json(json.dumps(detail))
        assert parsed.errors[0].message
        if "ads_operations_used" in modes:
            assert parsed.errors[0].details.quota_error_details.rate_name == "Operations for explorer access"

    def test_every_status_of_theirs_is_mapped(self) -> None:
        from google.ads.googleads.v26.enums.types.data_link_status import DataLinkStatusEnum

        theirs = {status.name for status in DataLinkStatusEnum.DataLinkStatus}
        assert set(LINK_STATUSES) == theirs - {"UNSPECIFIED", "UNKNOWN"}
