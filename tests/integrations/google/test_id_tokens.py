"""What Google signs about an account, and everything that only looks like it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from tests.factories.http_server import ScriptedServer, answer, scripted_server
from tests.factories.outbound import outbound

from backline.connections.types import Account, CodeRefusedError
from backline.core import clock
from backline.core.errors import RetryLater
from backline.core.http import Patience
from backline.integrations.google.client.oauth import OAuthClient
from backline.settings.services import GoogleSettings

APP = "app.apps.googleusercontent.com"
GOOGLES = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
SOMEBODYS = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
PUBLIC = GOOGLES.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    return {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig", "alg": "RS256"}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    said = {
        "iss": "https://accounts.google.com", "aud": APP, "azp": APP, "sub": "123", "nonce": "n", "iat": now,
        "exp": now + 3600, **changes,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}


def signed(key: Any = GOOGLES, *, algorithm: str = "RS256", kid: str | None = "k1", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid} if kid else None)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server(lambda _: answer({"keys": [jwk(GOOGLES, "k1")]})) as server:
        yield server


@pytest.fixture
def oauth(server: ScriptedServer) -> OAuthClient:
    url = server.url
    return OAuthClient(
        GoogleSettings(
            auth_url=f"{url}/auth", token_url=f"{url}/token", revoke_url=f"{url}/revoke", certs_url=f"{url}/certs",
            youtube_url=url, studio_url=url, ads_url=url, ads_version="v26", client_id=APP, client_secret="s",
            ads_customer_id="", ads_login_customer_id="", ads_refresh_token="", ads_developer_token="",
        ),
        outbound(url, Patience()),
    )  # fmt: skip


def test_googles_word_is_taken_and_its_keys_are_fetched_once(oauth: OAuthClient, server: ScriptedServer) -> None:
    assert oauth.account(signed(), nonce="n") == Account("123", "Google account")
    assert oauth.account(signed(iss="accounts.google.com", name="Maya"), nonce="n") == Account("123", "Maya")
    assert len(server.requests) == 1


def test_a_new_key_of_google_is_fetched_when_it_appears(oauth: OAuthClient, server: ScriptedServer) -> None:
    oauth.account(signed(), nonce="n")
    server.script = lambda _: answer({"keys": [jwk(GOOGLES, "k1"), jwk(SOMEBODYS, "k2")]})
    assert oauth.account(signed(SOMEBODYS, kid="k2"), nonce="n").external_id == "123"


def forged_hmac() -> str:
    """Sign with HS256 and the public key, which a verifier that believes the header would take."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    text = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(claims())}"
    mac = hmac.new(PUBLIC, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def changed_claim() -> str:
    head, _, signature = signed().split(".")
    return f"{head}.{signed(sub='456').split('.')[1]}.{signature}"


FORGED: dict[str, Callable[[], str]] = {
    "another issuer": lambda: signed(iss="https://accounts.google.com.evil.example"),
    "no issuer": lambda: signed(iss=None),
    "another audience": lambda: signed(aud="another.apps.googleusercontent.com"),
    "no audience": lambda: signed(aud=None),
    "given out to another app": lambda: signed(azp="another.apps.googleusercontent.com"),
    "another nonce": lambda: signed(nonce="m"),
    "no nonce": lambda: signed(nonce=None),
    "an empty nonce": lambda: signed(nonce=""),
    "ended": lambda: signed(exp=int((clock.now() - timedelta(seconds=1)).timestamp())),
    "without an end": lambda: signed(exp=None),
    "an end that is a list": lambda: signed(exp=[1]),
    "an end that is no number": lambda: signed(exp="tomorrow"),
    "no subject": lambda: signed(sub=None),
    "not signed": lambda: jwt.encode(claims(), None, algorithm="none", headers={"kid": "k1"}),
    "signed with the public key as a secret": forged_hmac,
    "signed by somebody else": lambda: signed(SOMEBODYS),
    "RS512": lambda: signed(algorithm="RS512"),
    "a key that Google does not have": lambda: signed(SOMEBODYS, kid="k2"),
    "no key named": lambda: signed(kid=None),
    "a changed claim": changed_claim,
    "no signature": lambda: signed().rpartition(".")[0] + ".",
    "two parts": lambda: signed().rpartition(".")[0],
    "no token": lambda: "",
    "something else": lambda: "{}",
}  # fmt: skip


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_whatever_else_is_refused(oauth: OAuthClient, forge: Callable[[], str]) -> None:
    with pytest.raises(CodeRefusedError) as refusal:
        oauth.account(forge(), nonce="n")
    assert refusal.value.message == "What Google said about the account could not be verified. Connect again."


def test_a_consent_without_a_nonce_of_ours_takes_no_token_without_one(oauth: OAuthClient) -> None:
    with pytest.raises(CodeRefusedError):
        oauth.account(signed(nonce=None), nonce="")


def test_keys_that_cannot_be_fetched_are_asked_for_later(oauth: OAuthClient, server: ScriptedServer) -> None:
    server.script = lambda _: answer({}, status=503)
    with pytest.raises(RetryLater, match=r"^Google "):
        oauth.account(signed(), nonce="n")
