"""Everything that somebody could do to the way to a platform and back, for each platform that people sign in to."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.db import connection as database
from tests.factories.accounts import access_of, make_access, make_artist, make_member, make_user
from tests.factories.connecting import BROWSER, Connecting, real_platforms
from tests.factories.consent import page_of
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.accounts import selectors as accounts
from backline.accounts.models import Membership
from backline.accounts.types import Role
from backline.connections import services
from backline.connections.consents import ConsentRefusedError
from backline.connections.models import Consent, Grant
from backline.connections.ports import platforms
from backline.connections.state import State
from backline.connections.types import Purpose
from backline.core import clock
from backline.core.errors import BacklineError, NotAllowedError, NotFoundError
from backline.integrations.meta.sandbox_people import ONE_PAGE

PERSON = {"meta": ONE_PAGE, "youtube": "maya", "tiktok": "mira"}
PROVIDERS = tuple(PERSON)
OTHER = {"meta": "youtube", "youtube": "tiktok", "tiktok": "meta"}


@pytest.fixture(autouse=True)
def _platforms(sandbox: Sandbox, db: None) -> Iterator[None]:
    with real_platforms(sandbox):
        yield


@pytest.fixture(params=PROVIDERS)
def way(request: pytest.FixtureRequest, sandbox: Sandbox, drain_jobs: DrainJobs) -> Connecting:
    return Connecting(make_access(), sandbox, drain_jobs, request.param).with_plan()


def back(way: Connecting) -> dict[str, str]:
    """Go there and say yes; returns what the browser brings back."""
    way.begin()
    return way.decide(PERSON[way.provider])


def altered(state: str, at: int) -> str:
    raw = bytearray(base64.urlsafe_b64decode(state + "=" * (-len(state) % 4)))
    raw[at] ^= 1
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refused(way: Connecting, query: dict[str, str], **instead: object) -> str:
    """Come back in a way that must not count; returns what is said."""
    with pytest.raises(BacklineError) as error:
        way.take(query, **instead)
    way.drain()
    assert not Grant.objects.exists()
    said = error.value.message
    assert query.get("code", "no code") not in said
    assert query.get("state") or "x" not in said
    return said


Change = Callable[[dict[str, str]], dict[str, str]]
ALTERED: dict[str, Change] = {
    "no state": lambda query: query | {"state": ""},
    "first bit of the id": lambda query: query | {"state": altered(query["state"], 0)},
    "last bit of the id": lambda query: query | {"state": altered(query["state"], 15)},
    "first bit of the digest": lambda query: query | {"state": altered(query["state"], 16)},
    "last bit of the digest": lambda query: query | {"state": altered(query["state"], 47)},
    "cut short": lambda query: query | {"state": query["state"][:-4]},
    "longer": lambda query: query | {"state": query["state"] + "AAAA"},
    "with padding": lambda query: query | {"state": query["state"] + "=="},
    "no base64": lambda query: query | {"state": "%%%" + query["state"][3:]},
    "not ASCII": lambda query: query | {"state": "ü" * 64},
    "huge": lambda query: query | {"state": query["state"] * 400},
    "nothing but an id": lambda query: query | {"state": query["state"][:22]},
    "made up": lambda query: query | {"state": base64.urlsafe_b64encode(b"x" * 48).decode().rstrip("=")},
}


@pytest.mark.req("PP-52")
@pytest.mark.parametrize("change", ALTERED.values(), ids=list(ALTERED))
def test_an_altered_state_is_refused_and_costs_nothing(way: Connecting, change: Change) -> None:
    query = back(way)
    said = refused(way, change(query))
    assert "was begun in this browser by you" in said
    way.take(query)  # the true one is still good
    assert way.row.state == State.EXCHANGING


@pytest.mark.req("PP-52")
def test_a_state_is_good_for_ten_minutes(way: Connecting) -> None:
    query = back(way)
    with clock.frozen(clock.now() + timedelta(minutes=10, seconds=1)):
        assert "longer than ten minutes" in refused(way, query)


@pytest.mark.req("PP-52")
def test_a_state_is_good_once(way: Connecting) -> None:
    query = back(way)
    way.take(query)
    with pytest.raises(ConsentRefusedError, match="answered already"):
        way.take(query)
    way.drain()
    assert Grant.objects.count() == 1


@pytest.mark.req("PP-52")
def test_a_state_is_bound_to_the_browser_session(way: Connecting) -> None:
    assert "in this browser" in refused(way, back(way), session_secret="another browser")


@pytest.mark.req("PP-52")
def test_a_state_is_bound_to_the_person(way: Connecting) -> None:
    stranger = make_user()
    assert "by you" in refused(way, back(way), user_id=stranger.pk)


@pytest.mark.req("PP-52")
def test_a_state_is_bound_to_the_person_even_on_the_same_team(way: Connecting) -> None:
    colleague = make_member(accounts.artist_identity(artist_id=way.access.artist_id), role=Role.EDITOR)
    assert "by you" in refused(way, back(way), user_id=colleague.pk)


@pytest.mark.req("PP-52")
def test_a_state_is_bound_to_the_platform(way: Connecting) -> None:
    assert "by you" in refused(way, back(way), provider=OTHER[way.provider])


@pytest.mark.req("PP-52")
def test_a_state_is_bound_to_the_artist(way: Connecting) -> None:
    """What was begun for one artist never lands at another one of the same person."""
    user = make_user()
    first, second = (access_of(user, make_artist(creator=user, name=name)) for name in ("Halla", "Jo Kessel"))
    one, other = (replace(way, access=access).with_plan() for access in (first, second))
    query = back(one)
    other.begin()
    Consent.objects.filter(connection=one.stored).update(connection=other.stored)  # as if rows could be swapped
    assert "by you" in refused(other, query)


def test_a_platform_that_nobody_signs_in_to_takes_no_callback(way: Connecting) -> None:
    with pytest.raises(NotFoundError):
        way.take(back(way), provider="spotify")
    with pytest.raises(NotFoundError):
        way.take(back(way), provider="snapchat")


def test_the_way_that_was_begun_last_counts(way: Connecting) -> None:
    first = back(way)
    second = back(way)
    assert "another one was begun" in refused(way, first)
    way.take(second)
    way.drain()
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("way", ["meta", "youtube"], indirect=True)  # TikTok's Business API knows no PKCE
def test_a_code_of_somebody_elses_way_is_refused_at_the_platform(
    way: Connecting, sandbox: Sandbox, drain_jobs: DrainJobs
) -> None:
    """Code injection: the verifier that never left here does not fit the other challenge (RFC 7636)."""
    attacker = Connecting(make_access(), sandbox, drain_jobs, way.provider).with_plan()
    stolen = back(attacker)
    mine = back(way)
    key = "auth_code" if "auth_code" in mine else "code"
    way.take(mine | {key: stolen[key]})
    way.drain()
    assert way.label[0] == "Error"
    assert not Grant.objects.filter(connection=way.stored).exists()


@pytest.mark.parametrize("code", ["invented", "a" * 4_000, "<script>alert(1)</script>", "' OR 1=1 --", "\u202e\u0000x"])
def test_an_invented_code_is_refused_at_the_platform(way: Connecting, code: str) -> None:
    query = back(way)
    key = "auth_code" if "auth_code" in query else "code"
    way.take(query | {key: code})
    way.drain()
    assert way.label[0] == "Error"
    assert way.row.act == "try_again"
    assert code not in way.row.meaning
    assert not Grant.objects.exists()


def test_a_code_that_is_far_too_long_is_not_even_kept(way: Connecting) -> None:
    query = back(way)
    key = "auth_code" if "auth_code" in query else "code"
    returned = way.take(query | {key: "a" * 100_000})
    assert "no usable answer" in returned.message
    assert way.label[0] == "Error"
    assert not Consent.objects.exclude(code=None).exists()


def test_an_error_and_a_code_together_are_not_believed(way: Connecting) -> None:
    returned = way.take(back(way) | {"error": "access_denied"})
    assert "contradicts itself" in returned.message
    way.drain()
    assert not Grant.objects.exists()


def test_neither_error_nor_code_is_no_answer(way: Connecting) -> None:
    returned = way.take({"state": back(way)["state"]})
    assert "no usable answer" in returned.message
    assert way.label[0] == "Error"


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "invalid_scope", "<b>x</b>", "e" * 5000])
def test_an_error_of_the_platform_is_named_without_its_words(way: Connecting, error: str) -> None:
    way.begin()
    state = parse_qs(urlsplit(way.address).query)["state"][0]
    returned = way.take({"state": state, "error": error})
    assert error not in returned.message
    assert way.label[0] == "Error"


def test_a_callback_with_something_twice_is_refused(way: Connecting) -> None:
    query = back(way)
    callback = services.Callback(state=query["state"], code="x", error="", is_doubled=True)
    with pytest.raises(ConsentRefusedError, match="twice"):
        services.take_callback(callback, provider=way.provider, user_id=way.access.user_id, session_secret=BROWSER)


def test_who_may_not_edit_any_more_brings_nothing_back(way: Connecting) -> None:
    editor = make_member(accounts.artist_identity(artist_id=way.access.artist_id), role=Role.EDITOR)
    theirs = replace(way, access=replace(way.access, user_id=editor.pk, role=Role.EDITOR))
    query = back(theirs)
    Membership.objects.filter(user=editor).update(role=Role.VIEWER)
    with pytest.raises(NotAllowedError):
        theirs.take(query)
    theirs.drain()
    assert way.label == ("Not Connected", "")
    assert not Grant.objects.exists()


def test_viewers_begin_nothing(way: Connecting) -> None:
    viewer = replace(way, access=replace(way.access, role=Role.VIEWER))
    with pytest.raises(NotAllowedError):
        viewer.begin()
    assert not Consent.objects.exists()


def test_the_address_at_the_platform_holds_no_secret(way: Connecting, sandbox: Sandbox) -> None:
    query = parse_qs(urlsplit(way.begin()).query)
    settings = sandbox.settings
    secrets = (
        settings.meta.app_secret,
        settings.google.client_secret,
        settings.secret_key,
        way.browser,
    )
    assert [secret for secret in secrets if secret and secret in way.address] == []
    assert query["redirect_uri"] == [f"{settings.web_url}/connections/{way.provider}/callback/"]
    verifier = bytes(Consent.objects.get().verifier)
    assert len(verifier) > 64  # sealed
    if "code_challenge" in query:
        assert query["code_challenge_method"] == ["S256"]


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/connections/{}/callback/",
        "{}/connections/{}/callback/../../evil",
        "{}/connections/{}/callback/?next=https://evil.example",
        "{}@evil.example/connections/{}/callback/",
        "{}/connections/{}/callback",
    ],
)
def test_another_place_to_come_back_to_is_refused_by_the_platform(way: Connecting, sandbox: Sandbox, uri: str) -> None:
    good = f"{sandbox.settings.web_url}/connections/{way.provider}/callback/"
    bad = uri.format(sandbox.settings.web_url, way.provider) if uri.count("{}") == 2 else uri.format(way.provider)
    address = way.begin()
    swapped = address.replace(quote(good, safe=""), quote(bad, safe=""))
    assert swapped != address
    assert page_of(swapped).people == []  # nobody can say yes on that page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_of_two_callbacks_at_once_one_counts(provider: str, sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
    with real_platforms(sandbox):
        way = Connecting(make_access(), sandbox, drain_jobs, provider).with_plan()
        query = back(way)
        ends: list[str] = []
        gate = threading.Barrier(4)

        def come_back() -> None:
            gate.wait(5)
            try:
                way.take(query)
                ends.append("taken")
            except ConsentRefusedError:
                ends.append("refused")
            finally:
                database.close()

        threads = [threading.Thread(target=come_back) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        way.drain()
        assert sorted(ends) == ["refused", "refused", "refused", "taken"]
        assert Grant.objects.filter(connection=way.stored, ended_at=None).count() == 1


def test_purposes_that_a_platform_has_not_are_not_begun(way: Connecting) -> None:
    missing = set(Purpose) - set(platforms.get(way.provider).facts.purposes)
    for purpose in missing:
        with pytest.raises(NotFoundError):
            way.begin(purpose)
