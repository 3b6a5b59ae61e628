"""Signing in with Google: what counts as somebody's word, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from tests.factories.http_server import Received, ScriptedServer, answer, scripted_server
from tests.factories.outbound import outbound
from tests.integrations.google.test_id_tokens import APP, FORGED, GOOGLES, jwk, signed

from backline.accounts.ports import SignInAnswer, SignInProfile
from backline.core.errors import Rejected, RetryLater
from backline.integrations.google.sign_in import GoogleSignIn
from backline.settings import environment

HERE = "https://web.example/account/google/login/callback/"
REFUSAL = "Google did not confirm who you are, or took longer than it allows. Nothing was changed."


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def google(server: ScriptedServer) -> GoogleSignIn:
    url = server.url
    places = {"token_url": f"{url}/token", "revoke_url": f"{url}/revoke", "certs_url": f"{url}/certs"}
    settings = replace(environment.current().google, client_id=APP, client_secret="s", **places)
    return GoogleSignIn(settings, outbound(url))


def _says(server: ScriptedServer, id_token: str | None) -> None:
    """Have Google's stand-in hand over this id token."""
    tokens = {"access_token": "ya29.x", "expires_in": 3599, "token_type": "Bearer"}

    def script(request: Received) -> list[bytes | float | type]:
        if request.target == "/certs":
            return answer({"keys": [jwk(GOOGLES, "k1")]})
        return answer(tokens if id_token is None else {**tokens, "id_token": id_token})

    server.script = script


def _profile(google: GoogleSignIn, *, issuer: str = "") -> SignInProfile:
    return google.profile(SignInAnswer("the code", issuer, HERE, "v" * 43, "n"))


def test_the_code_goes_with_its_verifier_and_nothing_else_is_asked(
    google: GoogleSignIn, server: ScriptedServer
) -> None:
    _says(server, signed(name="Maya", email="maya@gmail.com", email_verified=True))
    assert _profile(google) == SignInProfile("123", "Maya", "maya@gmail.com", is_email_verified=True)
    assert [request.target for request in server.requests] == ["/token", "/certs"]
    form = {name: value[0] for name, value in parse_qs(server.requests[0].body.decode()).items()}
    assert form == {
        "grant_type": "authorization_code", "code": "the code", "redirect_uri": HERE, "code_verifier": "v" * 43,
        "client_id": APP, "client_secret": "s",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "is_verified"),
    [
        ({"email": "maya@gmail.com", "email_verified": True}, True),
        ({"email": "maya@label.example", "email_verified": True, "hd": "label.example"}, True),
        ({"email": "maya@label.example", "email_verified": True}, False),
        ({"email": "maya@gmail.com.evil.example", "email_verified": True}, False),
        ({"email": "maya@gmail.com", "email_verified": False}, False),
        ({"email": "maya@gmail.com"}, False),
        ({"email": "maya@label.example", "email_verified": False, "hd": "label.example"}, False),
        ({}, False),
    ],
)
def test_an_address_counts_as_theirs_only_where_google_runs_the_mailbox(
    google: GoogleSignIn, server: ScriptedServer, said: dict[str, object], is_verified: bool
) -> None:
    _says(server, signed(**said))
    profile = _profile(google)
    assert (profile.email, profile.is_email_verified) == (said.get("email", ""), is_verified)


@pytest.mark.req("PP-52")
@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_word_signs_nobody_in(google: GoogleSignIn, server: ScriptedServer, forge: Callable[[], str]) -> None:
    _says(server, forge())
    with pytest.raises(Rejected) as refusal:
        _profile(google)
    assert refusal.value.message == REFUSAL


@pytest.mark.parametrize(
    "said", [{"email_verified": "true"}, {"email": ["maya@gmail.com"]}, {"name": {"first": "Maya"}}, {"hd": 1}]
)
def test_a_word_of_another_shape_signs_nobody_in(
    google: GoogleSignIn, server: ScriptedServer, said: dict[str, object]
) -> None:
    _says(server, signed(**said))
    with pytest.raises(Rejected) as refusal:
        _profile(google)
    assert refusal.value.message == REFUSAL


def test_access_without_a_word_about_who_it_is_signs_nobody_in(google: GoogleSignIn, server: ScriptedServer) -> None:
    _says(server, None)
    with pytest.raises(Rejected, match="did not confirm who you are"):
        _profile(google)


def test_another_issuer_is_refused_before_the_code_goes_anywhere(google: GoogleSignIn, server: ScriptedServer) -> None:
    _says(server, signed())
    with pytest.raises(Rejected, match="did not confirm who you are"):
        _profile(google, issuer="https://evil.example")
    assert server.requests == []
    assert _profile(google, issuer="https://accounts.google.com").id == "123"


def test_a_service_that_is_away_is_asked_later(google: GoogleSignIn, server: ScriptedServer) -> None:
    server.script = lambda _: answer({}, status=503)
    with pytest.raises(RetryLater, match=r"^Google "):
        _profile(google)
