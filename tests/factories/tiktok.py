"""TikTok's stand-in as an app sees it, and what happens there without the app."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
from tests.factories.consent import decide
from tests.plugins.sandbox import Sandbox

from backline.integrations.tiktok.sandbox_people import Advertiser, people

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
HEX_CHALLENGE = hashlib.sha256(VERIFIER.encode()).hexdigest()

FOREIGN_STATUS = "STATUS_NOBODY_HEARD_OF"


def advertisers_of(person: str) -> list[Advertiser]:
    """Return a person's advertisers, as at the start."""
    return people()[person].advertisers


@dataclass(frozen=True)
class Tiktok:
    """TikTok, without a browser."""

    sandbox: Sandbox

    @property
    def redirect_uri(self) -> str:
        """The registered address."""
        return f"{self.sandbox.settings.web_url}/connections/tiktok/callback/"

    def login_address(self, **changes: str | None) -> str:
        """Return an authorization address of Login Kit; a parameter that is None is left out."""
        settings = self.sandbox.settings.tiktok
        asked: dict[str, str | None] = {
            "client_key": settings.client_key, "scope": "user.info.basic,user.info.profile", "response_type": "code",
            "redirect_uri": self.redirect_uri, "state": "s", "code_challenge": HEX_CHALLENGE,
            "code_challenge_method": "S256", **changes,
        }  # fmt: skip
        return f"{settings.auth_url}/v2/auth/authorize/?{_query(asked)}"

    def portal_address(self, **changes: str | None) -> str:
        """Return an authorization address of API for Business."""
        settings = self.sandbox.settings.tiktok
        asked = {"app_id": settings.app_id, "state": "s", "redirect_uri": self.redirect_uri, **changes}
        return f"{settings.portal_url}/portal/auth?{_query(asked)}"

    def redeem(self, code: str, **changes: str | None) -> httpx2.Response:
        """Exchange a code of Login Kit."""
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER, **changes,
        }  # fmt: skip
        return self.token(form)

    def token(self, form: dict[str, str | None], path: str = "token") -> httpx2.Response:
        """Post a form to Login Kit's token endpoints."""
        settings = self.sandbox.settings.tiktok
        full = {"client_key": settings.client_key, "client_secret": settings.client_secret, **form}
        body = {name: value for name, value in full.items() if value is not None}
        return httpx2.post(f"{settings.open_url}/v2/oauth/{path}/", data=body, timeout=10)

    def login(self, person: str = "mira", *, without: tuple[str, ...] = ()) -> dict[str, Any]:
        """Let a person consent to Login Kit and return the tokens."""
        answer = self.redeem(decide(self.login_address(), person=person, without=without)["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def user(self, token: str, fields: str = "open_id,display_name") -> httpx2.Response:
        """Ask Login Kit who is signed in."""
        url = f"{self.sandbox.settings.tiktok.open_url}/v2/user/info/"
        return httpx2.get(url, params={"fields": fields}, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    def business_token(self, person: str = "mira", *, without: tuple[str, ...] = ()) -> str:
        """Let a person consent to API for Business and return the token."""
        code = decide(self.portal_address(), person=person, without=without)["auth_code"]
        return str(self.business("POST", "oauth2/access_token", auth_code=code)["data"]["access_token"])

    def business(self, method: str, path: str, token: str = "", **values: Any) -> dict[str, Any]:
        """Ask API for Business; the app's id and secret are added where they belong. Returns the envelope."""
        settings = self.sandbox.settings.tiktok
        if path.startswith("oauth2/"):
            values = {"app_id": settings.app_id, "secret": settings.app_secret, **values}
        sent = {"params": values} if method == "GET" else {"json": values}
        url = f"{settings.business_url}/open_api/v1.3/{path}/"
        answer = httpx2.request(method, url, headers={"Access-Token": token}, timeout=10, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        assert set(found) == {"code", "message", "request_id", "data"}
        return found

    def happen(self, what: str, **values: Any) -> dict[str, Any]:
        """Let something happen at TikTok: ``revoke`` or ``advertiser``."""
        answer = httpx2.post(f"{self.sandbox.base_url}/tiktok/-/{what}", json=values, timeout=10)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def _query(asked: dict[str, str | None]) -> str:
    return urlencode({name: value for name, value in asked.items() if value is not None})
