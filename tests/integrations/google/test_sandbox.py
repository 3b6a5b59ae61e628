from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import jwt
import pytest
from tests.factories.consent import decide, page_of
from tests.plugins.sandbox import Sandbox

YOUTUBE = "https://www.googleapis.com/auth/youtube.readonly"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Google:
    """Google as an app sees it."""

    def __init__(self, sandbox: Sandbox, client: httpx2.Client) -> None:
        self.sandbox = sandbox
        self.client = client
        self.settings = sandbox.settings.google
        self.redirect_uri = f"{sandbox.settings.web_url}/connections/youtube/callback/"

    def address(self, **changes: str | None) -> str:
        """Return an authorization address; a parameter that is None is left out."""
        asked: dict[str, str | None] = {
            "client_id": self.settings.client_id, "redirect_uri": self.redirect_uri, "response_type": "code",
            "scope": f"openid {YOUTUBE}", "state": "s", "access_type": "offline", "prompt": "consent",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256", "nonce": "n", **changes,
        }  # fmt: skip
        return (
            f"{self.settings.auth_url}?{urlencode({key: value for key, value in asked.items() if value is not None})}"
        )

    def code(self, person: str = "maya", *, without: tuple[str, ...] = (), **changes: str | None) -> str:
        """Let a person consent and return the code."""
        return decide(self.address(**changes), person=person, without=without)["code"]

    def redeem(self, code: str | None, **changes: str | None) -> httpx2.Response:
        """Exchange a code."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
            "client_id": self.settings.client_id, "client_secret": self.settings.client_secret,
            "code_verifier": VERIFIER, **changes,
        }  # fmt: skip
        return self.client.post(
            self.settings.token_url, data={key: one for key, one in form.items() if one is not None}
        )

    def tokens(self, person: str = "maya", **changes: str | None) -> dict[str, Any]:
        """Let a person consent and return the tokens."""
        answer = self.redeem(self.code(person, **changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refresh(self, token: str) -> httpx2.Response:
        """Ask for a new access token, with credentials by HTTP Basic."""
        return self.client.post(
            self.settings.token_url,
            data={"grant_type": "refresh_token", "refresh_token": token},
            auth=(self.settings.client_id, self.settings.client_secret),
        )

    def youtube(self, path: str, token: str, **headers: str) -> httpx2.Response:
        """Ask the YouTube Data API."""
        url = f"{self.settings.youtube_url}/youtube/v3/{path}"
        return self.client.get(url, headers={"Authorization": f"Bearer {token}", **headers})

    def ads(self, verb: str, body: object, *, customer: str = "", **headers: str) -> httpx2.Response:
        """Ask Google Ads as the operator."""
        token = self.refresh(self.settings.ads_refresh_token).json()["access_token"]
        url = f"{self.settings.ads_url}/v26/customers/{customer or self.settings.ads_customer_id}/{verb}"
        return self.client.post(url, json=body, headers={"Authorization": f"Bearer {token}", **headers})

    def happen(self, what: str, **values: object) -> None:
        """Let something happen at Google."""
        answer = self.client.post(f"{self.sandbox.base_url}/google/-/{what}", json=values)
        assert answer.status_code == 200, answer.text

    def channel(self, person: str, place: int = 0) -> str:
        """Return the id of a person's channel."""
        people = self.client.get(f"{self.sandbox.base_url}/google/-/state").json()["people"]
        return str(next(one for one in people if one["id"] == person)["channels"][place]["id"])


def _given(values: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value is not None}


