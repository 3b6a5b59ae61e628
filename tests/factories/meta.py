"""Meta as the product meets it: the platform against the sandbox, and people who consent there."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import Any

import httpx2
from tests.factories.consent import decide
from tests.factories.outbound import outbound
from tests.plugins.sandbox import Sandbox

from backline.connections.types import Choice, ConsentAnswer, ConsentRequest, Inspection, Purpose, Tokens
from backline.integrations.meta.adapter import MetaPlatform
from backline.integrations.meta.client import MetaClient, proof_of
from backline.settings.services import MetaSettings

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Meta:
    """What a test does at Meta."""

    sandbox: Sandbox
    http: httpx2.Client
    settings: MetaSettings

    @property
    def client(self) -> MetaClient:
        return MetaClient(self.settings, outbound(self.sandbox.base_url))

    @property
    def platform(self) -> MetaPlatform:
        return MetaPlatform(self.settings, self.client)

    @property
    def redirect_uri(self) -> str:
        return f"{self.sandbox.settings.web_url}/connections/meta/callback/"

    def address(self, purpose: Purpose = Purpose.ADVERTISING) -> str:
        """Return where the browser is sent."""
        request = ConsentRequest(purpose, "the state", self.redirect_uri, CHALLENGE, "the nonce")
        return self.platform.authorization_url(request)

    def answer(
        self, person: str, purpose: Purpose = Purpose.ADVERTISING, without: tuple[str, ...] = ()
    ) -> ConsentAnswer:
        """Let a person consent and return what comes back."""
        code = decide(self.address(purpose), person=person, without=without)["code"]
        return ConsentAnswer(purpose, code, self.redirect_uri, VERIFIER, "the nonce")

    def tokens(self, person: str, purpose: Purpose = Purpose.ADVERTISING, without: tuple[str, ...] = ()) -> Tokens:
        """Let a person consent and return their tokens."""
        return self.platform.exchange(self.answer(person, purpose, without))

    def inspect(self, tokens: Tokens, chosen: Choice | None, purpose: Purpose = Purpose.ADVERTISING) -> Inspection:
        return self.platform.inspect(tokens, purpose=purpose, chosen=chosen)

    def page(self, tokens: Tokens, page_id: str, purpose: Purpose = Purpose.ADVERTISING) -> Choice:
        """Return one of a person's Pages."""
        pages = self.platform.choices(tokens, purpose=purpose)
        return next(page for page in pages if page.external_id == page_id)

    def behind(self, what: str, **values: Any) -> dict[str, Any]:
        """Let something happen at Meta without us."""
        answer = self.http.post(f"/meta/-/{what}", json=values)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def graph(self, path: str, token: str, method: str = "GET", **params: Any) -> httpx2.Response:
        """Call Graph as the documentation says, with the proof."""
        signed = {"appsecret_proof": proof_of(token, secret=self.settings.app_secret), **params}
        headers = {"Authorization": f"Bearer {token}"}
        url = f"/meta/graph/{self.settings.graph_version}{path}"
        if method == "POST":
            return self.http.post(url, data=signed, headers=headers)
        return self.http.request(method, url, params=signed, headers=headers)

    def classic(self) -> Meta:
        """Return the same without configurations of Login for Business."""
        return replace(self, settings=replace(self.settings, config_id="", identity_config_id=""))
