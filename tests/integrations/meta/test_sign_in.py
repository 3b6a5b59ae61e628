"""Signing in with Facebook: what counts as somebody's word, and what only looks like it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.factories.http_server import Received, ScriptedServer, answer, scripted_server
from tests.factories.outbound import outbound

from backline.accounts.ports import SignInAnswer, SignInProfile
from backline.core.errors import BacklineError, Rejected
from backline.integrations.meta.client import MetaClient
from backline.integrations.meta.sign_in import FacebookSignIn
from backline.settings import environment

pytestmark = pytest.mark.django_db
HERE = "https://web.example/account/facebook/login/callback/"
TOKEN = {"access_token": "EAAtoken", "token_type": "bearer", "expires_in": 5_000}
ME = {"id": "101", "name": "Pilar", "email": "pilar@people.example"}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def facebook(server: ScriptedServer) -> FacebookSignIn:
    url = server.url
    settings = replace(environment.current().meta, graph_url=url, app_id="12", app_secret="secret")
    return FacebookSignIn(settings, MetaClient(settings, outbound(url)))


def _says(server: ScriptedServer, token: object = TOKEN, me: object = ME, *, status: int = 200) -> None:
    def script(request: Received) -> list[bytes | float | type]:
        if "/oauth/access_token" in request.target:
            return answer(token, status=200 if token is TOKEN else status)
        return answer(me, status=status)

    server.script = script


def _profile(facebook: FacebookSignIn, *, issuer: str = "") -> SignInProfile:
    return facebook.profile(SignInAnswer("the code", issuer, HERE, "v" * 43, "n"))


def test_the_token_goes_with_the_proof_and_never_into_an_address(
    facebook: FacebookSignIn, server: ScriptedServer
) -> None:
    _says(server)
    assert _profile(facebook) == SignInProfile("101", "Pilar", "pilar@people.example", is_email_verified=False)
    exchange, me = server.requests
    assert (exchange.method, exchange.target) == ("POST", "/v26.0/oauth/access_token")
    form = {name: value[0] for name, value in parse_qs(exchange.body.decode()).items()}
    app = {"client_id": "12", "client_secret": "secret"}
    assert form == {**app, "code": "the code", "redirect_uri": HERE, "code_verifier": "v" * 43}
    assert me.headers["authorization"] == "Bearer EAAtoken"
    asked = {name: value[0] for name, value in parse_qs(urlsplit(me.target).query).items()}
    proof = hmac.new(b"secret", b"EAAtoken", hashlib.sha256).hexdigest()
    assert asked == {"fields": "id,name,email", "appsecret_proof": proof}


def test_no_address_of_facebook_counts_as_confirmed(facebook: FacebookSignIn, server: ScriptedServer) -> None:
    _says(server, me={**ME, "verified": True, "email_verified": True})
    assert not _profile(facebook).is_email_verified
    _says(server, me={"id": "101", "name": "Pilar"})
    assert _profile(facebook).email == ""


def _problem(code: int, subcode: int = 0) -> dict[str, object]:
    return {"error": {"message": "m", "type": "OAuthException", "code": code, "error_subcode": subcode}}


WRONG: dict[str, tuple[object, object, int]] = {
    "a code that was used": (_problem(100, 36_009), ME, 400),
    "a code that ended": (_problem(100, 36_007), ME, 400),
    "a verifier that does not fit": (_problem(100), ME, 400),
    "a token that is dead": (TOKEN, _problem(190, 463), 400),
    "a token of somebody who left": (TOKEN, _problem(190, 458), 400),
    "an error that calls itself a success": (TOKEN, _problem(190), 200),
    "no id": (TOKEN, {"name": "Pilar", "email": "pilar@people.example"}, 200),
    "an id that is a number": (TOKEN, {**ME, "id": 101}, 200),
    "an id that is null": (TOKEN, {**ME, "id": None}, 200),
    "an address that is a list": (TOKEN, {**ME, "email": ["a@people.example"]}, 200),
    "a list of people": (TOKEN, [ME], 200),
    "no JSON": (TOKEN, b"<html>", 200),
    "no token": ({"token_type": "bearer"}, ME, 200),
    "a token that is a list": ({**TOKEN, "access_token": ["EAAtoken"]}, ME, 200),
    "too many requests": (TOKEN, _problem(4), 400),
    "broken": (TOKEN, _problem(1), 500),
}


@pytest.mark.req("PP-52")
@pytest.mark.parametrize(("token", "me", "status"), WRONG.values(), ids=WRONG.keys())
def test_anything_else_signs_nobody_in(
    facebook: FacebookSignIn, server: ScriptedServer, token: object, me: object, status: int
) -> None:
    _says(server, token, me, status=status)
    with pytest.raises(BacklineError) as refusal:
        _profile(facebook)
    assert not any(secret in refusal.value.message for secret in ("EAAtoken", "the code", "secret", "http"))


def test_another_issuer_is_refused_before_the_code_goes_anywhere(
    facebook: FacebookSignIn, server: ScriptedServer
) -> None:
    _says(server)
    with pytest.raises(Rejected, match="did not confirm who you are"):
        _profile(facebook, issuer="https://evil.example")
    assert server.requests == []
