from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.factories.google import Google, problem

PARTS = "id,snippet,statistics,contentDetails,status"


@pytest.fixture
def token(google: Google) -> str:
    return str(google.tokens()["access_token"])


def titles(google: Google, person: str) -> list[str]:
    token = google.tokens(person)["access_token"]
    items = google.youtube("channels?part=snippet&mine=true", token).json().get("items", [])
    return [item["snippet"]["title"] for item in items]


def test_a_channel_looks_as_the_api_sends_it(google: Google, token: str) -> None:
    answer = google.youtube(f"channels?part={PARTS}&mine=true", token).json()
    assert (answer["kind"], answer["pageInfo"]) == (
        "youtube#channelListResponse",
        {"totalResults": 1, "resultsPerPage": 5},
    )
    (item,) = answer["items"]
    assert item["id"] == google.channel("maya")
    assert item["snippet"]["title"] == "Maya Okafor"
    assert item["statistics"]["subscriberCount"] == "48200"
    assert item["contentDetails"]["relatedPlaylists"]["uploads"] == "UU" + item["id"][2:]
    picture = google.client.get(item["snippet"]["thumbnails"]["medium"]["url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")


def test_people_have_none_one_or_several_channels_with_all_sorts_of_names(google: Google) -> None:
    assert titles(google, "lena") == ["Lena Winter", "Lena Winter", "Nordlicht Records"]
    long, japanese, arabic = titles(google, "bureau")
    assert (len(long), japanese, arabic) == (100, "浜崎さくら・オフィシャルチャンネル", "فرقة النور الموسيقية")
    token = google.tokens("tomas")["access_token"]
    assert "items" not in google.youtube("channels?part=id&mine=true", token).json()


def test_only_the_parts_that_are_asked_for_come(google: Google, token: str) -> None:
    (item,) = google.youtube("channels?part=statistics&mine=true", token).json()["items"]
    assert sorted(item) == ["etag", "id", "kind", "statistics"]


def test_who_never_signed_up_is_told_so(google: Google) -> None:
    token = google.tokens("noor")["access_token"]
    assert problem(google.youtube("channels?part=id&mine=true", token)) == (401, "youtubeSignupRequired")


def test_a_page_ends_where_it_was_asked_to(google: Google) -> None:
    token = google.tokens("lena")["access_token"]
    first = google.youtube("channels?part=id&mine=true&maxResults=2", token).json()
    second = google.youtube(f"channels?part=id&mine=true&maxResults=2&pageToken={first['nextPageToken']}", token).json()
    assert (len(first["items"]), len(second["items"]), "nextPageToken" in second) == (2, 1, False)


def test_what_did_not_change_is_not_sent_again(google: Google, token: str) -> None:
    first = google.youtube("channels?part=snippet&mine=true", token)
    again = google.youtube("channels?part=snippet&mine=true", token, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_videos_are_found_by_way_of_the_uploads(google: Google, token: str) -> None:
    uploads = "UU" + google.channel("maya")[2:]
    items = google.youtube(f"playlistItems?part=contentDetails,snippet&playlistId={uploads}", token).json()["items"]
    ids = [item["contentDetails"]["videoId"] for item in items]
    videos = google.youtube(f"videos?part=status&id={','.join(ids)}", token).json()["items"]
    assert [video["id"] for video in videos] == ids
    assert {video["status"]["uploadStatus"] for video in videos} == {"processed"}
    hers = google.tokens("lena")["access_token"]
    assert len(google.youtube(f"videos?part=status&id={','.join(ids)}", hers).json()["items"]) == len(ids) - 1


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("channels?mine=true", 400, "required"),
        ("channels?part=everything&mine=true", 400, "unknownPart"),
        ("channels?part=id", 400, "missingRequiredParameter"),
        ("channels?part=id&mine=true&id=UC1", 400, "incompatibleParameters"),
        ("channels?part=id&mine=yes", 400, "invalidValue"),
        ("channels?part=id&mine=true&maxResults=51", 400, "invalidValue"),
        ("channels?part=id&mine=true&frobnicate=1", 400, "badRequest"),
        ("playlistItems?part=id&playlistId=UUnothing", 404, "playlistNotFound"),
    ],
)
def test_a_bad_request_is_refused(google: Google, token: str, path: str, status: int, reason: str) -> None:
    assert problem(google.youtube(path, token)) == (status, reason)


def test_who_does_not_sign_in_is_refused(google: Google) -> None:
    answer = google.client.get(f"{google.settings.youtube_url}/youtube/v3/channels?part=id&mine=true")
    assert problem(answer) == (403, "forbidden")
    assert problem(google.youtube("channels?part=id&mine=true", "ya29.made-up")) == (401, "authError")


def test_the_quota_of_a_day_ends_and_begins_anew_at_midnight_in_california(google: Google) -> None:
    token = google.tokens()["access_token"]
    google.happen("modes", youtube_units_used=9_999)
    assert google.youtube("channels?part=id&mine=true", token).status_code == 200
    refused = google.youtube("channels?part=id&mine=true", token)
    assert problem(refused) == (403, "quotaExceeded")
    assert refused.json()["error"]["errors"][0]["domain"] == "youtube.quota"
    now = datetime.now(UTC).astimezone(ZoneInfo("America/Los_Angeles"))
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    google.sandbox.advance(seconds=(midnight - now).total_seconds() + 1)
    token = google.tokens()["access_token"]
    assert google.youtube("channels?part=id&mine=true", token).status_code == 200


def test_a_deleted_channel_is_gone(google: Google) -> None:
    google.happen("channels/delete", channel_id=google.channel("lena", 1))
    assert titles(google, "lena") == ["Lena Winter", "Nordlicht Records"]
