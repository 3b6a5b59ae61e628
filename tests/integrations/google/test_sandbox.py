from __future__ import annotations

import httpx2
import jwt
import pytest
from tests.factories.consent import decide, page_of
from tests.factories.google import YOUTUBE, Google, problem


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
