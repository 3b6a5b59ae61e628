"""A platform that fails at each step of each flow: a named state, nothing lost, a way on, and it heals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from tests.factories.accounts import make_access
from tests.factories.connecting import Connecting, real_platforms
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.connections import ports, selectors, services
from backline.connections.models import Grant, Usage
from backline.connections.types import Purpose, Status
from backline.core import clock
from backline.core.errors import BacklineError, RetryLater
from backline.integrations.google.sandbox_people import people as google_people
from backline.integrations.meta.sandbox_people import OLEANDER, ONE_PAGE
from backline.integrations.outbound import outbound_of
from backline.server import composition

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(90)]

PERSON = {"meta": ONE_PAGE, "youtube": "maya", "tiktok": "mira"}
SERVICE = {"meta": "meta", "youtube": "google", "tiktok": "tiktok"}
KINDS = ("500", "429", "reset", "half_body", "hang")


@pytest.fixture(autouse=True)
def _platforms(sandbox: Sandbox) -> Iterator[None]:
    with real_platforms(sandbox, patience_seconds=0.4):
        yield


@pytest.fixture(params=tuple(PERSON))
def way(request: pytest.FixtureRequest, sandbox: Sandbox, drain_jobs: DrainJobs) -> Connecting:
    return Connecting(make_access(), sandbox, drain_jobs, request.param).with_plan()


@pytest.fixture(params=KINDS)
def fails(request: pytest.FixtureRequest, way: Connecting, sandbox: Sandbox) -> Callable[[], None]:
    """Let the platform fail from now on, in one of the ways in which services fail."""
    seconds = {"hang": {"seconds": 1.5}, "429": {"seconds": 5}}.get(request.param, {})

    def fails() -> None:
        sandbox.fault(SERVICE[way.provider], request.param, **seconds)

    return fails


def selection(way: Connecting) -> str:
    return {
        "meta": lambda: OLEANDER,
        "youtube": lambda: google_people()["maya"].channels[0].id,
        "tiktok": lambda: next(iter(way.choices())),
    }[way.provider]()


def test_while_the_code_is_exchanged(way: Connecting, fails: Callable[[], None], sandbox: Sandbox) -> None:
    way.begin()
    query = way.decide(PERSON[way.provider])
    fails()
    way.take(query)
    way.drain(keep_going=True)
    assert "Traceback" not in way.row.meaning
    _is_well_again(sandbox)
    if way.row.status is Status.ERROR:
        assert way.row.meaning.endswith("What you entered is kept.")
        services.try_again(way.access, provider=way.provider)
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        way.drain()  # who said how long to wait is asked again without a word from anybody
    if way.row.status is Status.ERROR:  # the answer got lost after the code was spent: the page leads there again
        assert services.try_again(way.access, provider=way.provider) is Purpose.ADVERTISING
        way.consent(PERSON[way.provider])
    assert way.row.status is Status.CONNECTING
    assert way.choices()


def test_while_somebody_chooses(way: Connecting, fails: Callable[[], None], sandbox: Sandbox) -> None:
    way.consent(PERSON[way.provider])
    chosen = selection(way)
    fails()
    with pytest.raises(BacklineError) as error:
        services.choose(way.access, provider=way.provider, external_id=chosen)
    assert isinstance(error.value, RetryLater), error.value.message
    assert way.row.status is Status.CONNECTING
    _is_well_again(sandbox)
    assert way.choose(chosen).name


def test_while_it_is_checked(way: Connecting, fails: Callable[[], None], sandbox: Sandbox) -> None:
    way.consent(PERSON[way.provider])
    before = way.choose(selection(way))
    fails()
    way.check()
    assert (way.row.status, way.row.detail, way.row.meaning) == (before.status, before.detail, before.meaning)
    assert way.row.last_answered_at == before.last_answered_at
    assert way.row.next_check_at is not None
    assert Grant.objects.filter(ended_at=None).count() == 1


def test_while_it_is_given_back(way: Connecting, fails: Callable[[], None], sandbox: Sandbox) -> None:
    way.consent(PERSON[way.provider])
    way.choose(selection(way))
    fails()
    if way.row.can_disconnect:
        services.disconnect(way.access, provider=way.provider)
    else:
        services.reset(way.access, provider=way.provider)
    way.drain(keep_going=True)
    assert way.row.status in (Status.DISCONNECTED, Status.NOT_CONNECTED)
    assert not Grant.objects.filter(ended_at=None).exists()  # here it is not used any more, whatever they answer


@pytest.mark.parametrize("way", ["meta"], indirect=True)
def test_while_a_partnership_is_asked_for(way: Connecting, fails: Callable[[], None], sandbox: Sandbox) -> None:
    way.consent(PERSON["meta"])
    way.choose(OLEANDER)
    fails()
    with pytest.raises(RetryLater):
        services.act(way.access, provider="meta", key="request_partnership")
    assert way.row.status is Status.PARTNERSHIP_NEEDED
    _is_well_again(sandbox)
    services.act(way.access, provider="meta", key="request_partnership")
    assert way.row.status is Status.PARTNERSHIP_NEEDED


def test_whether_there_is_a_plan_cannot_be_known(sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
    """R4, ``billing_check_unavailable``: nothing begins, and the page does not claim that there is none."""

    class Unsure:
        def has_plan(self, *, artist_id: object) -> bool:
            raise RetryLater("Billing cannot be asked now. Try again in a minute.")

    way = Connecting(make_access(), sandbox, drain_jobs, "meta")
    with ports.plans.holding(billing=Unsure()):
        with pytest.raises(RetryLater, match="Billing cannot be asked"):
            way.begin(Purpose.ADVERTISING)
        assert way.label == ("Not Connected", "")
        line = selectors.readiness(way.access)[0].lines[-1]
        assert line.is_met is None
        assert line in selectors.readiness(way.access)[0].unmet


def _is_well_again(sandbox: Sandbox) -> None:
    """Let the platform answer again, and let the rest that a 429 asked for be over here, as time would."""
    sandbox.clear_faults()
    Usage.objects.all().delete()
    for key, platform in composition.connection_platforms(sandbox.settings, outbound_of(sandbox.settings)).items():
        ports.platforms.register(key, platform)
