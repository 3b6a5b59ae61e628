"""Somebody on the way to a platform and back, at the sandbox, while the virtual clock goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from backline.core import clock

if TYPE_CHECKING:
    from tests.factories.connecting import Connecting
    from tests.plugins.jobs import DrainJobs
    from tests.plugins.sandbox import Sandbox

Pass = Callable[..., None]
Connect = Callable[[str], "Connecting"]


@pytest.fixture
def platforms(sandbox: Sandbox, db: None, settings) -> Iterator[None]:
    """Hold the platforms that production uses, pointed at the sandbox."""
    from tests.factories.connecting import real_platforms

    from backline.catalog import ports
    from backline.integrations.outbound import outbound_of
    from backline.server import composition

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sources = composition.catalog_sources(sandbox.settings, outbound_of(sandbox.settings))
    with real_platforms(sandbox), ports.catalog_sources.holding(**sources):
        yield


@pytest.fixture
def connecting(platforms: None, sandbox: Sandbox, drain_jobs: DrainJobs) -> Connect:
    """Return a function that gives a person with an artist of their own, who goes to a platform."""
    from tests.factories.accounts import make_access
    from tests.factories.connecting import Connecting

    return lambda provider: Connecting(make_access(), sandbox, drain_jobs, provider)


@pytest.fixture
def passes(sandbox: Sandbox, drain_jobs: DrainJobs) -> Iterator[Pass]:
    """Let time pass here and at every platform, and let what is due happen."""
    from backline.connections import services

    with clock.frozen(clock.now()) as advance:

        def passes(**length: float) -> None:
            sandbox.advance(**length)
            advance(timedelta(**length))
            services.give_up_abandoned()
            services.give_up_stuck()
            services.check_due()
            drain_jobs(keep_going=True)

        yield passes


def unmet(way: Connecting, kind: str) -> list[str]:
    """Return what stands against a launch of that kind of campaign."""
    from backline.connections import selectors

    found = next(each for each in selectors.readiness(way.access) if each.campaign_type == kind)
    return [line.label for line in found.unmet]
