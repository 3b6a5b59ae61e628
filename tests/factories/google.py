"""Google as an app sees it: consent, tokens, calls, and what happens there out of band."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import httpx2
from tests.factories.consent import decide
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


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Return the status and the reason of a refusal of the YouTube Data API."""
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]