@pytest.fixture
def google(sandbox: Sandbox) -> Iterator[Google]:
    with httpx2.Client(timeout=10) as client:
        yield Google(sandbox, client)


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Return the status and the reason of a refusal of the YouTube Data API."""
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


class TestConsent:
    def test_everybody_but_the_operator_can_be_chosen_and_what_is_no_sign_in_unticked(self, google: Google) -> None:
        page = page_of(google.address(scope=f"openid email {YOUTUBE}"))
        assert page.people == ["maya", "lena", "tomas", "noor", "bureau"]
        assert page.scopes == [YOUTUBE]
        fixed = [value for name, value in page.hidden if name == "scope"]
        assert fixed == ["openid", "https://www.googleapis.com/auth/userinfo.email"]

    def test_the_code_comes_back_with_the_state_and_what_was_granted(self, google: Google) -> None:
        back = decide(google.address(state="a b&c"), person="maya")
        assert back.pop("code").startswith("4/0A")
        assert back == {
            "state": "a b&c", "scope": f"{YOUTUBE} openid", "authuser": "0", "prompt": "consent",
            "iss": "https://accounts.google.com",
        }  # fmt: skip

    @pytest.mark.parametrize(("decision", "error"), [("deny", "access_denied"), ("server_error", "server_error")])
    def test_a_refusal_comes_back_as_an_error(self, google: Google, decision: str, error: str) -> None:
        back = decide(google.address(), person="maya", decision=decision)
        assert back == {"state": "s", "error": error, "iss": "https://accounts.google.com"}

    def test_an_unticked_scope_is_not_granted(self, google: Google) -> None:
        answer = google.redeem(google.code(without=(YOUTUBE,))).json()
        assert answer["scope"] == "openid"
        assert problem(google.youtube("channels?part=id&mine=true", answer["access_token"])) == (
            403,
            "insufficientPermissions",
        )

    def test_somebody_who_cannot_be_asked_is_told_to_the_app(self, google: Google) -> None:
        answer = google.client.get(google.address(prompt="none"), follow_redirects=False)
        assert "error=interaction_required" in answer.headers["location"]

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"client_id": None}, "Missing required parameter: client_id"),
            ({"client_id": "another"}, "invalid_client"),
            ({"redirect_uri": "http://localhost:8000/connections/youtube/callback"}, "redirect_uri_mismatch"),
            ({"redirect_uri": "https://evil.example/"}, "redirect_uri_mismatch"),
            ({"response_type": "token"}, "response_type"),
            ({"scope": "openid https://www.googleapis.com/auth/everything"}, "invalid_scope"),
            ({"access_type": "forever"}, "access_type"),
            ({"prompt": "none consent"}, "prompt"),
            ({"prompt": "force"}, "prompt"),
            ({"code_challenge_method": "S512"}, "code_challenge_method"),
            ({"code_challenge": None}, "code_challenge"),
            ({"code_challenge": "short"}, "code_challenge"),
            ({"frobnicate": "1"}, "Parameter not allowed for this message type: frobnicate"),
        ],
    )
    def test_a_bad_request_is_shown_and_sent_nowhere(
        self, google: Google, changes: dict[str, str | None], says: str
    ) -> None:
        answer = google.client.get(google.address(**changes), follow_redirects=False)
        assert answer.status_code == 400
        assert says in answer.text
        assert "<form" not in answer.text

    def test_a_parameter_may_be_given_once(self, google: Google) -> None:
        assert "single value" in google.client.get(google.address() + "&state=t").text


class TestTokens:
    def test_a_code_gives_tokens_and_an_id_token_that_the_certs_verify(self, google: Google) -> None:
        answer = google.tokens(scope=f"openid email profile {YOUTUBE}")
        assert answer["token_type"] == "Bearer"
        assert answer["expires_in"] == 3599
        assert answer["refresh_token"].startswith("1//")
        keys = jwt.PyJWKSet.from_dict(google.client.get(google.settings.certs_url).json())
        head = jwt.get_unverified_header(answer["id_token"])
        claims = jwt.decode(
            answer["id_token"], keys[head["kid"]], algorithms=["RS256"], audience=google.settings.client_id,
            issuer="https://accounts.google.com",
        )  # fmt: skip
        assert (claims["nonce"], claims["name"], claims["email"]) == ("n", "Maya Okafor", "maya@gmail.example")
        assert claims["exp"] - claims["iat"] == 3600
        url = f"{google.sandbox.base_url}/google/openidconnect/v1/userinfo"
        about = google.client.get(url, headers={"Authorization": f"Bearer {answer['access_token']}"}).json()
        assert (about["sub"], about["name"]) == (claims["sub"], "Maya Okafor")

    def test_a_refresh_token_comes_when_it_is_asked_for(self, google: Google) -> None:
        assert "refresh_token" not in google.tokens(access_type="online")
        assert "refresh_token" not in google.tokens(prompt=None), "the same was granted before"
        assert "refresh_token" in google.tokens(prompt="consent")
        assert "refresh_token" in google.tokens("lena", prompt=None), "the first grant"

    @pytest.mark.parametrize(
        ("changes", "status", "error"),
        [
            ({"code_verifier": None}, 400, "invalid_grant"),
            ({"code_verifier": "w" * 43}, 400, "invalid_grant"),
            ({"redirect_uri": "http://localhost:8000/"}, 400, "redirect_uri_mismatch"),
            ({"redirect_uri": None}, 400, "invalid_request"),
            ({"code": "4/0Amade-up"}, 400, "invalid_grant"),
            ({"code": ""}, 400, "invalid_request"),
            ({"client_id": "another"}, 401, "invalid_client"),
            ({"client_secret": "another"}, 401, "invalid_client"),
            ({"client_secret": None}, 400, "invalid_request"),
            ({"grant_type": "password"}, 400, "unsupported_grant_type"),
            ({"grant_type": None}, 400, "invalid_request"),
        ],
    )
    def test_what_does_not_belong_to_the_code_is_refused(
        self, google: Google, changes: dict[str, str | None], status: int, error: str
    ) -> None:
        answer = google.redeem(**{"code": google.code(), **changes})
        assert (answer.status_code, answer.json()["error"]) == (status, error)

    def test_a_code_is_good_once_and_for_ten_minutes(self, google: Google) -> None:
        code = google.code()
        assert google.redeem(code).status_code == 200
        assert google.redeem(code).json()["error"] == "invalid_grant"
        late = google.code()
        google.sandbox.advance(minutes=10)
        assert google.redeem(late).json()["error"] == "invalid_grant"

    def test_an_access_token_lives_an_hour_and_a_refresh_token_goes_on(self, google: Google) -> None:
        tokens = google.tokens()
        google.sandbox.advance(hours=1)
        assert problem(google.youtube("channels?part=id&mine=true", tokens["access_token"])) == (401, "authError")
        answer = google.refresh(tokens["refresh_token"]).json()
        assert "refresh_token" not in answer
        assert google.youtube("channels?part=id&mine=true", answer["access_token"]).status_code == 200

    def test_an_unused_refresh_token_dies_after_half_a_year(self, google: Google) -> None:
        refresh = google.tokens()["refresh_token"]
        google.sandbox.advance(days=180)
        assert google.refresh(refresh).status_code == 200
        google.sandbox.advance(days=183)
        assert google.refresh(refresh).json()["error"] == "invalid_grant"

    def test_in_testing_mode_a_refresh_token_lives_seven_days(self, google: Google) -> None:
        google.happen("modes", testing=True)
        tokens = google.tokens()
        assert tokens["refresh_token_expires_in"] == 604_800
        google.sandbox.advance(days=6)
        assert google.refresh(tokens["refresh_token"]).status_code == 200
        google.sandbox.advance(days=1)
        assert google.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"

    def test_the_hundred_and_first_refresh_token_ends_the_oldest(self, google: Google) -> None:
        hidden = dict(page_of(google.address()).hidden)["hidden"]

        def grant() -> str:
            values = {"hidden": hidden, "person": "maya", "decision": "approve", "scope": ["openid", YOUTUBE]}
            answer = google.client.post(google.settings.auth_url, data=values, follow_redirects=False)
            code = httpx2.URL(answer.headers["location"]).params["code"]
            return str(google.redeem(code).json()["refresh_token"])

        first, *rest = [grant() for _ in range(100)]
        assert google.refresh(first).status_code == 200
        grant()
        assert google.refresh(first).json()["error"] == "invalid_grant"
        assert google.refresh(rest[0]).status_code == 200

    def test_to_give_one_token_back_ends_every_token_of_that_person(self, google: Google) -> None:
        mine, also_mine, hers = google.tokens(), google.tokens(), google.tokens("lena")
        answer = google.client.post(google.settings.revoke_url, data={"token": mine["refresh_token"]})
        assert (answer.status_code, answer.json()) == (200, {})
        assert google.refresh(also_mine["refresh_token"]).json()["error"] == "invalid_grant"
        assert problem(google.youtube("channels?part=id&mine=true", also_mine["access_token"]))[0] == 401
        assert google.refresh(hers["refresh_token"]).status_code == 200
        again = google.client.post(google.settings.revoke_url, data={"token": mine["refresh_token"]})
        assert (again.status_code, again.json()["error"]) == (400, "invalid_token")

    def test_a_person_removes_the_app(self, google: Google) -> None:
        refresh = google.tokens()["refresh_token"]
        google.happen("revoke", person="maya")
        assert google.refresh(refresh).json()["error"] == "invalid_grant"
